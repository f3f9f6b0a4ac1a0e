using System.Management.Automation;
using MailPass.Policy;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Lets a policy come as the path of its file. A hashtable (<c>@{ MinimumLength = 12 }</c>) needs no help: PowerShell
/// makes the policy from it, and names the entry that is none.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PolicyTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string path)
        {
            return inputData;
        }

        try
        {
            return PasswordPolicy.Load(engineIntrinsics.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path));
        }
        catch (MailPassException fault)
        {
            throw new ArgumentTransformationMetadataException(fault.Message, fault);
        }
    }
}
