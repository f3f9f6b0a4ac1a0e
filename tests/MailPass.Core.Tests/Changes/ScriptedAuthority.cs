using MailPass.Mailboxes;
using MailPass.Sessions;

namespace MailPass.Core.Tests.Changes;

/// <summary>A session system whose answers a test decides.</summary>
internal sealed class ScriptedAuthority(string name, ReceiptStatus status) : ISessionAuthority
{
    public string Name => name;

    public bool EndsCredentials { get; init; }

    public List<string> Asked { get; init; } = [];

    public bool KeepsPasswords { get; init; }

    /// <summary>The mailboxes whose new password it received.</summary>
    public List<string> Told { get; } = [];

    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken)
    {
        Told.AddRange(changes.Select(change => change.Mailbox.Value));
        return RevokeAsync([.. changes.Select(change => change.Mailbox)], scope, cancellationToken);
    }

    public Exception? OwnersFault { get; init; }

    /// <summary>How often it fails to name domain owners before it succeeds.</summary>
    public int OwnersFaults { get; init; } = int.MaxValue;

    public string[] Owners { get; init; } = [];

    public int OwnersAsked { get; private set; }

    /// <summary>The owners that it received with each batch.</summary>
    public List<int> OwnersTold { get; } = [];

    /// <summary>Whether it keeps copies of passwords and replaces them.</summary>
    public bool Replaces { get; init; }

    /// <summary>The receipts whose copies it had to put back, and their mailboxes.</summary>
    public List<string> TakenBack { get; } = [];

    public ValueTask TakeBackAsync(IReadOnlyList<RevocationReceipt> receipts)
    {
        TakenBack.AddRange(receipts.Select(receipt => $"{receipt.System} {receipt.Mailbox}"));
        return ValueTask.CompletedTask;
    }

    /// <summary>How many receipts are missing.</summary>
    public int Fewer { get; init; }

    public ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) =>
        ++OwnersAsked <= OwnersFaults && OwnersFault is not null ? throw OwnersFault : new(new HashSet<MailboxAddress>(Owners.Select(MailboxAddress.Parse)));

    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        Asked.Add($"{name} {scope.IncludeAppPasswords}");
        OwnersTold.Add(scope.DomainOwners.Count);
        return RevokeAsync(mailboxes, cancellationToken);
    }

    public IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken) =>
        status is ReceiptStatus.Unreachable
            ? throw new HttpRequestException("refused")
            : ValueTask.FromResult<IReadOnlyList<RevocationReceipt>>([.. mailboxes.Skip(Fewer).Select(mailbox => new RevocationReceipt(mailbox, name, status, 1) { Replaced = Replaces ? [new ReplacedCopy(1L, "password", "before", "after")] : [] })]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
