using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Lets a password come as whatever <see cref="SecretText.FromInput"/> takes. Text is remembered as such: the cmdlet refuses
/// it unless <c>-AsPlainText</c> was said. What cannot be a password is remembered too, and fails its row alone.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PasswordTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => SecretText.FromInput(inputData);
}
