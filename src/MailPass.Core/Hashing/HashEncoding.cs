using System.Text;

namespace MailPass.Hashing;

/// <summary>How a scheme's bytes become text, and Dovecot's <c>.b64</c> and <c>.hex</c> suffixes that change it.</summary>
internal enum HashEncoding
{
    /// <summary>The bytes are ASCII already: <c>$6$…</c>.</summary>
    Text,

    /// <summary>Base64 with padding.</summary>
    Base64,

    /// <summary>Lower-case hexadecimal digits.</summary>
    Hex,
}

/// <summary>Encodes and decodes stored hashes.</summary>
internal static class HashEncodings
{
    /// <summary>The encoding that a suffix asks for; Dovecot reads suffixes in any case.</summary>
    public static bool TryParse(string suffix, out HashEncoding encoding)
    {
        switch (suffix.ToUpperInvariant())
        {
            case "B64" or "BASE64":
                encoding = HashEncoding.Base64;
                return true;
            case "HEX":
                encoding = HashEncoding.Hex;
                return true;
            default:
                encoding = HashEncoding.Text;
                return false;
        }
    }

    public static string Encode(ReadOnlySpan<byte> raw, HashEncoding encoding) => encoding switch
    {
        HashEncoding.Base64 => Convert.ToBase64String(raw),
        HashEncoding.Hex => Convert.ToHexString(raw).ToLowerInvariant(),
        _ => Encoding.ASCII.GetString(raw),
    };

    public static int EncodedLength(int rawLength, HashEncoding encoding) => encoding switch
    {
        HashEncoding.Base64 => (rawLength + 2) / 3 * 4,
        HashEncoding.Hex => rawLength * 2,
        _ => rawLength,
    };

    /// <exception cref="FormatException">The text is not in this encoding.</exception>
    public static byte[] Decode(string text, HashEncoding encoding) => encoding switch
    {
        HashEncoding.Base64 => Convert.FromBase64String(WithPadding(text)),
        HashEncoding.Hex => Convert.FromHexString(text),
        _ => Encoding.UTF8.GetBytes(text),
    };

    // Some writers leave the padding out.
    private static string WithPadding(string text) => (text.Length % 4) switch
    {
        2 => text + "==",
        3 => text + "=",
        _ => text,
    };
}
