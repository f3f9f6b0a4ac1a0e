using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Platform;

/// <summary>
/// crypt(3) of the machine we run on (libxcrypt on today's Linux), for formats that MailPass does not compute itself.
/// Windows, macOS and musl have no such library; nothing is known there.
/// </summary>
internal static unsafe partial class CryptLibrary
{
    // libxcrypt's struct crypt_data has 32 KiB, that of glibc's own crypt before it 128 KiB.
    private const int DataBytes = 256 * 1024;

    // The cheapest setting of each format: what the library answers shows whether it has the format.
    private static readonly Dictionary<string, Lazy<bool>> Formats = new(StringComparer.Ordinal)
    {
        ["$y$"] = new(() => Has("$y$j75$abcdefgh")),
        ["$gy$"] = new(() => Has("$gy$j75$abcdefgh")),
        ["$7$"] = new(() => Has("$7$6/..../....abcdefgh")),
    };

    /// <summary>The formats that may be asked for, each with its dollars.</summary>
    public static IEnumerable<string> Ids => Formats.Keys;

    /// <summary>Whether the machine's crypt(3) has a format.</summary>
    /// <param name="id">One of <see cref="Ids"/>.</param>
    public static bool Knows(string id) => Formats.TryGetValue(id, out var known) && known.Value;

    /// <summary>Hashes one password.</summary>
    /// <param name="password">The password, without NUL.</param>
    /// <param name="setting">The format, its parameters and the salt, as crypt(3) takes them.</param>
    /// <returns>The hash in ASCII; empty if the library refuses the setting.</returns>
    public static byte[] Hash(ReadOnlySpan<byte> password, ReadOnlySpan<byte> setting)
    {
        var data = (byte*)NativeMemory.AllocZeroed(DataBytes);
        var phrase = (byte*)NativeMemory.AllocZeroed((nuint)password.Length + 1);
        try
        {
            password.CopyTo(new Span<byte>(phrase, password.Length));
            byte[] terminated = [.. setting, 0];
            fixed (byte* settingBytes = terminated)
            {
                var hash = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Crypt(phrase, settingBytes, data));
                return hash is [] or [(byte)'*', ..] ? [] : hash.ToArray();
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(new Span<byte>(data, DataBytes));
            CryptographicOperations.ZeroMemory(new Span<byte>(phrase, password.Length));
            NativeMemory.Free(data);
            NativeMemory.Free(phrase);
        }
    }

    private static bool Has(string setting)
    {
        try
        {
            return OperatingSystem.IsLinux() && Hash("a"u8, Encoding.ASCII.GetBytes(setting)).Length > setting.Length;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            return false;
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_r")]
    private static partial byte* Crypt(byte* phrase, byte* setting, byte* data);
}
