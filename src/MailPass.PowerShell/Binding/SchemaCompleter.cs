using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailPass.Stores;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the schemas that MailPass brings.</summary>
internal sealed class SchemaCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, MailStore.SchemaNames);
}
