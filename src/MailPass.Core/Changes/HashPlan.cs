using MailPass.Hashing;

namespace MailPass.Changes;

/// <summary>How a mailbox's next hash is computed and written.</summary>
/// <param name="Settings">Scheme, cost and encoding.</param>
/// <param name="Prefix">The <c>{SCHEME}</c> before it; empty for none.</param>
/// <param name="Remark">What the row must say about it; <see langword="null"/> for nothing.</param>
internal sealed record HashPlan(HashSettings Settings, string Prefix, string? Remark)
{
    /// <summary>The hash as a store has it.</summary>
    /// <param name="hash">The hash as its scheme writes it.</param>
    public string Write(string hash) => Prefix + hash;
}
