using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using MailPass.Cli.Input;
using MailPass.Import;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass init</c>: creates the embedded store from a CSV.</summary>
internal sealed class InitCommand : CliCommand
{
    private readonly Option<string> _store = new("--store", "-s") { Description = "The SQLite file to make.", Required = true };
    private readonly Option<string> _csv = new("--csv") { Description = "The mailboxes: Mailbox, and if you like PasswordHash, DisplayName, Active; - for standard input.", Required = true };
    private readonly CsvInputOptions _input;

    public InitCommand(CliConsole console)
        : base(console, "init", "Makes an embedded store with the mailboxes of a CSV.")
    {
        Options.Add(_store);
        Options.Add(_csv);
        _input = new CsvInputOptions(this, _csv, withPassword: false);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var location = StoreLocation.Parse(call.GetValue(_store)!);
        if (location.Provider != StoreProvider.Sqlite || location.Path is null)
        {
            throw new MailPassException(ErrorIds.StoreInvalid, "MailPass can create only the embedded store, a SQLite file.", "Name a file, for example --store mail.db.");
        }

        var csv = call.GetValue(_csv)!;
        using var table = await CsvTable.OpenAsync(
            InputSource.Open(csv, Terminal),
            InputSource.NameOf(csv),
            [Column.Mailbox],
            [Column.PasswordHash, Column.DisplayName, Column.Active],
            _input.Read(call),
            cancellationToken).ConfigureAwait(false);
        if (table.Headers.Any(header => Column.Find(header) == Column.Password))
        {
            Terminal.Say($"the Password column is left alone: `mailpass set --store {location.Path} --csv {csv}` gives the mailboxes these passwords.");
        }

        var creation = await CreateAsync(location.Path, table, cancellationToken).ConfigureAwait(false);
        foreach (var mailbox in creation.Refused)
        {
            var line = mailbox.Line is { } number ? string.Create(CultureInfo.InvariantCulture, $"line {number}: ") : string.Empty;
            Terminal.Say($"{line}{mailbox.Identity}: {mailbox.Message} ({mailbox.ErrorId})");
        }

        Terminal.Say(string.Create(
            CultureInfo.InvariantCulture, $"{location.Path} has {creation.Created:N0} mailboxes; {creation.Refused.Count:N0} were refused."));
        return creation.Refused.Count == 0 ? ExitCodes.Done : ExitCodes.SomeFailed;
    }

    /// <summary>Makes the store from a CSV that has been opened; rows that cannot be read are refused with the rest.</summary>
    public static async Task<StoreCreation> CreateAsync(string path, CsvTable table, CancellationToken cancellationToken)
    {
        var unreadable = new List<RefusedMailbox>();
        var creation = await MailStore.CreateAsync(path, ReadAsync(table, unreadable, cancellationToken), cancellationToken).ConfigureAwait(false);
        return unreadable.Count == 0
            ? creation
            : creation with { Refused = [.. creation.Refused.Concat(unreadable).OrderBy(mailbox => mailbox.Line)] };
    }

    private static async IAsyncEnumerable<NewMailbox> ReadAsync(
        CsvTable table, List<RefusedMailbox> unreadable, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await table.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Next(table, unreadable) is { } mailbox)
            {
                yield return mailbox;
            }
        }
    }

    private static NewMailbox? Next(CsvTable table, List<RefusedMailbox> unreadable)
    {
        var fault = table.ReadMailbox(out var identity);
        var active = true;
        if (fault is null && !TryReadActive(table[Column.Active].Trim(), out active))
        {
            fault = new MailPassException(ErrorIds.InputInvalid, "The Active column must be yes (true, 1) or no (false, 0).");
        }

        if (fault is not null)
        {
            unreadable.Add(new RefusedMailbox(identity, fault.ErrorId, fault.Message, table.Line));
            return null;
        }

        return new NewMailbox
        {
            Identity = identity,
            PasswordHash = TextOrNull(table[Column.PasswordHash].Trim()),
            DisplayName = TextOrNull(SpreadsheetText.Undo(table[Column.DisplayName].Trim())),
            Active = active,
            Line = table.Line,
        };
    }

    private static string? TextOrNull(ReadOnlySpan<char> text) => text.IsEmpty ? null : new string(text);

    private static bool TryReadActive(ReadOnlySpan<char> text, out bool active)
    {
        active = text.IsEmpty || Is(text, "true") || Is(text, "yes") || Is(text, "y") || Is(text, "1") || Is(text, "on");
        return active || Is(text, "false") || Is(text, "no") || Is(text, "n") || Is(text, "0") || Is(text, "off");

        static bool Is(ReadOnlySpan<char> text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
    }
}
