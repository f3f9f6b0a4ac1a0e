using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>A store whose server reports what a login may do.</summary>
internal interface IRightsCheck
{
    /// <summary>Finds the rights that a change needs and the login lacks; changes nothing.</summary>
    /// <param name="account">A mailbox.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException">The server cannot be asked.</exception>
    Task<IReadOnlyList<MailPassException>> MissingRightsAsync(MailboxAccount account, CancellationToken cancellationToken);
}
