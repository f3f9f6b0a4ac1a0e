using System.CommandLine;
using MailPass.Cli.Output;
using MailPass.Journals;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass report</c>: a page about one run, for people who were not involved.</summary>
internal sealed class ReportCommand : CliCommand
{
    private readonly Argument<string> _run = new("run") { Description = "The run: its id (`mailpass runs` lists them) or its journal." };
    private readonly Option<string> _out = new("--out", "-o") { Description = "The HTML file.", Required = true };
    private readonly Option<bool> _force = new("--force") { Description = "Replace the file if it exists." };

    private readonly ProfileOption _profile;

    public ReportCommand(CliConsole console)
        : base(console, "report", "Writes one HTML file about a run: who, when, why, how many, what failed, what stays open. No password.")
    {
        Arguments.Add(_run);
        _profile = new ProfileOption(this);
        Options.Add(_out);
        Options.Add(_force);
        AddCommonOptions();
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var report = await RunReport.ReadAsync(_profile.Runs(call).Find(call.GetValue(_run)!), cancellationToken).ConfigureAwait(false);
        var path = call.GetValue(_out)!;
        using var file = FileTarget.Create(path, call.GetValue(_force));
        var text = System.Text.Encoding.UTF8.GetBytes(report.ToHtml());
        _ = file.Deliver(text, [text.Length], out var fault);
        return fault is null ? ExitCodes.Done : throw new MailPassException(ErrorIds.OutputUnwritable, $"{path} cannot be written: {fault.Message}", innerException: fault);
    }
}
