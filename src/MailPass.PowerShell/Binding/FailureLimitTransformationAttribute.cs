using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Binding;

/// <summary>Reads how many mailboxes may fail: <c>20</c> or <c>5%</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FailureLimitTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        try
        {
            return (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
            {
                int count and >= 0 => FailureLimit.Parse(count.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                string text => FailureLimit.Parse(text),
                _ => inputData,
            };
        }
        catch (MailPassException fault)
        {
            throw new ArgumentTransformationMetadataException($"{fault.Message} {fault.Remedy}", fault);
        }
    }
}
