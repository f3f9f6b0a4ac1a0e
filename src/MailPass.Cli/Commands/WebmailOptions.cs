using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.Setup;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>Webmails and panels that keep sessions or further credentials in a database: the store's own, or another.</summary>
internal sealed class WebmailOptions
{
    public const string PasswordVariable = "MAILPASS_WEBMAIL_PASSWORD";

    private readonly StoreOptions? _store;

    private readonly Option<string[]> _webmail = new("--webmail")
    {
        Description = "A webmail or panel with sessions in a database: roundcube, groupoffice, sogo, mailcow, postfixadmin, or auto for what its tables show; may be given several times.",
    };

    private readonly Option<string?> _location = new("--webmail-store")
    {
        Description = "The webmail's database, written like a --store; without it the store's own, or the one on the store's server that has its tables.",
    };

    private readonly Option<string?> _passwordFile = new("--webmail-password-file")
    {
        Description = $"The file with the webmail database's password on its first line. Otherwise {PasswordVariable}, or a prompt on a terminal; the store's where server and login are the same.",
    };

    private readonly Option<bool> _allowPlaintext = new("--webmail-allow-plaintext") { Description = "Let the connection to the webmail's database be unencrypted off this machine." };

    private readonly Option<string?> _caFile = new("--webmail-ca-file") { Description = "A PEM file with the certificate authorities of the webmail's database server; without it, --ca-file's." };

    private readonly WebmailSettingOptions _settings;
    private readonly DatabaseTimeouts _timeouts;

    /// <param name="command">The command that gets the options.</param>
    /// <param name="store">The command's store, where it has one.</param>
    /// <param name="revokes">Whether the command ends sessions.</param>
    public WebmailOptions(Command command, StoreOptions? store, bool revokes)
    {
        _store = store;
        command.Options.Add(_webmail);
        command.Options.Add(_location);
        command.Options.Add(_passwordFile);
        command.Options.Add(_allowPlaintext);
        command.Options.Add(_caFile);
        _timeouts = store?.Timeouts ?? new DatabaseTimeouts(command);
        _settings = new WebmailSettingOptions(command, revokes);
        command.Validators.Add(result =>
        {
            if (!IsGiven(result) && (result.GetResult(_location) is not null ? _location.Name : _settings.FirstGiven(result)) is { } given)
            {
                result.AddError($"{given} needs --webmail: which webmail is there? --webmail auto finds out.");
            }
            else if (IsGiven(result) && !HasDatabase(result))
            {
                result.AddError("--webmail needs the database that it is in: --webmail-store.");
            }
        });
    }

    public bool IsGiven(CommandResult call) => call.GetResult(_webmail) is not null;

    /// <summary>Whether the webmail is looked for in the store's database.</summary>
    public bool UsesStore(CommandResult call) => IsGiven(call) && call.GetResult(_location) is null;

    /// <summary>The session systems with the webmails that are named.</summary>
    /// <exception cref="MailPassException">The database's text names nothing.</exception>
    public SessionSetup AddTo(ParseResult call, SessionSetup setup) => setup with
    {
        Webmails = call.GetValue(_webmail) ?? [],
        WebmailDatabase = call.GetValue(_location) is { } text ? StoreLocation.Parse(text) : null,
        WebmailOptions = _timeouts.Limit(
            new()
            {
                AllowPlaintext = call.GetValue(_allowPlaintext) || (_store?.AllowsPlaintext(call) ?? false),
                AuthorityFile = call.GetValue(_caFile) ?? _store?.AuthorityFile(call),
            },
            call),
        WebmailSettings = _settings.Read(call),
    };

    /// <summary>Opens session systems. The caller disposes of each.</summary>
    /// <exception cref="MailPassException">A webmail's database cannot be opened, or a system was named wrongly.</exception>
    public async Task<IReadOnlyList<ISessionAuthority>> OpenAsync(ParseResult call, SessionSetup setup, DovecotCredential? credential, CliConsole console, ILogger logger, CancellationToken cancellationToken)
    {
        // Before a password is asked for.
        setup.Require();
        var store = _store?.LocationOf(call);
        using var password = await PasswordAsync(call, setup, store, console, cancellationToken).ConfigureAwait(false);
        return await setup.OpenAsync(store, password, credential, logger, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Secret?> PasswordAsync(ParseResult call, SessionSetup setup, StoreLocation? store, CliConsole console, CancellationToken cancellationToken) =>
        setup.Webmails.Count == 0 || setup.WebmailLocation(store) is not { } location ? null
        : setup.HasLoginOf(store) && call.GetValue(_passwordFile) is null && string.IsNullOrEmpty(console.Environment(PasswordVariable))
            ? await _store!.SharePasswordAsync(call, location, console, cancellationToken).ConfigureAwait(false)
            : await StoreOptions.PasswordAsync(location, call.GetValue(_passwordFile), PasswordVariable, console, cancellationToken).ConfigureAwait(false);

    private bool HasDatabase(CommandResult call) => call.GetResult(_location) is not null || _store?.IsGiven(call) == true;
}
