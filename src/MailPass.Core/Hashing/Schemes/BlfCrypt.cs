using System.Globalization;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// BLF-CRYPT: <c>$2y$10$</c>, 22 characters of salt, 31 of digest. <c>$2a$</c> and <c>$2b$</c> are read as the same
/// computation, which they are for every text in UTF-8.
/// </summary>
internal sealed class BlfCrypt() : PasswordScheme("BLF-CRYPT")
{
    private const int TextLength = 60;
    private const int SaltCharacters = 22;

    private static readonly CostRange Log2Rounds = new(4, 31, 10, 10, 14, 18, "log2 rounds");

    public override bool CanHash => true;

    public override CostRange Cost => Log2Rounds;

    public override int? MaxPasswordBytes => Bcrypt.MaxPasswordBytes;

    internal override bool IsCryptFormat => true;

    internal override int SaltLength => Bcrypt.SaltBytes;

    internal override int DigestLength => Bcrypt.DigestBytes;

    private static ReadOnlySpan<byte> Alphabet => "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"u8;

    internal override int RawLength(HashSettings settings) => TextLength;

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources) =>
        Bcrypt.Compute(batch, CostOf(settings));

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write("$2y$"u8);
        writer.Write((byte)('0' + (CostOf(settings) / 10)));
        writer.Write((byte)('0' + (CostOf(settings) % 10)));
        writer.Write((byte)'$');
        writer.Advance(Encode(salt, writer.Rest));
        writer.Advance(Encode(digest, writer.Rest));
        return writer.Written;
    }

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        if (raw.Length != TextLength || raw is not [(byte)'$', (byte)'2', (byte)'a' or (byte)'b' or (byte)'y', (byte)'$', >= (byte)'0' and <= (byte)'3', >= (byte)'0' and <= (byte)'9', (byte)'$', ..])
        {
            throw new HashFormatException($"it is not of the form $2y$NN$ with {TextLength} characters in all.");
        }

        var cost = ((raw[4] - '0') * 10) + raw[5] - '0';
        if (!Log2Rounds.Contains(cost))
        {
            throw new HashFormatException(string.Create(CultureInfo.InvariantCulture, $"its cost {cost} is outside of {Log2Rounds.Minimum} to {Log2Rounds.Maximum}."));
        }

        var salt = new byte[Bcrypt.SaltBytes];
        var digest = new byte[Bcrypt.DigestBytes];
        Decode(raw.Slice(7, SaltCharacters), salt);
        Decode(raw[(7 + SaltCharacters)..], digest);
        return new ParsedHash(new HashSettings(Name, cost), salt, digest);
    }

    /// <summary>Base64 in bcrypt's own alphabet, most significant six bits first, unpadded.</summary>
    internal static int Encode(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        int written = 0, bits = 0, pending = 0;
        foreach (var value in bytes)
        {
            pending = (pending << 8) | value;
            for (bits += 8; bits >= 6; bits -= 6)
            {
                destination[written++] = Alphabet[(pending >> (bits - 6)) & 63];
            }
        }

        if (bits > 0)
        {
            destination[written++] = Alphabet[(pending << (6 - bits)) & 63];
        }

        return written;
    }

    /// <summary>The reverse of <see cref="Encode"/>; the last character has bits to spare, which some writers do not clear.</summary>
    internal static void Decode(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        int read = 0, bits = 0, pending = 0;
        foreach (ref var value in bytes)
        {
            for (; bits < 8; bits += 6)
            {
                var digit = Alphabet.IndexOf(text[read++]);
                pending = digit < 0
                    ? throw new HashFormatException("it holds a character outside of bcrypt's alphabet.")
                    : (pending << 6) | digit;
            }

            bits -= 8;
            value = (byte)(pending >> bits);
        }
    }
}
