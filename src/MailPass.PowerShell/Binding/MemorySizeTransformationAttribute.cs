using System.Management.Automation;
using MailPass.Hashing;

namespace MailPass.PowerShell.Binding;

/// <summary>Lets an amount of memory come as text too, as it stands in a settings file: <c>512M</c>, <c>2G</c>. A number is bytes, as PowerShell's own <c>512MB</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MemorySizeTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string text && MemorySize.TryParse(text, 1, out var bytes) ? bytes : inputData;
}
