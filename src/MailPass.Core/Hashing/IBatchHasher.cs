using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>One password to hash.</summary>
/// <param name="Password">The password; it stays the caller's to dispose.</param>
/// <param name="Settings">Scheme and cost.</param>
public sealed record HashJob(Secret Password, HashSettings Settings);

/// <summary>
/// Hashes a batch on the calling thread. Hashing many passwords at once is fast, because those of equal length share
/// the lanes of one core. Thread-safe; the run calls it from as many threads as there are cores.
/// </summary>
public interface IBatchHasher
{
    /// <summary>Hashes every job with a fresh random salt.</summary>
    /// <param name="batch">The jobs, in any mixture of schemes and lengths.</param>
    /// <param name="cancellationToken">Stops within a second, whatever the hashes cost.</param>
    /// <returns>The hashes without <c>{SCHEME}</c> prefix, in the jobs' order.</returns>
    /// <exception cref="MailPassException">A scheme is unknown, or does not accept a password: see <see cref="PasswordSchemes.Validate"/>, which the run calls first.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    IReadOnlyList<string> Hash(IReadOnlyList<HashJob> batch, CancellationToken cancellationToken = default);
}
