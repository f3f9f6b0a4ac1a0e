using System.Security.Cryptography;

namespace MailPass.Hashing.Schemes;

/// <summary>PLAIN: the password itself; verified only. Both sides are compared by their SHA-256, so that not even the length shows in the time.</summary>
internal sealed class Plain() : PasswordScheme("PLAIN", "CLEAR", "CLEARTEXT")
{
    internal override int DigestLength => SHA256.HashSizeInBytes;

    internal override int RawLength(HashSettings settings) => throw new NotSupportedException("PLAIN is verified only.");

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            SHA256.HashData(batch.Password(i), batch.Digest(i));
        }
    }

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination) =>
        throw new NotSupportedException("PLAIN is verified only.");

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw) => new(new HashSettings(Name), [], SHA256.HashData(raw));
}
