using System.Runtime.InteropServices;
using System.Text;

namespace MailPass.Core.Tests.Hashing;

/// <summary>libxcrypt, the crypt(3) of every current Linux distribution: the second opinion on <c>$…$</c> hashes.</summary>
internal static unsafe class LibXcrypt
{
    private static readonly delegate* unmanaged<byte*, byte*, byte*, int, byte*> CryptRn = Load();

    public static string? WhyAbsent => CryptRn is null ? "libxcrypt (libcrypt.so.1 with crypt_rn) is not installed" : null;

    /// <summary>crypt(3); null if libxcrypt refuses the setting.</summary>
    public static string? Crypt(ReadOnlySpan<byte> password, string setting)
    {
        var data = new byte[32768 + 16];
        var phrase = password.ToArray().Append((byte)0).ToArray();
        var settingBytes = Encoding.UTF8.GetBytes(setting + "\0");
        fixed (byte* d = data, p = phrase, s = settingBytes)
        {
            var result = CryptRn(p, s, d, 32768);
            var text = Marshal.PtrToStringUTF8((nint)result);
            return text is null || text.StartsWith('*') ? null : text;
        }
    }

    private static delegate* unmanaged<byte*, byte*, byte*, int, byte*> Load() =>
        NativeLibrary.TryLoad("libcrypt.so.1", out var library) && NativeLibrary.TryGetExport(library, "crypt_rn", out var address)
            ? (delegate* unmanaged<byte*, byte*, byte*, int, byte*>)address
            : null;
}
