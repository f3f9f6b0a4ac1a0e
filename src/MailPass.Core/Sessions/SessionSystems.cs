using System.Runtime.CompilerServices;
using MailPass.Mailboxes;

namespace MailPass.Sessions;

/// <summary>What every session system answered about one mailbox.</summary>
/// <param name="Mailbox">The mailbox.</param>
/// <param name="Receipts">One for each system, in the systems' order.</param>
public sealed record MailboxRevocation(MailboxAddress Mailbox, IReadOnlyList<RevocationReceipt> Receipts)
{
    /// <summary>Whether every system confirmed that this mailbox is no longer logged in.</summary>
    public bool Complete => Receipts.All(receipt => receipt.IsConfirmed);

    /// <summary>The least favourable answer of all systems: OutOfScope, Unreachable, NotPurged, Revoked, NoneFound.</summary>
    public ReceiptStatus Status => Receipts.Select(receipt => receipt.Status).DefaultIfEmpty(ReceiptStatus.NoneFound).MaxBy(Weight);

    /// <summary>One of <see cref="ErrorIds"/> if a system did not confirm it: that of the least favourable answer.</summary>
    public string? ErrorId => Worst(Receipts)?.ErrorId;

    /// <summary>How many sessions were ended, over all systems.</summary>
    public int Count => Receipts.Sum(receipt => receipt.Count);

    /// <summary>The first of the receipts that confirm least; <see langword="null"/> if all confirm.</summary>
    internal static RevocationReceipt? Worst(IReadOnlyList<RevocationReceipt> receipts) =>
        receipts.Where(receipt => !receipt.IsConfirmed).MaxBy(receipt => Weight(receipt.Status));

    private static int Weight(ReceiptStatus status) => status switch
    {
        ReceiptStatus.OutOfScope => 4,
        ReceiptStatus.Unreachable => 3,
        ReceiptStatus.NotPurged => 2,
        ReceiptStatus.Revoked => 1,
        _ => 0,
    };
}

/// <summary>Uses several session systems as one: a cluster's IMAP servers and the webmails.</summary>
public static class SessionSystems
{
    /// <summary>Streams the live sessions of all systems, one system after the other.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="mailboxes">Which mailboxes; <see langword="null"/> for all.</param>
    /// <param name="scope">Which services.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>: a system could not be asked; thrown after the others' sessions.</exception>
    public static async IAsyncEnumerable<MailboxSession> ListAsync(
        IReadOnlyList<ISessionAuthority> systems,
        IReadOnlyCollection<MailboxAddress>? mailboxes,
        RevocationScope scope,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(scope);
        var faults = new List<MailPassException>();
        foreach (var system in systems)
        {
            var sessions = system.ListAsync(mailboxes, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (sessions.ConfigureAwait(false))
            {
                while (true)
                {
                    try
                    {
                        if (!await sessions.MoveNextAsync().ConfigureAwait(false))
                        {
                            break;
                        }
                    }
                    catch (MailPassException fault) when (fault.ErrorId == ErrorIds.SessionAuthorityUnreachable)
                    {
                        faults.Add(fault);
                        break;
                    }

                    if (scope.Includes(sessions.Current.Service))
                    {
                        yield return sessions.Current;
                    }
                }
            }
        }

        if (faults.Count > 0)
        {
            throw faults.Count == 1
                ? faults[0]
                : new MailPassException(ErrorIds.SessionAuthorityUnreachable, string.Join(" ", faults.Select(fault => fault.Message)), faults[0].Remedy, faults[0]);
        }
    }

    /// <summary>Logs mailboxes out of all systems concurrently, after those that delete credentials.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="mailboxes">The mailboxes.</param>
    /// <param name="scope">The logins to end.</param>
    /// <param name="cancellationToken">Stops further attempts; requests under way are awaited.</param>
    /// <returns>One for each mailbox, in their order.</returns>
    public static async Task<IReadOnlyList<MailboxRevocation>> RevokeAsync(
        IReadOnlyList<ISessionAuthority> systems,
        IReadOnlyList<MailboxAddress> mailboxes,
        RevocationScope scope,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentNullException.ThrowIfNull(mailboxes);
        ArgumentNullException.ThrowIfNull(scope);
        var (everything, ownersUnread) = await new DomainOwners(systems, scope).ReadAsync(cancellationToken).ConfigureAwait(false);
        var bySystem = new IReadOnlyList<RevocationReceipt>[systems.Count];
        foreach (var credentials in (bool[])[true, false])
        {
            await Task.WhenAll(systems.Select((system, i) => (system, i)).Where(pair => pair.system.EndsCredentials == credentials).Select(async pair =>
                bySystem[pair.i] = Qualified(await pair.system.RevokeAsync(mailboxes, everything, cancellationToken).ConfigureAwait(false), ownersUnread[pair.i]))).ConfigureAwait(false);
        }

        return [.. mailboxes.Select((mailbox, i) => new MailboxRevocation(mailbox, [.. bySystem.Select(receipts => receipts[i])]))];
    }

    /// <summary>Builds the scope of a revocation, and checks that the systems support it.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="services">The services; empty for all.</param>
    /// <param name="includeAppPasswords">Whether to end app passwords and OAuth tokens too.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: app passwords should end, and none of the systems keeps any.</exception>
    public static RevocationScope ScopeFor(IReadOnlyList<ISessionAuthority> systems, IReadOnlyCollection<string>? services, bool includeAppPasswords)
    {
        RequireAppPasswords(systems, includeAppPasswords);
        return new() { Services = services ?? [], IncludeAppPasswords = includeAppPasswords };
    }

    /// <summary>Disposes of systems.</summary>
    /// <param name="systems">The systems.</param>
    public static async Task DisposeAsync(IReadOnlyList<ISessionAuthority> systems)
    {
        ArgumentNullException.ThrowIfNull(systems);
        foreach (var system in systems)
        {
            await system.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static void RequireAppPasswords(IReadOnlyList<ISessionAuthority> systems, bool includeAppPasswords)
    {
        if (includeAppPasswords && !systems.Any(system => system.EndsCredentials))
        {
            throw new MailPassException(ErrorIds.InputInvalid, "App passwords should end, but none of the session systems keeps any.", "Name the panel that keeps them: mailcow or PostfixAdmin.");
        }
    }

    /// <summary>
    /// Qualifies the receipts of a system that did not say who owns domains: even if it answered everything else, an owner's logins to
    /// other mailboxes of the domain were not searched.
    /// </summary>
    internal static IReadOnlyList<RevocationReceipt> Qualified(IReadOnlyList<RevocationReceipt> receipts, string? ownersUnread) => ownersUnread is null
        ? receipts
        : [.. receipts.Select(receipt => receipt.Status is ReceiptStatus.Unreachable or ReceiptStatus.OutOfScope
            ? receipt
            : receipt with
            {
                Status = ReceiptStatus.NotPurged,
                Reason = $"{(receipt.Reason is null ? string.Empty : receipt.Reason + " ")}MailPass could not read whether it owns a domain, so its logins to the domain's other mailboxes may still be open: {ownersUnread}",
            })];
}
