using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Dovecot;
using MailPass.Sessions.Setup;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Opens a store and makes it the runspace's default.</summary>
[Cmdlet(VerbsCommunications.Connect, "MailStore", DefaultParameterSetName = FileSet)]
[OutputType(typeof(MailStoreConnection))]
public sealed class ConnectMailStoreCommand : MailPassCommand
{
    private const string FileSet = "Path";
    private const string ServerSet = "Server";
    private const string PasswdFileSet = "PasswdFile";
    private const string SqlitePrefix = "sqlite:";

    // What the names of parameters about webmails begin with.
    private static readonly string[] _webmails = ["Webmail", "Roundcube", "GroupOffice", "Sogo"];

    /// <summary>A SQLite file, MailPass's own or a mail system's; or a store as the command line writes it: <c>ldap://BIND-DN@host/BASE</c>, <c>mysql://user@host/database</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FileSet)]
    [StoreTextTransformation]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The database server's name, or the path of its Unix socket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Server { get; set; }

    /// <summary>The server's port; the provider's own where it is left out.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>The login of the database or directory.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The kind of server: <c>MySql</c> (MariaDB too) or <c>PostgreSql</c>.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateSet("MySql", "PostgreSql")]
    public string Provider { get; set; } = "MySql";

    /// <summary>Lets unencrypted connections leave this machine.</summary>
    [Parameter]
    public SwitchParameter AllowPlaintext { get; set; }

    /// <summary>A PEM file with the certificate authorities of the database's and Dovecot's servers, trusted instead of the machine's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    /// <summary>How long connecting to a database server may take, in seconds; 15 where it is left out.</summary>
    [Parameter]
    [SecondsTransformation]
    [ValidateSeconds(StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestConnectTimeout)]
    public double? ConnectTimeout { get; set; }

    /// <summary>How long a database may take over one statement, and how long a locked row or file is waited for, in seconds; 60 where it is left out.</summary>
    [Parameter]
    [SecondsTransformation]
    [ValidateSeconds(StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestCommandTimeout)]
    public double? CommandTimeout { get; set; }

    /// <summary>A Dovecot passwd-file, or docker-mailserver's <c>postfix-accounts.cf</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PasswdFileSet)]
    [ValidateNotNullOrEmpty]
    public string? PasswdFile { get; set; }

    /// <summary>How the mail system lays its tables out: a schema's name or its file; found out from the tables where it is left out.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>Options of the schema that are to be on, for example <c>delete-app-passwords</c>; the mail system's page lists them.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? SchemaOption { get; set; }

    /// <summary>The scheme for new hashes; left out, each mailbox keeps its own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Scheme { get; set; }

    /// <summary>The scheme's cost, for which it must be named; left out, its own default.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Cost { get; set; }

    /// <summary>What passwords must be: a hashtable or a file.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>The Dovecot servers that mailboxes are logged out of, by their doveadm HTTP API: <c>https://mx1.example.org:8080</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public Uri[]? Doveadm { get; set; }

    /// <summary>The same of servers that pass connections on to others: they are asked for those in their own lists.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public Uri[]? DoveadmProxy { get; set; }

    /// <summary>How long connecting to a Dovecot server may take, in seconds; 10 where it is left out.</summary>
    [Parameter]
    [SecondsTransformation]
    [ValidateSeconds(0.001, 86400)]
    public double? DoveadmConnectTimeout { get; set; }

    /// <summary>How long one of a Dovecot server's answers may take, in seconds; 30 where it is left out.</summary>
    [Parameter]
    [SecondsTransformation]
    [ValidateSeconds(0.001, 86400)]
    public double? DoveadmTimeout { get; set; }

    /// <summary>The servers' <c>doveadm_api_key</c>.</summary>
    [Parameter]
    [PasswordTransformation]
    public SecureString? DoveadmApiKey { get; set; }

    /// <summary>The servers' <c>doveadm_password</c>, where they have no key.</summary>
    [Parameter]
    [PasswordTransformation]
    public SecureString? DoveadmPassword { get; set; }

    /// <summary>Logs mailboxes out of this machine's Dovecot by its <c>doveadm</c> program, which takes the right to (usually root).</summary>
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

    /// <summary>The login to the webmail's database; left out, the store's, where the server is the same.</summary>
    [Parameter]
    [Credential]
    public PSCredential? WebmailCredential { get; set; }

    /// <summary>What stands before the webmail's tables' names: Roundcube's <c>db_prefix</c>, PostfixAdmin's <c>database_prefix</c>.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WebmailTablePrefix { get; set; }

    /// <summary>A program and its arguments that empties the cache of Group-Office or SOGo, run after sessions were deleted.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? WebmailAfterRevoke { get; set; }

    /// <summary>Roundcube's <c>username_domain</c>: the domain of users who log in without one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RoundcubeDomain { get; set; }

    /// <summary>Group-Office's key file (<c>defuse-crypto.txt</c>): mailbox passwords that it keeps are replaced with the new ones.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? GroupOfficeKeyFile { get; set; }

    /// <summary>Blanks mailbox passwords that Group-Office keeps and that cannot be replaced.</summary>
    [Parameter]
    public SwitchParameter GroupOfficeBlankPassword { get; set; }

    /// <summary>The mail server's names in Group-Office's e-mail accounts; accounts on other servers are left alone.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? GroupOfficeMailServer { get; set; }

    /// <summary>Group-Office's address: it ends its sessions itself, and thereby empties its cache of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public Uri? GroupOfficeUrl { get; set; }

    /// <summary>Group-Office's data folder, where its cache is on a disk within reach.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? GroupOfficeDataFolder { get; set; }

    /// <summary>Denies a mailbox's ActiveSync devices until they are allowed again in Group-Office.</summary>
    [Parameter]
    public SwitchParameter GroupOfficeDenyDevice { get; set; }

    /// <summary>Logs all users of SOGo out with any of them.</summary>
    [Parameter]
    public SwitchParameter SogoEverybody { get; set; }

    private protected override object? FaultTarget => Path ?? PasswdFile ?? Server;

    private protected override void End()
    {
        var location = Location();
        var settings = MailStoreConnection.SettingsFor(Scheme, Cost, otherwise: null);
        using var password = PasswordOf(Credential);
        var authorities = OpenSessionSystems(location, password);
        IMailboxStore store;
        try
        {
            store = Await(token => Log.OpenStoreAsync(location, OpenOptions() with { Password = password, Schema = Schema, SchemaOptions = SchemaOption ?? [] }, token));
        }
        catch
        {
            SessionSystems.DisposeAsync(authorities).GetAwaiter().GetResult();
            throw;
        }

        var connection = new MailStoreConnection(store)
        {
            Policy = Policy ?? PasswordPolicy.Default,
            Settings = settings,
            Authorities = authorities,
        };
        RunspaceStores.Current.Add(connection);
        WriteObject(connection);
    }

    private string? AuthorityFile => CaFile is null ? null : FullPath(CaFile);

    private StoreOpenOptions OpenOptions()
    {
        var defaults = new StoreOpenOptions();
        return defaults with
        {
            AllowPlaintext = AllowPlaintext,
            AuthorityFile = AuthorityFile,
            ConnectTimeout = ConnectTimeout is { } connecting ? TimeSpan.FromSeconds(connecting) : defaults.ConnectTimeout,
            CommandTimeout = CommandTimeout is { } answering ? TimeSpan.FromSeconds(answering) : defaults.CommandTimeout,
        };
    }

    private IReadOnlyList<ISessionAuthority> OpenSessionSystems(StoreLocation store, Secret? storePassword)
    {
        var setup = Setup(store);
        if (!setup.NeedsCredential && (DoveadmApiKey ?? DoveadmPassword) is not null)
        {
            throw new MailPassException(ErrorIds.InputInvalid, "-DoveadmApiKey and -DoveadmPassword need -Doveadm or -DoveadmProxy: which server are they for?", "Add -Doveadm https://mx1.example.org:8080, for example.");
        }

        if (Webmail is null && MyInvocation.BoundParameters.Keys.FirstOrDefault(IsAboutWebmail) is { } given)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"-{given} needs -Webmail: which webmail is there?", "Add -Webmail Roundcube, for example, or -Webmail Auto to find out.");
        }

        using var credential = setup.NeedsCredential ? DoveadmCredential() : null;
        using var own = PasswordOf(WebmailCredential);
        return Await(token => Log.OpenSessionSystemsAsync(setup, store, own ?? (setup.HasLoginOf(store) ? storePassword : null), credential, token));
    }

    private static bool IsAboutWebmail(string parameter) =>
        parameter != nameof(Webmail) && _webmails.Any(start => parameter.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private SessionSetup Setup(StoreLocation store)
    {
        var defaults = new DovecotOptions();
        return new()
        {
            Doveadm = [.. (Doveadm ?? []).Select(server => server.OriginalString)],
            DoveadmProxies = [.. (DoveadmProxy ?? []).Select(server => server.OriginalString)],
            DoveadmLocal = DoveadmLocal,
            DovecotAuthorityFile = AuthorityFile,
            DovecotOptions = defaults with
            {
                AllowPlaintext = AllowPlaintext,
                ConnectTimeout = DoveadmConnectTimeout is { } connecting ? TimeSpan.FromSeconds(connecting) : defaults.ConnectTimeout,
                RequestTimeout = DoveadmTimeout is { } answering ? TimeSpan.FromSeconds(answering) : defaults.RequestTimeout,
            },
            Webmails = Webmail ?? [],
            WebmailDatabase = WebmailLocation(store),
            WebmailUser = WebmailCredential?.UserName,
            WebmailOptions = OpenOptions(),
            WebmailSettings = new()
            {
                TablePrefix = WebmailTablePrefix ?? string.Empty,
                RoundcubeDomain = RoundcubeDomain,
                GroupOffice = new()
                {
                    KeyFile = GroupOfficeKeyFile is null ? null : FullPath(GroupOfficeKeyFile),
                    BlankStoredPassword = GroupOfficeBlankPassword,
                    MailServers = GroupOfficeMailServer ?? [],
                    Address = GroupOfficeUrl,
                    DiskCacheFolder = GroupOfficeDataFolder is null ? null : FullPath(GroupOfficeDataFolder),
                    DenyDevices = GroupOfficeDenyDevice,
                },
                SogoEverybody = SogoEverybody,
                AfterRevoke = WebmailAfterRevoke ?? [],
            },
        };
    }

    private StoreLocation? WebmailLocation(StoreLocation store) => WebmailDatabase switch
    {
        null => null,
        { } text when text.Contains("://", StringComparison.Ordinal) => StoreLocation.Parse(text),
        { } text when text.StartsWith(SqlitePrefix, StringComparison.OrdinalIgnoreCase) => new StoreLocation(StoreProvider.Sqlite, FullPath(text[SqlitePrefix.Length..])),
        { } name when ParameterSetName == ServerSet => store with { Database = name },
        { } file => new StoreLocation(StoreProvider.Sqlite, FullPath(file)),
    };

    private DovecotCredential DoveadmCredential()
    {
        if ((DoveadmApiKey ?? DoveadmPassword) is not { } given)
        {
            throw new MailPassException(ErrorIds.PasswordMissing, $"-{(Doveadm is null ? nameof(DoveadmProxy) : nameof(Doveadm))} needs the server's key or password.", "Give -DoveadmApiKey (or -DoveadmPassword), for example (Read-Host -AsSecureString).");
        }

        if (SecretText.WasPlainText(given))
        {
            throw new MailPassException(FaultIds.PasswordIsPlainText, "The doveadm key came as plain text.", "Give a SecureString (Read-Host -AsSecureString, Get-Secret).");
        }

        using var secret = SecretText.ToSecret(given);
        return DoveadmApiKey is null ? DovecotCredential.Password(secret) : DovecotCredential.ApiKey(secret);
    }

    private static Secret? PasswordOf(PSCredential? login) => login is { Password.Length: > 0 } ? SecretText.ToSecret(login.Password) : null;

    private StoreLocation Location() => ParameterSetName switch
    {
        FileSet when Path!.Contains("://", StringComparison.Ordinal) => ServerLocation(StoreLocation.Parse(Path)),
        FileSet when Credential is not null => throw new MailPassException(ErrorIds.InputInvalid, "A file needs no login, so -Credential has nothing to open.", "Leave -Credential out, or name a server."),
        FileSet => new StoreLocation(StoreProvider.Sqlite, FullPath(Path!)),
        PasswdFileSet when PasswdFile!.EndsWith("postfix-accounts.cf", StringComparison.OrdinalIgnoreCase) => new StoreLocation(StoreProvider.PostfixAccounts, FullPath(PasswdFile)),
        PasswdFileSet => StoreLocation.Parse("passwd-file:" + PasswdFile) is var file ? file with { Path = FullPath(file.Path!) } : null!,
        _ => new StoreLocation(
            Enum.Parse<StoreProvider>(Provider, ignoreCase: true),
            Path: Server!.StartsWith('/') ? Server : null,
            Server: Server.StartsWith('/') ? null : Server,
            Port,
            Database,
            Credential?.UserName),
    };

    private StoreLocation ServerLocation(StoreLocation location) => (location.User, Credential?.UserName) switch
    {
        (_, null) => location,
        (null, { } user) => location with { User = user },
        ({ } named, { } user) when named == user => location,
        _ => throw new MailPassException(ErrorIds.InputInvalid, "The store's text and -Credential name two logins.", "Name one of them: leave the login out of the text."),
    };
}
