using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailPass.Hashing;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the schemes for new hashes.</summary>
internal sealed class SchemeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, PasswordSchemes.All.Where(scheme => scheme.CanHash).Select(scheme => scheme.Name));
}
