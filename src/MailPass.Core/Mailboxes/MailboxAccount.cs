namespace MailPass.Mailboxes;

/// <summary>Whether a password in the store lets its mailbox log in.</summary>
public enum MailboxState
{
    /// <summary>It can log in with the stored hash.</summary>
    Active,

    /// <summary>The mailbox or its domain is disabled.</summary>
    Disabled,

    /// <summary>It signs in elsewhere; the stored hash is never looked at.</summary>
    External,
}

/// <summary>One mailbox as its store has it.</summary>
public sealed class MailboxAccount
{
    /// <summary>The mailbox.</summary>
    public required MailboxAddress Address { get; init; }

    /// <summary>The store's own key of the row, exactly as it is, so that a write finds the row that was read.</summary>
    public required string StoreKey { get; init; }

    /// <summary>Whether it can log in.</summary>
    public MailboxState State { get; init; }

    /// <summary>Why it is not <see cref="MailboxState.Active"/>, as a sentence; if it is active, a caveat about its password.</summary>
    public string? StateReason { get; init; }

    /// <summary>The stored hash, prefix included; <see langword="null"/> or empty if there is none.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>When the password was last changed, if the store keeps that.</summary>
    public DateTimeOffset? PasswordChanged { get; init; }

    /// <summary>The present values that a change replaces together with the hash; <see langword="null"/> if the store keeps nothing that can be put back.</summary>
    public Bookkeeping? Bookkeeping { get; init; }

    /// <summary>The person's name, if the store keeps one.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Why the store does not write this mailbox's hash, as a sentence; <see langword="null"/> if it does.</summary>
    internal string? WriteRefusal { get; init; }

    /// <summary>The same mailbox, whose hash must not be written.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    internal MailboxAccount NotToBeWritten(string reason) => new()
    {
        Address = Address,
        StoreKey = StoreKey,
        State = State,
        StateReason = StateReason ?? reason,
        PasswordHash = PasswordHash,
        PasswordChanged = PasswordChanged,
        Bookkeeping = Bookkeeping,
        DisplayName = DisplayName,
        WriteRefusal = reason,
    };

    /// <summary>The address alone: the hash stays out of logs.</summary>
    public override string ToString() => Address.Value;
}
