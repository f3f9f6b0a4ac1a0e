using MailPass.Hashing;

namespace MailPass.Changes;

/// <summary>How a mailbox's next hash is made and written down.</summary>
/// <param name="Settings">Scheme, cost and encoding.</param>
/// <param name="Prefix">The <c>{SCHEME}</c> that stands before it; empty for none.</param>
/// <param name="Remark">What the row must say about it; <see langword="null"/> where nothing moved.</param>
internal sealed record HashPlan(HashSettings Settings, string Prefix, string? Remark)
{
    /// <summary>The hash as it stands in a store.</summary>
    /// <param name="hash">The hash as its scheme writes it.</param>
    public string Write(string hash) => Prefix + hash;
}
