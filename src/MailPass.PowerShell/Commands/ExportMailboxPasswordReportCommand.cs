using System.Management.Automation;
using MailPass.Journals;
using MailPass.PowerShell.Connection;

namespace MailPass.PowerShell.Commands;

/// <summary>Writes one HTML file about a run, for people who were not involved. It contains no password.</summary>
[Cmdlet(VerbsData.Export, "MailboxPasswordReport")]
[OutputType(typeof(FileInfo))]
public sealed class ExportMailboxPasswordReportCommand : MailPassCommand
{
    /// <summary>The run: its id, the beginning of its id, or its journal.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ValidateNotNullOrEmpty]
    public string? Run { get; set; }

    /// <summary>The HTML file.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Replaces a file that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process()
    {
        var path = FullPath(Path!);
        if (File.Exists(path) && !Force)
        {
            throw new MailPassException(ErrorIds.OutputUnwritable, $"{path} is there already.", "Name another file, or replace it with -Force.");
        }

        // Found here, because only the pipeline thread knows the runspace.
        var run = RunspaceStores.Runs().Find(Run!);
        var report = Await(token => RunReport.ReadAsync(run, token));
        try
        {
            File.WriteAllText(path, report.ToHtml());
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.OutputUnwritable, $"{path} cannot be written: {fault.Message}", innerException: fault);
        }

        // Like Get-Item's output: a table of files has columns that only PowerShell's own objects fill.
        WriteObject(InvokeProvider.Item.Get([path], true, true), enumerateCollection: true);
    }
}
