using MailPass.Changes;
using MailPass.Cli.Output;

namespace MailPass.Cli.Commands;

/// <summary>Writes what came out of a journal.</summary>
internal static class JournalRows
{
    public static async Task<int> WriteAsync(IAsyncEnumerable<ChangeResult> rows, RowOutput<ChangeResult> output, CliConsole console)
    {
        var tally = new RunTally();
        await foreach (var row in rows.ConfigureAwait(false))
        {
            tally.Count(row);
            output.Add(row);
            if (row.Status is ChangeStatus.Failed)
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
        return output.Fault is not null ? output.Conclude(console) : tally.Failed > 0 ? ExitCodes.SomeFailed : ExitCodes.Done;
    }
}
