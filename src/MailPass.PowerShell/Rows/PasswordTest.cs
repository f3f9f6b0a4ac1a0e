using MailPass.Policy;

namespace MailPass;

/// <summary>The result of testing a password.</summary>
public sealed class PasswordTest : IMailboxRow
{
    private readonly string _mailbox;

    internal PasswordTest(string? mailbox, IReadOnlyList<PolicyViolation> violations, bool? isCurrent)
    {
        _mailbox = mailbox ?? string.Empty;
        Violations = [.. violations.Select(violation => violation.RuleId)];
        Message = violations.Count == 0 ? null : string.Join(' ', violations.Select(violation => violation.Message));
        IsCurrent = isCurrent;
    }

    /// <summary>The mailbox that it was tested for; empty if none was named.</summary>
    public string Mailbox => RowText.Of(_mailbox);

    /// <summary>Whether it keeps every rule of the policy.</summary>
    public bool Conforms => Violations.Count == 0;

    /// <summary>Whether it is the mailbox's current password; <see langword="null"/> if no store was asked.</summary>
    public bool? IsCurrent { get; }

    /// <summary>The names of the rules that it breaks.</summary>
    public IReadOnlyList<string> Violations { get; }

    /// <summary>The violations of the policy, for the person who chose the password.</summary>
    public string? Message { get; }

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _mailbox;

    /// <summary>The verdict; never the password.</summary>
    public override string ToString() => Conforms ? "conforms" : string.Join(", ", Violations);
}
