using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>One password to try.</summary>
/// <param name="Hash">The stored hash.</param>
/// <param name="Password">The password; it stays the caller's to dispose.</param>
public sealed record VerifyJob(StoredHash Hash, Secret Password);

/// <summary>
/// Verifies many passwords on the calling thread, each against its own stored hash. As with hashing, many at once are far faster
/// than one by one: jobs with the same scheme, cost and length share the lanes of one core. Thread-safe.
/// </summary>
public static class BatchVerifier
{
    /// <summary>Reports for every job whether the password is the one that was hashed.</summary>
    /// <param name="batch">The jobs, in any mixture.</param>
    /// <param name="cancellationToken">Stops within a second, whatever the hashes cost.</param>
    /// <returns>The answers in the jobs' order. How long they take says nothing about which byte differs.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.HashTooCostly"/>, <see cref="ErrorIds.HashUnreadable"/>: a hash that cannot be verified here; see <see cref="StoredHash.WhyUnverifiable"/>.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static bool[] Verify(IReadOnlyList<VerifyJob> batch, CancellationToken cancellationToken = default) => Verify(batch, HashingResources.Shared, cancellationToken);

    /// <summary>The same, within the memory that a run may use.</summary>
    internal static bool[] Verify(IReadOnlyList<VerifyJob> batch, HashingResources resources, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var answers = new bool[batch.Count];
        foreach (var (shape, indexes) in ByShape(batch))
        {
            VerifyGroup(batch, shape, indexes, answers, resources, cancellationToken);
        }

        return answers;
    }

    private static Dictionary<Shape, List<int>> ByShape(IReadOnlyList<VerifyJob> batch)
    {
        var groups = new Dictionary<Shape, List<int>>();
        for (var i = 0; i < batch.Count; i++)
        {
            var (hash, password) = batch[i];
            ArgumentNullException.ThrowIfNull(hash);
            ArgumentNullException.ThrowIfNull(password);
            if (hash.WhyUnverifiable is { } fault)
            {
                throw fault;
            }

            if (hash.Scheme.RefusesLongPasswords && password.Length > hash.Scheme.MaxPasswordBytes)
            {
                continue;
            }

            var shape = new Shape(hash.Settings, hash.Salt.Length, hash.Digest.Length);
            if (!groups.TryGetValue(shape, out var group))
            {
                groups.Add(shape, group = []);
            }

            group.Add(i);
        }

        return groups;
    }

    private static void VerifyGroup(IReadOnlyList<VerifyJob> batch, Shape shape, List<int> indexes, bool[] answers, HashingResources resources, CancellationToken stop)
    {
        var passwords = new Secret[indexes.Count];
        var salts = new byte[indexes.Count * shape.SaltLength];
        for (var i = 0; i < passwords.Length; i++)
        {
            passwords[i] = batch[indexes[i]].Password;
            batch[indexes[i]].Hash.Salt.CopyTo(salts, i * shape.SaltLength);
        }

        Span<byte> digests = new byte[indexes.Count * shape.DigestLength];
        var group = new HashBatch(passwords, salts, shape.SaltLength, digests, shape.DigestLength, stop);
        batch[indexes[0]].Hash.Scheme.Compute(shape.Settings, group, resources);
        for (var i = 0; i < passwords.Length; i++)
        {
            answers[indexes[i]] = CryptographicOperations.FixedTimeEquals(group.Digest(i), batch[indexes[i]].Hash.Digest);
        }

        // Overwritten, because the digest of a wrong password is stored nowhere else.
        CryptographicOperations.ZeroMemory(digests);
    }

    /// <summary>What jobs must have in common to be computed together.</summary>
    private sealed record Shape(HashSettings Settings, int SaltLength, int DigestLength);
}
