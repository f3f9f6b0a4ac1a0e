using System.Runtime.InteropServices;
using System.Text;

namespace MailPass.Benchmarks;

/// <summary>The libraries that mail servers hash with, as installed: the references.</summary>
internal static unsafe class NativeHashes
{
    private const int CryptDataBytes = 32768;
    private static readonly byte[] CryptData = GC.AllocateArray<byte>(CryptDataBytes, pinned: true);

    private static readonly delegate* unmanaged<byte*, byte*, byte*, int, byte*> CryptRn =
        (delegate* unmanaged<byte*, byte*, byte*, int, byte*>)Find("libcrypt.so.1", "crypt_rn");

    private static readonly delegate* unmanaged<uint, uint, uint, byte*, nuint, byte*, nuint, byte*, nuint, int> Argon2IdHashRaw =
        (delegate* unmanaged<uint, uint, uint, byte*, nuint, byte*, nuint, byte*, nuint, int>)Find("libargon2.so.1", "argon2id_hash_raw");

    private static readonly delegate* unmanaged<byte*, ulong, byte*, ulong, byte*, ulong, nuint, int, int> CryptoPwhash =
        (delegate* unmanaged<byte*, ulong, byte*, ulong, byte*, ulong, nuint, int, int>)FindSodium();

    public static bool HasLibXcrypt => CryptRn is not null;

    public static bool HasLibArgon2 => Argon2IdHashRaw is not null;

    public static bool HasLibSodium => CryptoPwhash is not null;

    /// <summary>libxcrypt's crypt(3), in its reentrant form.</summary>
    public static string Crypt(byte[] password, string setting)
    {
        var settingBytes = Encoding.ASCII.GetBytes(setting + "\0");
        fixed (byte* data = CryptData, phrase = password, s = settingBytes)
        {
            return Marshal.PtrToStringUTF8((nint)CryptRn(phrase, s, data, CryptDataBytes)) ?? throw new InvalidOperationException("crypt refused");
        }
    }

    /// <summary>The reference implementation as Debian builds it.</summary>
    public static void Argon2(byte[] password, int length, byte[] salt, uint passes, uint memoryKiB, byte[] tag)
    {
        fixed (byte* p = password, s = salt, t = tag)
        {
            var code = Argon2IdHashRaw(passes, memoryKiB, 1, p, (nuint)length, s, (nuint)salt.Length, t, (nuint)tag.Length);
            if (code != 0)
            {
                throw new InvalidOperationException($"libargon2: {code}");
            }
        }
    }

    /// <summary>libsodium's crypto_pwhash with Argon2id 1.3.</summary>
    public static void Sodium(byte[] password, int length, byte[] salt, uint passes, uint memoryKiB, byte[] tag)
    {
        const int argon2Id13 = 2;
        fixed (byte* p = password, s = salt, t = tag)
        {
            if (CryptoPwhash(t, (ulong)tag.Length, p, (ulong)length, s, passes, (nuint)memoryKiB * 1024, argon2Id13) != 0)
            {
                throw new InvalidOperationException("crypto_pwhash failed");
            }
        }
    }

    private static nint Find(string library, string function) =>
        NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, function, out var address) ? address : 0;

    private static nint FindSodium()
    {
        var init = (delegate* unmanaged<int>)Find("libsodium.so.23", "sodium_init");
        return init is null || init() < 0 ? 0 : Find("libsodium.so.23", "crypto_pwhash");
    }
}
