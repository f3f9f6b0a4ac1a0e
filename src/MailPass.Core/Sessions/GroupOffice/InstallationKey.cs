using System.Buffers.Binary;
using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// A Group-Office installation's key (<c>defuse-crypto.txt</c> in its data folder), with which it encrypts what it must be able to
/// read again. The key is overwritten when this is disposed of.
/// </summary>
/// <remarks>
/// <para>Group-Office writes <c>{GOCRYPT2}</c> and then a message of defuse/php-encryption, version 2, in lower-case hex
/// (that project's <c>docs/CryptoDetails.md</c>): version <c>DE F5 02 00</c>, a salt of 32 bytes, an initial counter of
/// 16, the text in AES-256-CTR, and an HMAC-SHA-256 over all of that. Both keys come from the installation's by
/// HKDF-SHA-256 with the salt, and an info text each.</para>
/// <para>The file holds, in hex, version <c>DE F0 00 00</c>, the key of 32 bytes and the SHA-256 of both.</para>
/// </remarks>
internal sealed class InstallationKey : IDisposable
{
    /// <summary>The prefix before the hex digits.</summary>
    public const string Mark = "{GOCRYPT2}";

    private const int KeyLength = 32;
    private const int SaltLength = 32;
    private const int CounterLength = 16;
    private const int TagLength = 32;
    private const int HeadLength = 4 + SaltLength + CounterLength;

    // Longer than any key file; shorter than anything that was named by mistake.
    private const int LongestFile = 1024;

    private readonly byte[] _key;

    private InstallationKey(byte[] key) => _key = key;

    private static ReadOnlySpan<byte> MessageVersion => [0xDE, 0xF5, 0x02, 0x00];

    private static ReadOnlySpan<byte> KeyVersion => [0xDE, 0xF0, 0x00, 0x00];

    private static ReadOnlySpan<byte> AuthenticationInfo => "DefusePHP|V2|KeyForAuthentication"u8;

    private static ReadOnlySpan<byte> EncryptionInfo => "DefusePHP|V2|KeyForEncryption"u8;

    /// <summary>Reads a key file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it cannot be read, or is not a key file.</exception>
    public static InstallationKey Read(string path)
    {
        var text = GC.AllocateArray<byte>(LongestFile, pinned: true);
        var bytes = GC.AllocateArray<byte>(KeyVersion.Length + KeyLength + SHA256.HashSizeInBytes, pinned: true);
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.Read(file, text, 0);

            // What editors and shells add at the end of a file; Group-Office's own library ignores the same.
            var hex = text.AsSpan(0, length).TrimEnd("\0\t\n\r "u8);
            if (hex.Length != bytes.Length * 2 || !TryDecode(hex, bytes) || !bytes.AsSpan().StartsWith(KeyVersion))
            {
                throw Unusable(path, "It is not a key of Group-Office's: 136 hexadecimal digits that begin with def00000.");
            }

            var marked = bytes.AsSpan(0, KeyVersion.Length + KeyLength);
            if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(marked), bytes.AsSpan(marked.Length)))
            {
                throw Unusable(path, "Its checksum is wrong: the file is damaged.");
            }

            var key = GC.AllocateArray<byte>(KeyLength, pinned: true);
            marked[KeyVersion.Length..].CopyTo(key);
            return new(key);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unusable(path, fault.Message, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>How long a sealed secret of this length is, in characters.</summary>
    /// <param name="length">The secret's length in bytes.</param>
    public static int SealedLength(int length) => Mark.Length + (2 * (HeadLength + length + TagLength));

    /// <summary>Encrypts a password as Group-Office does; the text differs each time.</summary>
    /// <param name="secret">The password; stays the caller's.</param>
    public string Seal(Secret secret)
    {
        var message = new byte[HeadLength + secret.Length + TagLength];
        MessageVersion.CopyTo(message);
        RandomNumberGenerator.Fill(message.AsSpan(MessageVersion.Length, SaltLength + CounterLength));
        Encrypt(secret.Utf8, message);
        GC.KeepAlive(secret);
        Span<byte> tag = stackalloc byte[TagLength];
        Authenticate(message, tag);
        tag.CopyTo(message.AsSpan(message.Length - TagLength));
        return Mark + Convert.ToHexString(message).ToLowerInvariant();
    }

    /// <summary>Whether a text was sealed with this key and is intact.</summary>
    /// <param name="text">The text, with its prefix.</param>
    public bool HasSealed(string text)
    {
        var hex = text.AsSpan();
        if (!hex.StartsWith(Mark, StringComparison.Ordinal))
        {
            return false;
        }

        byte[] message;
        try
        {
            message = Convert.FromHexString(hex[Mark.Length..]);
        }
        catch (FormatException)
        {
            return false;
        }

        if (message.Length < HeadLength + TagLength || !message.AsSpan().StartsWith(MessageVersion))
        {
            return false;
        }

        Span<byte> tag = stackalloc byte[TagLength];
        Authenticate(message, tag);
        return CryptographicOperations.FixedTimeEquals(tag, message.AsSpan(message.Length - TagLength));
    }

    /// <summary>Overwrites the key.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    /// <summary>A text without the key.</summary>
    public override string ToString() => "(secret)";

    private static ReadOnlySpan<byte> Salt(ReadOnlySpan<byte> message) => message.Slice(MessageVersion.Length, SaltLength);

    private void Authenticate(ReadOnlySpan<byte> message, Span<byte> tag)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, key, Salt(message), AuthenticationInfo);
        HMACSHA256.HashData(key, message[..^TagLength], tag);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Encrypts the text into the message, which never has it in plain: .NET has no CTR mode, so this is ECB over a counter, and XOR (NIST SP 800-38A, 6.5).</summary>
    private void Encrypt(ReadOnlySpan<byte> text, Span<byte> message)
    {
        var key = GC.AllocateArray<byte>(KeyLength, pinned: true);
        var stream = GC.AllocateArray<byte>((text.Length + CounterLength - 1) / CounterLength * CounterLength, pinned: true);
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, key, Salt(message), EncryptionInfo);
            var counter = BinaryPrimitives.ReadUInt128BigEndian(message.Slice(HeadLength - CounterLength, CounterLength));
            for (var i = 0; i < stream.Length; i += CounterLength)
            {
                BinaryPrimitives.WriteUInt128BigEndian(stream.AsSpan(i), unchecked(counter++));
            }

            using var aes = Aes.Create();
            aes.Key = key;
            aes.EncryptEcb(stream, stream, PaddingMode.None);
            for (var i = 0; i < text.Length; i++)
            {
                message[HeadLength + i] = (byte)(text[i] ^ stream[i]);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(stream);
        }
    }

    // Into memory that is overwritten afterwards; the platform's own would make an array.
    private static bool TryDecode(ReadOnlySpan<byte> hex, Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var (high, low) = (Digit(hex[2 * i]), Digit(hex[(2 * i) + 1]));
            if ((high | low) < 0)
            {
                return false;
            }

            bytes[i] = (byte)((high << 4) | low);
        }

        return true;
    }

    private static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };

    private static MailPassException Unusable(string path, string reason, Exception? fault = null) => new(
        ErrorIds.InputInvalid,
        $"The key file '{path}' cannot be used. {reason}",
        "Name the installation's defuse-crypto.txt, which is in Group-Office's data folder.",
        fault);
}
