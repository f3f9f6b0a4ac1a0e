using MailPass.Hashing;

namespace MailPass.Changes;

/// <summary>How a mailbox's next hash is made and written down.</summary>
/// <param name="Settings">Scheme, cost and encoding.</param>
/// <param name="WithPrefix">Whether <c>{SCHEME}</c> stands before it.</param>
/// <param name="Remark">What the row must say about it; <see langword="null"/> where nothing moved.</param>
internal sealed record HashPlan(HashSettings Settings, bool WithPrefix, string? Remark)
{
    /// <summary>The hash as it stands in a store.</summary>
    /// <param name="hash">The hash as its scheme writes it.</param>
    public string Write(string hash) => WithPrefix ? PasswordSchemes.Prefix(Settings) + hash : hash;
}
