namespace MailPass.Hashing;

/// <summary>A stored hash taken apart.</summary>
/// <param name="Settings">Scheme and cost it was made with.</param>
/// <param name="Salt">The salt as the scheme's computation takes it.</param>
/// <param name="Digest">What the computation must yield.</param>
internal sealed record ParsedHash(HashSettings Settings, byte[] Salt, byte[] Digest);
