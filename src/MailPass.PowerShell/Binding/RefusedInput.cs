using System.Management.Automation;
using MailPass.Import;

namespace MailPass.PowerShell.Binding;

/// <summary>
/// A text in place of a mailbox, for an input without a usable one. A text parameter can get nothing else; the cmdlet recognises the
/// text and reports its fault.
/// </summary>
internal static class RefusedInput
{
    // NUL cannot occur in an address, nor be typed.
    private const char Separator = '\0';
    private const string Mark = "\0refused\0";

    /// <summary>A fault as a mailbox's text.</summary>
    /// <param name="identity">The mailbox as far as it is known, for the row.</param>
    /// <param name="fault">The fault; its text contains no value of the input.</param>
    public static string Of(string identity, MailPassException fault) =>
        string.Join(Separator, Mark + identity.Replace(Separator, ' '), fault.ErrorId, fault.Message, fault.Remedy);

    /// <summary>Whether a mailbox's text is such a fault.</summary>
    /// <param name="text">The text that was bound.</param>
    /// <param name="identity">The mailbox as far as it is known; otherwise the text.</param>
    /// <returns>The fault, or <see langword="null"/> for an ordinary mailbox.</returns>
    public static MailPassException? Read(string text, out string identity)
    {
        identity = text;
        if (!text.StartsWith(Mark, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = text[Mark.Length..].Split(Separator);
        identity = parts[0];
        return new MailPassException(parts[1], parts[2], parts[3].Length == 0 ? null : parts[3]);
    }

    /// <summary>An object that has no property with a mailbox.</summary>
    /// <param name="row">The object.</param>
    public static string WithoutMailbox(PSObject row) => Of("(an object without a mailbox)", FaultOf(row));

    private static MailPassException FaultOf(PSObject row)
    {
        string[] names = [.. row.Properties.Select(property => property.Name)];
        if (Array.Find(names, static name => name.StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) is { } hint)
        {
            return new MailPassException(
                ErrorIds.InputInvalid,
                $"The file begins with the line '{hint[..4]}…' that Excel writes, which Import-Csv takes for the header.",
                "Read it with Import-MailboxCsv, which skips that line, or remove the line.");
        }

        // The names of a CSV without a header line are its first row: addresses and passwords.
        var isData = row.BaseObject is PSCustomObject && !LooksLikeHeader(names);
        return new MailPassException(
            ErrorIds.InputInvalid,
            isData
                ? "The input has no property that names a mailbox, nor any other that MailPass knows; the header line may be missing."
                : $"The input has no property that names a mailbox; it has: {string.Join(", ", row.BaseObject is PSCustomObject ? names.Where(IsName) : names)}.",
            isData
                ? "Let the first line name the columns, for example Mailbox,Password, or give Import-Csv the names with -Header."
                : $"Name the column one of {Column.Mailbox.Examples}, rename it with Select-Object, or read the file with Import-MailboxCsv.");
    }

    private static bool LooksLikeHeader(string[] names) =>
        !names.Any(static name => name.Contains('@', StringComparison.Ordinal))
        && names.Any(static name => IsName(name) && Parts(name).Any(static part => Column.Find(part) is not null));

    private static bool IsName(string name) =>
        name.Length > 0 && Parts(name).All(static part => part.All(static character => char.IsLetter(character) || character is ' ' or '_' or '-' or '.'));

    // A header that was split at the wrong delimiter is one long name.
    private static string[] Parts(string name) => name.Split(',', ';', '\t', '|');
}
