using System.CommandLine;
using MailPass.Import;

namespace MailPass.Cli.Commands;

/// <summary>How a <c>--csv</c> is read; without these, everything is found from the file.</summary>
internal sealed class CsvInputOptions
{
    private readonly Option<string?> _mailboxColumn = new("--mailbox-column") { Description = "The header of the mailbox column, if MailPass does not know it." };
    private readonly Option<string?> _passwordColumn = new("--password-column") { Description = "The header of the column with the new passwords, likewise." };
    private readonly Option<string?> _delimiter = new("--delimiter") { Hidden = true, Description = "The character between the CSV's fields, or tab. Detected from the header by default." };
    private readonly Option<string?> _encoding = new("--encoding") { Hidden = true, Description = "The CSV's encoding, such as windows-1252. UTF-8 or UTF-16 by default. A byte-order mark takes precedence." };

    /// <param name="command">The command.</param>
    /// <param name="csv">Its option that names the CSV.</param>
    /// <param name="withPassword">Whether passwords are read too.</param>
    public CsvInputOptions(Command command, Option csv, bool withPassword)
    {
        // Others need only the mailboxes, which are nearly always found.
        _mailboxColumn.Hidden = !withPassword;
        Option[] options = withPassword ? [_mailboxColumn, _passwordColumn, _delimiter, _encoding] : [_mailboxColumn, _delimiter, _encoding];
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(csv) is null && Array.Find(options, option => result.GetResult(option) is not null) is { } needless)
            {
                result.AddError($"{needless.Name} says how to read --csv, which was not given.");
            }
        });
    }

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public CsvOptions Read(ParseResult call) => new()
    {
        MailboxColumn = call.GetValue(_mailboxColumn),
        PasswordColumn = call.CommandResult.Command.Options.Contains(_passwordColumn) ? call.GetValue(_passwordColumn) : null,
        Delimiter = Delimiter(call.GetValue(_delimiter)),
        Encoding = call.GetValue(_encoding),
    };

    private static char? Delimiter(string? text) => text switch
    {
        null => null,
        { Length: 1 } => text[0],
        "tab" or "\\t" => '\t',
        _ => throw new MailPassException(ErrorIds.InputInvalid, "--delimiter must be one character, or the word tab."),
    };
}
