using System.Management.Automation;
using MailPass.Changes;

namespace MailPass.PowerShell.Binding;

/// <summary>Lets a part of a shared run come as it is written: <c>3/8</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ShardTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if ((inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is not string text)
        {
            return inputData;
        }

        try
        {
            return Shard.Parse(text);
        }
        catch (MailPassException fault)
        {
            throw new ArgumentTransformationMetadataException($"{fault.Message} {fault.Remedy}", fault);
        }
    }
}
