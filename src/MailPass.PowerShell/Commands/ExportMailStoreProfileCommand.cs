using System.Management.Automation;
using MailPass.Profiles;

namespace MailPass.PowerShell.Commands;

/// <summary>Writes the profile of a connection: all its settings, and for secrets only where they are.</summary>
[Cmdlet(VerbsData.Export, "MailStoreProfile", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(System.IO.FileInfo))]
public sealed class ExportMailStoreProfileCommand : MailStoreCommand
{
    /// <summary>The profile's name, for a file in your own folder of profiles; or a path, if it has a slash.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>Replaces a profile that is there already.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void End()
    {
        var named = Name!.Contains('/', StringComparison.Ordinal) || Name.Contains('\\', StringComparison.Ordinal) ? FullPath(Name) : Name;
        var file = ProfileFile.PathFor(named);
        if (!ShouldProcess(file, $"Write the profile of {Connection}"))
        {
            return;
        }

        var asked = ProfileFile.Save(file, Connection.Site, Force);
        if (asked.Count > 0)
        {
            WriteWarning($"Of these secrets the connection does not know where they are, so the profile asks for them: {string.Join(", ", asked)}. Name a file, a variable or a vault there instead.");
        }

        WriteObject(new FileInfo(file));
    }
}
