using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Cli.Input;
using MailPass.Profiles;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Setup;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>What a command does with sessions.</summary>
internal enum SessionUse
{
    /// <summary>It lists them.</summary>
    List,

    /// <summary>It ends them.</summary>
    End,

    /// <summary>It ends those of changed mailboxes on request.</summary>
    AfterChange,

    /// <summary>It puts webmails' copies of passwords back.</summary>
    Copies,

    /// <summary>It writes a profile.</summary>
    Export,
}

/// <summary>The systems that keep sessions: a profile's, or the options'. Rare settings (proxies, timeouts, webmails' details) are only in profiles.</summary>
internal sealed class SessionOptions
{
    public const string KeyVariable = "MAILPASS_DOVEADM_KEY";
    public const string WebmailPasswordVariable = "MAILPASS_WEBMAIL_PASSWORD";
    public const string NoneGiven = "name the session systems: --doveadm https://…, --doveadm-local or --webmail NAME, or a profile that has some.";

    private readonly Option<bool> _revoke = new("--revoke") { Description = "Log each changed mailbox out everywhere." };
    private readonly Option<string[]> _servers = new("--doveadm") { Description = "A Dovecot server's doveadm API, https://mx1.example.org:8080; repeatable." };
    private readonly Option<string?> _keyFile = new("--doveadm-key-file") { Description = $"The file with its doveadm_api_key; otherwise {KeyVariable}, or a prompt." };
    private readonly Option<bool> _local = new("--doveadm-local") { Description = "This machine's own doveadm program." };
    private readonly Option<string[]> _webmail = new("--webmail") { Description = "roundcube, groupoffice, sogo, mailcow, postfixadmin, or auto; repeatable." };
    private readonly Option<string?> _webmailStore = new("--webmail-store") { Description = "The webmail's database, written like a --store; otherwise on the store's server." };
    private readonly Option<string?> _webmailPasswordFile = new("--webmail-password-file") { Description = $"Its password's file; otherwise {WebmailPasswordVariable}, the store's, or a prompt." };
    private readonly Option<bool> _includeAppPasswords = new("--include-app-passwords") { Description = "End app passwords and OAuth tokens too (mailcow, postfixadmin)." };

    private readonly ProfileOption _profile;
    private readonly ConnectionOptions _connection;
    private readonly StoreOptions? _store;
    private readonly SessionUse _use;
    private readonly CliConsole _console;

    /// <param name="command">The command that gets the options.</param>
    /// <param name="store">The command's store, if it has one.</param>
    /// <param name="use">What the command does with sessions.</param>
    public SessionOptions(CliCommand command, StoreOptions? store, SessionUse use)
    {
        _console = command.Terminal;
        _store = store;
        _use = use;
        _profile = store?.Profile ?? new ProfileOption(command);
        if (use is SessionUse.AfterChange)
        {
            command.Options.Add(_revoke);
        }

        if (use is not SessionUse.Copies)
        {
            command.Options.Add(_servers);
            command.Options.Add(_keyFile);
            command.Options.Add(_local);
        }

        command.Options.Add(_webmail);
        command.Options.Add(_webmailStore);
        command.Options.Add(_webmailPasswordFile);
        _connection = store?.Connection ?? new ConnectionOptions(command);
        if (use is SessionUse.End or SessionUse.AfterChange)
        {
            command.Options.Add(_includeAppPasswords);
        }

        command.Validators.Add(Validate);
    }

    /// <summary>Whether the call itself names a session system.</summary>
    public bool AnyNamed(CommandResult call) => call.GetResult(_servers) is not null || call.GetResult(_local) is not null || IsWebmailNamed(call);

    /// <summary>Whether the call has session systems, a profile's or its own.</summary>
    public bool AnyGiven(CommandResult call) => AnyNamed(call) || _profile.IsNamed(call);

    /// <summary>Whether a webmail is looked for in the store's database.</summary>
    public bool UsesStore(CommandResult call) => (IsWebmailNamed(call) && call.GetResult(_webmailStore) is null) || _profile.IsNamed(call);

    /// <summary>The logins to end.</summary>
    public RevocationScope Scope(ParseResult call, IReadOnlyList<ISessionAuthority> systems, IReadOnlyCollection<string>? services = null) =>
        SessionSystems.ScopeFor(systems, services, call.GetValue(_includeAppPasswords));

    /// <summary>Opens the systems. The caller disposes of each.</summary>
    /// <exception cref="MailPassException">A webmail's database cannot be opened, or a system was named wrongly.</exception>
    public async Task<SessionSystemList> OpenAsync(ParseResult call, Site site, CancellationToken cancellationToken)
    {
        if (!site.HasSessionSystems && (_use is SessionUse.List or SessionUse.End || call.GetValue(_revoke)))
        {
            throw new MailPassException(ErrorIds.InputInvalid, "No session system is named.", "Give --doveadm, --doveadm-local or --webmail, or add 'dovecot' or 'webmail' to the profile.");
        }

        return new SessionSystemList(await site.OpenSessionSystemsAsync(call.GetValue(_includeAppPasswords), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The site: the profile with the session systems that the call names instead.</summary>
    /// <exception cref="MailPassException">The profile cannot be used, or a database's text names nothing.</exception>
    public SiteProfile Site(ParseResult call)
    {
        var site = _store?.Site(call) ?? _profile.Load(call);
        if (_use is SessionUse.AfterChange && !call.GetValue(_revoke))
        {
            return site with { Dovecot = null, Webmails = [] };
        }

        var dovecot = _use is SessionUse.Copies ? null : call.CommandResult.GetResult(_servers) is not null || call.GetValue(_local)
            ? new DovecotProfile { Servers = call.GetValue(_servers) ?? [], Local = call.GetValue(_local) }
            : site.Dovecot;
        return site with
        {
            Dovecot = dovecot is null ? null : dovecot with
            {
                Key = call.GetValue(_keyFile) is null ? dovecot.Key : null,
                Password = call.GetValue(_keyFile) is null ? dovecot.Password : null,
                AuthorityFile = _connection.AuthorityFile(call) ?? dovecot.AuthorityFile,
                Options = _connection.AddTo(call, dovecot.Options),
            },
            Webmails = Webmails(call, site),
        };
    }

    /// <summary>A webmail database's password, if the profile names none; the user is not asked if the store's can be used.</summary>
    public Task<Secret?> WebmailPasswordAsync(ParseResult call, SecretNeed need, CancellationToken cancellationToken) =>
        need.HasOther && call.GetValue(_webmailPasswordFile) is null && string.IsNullOrEmpty(_console.Environment(WebmailPasswordVariable))
            ? Task.FromResult<Secret?>(null)
            : StoreOptions.PasswordAsync(need.Location!, call.GetValue(_webmailPasswordFile), WebmailPasswordVariable, _console, cancellationToken);

    /// <summary>The Dovecot servers' key, if the profile names none.</summary>
    public Task<Secret?> KeyAsync(ParseResult call, CancellationToken cancellationToken) => KeyAsync(call.GetValue(_keyFile), _console, cancellationToken);

    /// <summary>A doveadm key: from a file, the variable or a prompt; <see langword="null"/> if there is none.</summary>
    public static async Task<Secret?> KeyAsync(string? keyFile, CliConsole console, CancellationToken cancellationToken)
    {
        if (keyFile is { } file)
        {
            using var stream = InputSource.Open(file, console);
            return await SecretLine.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }

        return console.Environment(KeyVariable) is { Length: > 0 } text ? Secret.FromChars(text)
            : console.CanAsk ? await SecretInput.AskAsync(console, "doveadm API key: ", cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>The site with the places of secrets that the call names.</summary>
    public SiteProfile WithFiles(ParseResult call, SiteProfile site) => site with
    {
        Dovecot = site.Dovecot is { } dovecot && call.GetValue(_keyFile) is { } key ? dovecot with { Key = new(SecretKind.File, Path.GetFullPath(key)) } : site.Dovecot,
        Webmails = call.GetValue(_webmailPasswordFile) is { } file ? [.. site.Webmails.Select(webmail => webmail with { Password = new(SecretKind.File, Path.GetFullPath(file)) })] : site.Webmails,
    };

    private bool IsWebmailNamed(CommandResult call) => call.GetResult(_webmail) is not null;

    private IReadOnlyList<WebmailProfile> Webmails(ParseResult call, SiteProfile site)
    {
        if (call.GetValue(_webmail) is { Length: > 0 } systems)
        {
            return
            [
                new WebmailProfile
                {
                    Systems = systems,
                    Database = call.GetValue(_webmailStore) is { } text ? StoreLocation.Parse(text) : null,
                    Options = _connection.AddTo(call, site.Store?.Options ?? new()),
                },
            ];
        }

        return
        [
            .. site.Webmails.Where(webmail => _use is not SessionUse.Copies || MayKeepCopies(webmail)).Select(webmail => webmail with
            {
                Password = call.GetValue(_webmailPasswordFile) is null ? webmail.Password : null,
                Options = _connection.AddTo(call, webmail.Options),
            }),
        ];
    }

    private static bool MayKeepCopies(WebmailProfile webmail) => WebmailSystems.Parse(webmail.Systems) is var systems && (systems.Count == 0 || systems.Contains(SessionSystemKind.GroupOffice));

    private void Validate(CommandResult call)
    {
        var isProfileNamed = _profile.IsNamed(call);
        if (_use is SessionUse.AfterChange)
        {
            var revokes = call.GetResult(_revoke) is not null;
            if ((AnyNamed(call) && !revokes) || (revokes && !AnyNamed(call) && !isProfileNamed))
            {
                call.AddError("--revoke and --doveadm, --doveadm-local or --webmail go together.");
            }
        }

        if (call.GetResult(_webmailStore) is not null && !IsWebmailNamed(call))
        {
            call.AddError("--webmail-store needs --webmail: which webmail is there? --webmail auto finds out.");
        }
        else if (IsWebmailNamed(call) && call.GetResult(_webmailStore) is null && _store?.IsGiven(call) != true && !isProfileNamed)
        {
            call.AddError("--webmail needs the database that it is in: --webmail-store.");
        }

        if (call.GetResult(_includeAppPasswords) is not null && !IsWebmailNamed(call) && !isProfileNamed)
        {
            call.AddError("--include-app-passwords needs the panel that keeps them: --webmail mailcow or --webmail postfixadmin.");
        }
    }
}
