using MailPass.Changes;
using MailPass.Cli.Output;

namespace MailPass.Cli.Commands;

/// <summary>Writes what came out of a journal.</summary>
internal static class JournalRows
{
    public static async Task<int> WriteAsync(IAsyncEnumerable<ChangeResult> rows, RowOutput<ChangeResult> output, CliConsole console)
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
        return output.Fault is not null ? output.Conclude(console) : tally.NotLoggedOut > 0 ? ExitCodes.Unreachable : tally.Failed > 0 ? ExitCodes.SomeFailed : ExitCodes.Done;
    }
}
