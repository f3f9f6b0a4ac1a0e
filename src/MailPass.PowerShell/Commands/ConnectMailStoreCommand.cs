using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Management.Automation;
using System.Security;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.Profiles;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Opens a site's store and makes it the runspace's default: by its profile, or by the call's parameters. Rare settings are only in profiles.</summary>
[Cmdlet(VerbsCommunications.Connect, "MailStore", DefaultParameterSetName = FileSet)]
[OutputType(typeof(MailStoreConnection))]
public sealed class ConnectMailStoreCommand : SiteCommand
{
    private const string FileSet = "Path";
    private const string ProfileSet = "Profile";
    private const string ServerSet = "Server";
    private const string PasswdFileSet = "PasswdFile";
    private const string SqlitePrefix = "sqlite:";

    private bool _isByProfile;

    /// <summary>A profile's name; or a SQLite file, MailPass's own or a mail system's; or a store as the command line writes it: <c>ldap://BIND-DN@host/BASE</c>, <c>mysql://user@host/database</c>. Left out, the profile that MAILPASS_PROFILE names.</summary>
    [Parameter(Position = 0, ParameterSetName = FileSet)]
    [StoreTextTransformation]
    [ArgumentCompleter(typeof(StoreCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The site's profile: its name, or the path of its file if it has a slash. The call's other parameters take precedence over it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProfileSet)]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Profile { get; set; }

    /// <summary>The database server's name, followed by <c>:port</c> if that is not the default; or the path of its Unix socket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Server { get; set; }

    /// <summary>The database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>The login of the database or directory.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ProfileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The kind of server: <c>MySql</c> (MariaDB too) or <c>PostgreSql</c>.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateSet("MySql", "PostgreSql")]
    public string Provider { get; set; } = "MySql";

    /// <summary>A Dovecot passwd-file, or docker-mailserver's <c>postfix-accounts.cf</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PasswdFileSet)]
    [ValidateNotNullOrEmpty]
    public string? PasswdFile { get; set; }

    /// <summary>Lets unencrypted connections leave this machine.</summary>
    [Parameter]
    public SwitchParameter AllowPlaintext { get; set; }

    /// <summary>A PEM file with the certificate authorities of the database's and Dovecot's servers, trusted instead of the machine's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    /// <summary>How the mail system lays its tables out: a schema's name or its file; found out from the tables if it is left out.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ProfileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>Options of the schema to turn on, for example <c>delete-app-passwords</c>; the mail system's page lists them.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ProfileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? SchemaOption { get; set; }

    /// <summary>The scheme for new hashes; left out, each mailbox keeps its own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Scheme { get; set; }

    /// <summary>The password policy: a hashtable or a file.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>The Dovecot servers that mailboxes are logged out of, by their doveadm HTTP API: <c>https://mx1.example.org:8080</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public Uri[]? Doveadm { get; set; }

    /// <summary>The servers' <c>doveadm_api_key</c>.</summary>
    [Parameter]
    [PasswordTransformation]
    public SecureString? DoveadmApiKey { get; set; }

    /// <summary>Logs mailboxes out of this machine's Dovecot with its <c>doveadm</c> program, which usually must run as root.</summary>
    [Parameter]
    public SwitchParameter DoveadmLocal { get; set; }

    /// <summary>Webmails and panels that keep sessions or app passwords in a database; <c>Auto</c> for what its tables show.</summary>
    [Parameter]
    [ValidateSet("Roundcube", "GroupOffice", "Sogo", "Mailcow", "PostfixAdmin", "Auto")]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Webmail { get; set; }

    /// <summary>
    /// The webmail's database: its name on the store's server, a SQLite file (beside a server <c>sqlite:PATH</c>), or
    /// <c>mysql://user@host:port/database</c>; left out, the store's own, or the one on its server that has the webmail's tables.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WebmailDatabase { get; set; }

    private protected override object? FaultTarget => Path ?? Profile ?? PasswdFile ?? Server;

    private protected override void End()
    {
        var site = Site();
        if (DoveadmApiKey is not null && SecretText.WasPlainText(DoveadmApiKey))
        {
            throw new MailPassException(FaultIds.PasswordIsPlainText, "The doveadm key came as plain text.", "Give a SecureString (Read-Host -AsSecureString, Get-Secret).");
        }

        var secrets = Secrets with { Otherwise = (need, _) => Task.FromResult(Given(need)) };
        var opened = AwaitAsking(token => Log.OpenSiteAsync(site, secrets, token));
        var connection = new MailStoreConnection(opened.Store, site) { Authorities = opened.SessionSystems };
        RunspaceStores.Current.Add(connection);
        WriteObject(connection);
    }

    // A webmail on the store's server is opened with the store's login.
    private Secret? Given(SecretNeed need) => need.Use switch
    {
        SecretUse.Store when Credential is { Password.Length: > 0 } => SecretText.ToSecret(Credential.Password),
        SecretUse.DoveadmKey when DoveadmApiKey is not null => SecretText.ToSecret(DoveadmApiKey),
        _ => null,
    };

    private SiteProfile Site()
    {
        var profile = ProfileOfCall() is { } name ? SiteProfile.Load(name) : new SiteProfile();
        var store = _isByProfile ? profile.Store : new StoreProfile(Location());
        if (store is not null)
        {
            store = store with
            {
                Location = _isByProfile ? WithLogin(store.Location) : store.Location,
                Password = Credential is null ? store.Password : null,
                Options = Protected(store.Options),
            };
        }

        return profile with
        {
            Store = store,
            Schema = Schema ?? profile.Schema,
            SchemaOptions = SchemaOption ?? profile.SchemaOptions,
            Hash = Scheme is null ? profile.Hash : PasswordSchemes.Parse(Scheme),
            Policies = Policy is null ? profile.Policies : new DomainPolicies(Policy),
            Dovecot = Dovecot(profile),
            Webmails = Webmails(profile, store),
        };
    }

    // A profile takes precedence over a file of the same name, so that the content of the current folder does not decide.
    private string? ProfileOfCall()
    {
        var name = ParameterSetName switch
        {
            ProfileSet => ProfilePath(Profile!),
            FileSet when Path is null => Environment.GetEnvironmentVariable(ProfileFolders.Variable) is { Length: > 0 } named
                ? named
                : throw new MailPassException(ErrorIds.StoreInvalid, "No store is named.", $"Name a profile or a store: Connect-MailStore site, Connect-MailStore mail.db, or set {ProfileFolders.Variable}."),
            FileSet when ProfileFolders.Names().Contains(Path, StringComparer.OrdinalIgnoreCase) => Path,
            _ => null,
        };
        _isByProfile = name is not null;
        return name;
    }

    private DovecotProfile? Dovecot(SiteProfile profile)
    {
        var named = Doveadm is not null || DoveadmLocal ? new DovecotProfile { Servers = [.. (Doveadm ?? []).Select(server => server.OriginalString)], Local = DoveadmLocal } : profile.Dovecot;
        if (DoveadmApiKey is not null && named is not ({ Servers.Count: > 0 } or { Proxies.Count: > 0 }))
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-DoveadmApiKey needs -Doveadm: which server is it for?", "Add -Doveadm https://mx1.example.org:8080, for example.");
        }

        return named is null ? null : named with
        {
            Key = DoveadmApiKey is null ? named.Key : null,
            Password = DoveadmApiKey is null ? named.Password : null,
            AuthorityFile = CaFile is null ? named.AuthorityFile : FullPath(CaFile),
            Options = named.Options with { AllowPlaintext = AllowPlaintext || named.Options.AllowPlaintext },
        };
    }

    private IReadOnlyList<WebmailProfile> Webmails(SiteProfile profile, StoreProfile? store)
    {
        if (WebmailDatabase is not null && Webmail is null)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-WebmailDatabase needs -Webmail: which webmail is there?", "Add -Webmail Roundcube, for example, or -Webmail Auto to find out.");
        }

        return Webmail is null
            ? [.. profile.Webmails.Select(webmail => webmail with { Options = Protected(webmail.Options) })]
            : [new WebmailProfile { Systems = Webmail, Database = WebmailLocation(store?.Location), Options = store?.Options ?? Protected(new()) }];
    }

    private StoreOpenOptions Protected(StoreOpenOptions options) => options with
    {
        AllowPlaintext = AllowPlaintext || options.AllowPlaintext,
        AuthorityFile = CaFile is null ? options.AuthorityFile : FullPath(CaFile),
    };

    private StoreLocation? WebmailLocation(StoreLocation? store) => WebmailDatabase switch
    {
        null => null,
        { } text when text.Contains("://", StringComparison.Ordinal) => StoreLocation.Parse(text),
        { } text when text.StartsWith(SqlitePrefix, StringComparison.OrdinalIgnoreCase) => new StoreLocation(StoreProvider.Sqlite, FullPath(text[SqlitePrefix.Length..])),
        { } name when store is { Provider: StoreProvider.MySql or StoreProvider.PostgreSql } && (ParameterSetName == ServerSet || _isByProfile) => store with { Database = name },
        { } file => new StoreLocation(StoreProvider.Sqlite, FullPath(file)),
    };

    private StoreLocation Location() => ParameterSetName switch
    {
        FileSet when Path!.Contains("://", StringComparison.Ordinal) => WithLogin(StoreLocation.Parse(Path)),
        FileSet when Credential is not null => throw new MailPassException(ErrorIds.InputInvalid, "A file needs no login, so -Credential has nothing to open.", "Leave -Credential out, or name a server."),
        FileSet => new StoreLocation(StoreProvider.Sqlite, FullPath(Path!)),
        PasswdFileSet when PasswdFile!.EndsWith("postfix-accounts.cf", StringComparison.OrdinalIgnoreCase) => new StoreLocation(StoreProvider.PostfixAccounts, FullPath(PasswdFile)),
        PasswdFileSet => StoreLocation.Parse("passwd-file:" + PasswdFile) is var file ? file with { Path = FullPath(file.Path!) } : null!,
        _ when Server!.StartsWith('/') => new StoreLocation(Kind, Path: Server, Database: Database, User: Credential?.UserName),
        _ when HostAndPort(Server) is var (host, port) => new StoreLocation(Kind, Server: host, Port: port, Database: Database, User: Credential?.UserName),
        _ => null!,
    };

    private StoreProvider Kind => Enum.Parse<StoreProvider>(Provider, ignoreCase: true);

    // An IPv6 address contains colons, so a port follows its closing bracket.
    private static (string Host, int? Port) HostAndPort(string server)
    {
        var colon = server.LastIndexOf(':');
        return colon <= 0 || (server.IndexOf(':', StringComparison.Ordinal) != colon && server[colon - 1] != ']') ? (server.Trim('[', ']'), null)
            : int.TryParse(server[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? (server[..colon].Trim('[', ']'), port)
            : throw new MailPassException(ErrorIds.StoreInvalid, "The server's port must be a number from 1 to 65535.", "Write the server as db.example.org:3307.");
    }

    // A profile's login may be replaced; two logins of one call contradict each other.
    private StoreLocation WithLogin(StoreLocation location) => (location.User, Credential?.UserName) switch
    {
        (_, null) => location,
        (var named, { } user) when _isByProfile || named is null || named == user => location with { User = user },
        _ => throw new MailPassException(ErrorIds.InputInvalid, "The store's text and -Credential name two logins.", "Name one of them: leave the login out of the text."),
    };
}
