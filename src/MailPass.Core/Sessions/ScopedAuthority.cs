using System.Runtime.CompilerServices;
using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>A session system restricted to a scope: it is not asked about a mailbox outside the scope, whatever a caller forgets to check.</summary>
/// <param name="system">The system; disposed of with this one.</param>
/// <param name="scope">The scope.</param>
internal sealed class ScopedAuthority(ISessionAuthority system, MailboxScope scope) : ISessionAuthority
{
    /// <inheritdoc/>
    public string Name => system.Name;

    /// <inheritdoc/>
    public bool EndsCredentials => system.EndsCredentials;

    /// <inheritdoc/>
    public bool KeepsPasswords => system.KeepsPasswords;

    /// <inheritdoc/>
    bool ISessionAuthority.IsWebmail => system.IsWebmail;

    /// <inheritdoc/>
    bool ISessionAuthority.HasCopies => system.HasCopies;

    /// <summary>Systems with their scope.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="scope">The scope.</param>
    public static IReadOnlyList<ISessionAuthority> With(IReadOnlyList<ISessionAuthority> systems, MailboxScope scope) =>
        scope.IsEverything ? systems : [.. systems.Select(system => new ScopedAuthority(system, scope))];

    /// <inheritdoc/>
    public ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) => system.FindDomainOwnersAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> DescribeAsync(CancellationToken cancellationToken) => system.DescribeAsync(cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        scope.Require(MailboxActions.Sessions);
        if (mailboxes is not null && !mailboxes.Any(scope.Includes))
        {
            yield break;
        }

        await foreach (var session in system.ListAsync(mailboxes?.Where(scope.Includes).ToList(), cancellationToken).ConfigureAwait(false))
        {
            if (scope.Includes(session.Mailbox))
            {
                yield return session;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken) =>
        InsideAsync(mailboxes, static mailbox => mailbox, inside => system.RevokeAsync(inside, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken) =>
        InsideAsync(mailboxes, static mailbox => mailbox, inside => system.RevokeAsync(inside, scope, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken) =>
        InsideAsync(changes, static change => change.Mailbox, inside => system.RevokeChangedAsync(inside, scope, cancellationToken));

    /// <inheritdoc/>
    ValueTask<IReadOnlyList<RevocationReceipt>> ISessionAuthority.RevokeRecordedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CopyRecorder record) =>
        InsideAsync(changes, static change => change.Mailbox, inside => system.RevokeRecordedAsync(inside, scope, record));

    /// <inheritdoc/>
    ValueTask<IReadOnlyList<(int Back, string? Fault)>> ISessionAuthority.PutBackAsync(IReadOnlyList<IReadOnlyList<ReplacedCopy>> mailboxes) => system.PutBackAsync(mailboxes);

    /// <inheritdoc/>
    public ValueTask TakeBackAsync(IReadOnlyList<RevocationReceipt> receipts) => system.TakeBackAsync(receipts);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => system.DisposeAsync();

    private async ValueTask<IReadOnlyList<RevocationReceipt>> InsideAsync<T>(IReadOnlyList<T> items, Func<T, MailboxAddress> mailboxOf, Func<IReadOnlyList<T>, ValueTask<IReadOnlyList<RevocationReceipt>>> revoke)
    {
        var inside = items.Where(item => scope.Includes(mailboxOf(item))).ToList();
        if (inside.Count == items.Count)
        {
            return await revoke(items).ConfigureAwait(false);
        }

        var receipts = inside.Count == 0 ? [] : await revoke(inside).ConfigureAwait(false);
        var next = 0;
        return [.. items.Select(item => scope.Includes(mailboxOf(item))
            ? receipts[next++]
            : new RevocationReceipt(mailboxOf(item), Name, ReceiptStatus.OutOfScope, Reason: scope.Refusal(mailboxOf(item), MailboxActions.None)?.Message))];
    }
}
