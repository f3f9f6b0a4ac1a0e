using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Cli.Input;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.Setup;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>What a command does with sessions.</summary>
internal enum SessionUse
{
    /// <summary>It lists them.</summary>
    List,

    /// <summary>It ends them.</summary>
    End,

    /// <summary>It ends those of changed mailboxes, where that is asked for.</summary>
    AfterChange,
}

/// <summary>The systems that keep sessions: Dovecot servers by their doveadm HTTP API, this machine's own <c>doveadm</c>, webmails by their database.</summary>
internal sealed class SessionOptions
{
    public const string KeyVariable = "MAILPASS_DOVEADM_KEY";

    private readonly Option<bool> _revoke = new("--revoke") { Description = "Log each changed mailbox out everywhere; needs --doveadm, --doveadm-proxy, --doveadm-local or --webmail." };

    private readonly Option<string[]> _servers = new("--doveadm")
    {
        Description = "A Dovecot server's doveadm HTTP API, https://mx1.example.org:8080; may be given several times.",
    };

    private readonly Option<string[]> _proxies = new("--doveadm-proxy")
    {
        Description = "The same of a server that passes connections on to others: it is asked for those in its own list; may be given several times.",
    };

    private readonly Option<string?> _keyFile = new("--doveadm-key-file")
    {
        Description = $"The file with the servers' doveadm_api_key on its first line. Otherwise {KeyVariable}, or a prompt on a terminal.",
    };

    private readonly Option<bool> _local = new("--doveadm-local") { Description = "Ask this machine's own doveadm program." };
    private readonly Option<bool> _allowPlaintext = new("--doveadm-allow-plaintext") { Description = "Let the key leave this machine unencrypted." };

    private readonly Option<string?> _caFile = new("--doveadm-ca-file") { Description = "A PEM file with the certificate authorities of the Dovecot servers, trusted instead of the machine's." };

    private readonly Option<TimeSpan?> _connectTimeout = TimeLimit.Option("--doveadm-connect-timeout", "How long connecting to a Dovecot server may take, in seconds; 10 without it.", 0.001, 86400);
    private readonly Option<TimeSpan?> _timeout = TimeLimit.Option("--doveadm-timeout", "How long one of a Dovecot server's answers may take, in seconds; 30 without it.", 0.001, 86400);

    private readonly WebmailOptions _webmail;

    private readonly Option<bool> _includeAppPasswords = new("--include-app-passwords")
    {
        Description = "App passwords and OAuth tokens end too; needs --webmail mailcow or postfixadmin.",
    };

    /// <param name="command">The command that gets the options.</param>
    /// <param name="store">The command's store, where it has one.</param>
    /// <param name="use">What the command does with sessions.</param>
    public SessionOptions(Command command, StoreOptions? store, SessionUse use)
    {
        var revokes = use != SessionUse.List;
        if (use == SessionUse.AfterChange)
        {
            command.Options.Add(_revoke);
            command.Validators.Add(result =>
            {
                if (result.GetResult(_revoke) is not null != AnyGiven(result))
                {
                    result.AddError("--revoke and --doveadm, --doveadm-proxy, --doveadm-local or --webmail go together.");
                }
            });
        }

        command.Options.Add(_servers);
        command.Options.Add(_proxies);
        command.Options.Add(_keyFile);
        command.Options.Add(_local);
        command.Options.Add(_allowPlaintext);
        command.Options.Add(_caFile);
        command.Options.Add(_connectTimeout);
        command.Options.Add(_timeout);
        _webmail = new WebmailOptions(command, store, revokes);
        if (revokes)
        {
            command.Options.Add(_includeAppPasswords);
            command.Validators.Add(result =>
            {
                if (result.GetResult(_includeAppPasswords) is not null && !_webmail.IsGiven(result))
                {
                    result.AddError("--include-app-passwords needs the panel that keeps them: --webmail mailcow or --webmail postfixadmin.");
                }
            });
        }
    }

    public bool AnyGiven(CommandResult call) => call.GetResult(_servers) is not null || call.GetResult(_proxies) is not null || call.GetResult(_local) is not null || _webmail.IsGiven(call);

    /// <summary>Whether a webmail is looked for in the store's database.</summary>
    public bool UsesStore(CommandResult call) => _webmail.UsesStore(call);

    public const string NoneGiven = "name the session systems: --doveadm https://…, --doveadm-proxy https://…, --doveadm-local or --webmail NAME.";

    /// <summary>What is to end.</summary>
    public RevocationScope Scope(ParseResult call, IReadOnlyList<ISessionAuthority> systems, IReadOnlyCollection<string>? services = null) =>
        SessionSystems.ScopeFor(systems, services, call.GetValue(_includeAppPasswords));

    /// <summary>The systems; nothing has been asked of them yet. The caller disposes of each.</summary>
    /// <exception cref="MailPassException">A webmail's database cannot be opened, or a system was named wrongly.</exception>
    public async Task<IReadOnlyList<ISessionAuthority>> ConnectAsync(ParseResult call, CliConsole console, ILogger logger, CancellationToken cancellationToken)
    {
        var defaults = new DovecotOptions();
        var setup = _webmail.AddTo(call, new SessionSetup
        {
            Doveadm = call.GetValue(_servers) ?? [],
            DoveadmProxies = call.GetValue(_proxies) ?? [],
            DoveadmLocal = call.GetValue(_local),
            DovecotAuthorityFile = call.GetValue(_caFile),
            DovecotOptions = defaults with
            {
                AllowPlaintext = call.GetValue(_allowPlaintext),
                ConnectTimeout = call.GetValue(_connectTimeout) ?? defaults.ConnectTimeout,
                RequestTimeout = call.GetValue(_timeout) ?? defaults.RequestTimeout,
            },
            IncludeAppPasswords = call.GetValue(_includeAppPasswords),
        });
        setup.Require();
        using var credential = setup.NeedsCredential ? await CredentialAsync(call, console, cancellationToken).ConfigureAwait(false) : null;
        return await _webmail.OpenAsync(call, setup, credential, console, logger, cancellationToken).ConfigureAwait(false);
    }

    private async Task<DovecotCredential> CredentialAsync(ParseResult call, CliConsole console, CancellationToken cancellationToken)
    {
        using var key = call.GetValue(_keyFile) is { } file ? await ReadFileAsync(file).ConfigureAwait(false)
            : console.Environment(KeyVariable) is { Length: > 0 } text ? Secrets.Secret.FromChars(text)
            : console.CanAsk ? await SecretInput.AskAsync(console, "doveadm API key: ", cancellationToken).ConfigureAwait(false)
            : null;
        return key is { Length: > 0 }
            ? DovecotCredential.ApiKey(key)
            : throw new MailPassException(
                ErrorIds.PasswordMissing, "There is no doveadm API key.", $"Give --doveadm-key-file, or set {KeyVariable}.");

        async Task<Secrets.Secret?> ReadFileAsync(string path)
        {
            using var stream = InputSource.Open(path, console);
            return await SecretInput.ReadLineAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }
}
