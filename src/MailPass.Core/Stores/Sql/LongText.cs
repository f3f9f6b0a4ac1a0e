using System.Buffers;
using System.Data.Common;
using System.Runtime.InteropServices;

namespace MailPass.Stores.Sql;

/// <summary>
/// A parameter's text of half a megabyte, in memory that is lent for the time of the command: several are needed for every
/// batch, and as strings they had the collector look through everything each time.
/// </summary>
internal static class LongText
{
    /// <summary>Lends memory.</summary>
    /// <param name="length">The text's length.</param>
    public static Memory<char> Rent(int length) => ArrayPool<char>.Shared.Rent(length).AsMemory(0, length);

    /// <summary>Takes back what a command's parameters had.</summary>
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
