using MailPass.Hashing.Primitives;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// A plain digest of password ‖ salt, written as base64 of digest ‖ salt (RFC 2307's SSHA and its kin). Without salt it is
/// verified only.
/// </summary>
internal abstract class DigestScheme(string name, int digestLength, params string[] aliases) : PasswordScheme(name, aliases)
{
    internal sealed override int DigestLength => digestLength;

    internal override HashEncoding DefaultEncoding => HashEncoding.Base64;

    internal sealed override int RawLength(HashSettings settings) => digestLength + SaltLength;

    internal sealed override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        if (TryComputeInLanes(batch))
        {
            return;
        }

        Span<byte> small = stackalloc byte[256];
        for (var i = 0; i < batch.Count; i++)
        {
            var length = batch.Password(i).Length + batch.SaltLength;
            if (length <= small.Length)
            {
                ComputeOne(batch, i, small[..length]);
            }
            else
            {
                using var large = new ZeroedBuffer(length);
                ComputeOne(batch, i, large.Bytes);
            }
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(small);
    }

    internal sealed override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination)
    {
        var writer = new SpanWriter(destination);
        writer.Write(digest);
        writer.Write(salt);
        return writer.Written;
    }

    internal sealed override ParsedHash Parse(ReadOnlySpan<byte> raw) =>
        (SaltLength == 0 ? raw.Length != digestLength : raw.Length <= digestLength)
            ? throw new HashFormatException($"it has {raw.Length} bytes{(SaltLength == 0 ? $" instead of {digestLength}" : $", so no salt behind the digest of {digestLength}")}.")
            : new ParsedHash(new HashSettings(Name), raw[digestLength..].ToArray(), raw[..digestLength].ToArray());

    /// <summary>The digest itself.</summary>
    protected abstract void Digest(ReadOnlySpan<byte> message, Span<byte> digest);

    /// <summary>Computes many at once, where that is possible and pays.</summary>
    private protected virtual bool TryComputeInLanes(in HashBatch batch) => false;

    private void ComputeOne(in HashBatch batch, int index, Span<byte> message)
    {
        batch.Password(index).CopyTo(message);
        batch.Salt(index).CopyTo(message[batch.Password(index).Length..]);
        Digest(message, batch.Digest(index));
    }
}
