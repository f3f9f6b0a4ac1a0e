using System.CommandLine;
using System.CommandLine.Completions;
using MailPass.Profiles;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>Completes mailboxes and domains from the call's own store: few, quick, and silent if there is a fault. It does not ask for a password.</summary>
internal static class StoreNames
{
    /// <summary>Completes an option with the store's mailboxes.</summary>
    public static void CompleteMailboxes(Option option, StoreOptions store, CliConsole console) =>
        option.CompletionSources.Add(context => Suggest(context, store, console, MailboxSuggestions.MailboxesAsync));

    /// <summary>Completes an option with the store's domains.</summary>
    public static void CompleteDomains(Option option, StoreOptions store, CliConsole console) =>
        option.CompletionSources.Add(context => Suggest(context, store, console, MailboxSuggestions.DomainsAsync));

    private static IEnumerable<CompletionItem> Suggest(CompletionContext context, StoreOptions store, CliConsole console, Func<IMailboxStore, string, CancellationToken, Task<IReadOnlyList<string>>> suggest)
    {
        if (!store.IsGiven(context.ParseResult.CommandResult))
        {
            return [];
        }

        try
        {
            using var patience = new CancellationTokenSource(MailboxSuggestions.Patience);
            return Task.Run(() => FindAsync(patience.Token), patience.Token).WaitAsync(patience.Token).GetAwaiter().GetResult().Select(static name => new CompletionItem(name));
        }
#pragma warning disable CA1031 // Completion shows names or nothing, and no errors.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }

        async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
        {
            var silent = new CliConsole { Input = Stream.Null, OpenOutput = console.OpenOutput, Error = TextWriter.Null, Environment = console.Environment };
            var profile = store.Site(context.ParseResult) with { Dovecot = null, Webmails = [] };
            using var site = new Site(profile, SiteCall.Secrets(context.ParseResult, silent, store, sessions: null));
            var opened = await site.OpenStoreAsync(cancellationToken).ConfigureAwait(false);
            await using var closing = opened.ConfigureAwait(false);
            return await suggest(opened, context.WordToComplete ?? string.Empty, cancellationToken).ConfigureAwait(false);
        }
    }
}
