using System.CommandLine;
using MailPass.Cli.Input;
using MailPass.Profiles;
using MailPass.Secrets;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>The site of a call: Core opens it, and finds its secrets by the profile, the options, variables or a prompt.</summary>
internal static class SiteCall
{
    /// <summary>Names the site; nothing is opened yet.</summary>
    /// <exception cref="MailPassException">The profile cannot be used, or the call is wrong.</exception>
    public static Site Create(ParseResult call, CliConsole console, ILogger logger, StoreOptions? store, SessionOptions? sessions)
    {
        var profile = sessions?.Site(call) ?? store!.Site(call) with { Dovecot = null, Webmails = [] };
        return new Site(profile, Secrets(call, console, store, sessions), logger);
    }

    /// <summary>How secrets of a call are found.</summary>
    public static SiteSecrets Secrets(ParseResult call, CliConsole console, StoreOptions? store, SessionOptions? sessions) => new()
    {
        Environment = console.Environment,
        Ask = console.CanAsk ? (what, token) => AskAsync(console, what, token) : null,
        Otherwise = (need, token) => need.Use switch
        {
            SecretUse.Store => store?.PasswordAsync(call, need.Location!, token) ?? StoreOptions.PasswordAsync(need.Location!, passwordFile: null, StoreOptions.PasswordVariable, console, token),
            SecretUse.Webmail => sessions?.WebmailPasswordAsync(call, need, token) ?? (need.HasOther
                ? Task.FromResult<Secret?>(null)
                : StoreOptions.PasswordAsync(need.Location!, passwordFile: null, SessionOptions.WebmailPasswordVariable, console, token)),
            _ => sessions?.KeyAsync(call, token) ?? SessionOptions.KeyAsync(keyFile: null, console, token),
        },
    };

    private static async Task<Secret?> AskAsync(CliConsole console, string what, CancellationToken cancellationToken) =>
        await SecretInput.AskAsync(console, $"{char.ToUpperInvariant(what[0])}{what[1..]}: ", cancellationToken).ConfigureAwait(false);
}
