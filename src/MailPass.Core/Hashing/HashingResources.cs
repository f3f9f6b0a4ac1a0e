namespace MailPass.Hashing;

/// <summary>What computations share between calls; see <see cref="BatchHasher"/>.</summary>
internal sealed class HashingResources
{
    /// <summary>For verifying, which happens outside of any batch hasher.</summary>
    public static HashingResources Shared { get; } = new();
}
