using System.Buffers.Text;
using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// What SHA512-CRYPT and SHA256-CRYPT share: the text <c>$6$[rounds=N$]salt$digest</c>.
/// Specification: Ulrich Drepper, "Unix crypt using SHA-256 and SHA-512", version 0.6 (akkadia.org/drepper/SHA-crypt.txt).
/// </summary>
internal abstract class ShaCrypt(string name) : PasswordScheme(name)
{
    // Section "Algorithm for crypt": the number of rounds and its bounds. The upper bound fits into 30 bits.
    private const int DefaultRounds = 5000;
    private const int MinRounds = 1000;
    private const int MaxRounds = 999_999_999;
    private const int MaxSalt = 16;

    private static readonly CostRange Rounds = new(MinRounds, MaxRounds, DefaultRounds, DefaultRounds, 1_000_000, 20_000_000, "rounds");

    public sealed override bool CanHash => true;

    public sealed override CostRange Cost => Rounds;

    /// <summary>crypt(3) refuses more, so a mailbox with a longer password could never log in (libxcrypt: CRYPT_MAX_PASSPHRASE_SIZE less the NUL).</summary>
    public sealed override int? MaxPasswordBytes => 511;

    internal sealed override bool IsCryptFormat => true;

    internal sealed override bool RefusesLongPasswords => true;

    internal sealed override int SaltLength => MaxSalt;

    /// <summary><c>$6$</c> or <c>$5$</c>.</summary>
    protected abstract ReadOnlySpan<byte> Id { get; }

    /// <summary>The order in which the digest's bytes are written, step 22 of the specification.</summary>
    protected abstract ReadOnlySpan<byte> DigestOrder { get; }

    private static ReadOnlySpan<byte> RoundsField => "rounds="u8;

    internal sealed override void FillSalts(Span<byte> salts) => CryptBase64.FillRandom(salts);

    internal sealed override int RawLength(HashSettings settings) =>
        Id.Length + (CostOf(settings) == DefaultRounds ? 0 : RoundsField.Length + Digits(CostOf(settings)) + 1)
        + MaxSalt + 1 + CryptBase64.EncodedLength(DigestLength);

    internal sealed override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write(Id);
        if (CostOf(settings) != DefaultRounds)
        {
            writer.Write(RoundsField);
            writer.Write(CostOf(settings));
            writer.Write((byte)'$');
        }

        writer.Write(salt);
        writer.Write((byte)'$');
        writer.Advance(CryptBase64.Encode(digest, DigestOrder, writer.Rest));
        return writer.Written;
    }

    internal sealed override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        if (!raw.StartsWith(Id))
        {
            throw new HashFormatException($"it does not begin with {System.Text.Encoding.ASCII.GetString(Id)}.");
        }

        var rest = raw[Id.Length..];
        var rounds = DefaultRounds;
        if (rest.StartsWith(RoundsField))
        {
            rest = rest[RoundsField.Length..];
            if (!Utf8Parser.TryParse(rest, out rounds, out var digits) || rest[digits..] is not [(byte)'$', ..])
            {
                throw new HashFormatException("its rounds are not a number.");
            }

            if (!Rounds.Contains(rounds))
            {
                throw new HashFormatException($"its rounds are outside of {MinRounds} to {MaxRounds}.");
            }

            rest = rest[(digits + 1)..];
        }

        var end = rest.IndexOf((byte)'$');
        if (end is < 0 or > MaxSalt)
        {
            throw new HashFormatException($"its salt is not ended by '$' within {MaxSalt} characters.");
        }

        var digest = new byte[DigestLength];
        CryptBase64.Decode(rest[(end + 1)..], DigestOrder, digest);
        return new ParsedHash(new HashSettings(Name, rounds), rest[..end].ToArray(), digest);
    }

    private static int Digits(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
}
