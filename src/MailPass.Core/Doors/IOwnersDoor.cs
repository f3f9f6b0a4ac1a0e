using MailPass.Mailboxes;
using MailPass.Secrets;

namespace MailPass.Doors;

/// <summary>A door's answer.</summary>
/// <param name="Done">Whether it was done.</param>
/// <param name="Text">The message for the person: one line, without secrets.</param>
public readonly record struct DoorAnswer(bool Done, string Text);

/// <summary>The operations that a conversation needs; the protocol knows nothing else about mailboxes.</summary>
public interface IOwnersDoor
{
    /// <summary>Tries a mailbox's password.</summary>
    /// <param name="mailbox">The mailbox, as it was written: any bytes.</param>
    /// <param name="password">Its password; stays the caller's.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="cancellationToken">The client is gone, or the service stops.</param>
    /// <returns>The answer, and the mailbox's account if the password is right.</returns>
    ValueTask<(DoorAnswer Answer, MailboxAccount? Owner)> SignInAsync(ReadOnlyMemory<byte> mailbox, Secret password, DoorClient client, CancellationToken cancellationToken);

    /// <summary>Changes a mailbox's password. A change that was begun is completed.</summary>
    /// <param name="owner">The account that <see cref="SignInAsync"/> returned.</param>
    /// <param name="current">The password that was right; the door disposes of it.</param>
    /// <param name="password">The new one, as it was written: any bytes.</param>
    /// <param name="client">Who asks.</param>
    ValueTask<DoorAnswer> ChangeAsync(MailboxAccount owner, Secret current, ReadOnlyMemory<byte> password, DoorClient client);
}
