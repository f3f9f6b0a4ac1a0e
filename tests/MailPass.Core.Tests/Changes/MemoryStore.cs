using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

/// <summary>A store in memory whose faults a test decides. It counts its calls, so that a test sees unneeded ones.</summary>
internal sealed class MemoryStore : IMailboxStore
{
    private readonly object _gate = new();
    private readonly SortedDictionary<string, MailboxAccount> _accounts = new(StringComparer.Ordinal);

    public StoreInfo Info { get; init; } = new() { Kind = "memory", Location = "memory", Schema = "memory" };

    /// <summary>Called before each transaction with its changes; may throw, wait, or change the store without the run's knowledge.</summary>
    public Func<IReadOnlyList<HashWrite>, Task>? BeforeWrite { get; set; }

    /// <summary>Called instead of the transaction if set.</summary>
    public Func<HashWrite, WriteOutcome?>? Outcome { get; set; }

    /// <summary>The main address of a mailbox for another address of it.</summary>
    public Func<MailboxAddress, MailboxAddress> AliasOf { get; init; } = static address => address;

    public Action? BeforeFind { get; set; }

    public List<int> Batches { get; } = [];

    public void Add(string address, string? hash, MailboxState state = MailboxState.Active) =>
        _accounts[MailboxAddress.Parse(address).Key] = Account(MailboxAddress.Parse(address), hash, state);

    public void Add(MailboxAccount account) => _accounts[account.Address.Key] = account;

    public void Remove(string address)
    {
        lock (_gate)
        {
            _accounts.Remove(MailboxAddress.Parse(address).Key);
        }
    }

    public string? HashOf(string address)
    {
        lock (_gate)
        {
            return _accounts[MailboxAddress.Parse(address).Key].PasswordHash;
        }
    }

    public void SetHash(string address, string hash)
    {
        lock (_gate)
        {
            var account = _accounts[MailboxAddress.Parse(address).Key];
            _accounts[account.Address.Key] = Account(account.Address, hash, account.State);
        }
    }

    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var domain in _accounts.Values.Select(account => account.Address.Domain).Distinct().Order(StringComparer.Ordinal))
        {
            yield return domain;
        }
    }

    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        foreach (var account in _accounts.Values.ToList())
        {
            yield return account;
        }
    }

    public ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        BeforeFind?.Invoke();
        lock (_gate)
        {
            return ValueTask.FromResult<IReadOnlyList<MailboxAccount?>>([.. addresses.Select(address => _accounts.GetValueOrDefault(AliasOf(address).Key))]);
        }
    }

    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        Batches.Add(batch.Count);
        if (BeforeWrite is not null)
        {
            await BeforeWrite(batch);
        }

        lock (_gate)
        {
            return [.. batch.Select(Write)];
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private WriteOutcome Write(HashWrite write)
    {
        if (Outcome?.Invoke(write) is { } outcome)
        {
            return outcome;
        }

        if (!_accounts.TryGetValue(write.Account.Address.Key, out var account))
        {
            return new WriteOutcome(WriteStatus.NotFound);
        }

        if (account.PasswordHash != write.Account.PasswordHash)
        {
            // As the real stores have it: an earlier attempt whose answer was lost.
            return new WriteOutcome(account.PasswordHash == write.NewHash ? WriteStatus.Written : WriteStatus.Conflict);
        }

        _accounts[account.Address.Key] = Account(account.Address, write.NewHash, account.State);
        return new WriteOutcome(WriteStatus.Written);
    }

    private static MailboxAccount Account(MailboxAddress address, string? hash, MailboxState state) =>
        new() { Address = address, StoreKey = address.Value, PasswordHash = hash, State = state };
}
