using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailPass.PowerShell.Binding;

/// <summary>The common part of completers: quotes are removed before matching, and added again if the text needs them.</summary>
internal static class Completion
{
    /// <summary>The values that begin with the typed text, or match it if it has wildcards.</summary>
    public static IEnumerable<CompletionResult> Of(string typed, IEnumerable<string> values)
    {
        var pattern = Pattern(typed);
        return values.Where(pattern.IsMatch).Select(value => new CompletionResult(Quote(value), value, CompletionResultType.ParameterValue, value));
    }

    /// <summary>The typed text, as a pattern.</summary>
    public static WildcardPattern Pattern(string typed) =>
        WildcardPattern.Get((typed ?? string.Empty).Trim('\'', '"') + "*", WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);

    private static string Quote(string value) =>
        value.All(character => char.IsLetterOrDigit(character) || character is '-' or '.' or '_')
            ? value
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
}
