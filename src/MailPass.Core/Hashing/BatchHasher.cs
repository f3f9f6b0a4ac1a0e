using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>
/// Hashes batches: jobs with equal settings go to their scheme together, each with a fresh random salt. One instance
/// serves a whole run and all of its threads; large batches (64 and more) of equally long passwords are the fastest.
/// </summary>
public sealed class BatchHasher : IBatchHasher, IDisposable
{
    /// <summary>Makes a batch hasher.</summary>
    /// <param name="maxMemory">
    /// The most memory in bytes for the hashes that are computed at one time (ARGON2ID takes 64 MiB each at its default);
    /// <see langword="null"/> for a quarter of the memory this process may use. A single hash that needs more is computed alone.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxMemory"/> is not positive.</exception>
    public BatchHasher(long? maxMemory = null)
    {
        if (maxMemory is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        }

        MaxMemory = maxMemory ?? HashingResources.DefaultMaxMemory;
        Resources = new HashingResources(MaxMemory, keep: true);
    }

    /// <summary>The most memory in bytes for the hashes that are computed at one time.</summary>
    public long MaxMemory { get; }

    /// <summary>The memory for verifying, within the same limit.</summary>
    internal HashingResources Resources { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Hash(IReadOnlyList<HashJob> batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var hashes = new string[batch.Count];
        foreach (var (settings, indexes) in BySettings(batch))
        {
            HashGroup(batch, settings, indexes, hashes, cancellationToken);
        }

        return hashes;
    }

    /// <summary>Gives the memory kept for further hashes back to the system; the hasher still works afterwards.</summary>
    public void Dispose() => Resources.Dispose();

    private static Dictionary<HashSettings, List<int>> BySettings(IReadOnlyList<HashJob> batch)
    {
        var groups = new Dictionary<HashSettings, List<int>>();
        for (var i = 0; i < batch.Count; i++)
        {
            var (password, settings) = batch[i];
            if (PasswordSchemes.Validate(settings, password) is { } fault)
            {
                throw fault;
            }

            if (!groups.TryGetValue(settings, out var group))
            {
                groups.Add(settings, group = []);
            }

            group.Add(i);
        }

        return groups;
    }

    private void HashGroup(IReadOnlyList<HashJob> batch, HashSettings settings, List<int> indexes, string[] hashes, CancellationToken stop)
    {
        var scheme = PasswordSchemes.Get(settings.Scheme);
        var passwords = new Secret[indexes.Count];
        for (var i = 0; i < passwords.Length; i++)
        {
            passwords[i] = batch[indexes[i]].Password;
        }

        // Salts and digests are not secrets: they are about to be stored in the clear.
        var salts = new byte[indexes.Count * scheme.SaltLength];
        scheme.FillSalts(salts);
        var digests = new byte[indexes.Count * scheme.DigestLength];
        var group = new HashBatch(passwords, salts, scheme.SaltLength, digests, scheme.DigestLength, stop);
        scheme.Compute(settings, group, Resources);

        var encoding = scheme.EncodingOf(settings);
        Span<byte> raw = new byte[scheme.RawLength(settings)];
        for (var i = 0; i < indexes.Count; i++)
        {
            var length = scheme.Format(settings, group.Salt(i), group.Digest(i), raw);
            hashes[indexes[i]] = HashEncodings.Encode(raw[..length], encoding);
        }
    }
}
