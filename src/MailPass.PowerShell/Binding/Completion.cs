using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailPass.PowerShell.Binding;

/// <summary>What completers share: quotes come off before matching and go on again where the text needs them.</summary>
internal static class Completion
{
    /// <summary>Those of the values that begin with (or, with wildcards, fit) what was typed.</summary>
    public static IEnumerable<CompletionResult> Of(string typed, IEnumerable<string> values)
    {
        var pattern = Pattern(typed);
        return values.Where(pattern.IsMatch).Select(value => new CompletionResult(Quote(value), value, CompletionResultType.ParameterValue, value));
    }

    /// <summary>What was typed, as a pattern.</summary>
    public static WildcardPattern Pattern(string typed) =>
        WildcardPattern.Get((typed ?? string.Empty).Trim('\'', '"') + "*", WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);

    private static string Quote(string value) =>
        value.All(character => char.IsLetterOrDigit(character) || character is '-' or '.' or '_')
            ? value
            : "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
}
