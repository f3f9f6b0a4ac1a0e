using System.Management.Automation;
using System.Security;
using MailPass.Import;
using MailPass.PowerShell.Binding;

namespace MailPass.PowerShell.Commands;

/// <summary>Reads a CSV of mailboxes: it detects encoding, delimiter and columns, and marks a row that cannot be read completely.</summary>
[Cmdlet(VerbsData.Import, "MailboxCsv")]
[OutputType(typeof(ImportedMailbox))]
public sealed class ImportMailboxCsvCommand : MailPassCommand
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The delimiter; detected from the header if it is left out.</summary>
    [Parameter]
    public char? Delimiter { get; set; }

    /// <summary>The encoding, such as <c>ansi</c> or <c>windows-1252</c>; UTF-8 or UTF-16 if it is left out.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Encoding { get; set; }

    /// <summary>The header of the column with the mailboxes; found by its name if it is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MailboxColumn { get; set; }

    /// <summary>The header of the column with the new passwords; found by its name if it is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PasswordColumn { get; set; }

    private protected override object? FaultTarget => Path;

    private protected override void Process()
    {
        var path = FullPath(Path!);
        var options = new CsvOptions { Delimiter = Delimiter, Encoding = Encoding, MailboxColumn = MailboxColumn, PasswordColumn = PasswordColumn };
        Column[] required = PasswordColumn is null ? [Column.Mailbox] : [Column.Mailbox, Column.Password];
        Column[] optional = PasswordColumn is null ? [Column.Password, Column.CurrentPassword] : [Column.CurrentPassword];
        using var table = Await(token => CsvTable.OpenAsync(InputFile.Open(path), path, required, optional, options, token));
        var others = OtherColumns(table);
        var faults = 0L;
        while (Next(table))
        {
            var row = Read(table, others, out var isFaulty);
            faults += isFaulty ? 1 : 0;
            WriteObject(row);
        }

        if (faults > 0)
        {
            WriteWarning($"{path}: {faults} {(faults == 1 ? "row" : "rows")} cannot be used; their property Fault says why.");
        }
    }

    private bool Next(CsvTable table)
    {
        var next = table.ReadAsync(StopToken);
        return next.IsCompleted ? next.Result : next.AsTask().GetAwaiter().GetResult();
    }

    private static PSObject Read(CsvTable table, List<OtherColumn> others, out bool isFaulty)
    {
        var problem = table.ReadMailbox(out var identity, wholeRow: true);
        isFaulty = problem is not null;
        var row = new PSObject(new ImportedMailbox(identity, table.Line, problem) { ExpectedRows = table.ExpectedRows });
        AddPassword(row, table, Column.Password, isFaulty);
        AddPassword(row, table, Column.CurrentPassword, isFaulty);
        foreach (var other in others)
        {
            // The columns of a faulty row are not known, and any text may be a password.
            var field = table[other.Position];
            row.Properties.Add(new PSNoteProperty(other.Name, isFaulty ? null : other.IsSecret ? Secure(field) : new string(field)));
        }

        return row;
    }

    private static void AddPassword(PSObject row, CsvTable table, Column column, bool isFaulty)
    {
        if (table.Has(column))
        {
            row.Properties.Add(new PSNoteProperty(column.Name, isFaulty ? null : Secure(table[column])));
        }
    }

    private static SecureString? Secure(ReadOnlySpan<char> text) => text.IsEmpty ? null : SecretText.FromText(text);

    /// <summary>The columns that are not the row's own properties, each under a name that is free.</summary>
    private static List<OtherColumn> OtherColumns(CsvTable table)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
        {
            nameof(ImportedMailbox.Mailbox), nameof(ImportedMailbox.Line), nameof(ImportedMailbox.Fault), Column.Password.Name, Column.CurrentPassword.Name,
        };
        var others = new List<OtherColumn>();
        for (var position = 0; position < table.Headers.Count; position++)
        {
            var header = table.Headers[position];
            if (header.Length == 0 || table.IsOwn(position))
            {
                continue;
            }

            var name = header;
            for (var number = 2; !names.Add(name); number++)
            {
                name = $"{header} {number}";
            }

            var known = Column.Find(header);
            others.Add(new OtherColumn(position, name, known == Column.Password || known == Column.CurrentPassword));
        }

        return others;
    }

    private readonly record struct OtherColumn(int Position, string Name, bool IsSecret);
}
