using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>
/// Passwords to be hashed at one cost, with all salts (of one length) in one buffer and all digests in another, so that no hash
/// needs its own buffer.
/// </summary>
/// <remarks>A long computation calls <see cref="ThrowIfStopped"/> several times per second, so that a hash of any cost can be stopped.</remarks>
internal readonly ref struct HashBatch(
    ReadOnlySpan<Secret> passwords, ReadOnlySpan<byte> salts, int saltLength, Span<byte> digests, int digestLength, CancellationToken stop = default)
{
    private readonly ReadOnlySpan<Secret> _passwords = passwords;
    private readonly ReadOnlySpan<byte> _salts = salts;
    private readonly Span<byte> _digests = digests;
    private readonly CancellationToken _stop = stop;

    public int Count => _passwords.Length;

    /// <summary>For a computation that waits for something else.</summary>
    public CancellationToken Stop => _stop;

    public int SaltLength { get; } = saltLength;

    public int DigestLength { get; } = digestLength;

    public ReadOnlySpan<byte> Password(int index) => _passwords[index].Utf8;

    public ReadOnlySpan<byte> Salt(int index) => _salts.Slice(index * SaltLength, SaltLength);

    /// <summary>All digests, side by side.</summary>
    public Span<byte> Digests => _digests;

    /// <exception cref="OperationCanceledException">The batch is no longer wanted.</exception>
    public void ThrowIfStopped() => _stop.ThrowIfCancellationRequested();

    public Span<byte> Digest(int index) => _digests.Slice(index * DigestLength, DigestLength);
}
