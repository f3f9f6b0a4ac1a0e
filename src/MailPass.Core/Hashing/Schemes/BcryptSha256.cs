using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// passlib's bcrypt_sha256, as Mailu stores it: <c>$bcrypt-sha256$v=2,t=2b,r=12$</c>, 22 characters of salt, <c>$</c>, 31 of digest.
/// bcrypt of the base64 of HMAC-SHA-256, so that passwords may be of any length (https://passlib.readthedocs.io/,
/// "passlib.hash.bcrypt_sha256"). Version 1, which passlib made before 1.7.3, is not read.
/// </summary>
internal sealed class BcryptSha256() : PasswordScheme("BCRYPT-SHA256")
{
    /// <summary>How such a hash begins.</summary>
    public const string Id = "$bcrypt-sha256$";

    private const int SaltCharacters = 22;
    private const int DigestCharacters = 31;

    // The base64 of 32 bytes.
    private const int KeyCharacters = 44;

    // passlib's own default, and Mailu's, is 12.
    private static readonly CostRange Log2Rounds = new(4, 31, 12, 10, 14, 18, "log2 rounds");

    public override bool CanHash => true;

    public override CostRange Cost => Log2Rounds;

    internal override bool IsForeign => true;

    internal override int SaltLength => Bcrypt.SaltBytes;

    internal override int DigestLength => Bcrypt.DigestBytes;

    private static ReadOnlySpan<byte> Parameters => "v=2,t=2b,r="u8;

    internal override int RawLength(HashSettings settings) => Id.Length + Parameters.Length + 2 + 1 + SaltCharacters + 1 + DigestCharacters;

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        var keys = new Secret[batch.Count];
        var salts = new byte[batch.Count * SaltLength];
        try
        {
            for (var i = 0; i < keys.Length; i++)
            {
                batch.Salt(i).CopyTo(salts.AsSpan(i * SaltLength));
                keys[i] = Key(batch.Password(i), batch.Salt(i));
            }

            Bcrypt.Compute(new HashBatch(keys, salts, SaltLength, batch.Digests, DigestLength, batch.Stop), CostOf(settings));
        }
        finally
        {
            foreach (var key in keys)
            {
                key?.Dispose();
            }
        }
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write("$bcrypt-sha256$"u8);
        writer.Write(Parameters);
        writer.Write(CostOf(settings));
        writer.Write((byte)'$');
        writer.Advance(BlfCrypt.Encode(salt, writer.Rest));
        writer.Write((byte)'$');
        writer.Advance(BlfCrypt.Encode(digest, writer.Rest));
        return writer.Written;
    }

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        var text = Encoding.Latin1.GetString(raw);
        if (text.Split('$') is not ["", "bcrypt-sha256", ['v', '=', '2', ',', 't', '=', '2', 'b', ',', 'r', '=', .. var rounds], { Length: SaltCharacters } saltText, { Length: DigestCharacters } digestText]
            || !int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var cost) || !Log2Rounds.Contains(cost))
        {
            throw new HashFormatException("it is not of the form $bcrypt-sha256$v=2,t=2b,r=NN$salt$digest.");
        }

        var salt = new byte[Bcrypt.SaltBytes];
        var digest = new byte[Bcrypt.DigestBytes];
        BlfCrypt.Decode(Encoding.Latin1.GetBytes(saltText), salt);
        BlfCrypt.Decode(Encoding.Latin1.GetBytes(digestText), digest);
        return new ParsedHash(new HashSettings(Name, cost), salt, digest);
    }

    // What bcrypt gets for a password: keyed by the salt's characters, not its bytes.
    private static Secret Key(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt)
    {
        Span<byte> saltText = stackalloc byte[SaltCharacters];
        BlfCrypt.Encode(salt, saltText);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> key = stackalloc byte[KeyCharacters];
        HMACSHA256.HashData(saltText, password, mac);
        System.Buffers.Text.Base64.EncodeToUtf8(mac, key, out _, out _);
        var secret = Secret.FromUtf8(key);
        CryptographicOperations.ZeroMemory(mac);
        CryptographicOperations.ZeroMemory(key);
        return secret;
    }
}
