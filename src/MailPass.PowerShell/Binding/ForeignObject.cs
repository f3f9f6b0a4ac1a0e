using System.Management.Automation;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// Stands in for an input object that is no mailbox by itself. Where none of its properties is one either, PowerShell
/// turns it into text as its last resort, and that text is then recognised for what it is.
/// </summary>
internal sealed class ForeignObject(object inner)
{
    // NUL cannot occur in an address, nor be typed.
    private const string Mark = "\0no mailbox\0";

    /// <summary>The mark and the names of the object's properties; never their values.</summary>
    public override string ToString() => Mark + string.Join(", ", PSObject.AsPSObject(inner).Properties.Select(property => property.Name));

    /// <summary>Whether a mailbox's text is such a stand-in.</summary>
    /// <param name="text">The text that was bound.</param>
    /// <param name="properties">The names of the properties that the object has.</param>
    public static bool IsOne(string text, out string properties)
    {
        properties = string.Empty;
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return false;
        }

        properties = text[Mark.Length..];
        return true;
    }

    /// <summary>What to say about an object that names no mailbox.</summary>
    /// <param name="properties">The names of the properties that it has.</param>
    public static MailPassException ToFault(string properties) => new(
        ErrorIds.InputInvalid,
        $"The input has no property that names a mailbox; it has: {properties}.",
        $"Name the column one of {string.Join(", ", MailboxNames.All)}, or rename it with Select-Object.");
}
