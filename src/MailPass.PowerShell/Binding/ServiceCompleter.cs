using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the services that sessions are of.</summary>
internal sealed class ServiceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, ["imap", "pop3", "submission", "managesieve", "lmtp", "webmail"]);
}
