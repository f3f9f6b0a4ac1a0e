using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Reports a wrong current password before the user is asked for a new one.</summary>
public static class CurrentPasswordCheck
{
    /// <inheritdoc cref="CurrentPassword.FaultOfAsync"/>
    public static Task<MailPassException?> FaultOfAsync(IMailboxStore store, string identity, Secret current, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(current);
        return CurrentPassword.FaultOfAsync(store, identity, current, cancellationToken);
    }
}
