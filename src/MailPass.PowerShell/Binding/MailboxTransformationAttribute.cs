using System.Management.Automation;
using MailPass.Mailboxes;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Accepts a mailbox as text, as an address, as a row of a MailPass cmdlet, or as any object with a property
/// that names one (<see cref="InputRow"/>). Without this, PowerShell would take an object that has no such property as
/// the text of the whole object, and a password in one of its columns would end up in an error message.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MailboxTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Unwrap(inputData) switch
        {
            string text => new[] { text },
            string[] texts => texts,
            object[] items => Array.ConvertAll(items, AsText),
            ImportedMailbox => InputRow.Bind(inputData),

            // A run that is piped in means all its mailboxes.
            MailboxPasswordRun => Array.Empty<string>(),
            { } one when TryText(one, out var text) => new[] { text },

            // An empty mailbox, which is refused by name. Left out is something else: for some cmdlets it means all.
            null => new[] { string.Empty },
            _ => InputRow.Bind(inputData),
        };

    private static string AsText(object? item) => Unwrap(item) switch
    {
        null => string.Empty,
        string text => text,
        { } one when TryText(one, out var text) => text,
        _ => InputRow.Bind(item!)[0],
    };

    private static bool TryText(object item, out string text)
    {
        text = item switch
        {
            ImportedMailbox => string.Empty,
            IMailboxRow row => row.Mailbox,
            MailboxAddress address => address.Value,
            _ => string.Empty,
        };
        return text.Length > 0;
    }

    private static object? Unwrap(object? item) => item is PSObject wrapped ? wrapped.BaseObject : item;
}
