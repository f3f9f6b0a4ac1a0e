using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>A run's record, the store it was written to, and which of its mailboxes are meant.</summary>
internal sealed class ReplayOptions
{
    private readonly Option<string> _journal = new("--journal") { Description = "The run's record.", Required = true };
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "Only this mailbox; may be given several times." };

    public ReplayOptions(Command command)
    {
        Store = new StoreOptions(command);
        command.Options.Add(_journal);
        command.Options.Add(_mailbox);
    }

    public StoreOptions Store { get; }

    /// <summary>Goes through the record and writes a row for each change.</summary>
    /// <param name="call">The call.</param>
    /// <param name="output">Where the rows go.</param>
    /// <param name="systems">The systems whose copies of passwords are put back.</param>
    /// <param name="replay">What is done.</param>
    /// <param name="console">The console.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> ReplayAsync(
        ParseResult call,
        OutputOptions output,
        IReadOnlyList<ISessionAuthority> systems,
        Func<JournalReplay, IAsyncEnumerable<ChangeResult>> replay,
        CliConsole console,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var only = call.GetValue(_mailbox) is { Length: > 0 } mailboxes ? Array.ConvertAll(mailboxes, MailboxAddress.Parse).ToHashSet() : null;
        var store = await Store.OpenAsync(call, console, logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var rows = output.Open(call, ResultColumns.All, console, static row => row.Password?.Dispose());
        return await WriteAsync(replay(new JournalReplay(store, call.GetValue(_journal)!) { Only = only, SessionAuthorities = systems }), rows, console).ConfigureAwait(false);
    }

    private static async Task<int> WriteAsync(IAsyncEnumerable<ChangeResult> rows, RowOutput<ChangeResult> output, CliConsole console)
    {
        var tally = new RunTally { NotLoggedOutMeans = "changed while a webmail keeps another password" };
        await foreach (var row in rows.ConfigureAwait(false))
        {
            tally.Count(row);
            output.Add(row);
            if (row.Status is ChangeStatus.Failed || (row.Status is ChangeStatus.Changed && row.ErrorId is not null))
            {
                console.Say(ChangeJob.Sentence(row));
            }

            if (output.Pending.Count >= 1000 && !output.Deliver())
            {
                break;
            }
        }

        output.Complete();
        console.Say(tally.ToString());
        return output.Fault is not null ? output.Conclude(console)
            : tally.NotLoggedOut > 0 ? ExitCodes.Unreachable
            : tally.Failed > 0 ? ExitCodes.SomeFailed
            : ExitCodes.Done;
    }
}
