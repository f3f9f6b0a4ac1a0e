using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MailPass.PowerShell.Connection;

namespace MailPass.PowerShell.Binding;

/// <summary>Completes the domains of the store that the call names, or of the runspace's default store.</summary>
internal sealed class DomainCompleter : IArgumentCompleter
{
    // Whoever presses Tab wants an answer now; a store that is slower than this gives none.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);
    private const int Most = 200;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var connection = fakeBoundParameters["MailStore"] as MailStoreConnection ?? RunspaceStores.Current.Default;
        if (connection is null)
        {
            return [];
        }

        var pattern = Completion.Pattern(wordToComplete);
        using var patience = new CancellationTokenSource(_patience);
        try
        {
            var domains = Task.Run(() => ReadAsync(connection, pattern, patience.Token)).GetAwaiter().GetResult();
            return Completion.Of(wordToComplete, domains);
        }
        catch (Exception fault) when (fault is OperationCanceledException or MailPassException)
        {
            return [];
        }
    }

    private static async Task<List<string>> ReadAsync(MailStoreConnection connection, WildcardPattern pattern, CancellationToken cancellationToken)
    {
        var domains = new List<string>();
        await foreach (var domain in connection.Store.ListDomainsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (pattern.IsMatch(domain))
            {
                domains.Add(domain);
                if (domains.Count == Most)
                {
                    break;
                }
            }
        }

        return domains;
    }
}
