using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// PBKDF2 as Dovecot writes it: <c>$1$salt$iterations$hex</c>, RFC 8018's PBKDF2 with HMAC-SHA-1 and 20 bytes, the salt's
/// characters taken as they are.
/// </summary>
internal sealed class Pbkdf2() : PasswordScheme("PBKDF2")
{
    private const int MaxIterations = 100_000_000;
    private const int MaxSalt = 255;

    // A kept hash has at least Dovecot's own default of 5000; a hash in a newly chosen scheme gets more.
    private static readonly CostRange Iterations = new(1, MaxIterations, 100_000, 5000, 2_000_000, 20_000_000, "iterations");

    public override bool CanHash => true;

    public override CostRange Cost => Iterations;

    internal override bool CanStandBare => false;

    internal override int SaltLength => 16;

    internal override int DigestLength => SHA1.HashSizeInBytes;

    internal override void FillSalts(Span<byte> salts) => CryptBase64.FillRandom(salts);

    internal override int RawLength(HashSettings settings) =>
        "$1$"u8.Length + SaltLength + 1 + CostOf(settings).ToString(System.Globalization.CultureInfo.InvariantCulture).Length + 1 + (2 * DigestLength);

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources) =>
        Pbkdf2Paths.Sha1.Derive(batch, CostOf(settings), batch.Digests);

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write("$1$"u8);
        writer.Write(salt);
        writer.Write((byte)'$');
        writer.Write(CostOf(settings));
        writer.Write((byte)'$');
        writer.Advance(Encoding.ASCII.GetBytes(HashEncodings.Encode(digest, HashEncoding.Hex), writer.Rest));
        return writer.Written;
    }

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.Latin1.GetString(raw);
        if (text.Split('$') is not ["", "1", { Length: > 0 and <= MaxSalt } salt, var count, { Length: 40 } hex]
            || !Utf8Parser.TryParse(Encoding.Latin1.GetBytes(count), out int iterations, out var digits) || digits != count.Length
            || !Iterations.Contains(iterations))
        {
            throw new HashFormatException("it is not of the form $1$salt$iterations$ with 40 hexadecimal digits.");
        }

        return new ParsedHash(new HashSettings(Name, iterations), Encoding.Latin1.GetBytes(salt), HashEncodings.Decode(hex, HashEncoding.Hex));
    }
}
