using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailPass.PowerShell.Connection;
using MailPass.Stores;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the domains of the store that the call names, or of the runspace's default store.</summary>
internal sealed class DomainCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        StoreCompletion.Of(wordToComplete, fakeBoundParameters, static (store, typed) => MailboxSuggestions.DomainsAsync(store, typed));
}

/// <summary>Completes the mailboxes of the store that the call names, or of the runspace's default store.</summary>
internal sealed class MailboxCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        StoreCompletion.Of(wordToComplete, fakeBoundParameters, static (store, typed) => MailboxSuggestions.MailboxesAsync(store, typed));
}

/// <summary>The common base of completers that ask a store.</summary>
internal static class StoreCompletion
{
    public static IEnumerable<CompletionResult> Of(string typed, IDictionary bound, Func<IMailboxStore, string, Task<IReadOnlyList<string>>> suggest)
    {
        if ((bound["MailStore"] as MailStoreConnection ?? RunspaceStores.Current.Default) is not { IsConnected: true } connection)
        {
            return [];
        }

        var text = (typed ?? string.Empty).Trim('\'', '"');
        try
        {
            var names = Task.Run(() => suggest(connection.Store, text)).GetAwaiter().GetResult();
            return Completion.Of(text, names);
        }
        catch (MailPassException)
        {
            return [];
        }
    }
}
