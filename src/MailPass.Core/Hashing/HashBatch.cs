using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>
/// Passwords to be hashed at one cost, with salts of one length side by side in one buffer and digests in another, so
/// that no hash needs a buffer of its own.
/// </summary>
internal readonly ref struct HashBatch(ReadOnlySpan<Secret> passwords, ReadOnlySpan<byte> salts, int saltLength, Span<byte> digests, int digestLength)
{
    private readonly ReadOnlySpan<Secret> _passwords = passwords;
    private readonly ReadOnlySpan<byte> _salts = salts;
    private readonly Span<byte> _digests = digests;

    public int Count => _passwords.Length;

    public int SaltLength { get; } = saltLength;

    public int DigestLength { get; } = digestLength;

    public ReadOnlySpan<byte> Password(int index) => _passwords[index].Utf8;

    public ReadOnlySpan<byte> Salt(int index) => _salts.Slice(index * SaltLength, SaltLength);

    /// <summary>All digests, side by side.</summary>
    public Span<byte> Digests => _digests;

    public Span<byte> Digest(int index) => _digests.Slice(index * DigestLength, DigestLength);
}
