using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>Accepts a value as people write it; PowerShell converts everything except text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class TextTransformationAttribute : ArgumentTransformationAttribute
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
            return Read(text, engineIntrinsics);
        }
        catch (MailPassException fault)
        {
            throw new ArgumentTransformationMetadataException(fault.Remedy is null ? fault.Message : $"{fault.Message} {fault.Remedy}", fault);
        }
    }

    /// <summary>Reads the text.</summary>
    /// <exception cref="MailPassException">It is not such a value.</exception>
    private protected abstract object Read(string text, EngineIntrinsics engine);
}
