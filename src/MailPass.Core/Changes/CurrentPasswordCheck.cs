using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Tells of a wrong current password before a new one is asked for.</summary>
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
