using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.PowerShell.Binding;
using MailPass.Profiles;

namespace MailPass.PowerShell.Commands;

/// <summary>Says everything that is wrong with a profile at once, then connects and says what is there. Changes nothing.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MailStoreProfile")]
[OutputType(typeof(ProfileTest))]
public sealed class TestMailStoreProfileCommand : SiteCommand
{
    /// <summary>The profiles: names, or paths of files if they have a slash. Left out, the one that MAILPASS_PROFILE names.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Profile { get; set; }

    private protected override object? FaultTarget => Profile;

    private protected override void Process()
    {
        var variable = Environment.GetEnvironmentVariable(ProfileFolders.Variable);
        var named = Profile ?? (string.IsNullOrEmpty(variable) ? null : new[] { variable })
            ?? throw new MailPassException(ErrorIds.ProfileNotFound, "No profile is named.", $"Name one, or set {ProfileFolders.Variable}.");
        foreach (var profile in named)
        {
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
}
