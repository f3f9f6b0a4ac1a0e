using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>A store whose server tells what a login may do.</summary>
internal interface IRightsCheck
{
    /// <summary>What the login may not do of all that a change needs; changes nothing.</summary>
    /// <param name="account">A mailbox.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException">The server cannot be asked.</exception>
    Task<IReadOnlyList<MailPassException>> MissingRightsAsync(MailboxAccount account, CancellationToken cancellationToken);
}
