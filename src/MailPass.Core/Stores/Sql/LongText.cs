using System.Buffers;
using System.Data.Common;
using System.Runtime.InteropServices;

namespace MailPass.Stores.Sql;

/// <summary>
/// A parameter's text of half a megabyte, in rented memory that is returned after the command. Every batch needs several of them; as
/// strings, they would cause a full garbage collection each time.
/// </summary>
internal static class LongText
{
    /// <summary>Rents memory.</summary>
    /// <param name="length">The text's length.</param>
    public static Memory<char> Rent(int length) => ArrayPool<char>.Shared.Rent(length).AsMemory(0, length);

    /// <summary>Returns the memory of a command's parameters.</summary>
    /// <param name="command">The command, executed; the driver has sent its parameters.</param>
    public static void Release(DbCommand command)
    {
        foreach (DbParameter parameter in command.Parameters)
        {
            if (parameter.Value is Memory<char> text && MemoryMarshal.TryGetArray<char>(text, out var buffer))
            {
                parameter.Value = null;
                ArrayPool<char>.Shared.Return(buffer.Array!);
            }
        }
    }
}
