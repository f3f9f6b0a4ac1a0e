using System.Management.Automation;
using MailPass.PowerShell.Binding;
using MailPass.Profiles;

namespace MailPass.PowerShell.Commands;

/// <summary>Reports all faults of a profile at once, then connects and reports what it found. Changes nothing.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MailStoreProfile")]
[OutputType(typeof(ProfileTest))]
public sealed class TestMailStoreProfileCommand : SiteCommand
{
    /// <summary>The profile: its name, or the path of its file if it has a slash; several from the pipeline. Left out, the one that MAILPASS_PROFILE names.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Profile { get; set; }

    private protected override object? FaultTarget => Profile;

    private protected override void Process()
    {
        var variable = Environment.GetEnvironmentVariable(ProfileFolders.Variable);
        var profile = Profile ?? (string.IsNullOrEmpty(variable) ? null : variable)
            ?? throw new MailPassException(ErrorIds.ProfileNotFound, "No profile is named.", $"Name one, or set {ProfileFolders.Variable}.");
        var check = Log.CreateProfileCheck(Secrets);
        var findings = check.RunAsync(ProfilePath(profile), StopToken).GetAsyncEnumerator(StopToken);
        try
        {
            while (AwaitAsking(_ => findings.MoveNextAsync().AsTask()))
            {
                WriteObject(new ProfileTest(profile, findings.Current));
            }
        }
        finally
        {
            findings.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
