using System.Collections;
using System.Management.Automation;
using System.Security;
using MailPass.Import;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// An object of the pipeline, read by Core's names of columns. PowerShell binds parameters one by one and only by names
/// that are equal to theirs; which of two columns counts can be decided only over the whole row.
/// </summary>
internal sealed class InputRow
{
    // On the pipeline's thread, nothing else is bound between binding a row and processing it.
    [ThreadStatic]
    private static InputRow? _bound;

    private readonly PSObject _row;
    private readonly bool _isImported;
    private readonly List<(Column Column, PSPropertyInfo Property)> _known = new(4);
    private string[] _identity = [];

    private InputRow(PSObject row)
    {
        _row = row;
        _isImported = IsImported(row);
        Sort();
    }

    /// <summary>The mailbox or mailboxes that an object names, as text for a parameter.</summary>
    /// <param name="input">The object.</param>
    public static string[] Bind(object input)
    {
        var row = new InputRow(PSObject.AsPSObject(input));
        row._identity = row.ReadIdentity();
        _bound = row;
        return row._identity;
    }

    /// <summary>The row from which the bound mailboxes came, once; <see langword="null"/> if they did not come from a row.</summary>
    /// <param name="identity">The mailboxes as the parameter has them.</param>
    public static InputRow? Take(string[]? identity)
    {
        var row = _bound;
        _bound = null;
        return identity is not null && ReferenceEquals(row?._identity, identity) ? row : null;
    }

    /// <summary>The line of the file that the row is of; the header is line 1.</summary>
    /// <param name="number">Which input it is, counted from 1.</param>
    public long LineOf(long number) =>
        _isImported && Value(nameof(ImportedMailbox.Line)) is { } line && LanguagePrimitives.TryConvertTo(line, out long known) ? known
            : _row.BaseObject is PSCustomObject ? number + 1
            : number;

    /// <summary>About how many rows the file has from which this one was read by Import-MailboxCsv.</summary>
    public long? ExpectedRows => (_row.BaseObject as ImportedMailbox)?.ExpectedRows;

    /// <summary>The row's password of a kind.</summary>
    /// <param name="column"><see cref="Column.Password"/> or <see cref="Column.CurrentPassword"/>.</param>
    /// <param name="bound">What PowerShell has bound of this row, if anything.</param>
    /// <returns><see langword="null"/> if the row has no such column; an empty one where the column is empty.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: two columns could be the right one.</exception>
    public SecureString? Password(Column column, SecureString? bound)
    {
        var found = Find(column);
        return found switch
        {
            [] => null,
            [var only] => bound ?? SecretText.FromInput(only.Value) ?? new SecureString(),
            _ => throw new MailPassException(
                ErrorIds.InputInvalid,
                $"The row has two {column.Name} columns: '{found[0].Name}' and '{found[1].Name}'.",
                "Remove or rename one of them, or read the file with Import-MailboxCsv -PasswordColumn."),
        };
    }

    private string[] ReadIdentity()
    {
        if (_isImported)
        {
            var known = Text(Value(nameof(ImportedMailbox.Mailbox)));
            return _row.BaseObject is ImportedMailbox { Problem: { } problem } row ? [RefusedInput.Of(((IMailboxRow)row).Mailbox, problem)]
                : Text(Value(nameof(ImportedMailbox.Fault))) is { Length: > 0 } fault ? [RefusedInput.Of(known, new MailPassException(ErrorIds.InputInvalid, fault))]
                : [SpreadsheetText.Undo(known)];
        }

        var found = Find(Column.Mailbox);
        if (found.Count == 0)
        {
            return [RefusedInput.WithoutMailbox(_row)];
        }

        if (found.Count == 1 && Unwrap(found[0].Value) is ICollection { Count: > 1 } several and not IDictionary)
        {
            return [.. several.Cast<object?>().Select(item => SpreadsheetText.Undo(Text(item)))];
        }

        var pick = default(MailboxPick);
        foreach (var property in found)
        {
            pick.Offer(property.Name, Text(property.Value));
        }

        pick.Decide(Find(Column.Domain) is [var domain] ? Text(domain.Value) : null, out var identity, out var disagreement);
        return [disagreement is null ? identity : RefusedInput.Of(identity, disagreement)];
    }

    // One pass over the properties for all look-ups, because it takes most of a row's time.
    private void Sort()
    {
        foreach (var member in OwnMembers.Of(_row) ?? _row.Properties)
        {
            // A row of Import-MailboxCsv has its mailbox, whatever the names of its other columns.
            if (member is PSPropertyInfo property && Column.Find(property.Name) is { } column
                && (!_isImported || string.Equals(property.Name, column.Name, StringComparison.OrdinalIgnoreCase)))
            {
                _known.Add((column, property));
            }
        }
    }

    private List<PSPropertyInfo> Find(Column column)
    {
        var found = new List<PSPropertyInfo>(1);
        foreach (var (known, property) in _known)
        {
            if (known == column)
            {
                found.Add(property);
            }
        }

        return found;
    }

    private object? Value(string name) => _row.Properties[name]?.Value;

    /// <summary>A value that should be an address; nothing for a compound object.</summary>
    private static string Text(object? value) => Unwrap(value) switch
    {
        null or PSCustomObject or IDictionary => string.Empty,
        string text => text,
        IMailboxRow row => row.Mailbox,
        ICollection items => string.Join(' ', items.Cast<object?>().Select(Text)),
        var other => LanguagePrimitives.ConvertTo<string>(other),
    };

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    // Also a row that Select-Object or a job has converted to another object.
    private static bool IsImported(PSObject row) =>
        row.BaseObject is ImportedMailbox
        || (row.BaseObject is PSCustomObject && row.TypeNames.Any(static name => name.EndsWith("." + nameof(MailPass) + "." + nameof(ImportedMailbox), StringComparison.Ordinal)));
}
