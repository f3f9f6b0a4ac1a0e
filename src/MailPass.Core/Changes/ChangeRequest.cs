using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Changes;

/// <summary>The request for one mailbox's new password.</summary>
public sealed class ChangeRequest
{
    /// <summary>The mailbox as it was written in the input, right or wrong.</summary>
    public required string Identity { get; init; }

    /// <summary>The mailbox as the store has just listed it, if the input is the store itself; saves the look-up.</summary>
    public MailboxAccount? Account { get; init; }

    /// <summary>The new password; <see langword="null"/> to generate one. The run takes it over and disposes of it unless the result carries it.</summary>
    public Secret? Password { get; init; }

    /// <summary>The current password for a self-service change; <see langword="null"/> for an admin's. The run disposes of it.</summary>
    public Secret? CurrentPassword { get; init; }

    /// <summary>A fault that reading the input found in this row (<see cref="ErrorIds"/>); it becomes the row's result.</summary>
    public MailPassException? Fault { get; init; }

    /// <summary>The action, for the store's scope: a scope may allow a person's own change and no other.</summary>
    public MailboxActions Action => CurrentPassword is not null ? MailboxActions.Change : Password is null ? MailboxActions.Reset : MailboxActions.Set;

    /// <summary>Whether the mailbox is not in the input, and only recorded by an interrupted part of the run.</summary>
    internal bool IsOnlyRecorded { get; init; }

    /// <summary>The line in the input file, counted from 1.</summary>
    public long? Line { get; init; }
}
