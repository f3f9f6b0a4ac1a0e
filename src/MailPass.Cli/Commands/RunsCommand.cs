using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Journals;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass runs</c>: lists what was done, when, by whom and why; verifies and removes journals.</summary>
internal sealed class RunsCommand : CliCommand
{
    private static readonly IReadOnlyList<RowColumn<MailboxRun>> s_columns =
    [
        new("Run", static (row, to) => to.Text(row.Id)),
        new("State", static (row, to) => to.Text(row.State.ToString())),
        new("Started", static (row, to) => to.Time(row.Header.Started)),
        new("Ended", static (row, to) => to.Time(row.Ended), InTable: false),
        new("Operator", static (row, to) => to.Text(row.Header.Operator)),
        new("Host", static (row, to) => to.Text(row.Header.Host), InTable: false),
        new("Process", static (row, to) => to.Number((long?)row.Header.Process), InTable: false),
        new("Command", static (row, to) => to.Text(row.Header.Command)),
        new("Scope", static (row, to) => to.Text(row.Header.Scope.ToString())),
        new("Store", static (row, to) => to.Text(row.Header.Store)),
        new("Reason", static (row, to) => to.Text(row.Header.Reason)),
        new("Changed", static (row, to) => to.Number((long?)row.Changed)),
        new("Unchanged", static (row, to) => to.Number((long?)row.Unchanged), InTable: false),
        new("Skipped", static (row, to) => to.Number((long?)row.Skipped), InTable: false),
        new("Failed", static (row, to) => to.Number((long?)row.Failed)),
        new("RestoredBy", static (row, to) => to.Text(row.RestoredBy), InTable: false),
        new("Journal", static (row, to) => to.Text(row.Journal), InTable: false),
    ];

    private readonly Option<bool> _verify = new("--verify") { Description = "Verify the index and every journal: nothing was changed, cut, removed or exchanged." };
    private readonly Option<string[]> _remove = new("--remove") { Description = "Remove this run's journal, and with it every password that is nowhere else. Repeatable." };
    private readonly Option<string?> _olderThan = new("--older-than") { Description = "Remove the journals of runs that ended longer ago than this: 90d." };
    private readonly ProfileOption _profile;
    private readonly OutputOptions _output;

    public RunsCommand(CliConsole console)
        : base(console, "runs", "Lists runs: when, by whom, why, with what result.")
    {
        _profile = new ProfileOption(this);
        Options.Add(_verify);
        Options.Add(_remove);
        Options.Add(_olderThan);
        _output = new OutputOptions(this);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var folder = _profile.Runs(call);
        if (call.GetValue(_verify))
        {
            var faults = await folder.VerifyAsync(cancellationToken).ConfigureAwait(false);
            foreach (var fault in faults)
            {
                Terminal.Say($"{fault} ({ErrorIds.JournalUnreadable})");
            }

            Terminal.Say(faults.Count == 0 ? $"runs proven: {folder.List().Count:N0}." : $"faults found: {faults.Count:N0}.");
            return faults.Count == 0 ? ExitCodes.Done : ExitCodes.SomeFailed;
        }

        if (call.GetValue(_remove) is { Length: > 0 } || call.GetValue(_olderThan) is not null)
        {
            return Remove(folder, call);
        }

        var damage = new List<string>();
        using var output = _output.Open(call, s_columns, Terminal);
        foreach (var run in folder.List(damage))
        {
            output.Add(run);
        }

        output.Complete();
        damage.ForEach(Terminal.Say);
        return output.Conclude(Terminal);
    }

    private int Remove(RunFolder folder, ParseResult call)
    {
        var runs = (call.GetValue(_remove) ?? []).Select(folder.Find).ToList();
        if (call.GetValue(_olderThan) is { } age)
        {
            var limit = DateTimeOffset.UtcNow - LengthOfTime.Parse(age);
            runs.AddRange(folder.List().Where(run => run.State is RunState.Finished or RunState.Restored && run.Ended < limit));
        }

        foreach (var run in runs)
        {
            folder.Remove(run);
            Terminal.Say($"run {run.Id} was removed.");
        }

        return ExitCodes.Done;
    }
}
