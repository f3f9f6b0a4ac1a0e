using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Lets a mailbox come as text, as an address or as a row that a MailPass cmdlet wrote. Anything else is left to be
/// bound by the name of its properties; without this, PowerShell would take an object that has no such property as the
/// text of the whole object, and a password in one of its columns would end up in an error message.
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
            IMailboxRow row => new[] { row.Mailbox },
            object[] items => Array.ConvertAll(items, AsText),

            // An empty mailbox, which is refused by name. Left out is something else: for some cmdlets it means all.
            null => new[] { string.Empty },
            Mailboxes.MailboxAddress address => new[] { address.Value },
            _ => new ForeignObject(inputData),
        };

    private static string AsText(object? item) => Unwrap(item) switch
    {
        string text => text,
        IMailboxRow row => row.Mailbox,
        null => string.Empty,
        Mailboxes.MailboxAddress address => address.Value,
        _ => new ForeignObject(item!).ToString(),
    };

    private static object? Unwrap(object? item) => item is PSObject wrapped ? wrapped.BaseObject : item;
}
