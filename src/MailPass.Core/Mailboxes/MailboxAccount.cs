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

    /// <summary>The store's own key of the row, to the letter, so that a write finds exactly what was read.</summary>
    public required string StoreKey { get; init; }

    /// <summary>Whether it can log in.</summary>
    public MailboxState State { get; init; }

    /// <summary>What in the store says so where it is not <see cref="MailboxState.Active"/>, as a sentence; where it is, what its password does not open.</summary>
    public string? StateReason { get; init; }

    /// <summary>The stored hash as it stands there, prefix included; <see langword="null"/> or empty where there is none.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>When the password was last changed, where the store keeps that.</summary>
    public DateTimeOffset? PasswordChanged { get; init; }

    /// <summary>What a change replaces beside the hash, as it stands there now; <see langword="null"/> where the store keeps nothing that can be put back.</summary>
    public Bookkeeping? Bookkeeping { get; init; }

    /// <summary>The person's name, where the store keeps one.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Why the store would not write this mailbox's hash, as a sentence; <see langword="null"/> where it would.</summary>
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
