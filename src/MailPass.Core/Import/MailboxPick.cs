using MailPass.Mailboxes;

namespace MailPass.Import;

/// <summary>
/// Picks the mailbox of a row that may name it in several columns: columns that agree are one, columns that disagree
/// fail the row, and a value without @ (a login name, a street) is passed over if another column has an address.
/// </summary>
public struct MailboxPick
{
    private string? _value;
    private string? _column;
    private string? _rival;
    private bool _isAddress;

    /// <summary>Takes a value of the row into account.</summary>
    /// <param name="column">The column's name, for the message; the caller has seen to it that it is a name and no data.</param>
    /// <param name="value">The value in the row.</param>
    public void Offer(string column, ReadOnlySpan<char> value)
    {
        value = value.Trim();
        var isAddress = value.Contains('@');
        if (value.IsEmpty || (_isAddress && !isAddress))
        {
            return;
        }

        if (_value is null || (isAddress && !_isAddress))
        {
            (_value, _column, _rival, _isAddress) = (SpreadsheetText.Undo(value), column, null, isAddress);
        }
        else if (!IsSame(SpreadsheetText.Undo(value)))
        {
            _rival ??= column;
        }
    }

    /// <summary>What the row names.</summary>
    /// <param name="domain">The row's domain, for a value without @; empty if there is none.</param>
    /// <param name="identity">The mailbox, valid or not; empty if the row names none.</param>
    /// <param name="fault">Why no mailbox can be picked; otherwise <see langword="null"/>.</param>
    public readonly void Decide(ReadOnlySpan<char> domain, out string identity, out MailPassException? fault)
    {
        identity = _value ?? string.Empty;
        domain = domain.Trim().TrimStart('@');
        fault = null;
        if (_rival is not null && (_isAddress || !domain.IsEmpty))
        {
            fault = new MailPassException(
                ErrorIds.InputInvalid,
                $"The columns '{_column}' and '{_rival}' name different mailboxes.",
                "Name the column that counts (Import-MailboxCsv -MailboxColumn, mailpass --mailbox-column), or remove the other.");
        }
        else if (!_isAddress && identity.Length > 0 && !domain.IsEmpty)
        {
            identity = string.Concat(identity, "@", domain);
        }
    }

    private readonly bool IsSame(string value) =>
        string.Equals(_value, value, StringComparison.OrdinalIgnoreCase)
        || (MailboxAddress.TryParse(_value, out var one, out _) && MailboxAddress.TryParse(value, out var other, out _) && one.Equals(other));
}
