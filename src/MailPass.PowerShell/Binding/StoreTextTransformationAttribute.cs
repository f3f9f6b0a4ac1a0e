using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Puts a directory's name together again: in <c>ldap://host/dc=example,dc=org</c> without quotes the comma parts two values
/// for PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class StoreTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is object[] parts
        && parts is [string first, ..] && first.StartsWith("ldap", StringComparison.OrdinalIgnoreCase) && first.Contains("://", StringComparison.Ordinal)
            ? string.Join(',', parts)
            : inputData;
}
