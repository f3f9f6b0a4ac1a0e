using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>One password to hash.</summary>
/// <param name="Password">The password; it stays the caller's to dispose.</param>
/// <param name="Settings">Scheme and cost.</param>
public readonly record struct HashJob(Secret Password, HashSettings Settings);

/// <summary>
/// Hashes a batch on the calling thread. Many passwords at once is what makes hashing fast: equal ones in length share
/// the lanes of one core. Thread-safe; the run calls it from as many threads as there are cores.
/// </summary>
public interface IBatchHasher
{
    /// <summary>Hashes every job with a fresh random salt.</summary>
    /// <param name="batch">The jobs, in any mixture of schemes and lengths.</param>
    /// <param name="cancellationToken">Gives up, whatever the hashes cost, within a second.</param>
    /// <returns>The hashes without <c>{SCHEME}</c> prefix, in the jobs' order.</returns>
    /// <exception cref="MailPassException">A scheme is unknown, or cannot take a password: see <see cref="PasswordSchemes.Validate"/>, which the run asks first.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    IReadOnlyList<string> Hash(IReadOnlyList<HashJob> batch, CancellationToken cancellationToken = default);
}
