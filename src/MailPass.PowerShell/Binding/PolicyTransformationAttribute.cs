using System.Management.Automation;
using MailPass.Policy;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Lets a policy come as the path of its file. A hashtable (<c>@{ MinimumLength = 12 }</c>) needs no help: PowerShell
/// makes the policy from it, and names the entry that is none.
/// </summary>
internal sealed class PolicyTransformationAttribute : TextTransformationAttribute
{
    private protected override object Read(string text, EngineIntrinsics engine) =>
        PasswordPolicy.Load(engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(text));
}
