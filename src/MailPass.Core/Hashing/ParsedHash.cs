namespace MailPass.Hashing;

/// <summary>The parts of a stored hash.</summary>
/// <param name="Settings">Scheme and cost it was made with.</param>
/// <param name="Salt">The salt in the form that the scheme's computation needs.</param>
/// <param name="Digest">The expected digest.</param>
internal sealed record ParsedHash(HashSettings Settings, byte[] Salt, byte[] Digest);
