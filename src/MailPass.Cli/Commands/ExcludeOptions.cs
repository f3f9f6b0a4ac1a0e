using System.CommandLine;
using MailPass.Changes;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>Mailboxes that a call leaves alone.</summary>
internal sealed class ExcludeOptions
{
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Skip this mailbox, those like svc*@example.org, or those in @file. Repeatable." };

    public ExcludeOptions(Command command) => command.Options.Add(_exclude);

    /// <summary>Reads them, and reports entries that match no mailbox before anything is done.</summary>
    /// <param name="call">The call.</param>
    /// <param name="store">The store to look them up in; <see langword="null"/> for a call without one.</param>
    /// <param name="action">The action, for the store's scope.</param>
    /// <param name="console">The console.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public async Task<Exclusions> ReadAsync(ParseResult call, IMailboxStore? store, MailboxActions action, CliConsole console, CancellationToken cancellationToken)
    {
        var exclusions = await ExclusionInput.ReadAsync(call.GetValue(_exclude), Path.GetFullPath, cancellationToken).ConfigureAwait(false);
        if (store is not null && !exclusions.IsEmpty)
        {
            foreach (var warning in await exclusions.ResolveAsync(store, action, cancellationToken).ConfigureAwait(false))
            {
                console.Say(warning);
            }
        }

        return exclusions;
    }

    /// <summary>Says how many mailboxes were left alone.</summary>
    public static void Say(Exclusions exclusions, CliConsole console)
    {
        if (exclusions.Summary is { } excluded)
        {
            console.Say(excluded);
        }
    }
}
