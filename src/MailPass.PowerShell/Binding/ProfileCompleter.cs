using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailPass.Profiles;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the names of the profiles in the user's and the system's folder.</summary>
internal sealed class ProfileCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, ProfileFolders.Names());
}

/// <summary>Completes the names of profiles, and paths as PowerShell completes them.</summary>
internal sealed class StoreCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Completion.Of(wordToComplete, ProfileFolders.Names()).Concat(CompletionCompleters.CompleteFilename(wordToComplete));
}
