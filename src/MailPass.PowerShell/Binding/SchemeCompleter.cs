using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the schemes that new hashes can be made in.</summary>
internal sealed class SchemeCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, ["SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "ARGON2ID", "SSHA512", "SSHA256", "PBKDF2", "SCRAM-SHA-256"]);
}
