using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the encodings that files of mailboxes are mostly in.</summary>
internal sealed class EncodingCompleter : IArgumentCompleter
{
    private static readonly string[] _names = ["utf-8", "utf-16", "ansi", "oem", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "iso-8859-1", "iso-8859-15"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, _names);
}
