using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Accepts a password in all forms of <see cref="SecretText.FromInput"/>. Plain text is remembered: the cmdlet refuses it without
/// <c>-AsPlainText</c>. A value that cannot be a password is remembered too, and fails only its row.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PasswordTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) => SecretText.FromInput(inputData);
}
