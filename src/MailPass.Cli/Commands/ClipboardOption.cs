using System.CommandLine;
using MailPass.Platform;

namespace MailPass.Cli.Commands;

/// <summary><c>--clipboard</c>: the password goes to the clipboard instead of the output.</summary>
internal sealed class ClipboardOption
{
    private readonly Option<bool> _clipboard = new("--clipboard")
    {
        Description = "Copy one mailbox's password to the clipboard instead of showing it; also over SSH.",
    };

    /// <param name="command">The command.</param>
    /// <param name="conflict">Why the call cannot use it, as a sentence; <see langword="null"/> if it can.</param>
    public ClipboardOption(Command command, Func<System.CommandLine.Parsing.CommandResult, string?> conflict)
    {
        command.Options.Add(_clipboard);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_clipboard) is not null && conflict(result) is { } sentence)
            {
                result.AddError(sentence);
            }
        });
    }

    /// <summary>The clipboard, if it is asked for.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ClipboardUnavailable"/>.</exception>
    public Clipboard? Find(ParseResult call, CliConsole console) => call.GetValue(_clipboard) ? Clipboard.Find(console.Environment) : null;
}
