using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>
/// Mailboxes by address, as they are found. If two rows have the same address, also in different case, it is not certain which of
/// them a login uses, so neither is written.
/// </summary>
/// <param name="expected">About how many there will be; 0 if nobody knows.</param>
internal sealed class SharedAddresses(int expected = 0)
{
    private readonly Dictionary<string, (MailboxAccount Account, string Spelling)> _first = new(expected, StringComparer.Ordinal);
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <summary>Adds a row.</summary>
    /// <param name="account">The mailbox in it.</param>
    /// <param name="spelling">Its address as the row spells it.</param>
    public void Add(MailboxAccount account, string spelling)
    {
        if (!_first.TryAdd(account.Address.Key, (account, spelling)) && _first[account.Address.Key] is var first && first.Account.StoreKey != account.StoreKey)
        {
            _reasons.TryAdd(account.Address.Key, Reason(first.Account.StoreKey, first.Spelling, account.StoreKey, spelling));
        }
    }

    /// <summary>The mailbox of an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns><see langword="null"/> if no row has it.</returns>
    public MailboxAccount? AccountOf(MailboxAddress address) =>
        _first.TryGetValue(address.Key, out var row) ? Judge(row.Account) : null;

    /// <summary>The mailbox in a row, marked as not to be written if another row shares its address.</summary>
    /// <param name="account">The mailbox.</param>
    public MailboxAccount Judge(MailboxAccount account) =>
        _reasons.TryGetValue(account.Address.Key, out var reason) ? account.NotToBeWritten(reason) : account;

    private static string Reason(string firstKey, string firstSpelling, string secondKey, string secondSpelling)
    {
        string[] spellings = [firstSpelling, secondSpelling];
        string[] keys = [firstKey, secondKey];
        Array.Sort(spellings, StringComparer.Ordinal);
        Array.Sort(keys, StringComparer.Ordinal);
        var rows = keys.SequenceEqual(spellings, StringComparer.Ordinal) ? string.Empty : $" (rows {keys[0]} and {keys[1]})";
        return spellings[0] == spellings[1]
            ? $"The store has this address more than once{rows}. Remove or rename one of them."
            : $"The store has this address in two rows that differ only in {(spellings[0].Equals(spellings[1], StringComparison.OrdinalIgnoreCase) ? "case" : "spelling")}, {spellings[0]} and {spellings[1]}{rows}. Remove or rename one of them.";
    }
}
