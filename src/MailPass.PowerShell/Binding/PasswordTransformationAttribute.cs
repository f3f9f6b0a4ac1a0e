using System.Management.Automation;
using System.Security;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Lets a password come as <see cref="SecureString"/>, as the password of a <see cref="PSCredential"/> or as text from a
/// CSV's column. Text is remembered as such: the cmdlet refuses it unless <c>-AsPlainText</c> was said.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PasswordTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null => null,
            SecureString secure => secure,
            PSCredential credential => credential.Password,
            string text => SecretText.FromPlainText(text),

            // A column of digits that a spreadsheet's reader has made a number of. PowerShell would quote it in its error.
            ValueType or DBNull => SecretText.FromPlainText(LanguagePrimitives.ConvertTo<string>(inputData)),
            var other => throw new ArgumentTransformationMetadataException($"A password is a SecureString, a credential or text, not a {other.GetType().Name}."),
        };
}
