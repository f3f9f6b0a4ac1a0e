namespace MailPass.Hashing;

/// <summary>The scheme and the cost of a hash.</summary>
/// <param name="Scheme">The scheme's name as Dovecot writes it, without braces: <c>SHA512-CRYPT</c>.</param>
/// <param name="Cost">The scheme's main cost (rounds, log₂ rounds, iterations, passes); <see langword="null"/> for its default.</param>
/// <param name="MemoryKiB">Memory in KiB for schemes that take it (ARGON2ID); <see langword="null"/> for the default.</param>
/// <param name="Parallelism">Lanes for schemes that take them (ARGON2ID); <see langword="null"/> for the default.</param>
/// <param name="Encoding">Re-encoding of the hash (<c>.b64</c>, <c>.hex</c>) to be kept; <see langword="null"/> for the scheme's own.</param>
public sealed record HashSettings(string Scheme, int? Cost = null, int? MemoryKiB = null, int? Parallelism = null, string? Encoding = null);
