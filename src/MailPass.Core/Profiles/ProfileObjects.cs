using System.Text.Json;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Sessions.Logins;
using MailPass.Sessions.Setup;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>The objects of a profile: <c>docs/profile.schema.json</c> describes the same for editors, and a test compares both.</summary>
internal static class ProfileObjects
{
    private const double ShortestSessionTimeout = 0.001;
    private const double LongestSessionTimeout = 86400;

    private static readonly ProfileObject<Draft> s_root = new(new(StringComparer.Ordinal)
    {
        // For editors that check and complete as one types; it asks for nothing.
        ["$schema"] = static (draft, node) => node.Text() is null ? draft : draft,
        ["store"] = static (draft, node) => draft with { Store = Store(node) },
        ["schema"] = static (draft, node) => draft with { Schema = Schema(node) },
        ["schemaOptions"] = static (draft, node) => draft with { SchemaOptions = node.List(static item => item.Text()) },
        ["scheme"] = static (draft, node) => draft with { Scheme = node.Text("the name of a scheme"), SchemeNode = node },
        ["cost"] = static (draft, node) => draft with { Cost = node.Number(1, int.MaxValue), CostNode = node },
        ["policy"] = static (draft, node) => draft with { Policies = Policies(node) },
        ["dovecot"] = static (draft, node) => draft with { Dovecot = Dovecot(node) },
        ["webmail"] = static (draft, node) => draft with { Webmails = node.List(Webmail, "names and objects"), WebmailNode = node },
        ["login"] = static (draft, node) => draft with { Login = Login(node) },
        ["journal"] = static (draft, node) => draft with { Journal = Journal(node) },
        ["scope"] = static (draft, node) => draft with { Scope = Scope(node) },
    });

    private static readonly ProfileObject<StoreDraft> s_store = new(new(StringComparer.Ordinal)
    {
        ["location"] = static (draft, node) => draft with { Location = Location(node), IsNamed = true },
        ["password"] = static (draft, node) => draft with { Password = Secret(node) },
        ["allowPlaintext"] = static (draft, node) => draft with { Options = draft.Options with { AllowPlaintext = node.Flag() ?? false } },
        ["caFile"] = static (draft, node) => draft with { Options = draft.Options with { AuthorityFile = node.File() } },
        ["connectTimeout"] = static (draft, node) => draft with { Options = draft.Options with { ConnectTimeout = ConnectTimeout(node) ?? draft.Options.ConnectTimeout } },
        ["commandTimeout"] = static (draft, node) => draft with { Options = draft.Options with { CommandTimeout = CommandTimeout(node) ?? draft.Options.CommandTimeout } },
    });

    private static readonly ProfileObject<DovecotProfile> s_dovecot = new(new(StringComparer.Ordinal)
    {
        ["servers"] = static (dovecot, node) => dovecot with { Servers = node.List(Doveadm) },
        ["proxies"] = static (dovecot, node) => dovecot with { Proxies = node.List(Doveadm) },
        ["local"] = static (dovecot, node) => dovecot with { Local = node.Flag() ?? false },
        ["key"] = static (dovecot, node) => dovecot with { Key = Secret(node) },
        ["password"] = static (dovecot, node) => dovecot with { Password = Secret(node) },
        ["caFile"] = static (dovecot, node) => dovecot with { AuthorityFile = node.File() },
        ["allowPlaintext"] = static (dovecot, node) => dovecot with { Options = dovecot.Options with { AllowPlaintext = node.Flag() ?? false } },
        ["connectTimeout"] = static (dovecot, node) => dovecot with { Options = dovecot.Options with { ConnectTimeout = node.Seconds(ShortestSessionTimeout, LongestSessionTimeout) ?? dovecot.Options.ConnectTimeout } },
        ["timeout"] = static (dovecot, node) => dovecot with { Options = dovecot.Options with { RequestTimeout = node.Seconds(ShortestSessionTimeout, LongestSessionTimeout) ?? dovecot.Options.RequestTimeout } },
    });

    private static readonly ProfileObject<WebmailDraft> s_webmail = new(new(StringComparer.Ordinal)
    {
        ["system"] = static (draft, node) => draft with { System = System(node), IsNamed = true },
        ["database"] = static (draft, node) => draft with { Database = node.Text("a database") is null ? null : node },
        ["password"] = static (draft, node) => draft with { Password = Secret(node) },
        ["allowPlaintext"] = static (draft, node) => draft with { AllowPlaintext = node.Flag() },
        ["caFile"] = static (draft, node) => draft with { AuthorityFile = node.File() },
        ["connectTimeout"] = static (draft, node) => draft with { ConnectTimeout = ConnectTimeout(node) },
        ["commandTimeout"] = static (draft, node) => draft with { CommandTimeout = CommandTimeout(node) },
        ["tablePrefix"] = static (draft, node) => draft.Only(node, draft.Settings with { TablePrefix = node.Text() ?? string.Empty }, SessionSystemKind.Roundcube, SessionSystemKind.PostfixAdmin),
        ["domain"] = static (draft, node) => draft.Only(node, draft.Settings with { RoundcubeDomain = node.Text("a domain") }, SessionSystemKind.Roundcube),
        ["keyFile"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { KeyFile = node.File() }),
        ["blankPasswords"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { BlankStoredPassword = node.Flag() ?? false }),
        ["mailServers"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { MailServers = node.List(static item => item.Text("a server's name")) }),
        ["url"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { Address = Web(node) }),
        ["dataFolder"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { DiskCacheFolder = node.File() }),
        ["denyDevices"] = static (draft, node) => draft.GroupOffice(node, draft.Settings.GroupOffice with { DenyDevices = node.Flag() ?? false }),
        ["everybody"] = static (draft, node) => draft.Only(node, draft.Settings with { SogoEverybody = node.Flag() ?? false }, SessionSystemKind.Sogo),
        ["afterRevoke"] = static (draft, node) => draft.Only(node, draft.Settings with { AfterRevoke = node.List(static item => item.Text()) }, SessionSystemKind.GroupOffice, SessionSystemKind.Sogo),
    });

    private static readonly ProfileObject<LoginProfile> s_login = new(new(StringComparer.Ordinal)
    {
        ["imap"] = static (login, node) => login with { Imap = Server(node, LoginProtocol.Imap, "imaps://mail.example.org") },
        ["submission"] = static (login, node) => login with { Submission = Server(node, LoginProtocol.Submission, "submission://mail.example.org") },
        ["caFile"] = static (login, node) => login with { AuthorityFile = node.File() },
        ["allowPlaintext"] = static (login, node) => login with { Options = login.Options with { AllowPlaintext = node.Flag() ?? false } },
        ["timeout"] = static (login, node) => login with { Options = login.Options with { Timeout = node.Seconds(1, LongestSessionTimeout) ?? login.Options.Timeout } },
    });

    private static readonly ProfileObject<JournalProfile> s_journal = new(new(StringComparer.Ordinal)
    {
        ["folder"] = static (journal, node) => journal with { Folder = node.File() },
        ["recipients"] = static (journal, node) => journal with { Recipients = node.List(static item => item.File(), "certificate files") },
    });

    private static readonly ProfileObject<ScopeProfile> s_scope = new(new(StringComparer.Ordinal)
    {
        ["domains"] = static (scope, node) => scope with { Domains = Some(node, node.List(Domain, "domains")) },
        ["exclude"] = static (scope, node) => scope with { Exclude = node.List(Exclusion, "addresses") },
        ["actions"] = static (scope, node) => scope with { Actions = Some(node, node.List(Action, "actions")) },
    });

    private static readonly ProfileObject<SecretDraft> s_secret = new(new(StringComparer.Ordinal)
    {
        ["env"] = static (draft, node) => draft.With(new(SecretKind.Environment, node.Text("a variable's name") ?? string.Empty)),
        ["file"] = static (draft, node) => draft.With(new(SecretKind.File, node.File() ?? string.Empty)),
        ["systemdCredential"] = static (draft, node) => draft.With(new(SecretKind.SystemdCredential, CredentialName(node))),
        ["vault"] = static (draft, node) => draft with { Vault = node.Text("a vault's name") },
        ["secret"] = static (draft, node) => draft.With(new(SecretKind.Vault, node.Text("a secret's name") ?? string.Empty)),
        ["ask"] = static (draft, node) => node.Flag() is true ? draft.With(new(SecretKind.Ask)) : draft,
    });

    /// <summary>The property names of each kind of object, as the published schema names the kinds.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> Properties { get; } = new Dictionary<string, IReadOnlyCollection<string>>(StringComparer.Ordinal)
    {
        ["profile"] = s_root.Names,
        ["store"] = s_store.Names,
        ["policy"] = [.. PolicyFile.Names.Where(name => name[0] != '$'), "file", "domains"],
        ["domainPolicy"] = [.. PolicyFile.Names.Where(name => name[0] != '$'), "file"],
        ["dovecot"] = s_dovecot.Names,
        ["webmail"] = s_webmail.Names,
        ["login"] = s_login.Names,
        ["journal"] = s_journal.Names,
        ["scope"] = s_scope.Names,
        ["secret"] = s_secret.Names,
    };

    /// <summary>Reads a profile.</summary>
    /// <param name="empty">Its name and file.</param>
    /// <param name="root">The file's value.</param>
    /// <param name="folder">The folder from which relative paths start.</param>
    /// <param name="faults">Receives the faults.</param>
    public static SiteProfile Read(SiteProfile empty, JsonElement root, string folder, List<ProfileFault> faults)
    {
        var draft = s_root.Read(new Draft(), new ProfileNode(string.Empty, root, folder, faults), "one object, such as { \"store\": \"mail.db\" }");
        if (draft is { Cost: not null, SchemeNode: null })
        {
            draft.CostNode!.Fault("A cost needs a scheme, because each scheme has its own unit of cost.", "Add 'scheme', or leave 'cost' out.");
        }

        return empty with
        {
            Store = draft.Store?.Location is { } location ? new(location) { Password = draft.Store.Password, Options = draft.Store.Options } : null,
            Schema = draft.Schema,
            SchemaOptions = draft.SchemaOptions,
            Hash = draft.Scheme is null ? null : Hash(draft),
            Policies = draft.Policies,
            Dovecot = draft.Dovecot,
            Webmails = [.. draft.Webmails.Select(webmail => webmail.Finish(draft.Store))],
            Login = draft.Login,
            Journal = draft.Journal,
            Scope = draft.Scope,
        };
    }

    private static HashSettings? Hash(Draft draft)
    {
        try
        {
            return PasswordSchemes.Parse(draft.Scheme!, draft.Cost);
        }
        catch (MailPassException fault)
        {
            (fault.ErrorId == ErrorIds.SchemeCostInvalid ? draft.CostNode! : draft.SchemeNode!).Fault(fault.Message, fault.Remedy ?? "Name another.");
            return null;
        }
    }

    private static StoreDraft Store(ProfileNode node)
    {
        if (node.Value.ValueKind is JsonValueKind.String)
        {
            return new StoreDraft { Location = Location(node) };
        }

        var store = s_store.Read(new StoreDraft(), node, "a store as --store takes it, or an object");
        if (!store.IsNamed && node.Value.ValueKind is JsonValueKind.Object)
        {
            node.Fault("The store has no location.", "Add 'location', for example \"mysql://mailpass@db.example.org/vmail\".");
        }

        return store;
    }

    private static StoreLocation? Location(ProfileNode node) =>
        node.Text("a store as --store takes it") is { } text ? node.Try(() => InFolder(StoreLocation.Parse(text), node.Folder), "Write it as --store takes it.") : null;

    // A file's path is relative to the profile; the path of a server's socket is absolute.
    internal static StoreLocation InFolder(StoreLocation location, string folder) =>
        location is { Provider: StoreProvider.Sqlite or StoreProvider.PasswdFile or StoreProvider.PostfixAccounts, Path: { } path } ? location with { Path = Path.GetFullPath(Path.Combine(folder, path)) } : location;

    private static TimeSpan? ConnectTimeout(ProfileNode node) => node.Seconds(StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestConnectTimeout);

    private static TimeSpan? CommandTimeout(ProfileNode node) => node.Seconds(StoreOpenOptions.ShortestTimeout, StoreOpenOptions.LongestCommandTimeout);

    private static string? Schema(ProfileNode node)
    {
        if (node.Text("a schema's name or file") is not { } text || MailStore.SchemaNames.Contains(text))
        {
            return node.Value.ValueKind is JsonValueKind.String ? node.Value.GetString() : null;
        }

        var file = Path.GetFullPath(Path.Combine(node.Folder, text));
        if (File.Exists(file))
        {
            return file;
        }

        node.Fault(
            $"'{text}' is neither a schema of MailPass nor a file.",
            NearestName.Of(text, MailStore.SchemaNames) is { } near ? $"'{near}' may be meant." : $"Known are {string.Join(", ", MailStore.SchemaNames)}.");
        return null;
    }

    private static DomainPolicies Policies(ProfileNode node)
    {
        var (policy, domains) = Policy(node, PasswordPolicy.Default, mayHaveDomains: true);
        var own = new Dictionary<string, PasswordPolicy>(StringComparer.Ordinal);
        foreach (var domain in domains?.Properties("an object with a policy for each domain") ?? [])
        {
            if (!MailDomain.TryNormalize(domain.Name, out var name, out var reason))
            {
                domain.Fault($"This is not a valid domain. {reason}", "Write a domain, such as example.com.");
            }
            else if (!own.TryAdd(name, Policy(domain, policy, mayHaveDomains: false).Policy))
            {
                domain.Fault("The domain is here twice, spelled differently.", "Keep one of them.");
            }
        }

        return new(policy, own);
    }

    private static (PasswordPolicy Policy, ProfileNode? Domains) Policy(ProfileNode node, PasswordPolicy start, bool mayHaveDomains)
    {
        if (node.Value.ValueKind is JsonValueKind.String)
        {
            return (FromFile(node) ?? start, null);
        }

        ProfileNode? domains = null;
        var properties = node.Properties("the path of a policy file, or an object").ToList();
        if (properties.Find(property => property.Name == "file") is { } file)
        {
            start = FromFile(file) ?? start;
        }

        foreach (var property in properties)
        {
            if (property.Name == "domains" && mayHaveDomains)
            {
                domains = property;
            }
            else if (property.Name[..Math.Min(1, property.Name.Length)] != "$" && PolicyFile.Names.Contains(property.Name))
            {
                start = Set(start, property);
            }
            else if (property.Name != "file")
            {
                string[] known = [.. PolicyFile.Names.Where(name => name[0] != '$'), "file", .. mayHaveDomains ? ["domains"] : Array.Empty<string>()];
                property.Fault("There is no such property here.", NearestName.Of(property.Name, known) is { } near ? $"'{near}' may be meant." : $"Known are {string.Join(", ", known)}.");
            }
        }

        if (PolicyFile.LengthFault(start) is { } fault)
        {
            node.Fault($"The policy {fault}", "Change one of both.");
        }

        return (start, domains);
    }

    private static PasswordPolicy? FromFile(ProfileNode node) => node.File() is { } file ? node.Try(() => PasswordPolicy.Load(file), "Correct the policy file.") : null;

    private static PasswordPolicy Set(PasswordPolicy policy, ProfileNode node)
    {
        try
        {
            return PolicyFile.Set(policy, node.Name, node.Value, node.Folder);
        }
        catch (FormatException fault)
        {
            node.Fault($"This {fault.Message}", "Write it so, or leave the property out.");
        }
        catch (MailPassException fault)
        {
            node.Fault(fault.Message, fault.Remedy ?? "Name another file.");
        }

        return policy;
    }

    private static DovecotProfile Dovecot(ProfileNode node)
    {
        var before = new DovecotProfile();
        var dovecot = s_dovecot.Read(before, node);
        if (node.Value.ValueKind is JsonValueKind.Object && !node.Value.EnumerateObject().Any(property => property.Name is "servers" or "proxies" or "local"))
        {
            node.Fault("There is no Dovecot server here.", "Add 'servers', 'proxies' or 'local', or leave 'dovecot' out.");
        }

        if (dovecot is { Key: not null, Password: not null })
        {
            node.Fault("The servers have a key and a password, and only one of both is used.", "Keep 'key', or 'password' if the servers have no doveadm_api_key.");
        }

        return dovecot;
    }

    private static string? Doveadm(ProfileNode node) =>
        node.Text("the address of a doveadm HTTP API") is { } text ? node.Try(() => SessionSetup.ServerAddress(text).OriginalString, "Write it as https://mx1.example.org:8080.") : null;

    private static WebmailDraft? Webmail(ProfileNode node)
    {
        if (node.Value.ValueKind is JsonValueKind.String)
        {
            return System(node) is { } named ? new WebmailDraft { System = named } : null;
        }

        // Which settings are allowed depends on the system, so it is read first, whatever the order in the file.
        var system = node.Value.ValueKind is JsonValueKind.Object && node.Value.TryGetProperty("system", out var name) && name.ValueKind is JsonValueKind.String && IsSystem(name.GetString()!) ? name.GetString() : null;
        var webmail = s_webmail.Read(new WebmailDraft { System = system }, node, "a webmail's name, or an object");
        if (!webmail.IsNamed && node.Value.ValueKind is JsonValueKind.Object)
        {
            node.Fault("The webmail has no system.", $"Add 'system', one of {string.Join(", ", WebmailSystems.Names)}.");
        }

        return webmail.System is null ? null : webmail;
    }

    private static bool IsSystem(string text)
    {
        try
        {
            _ = WebmailSystems.Parse([text]);
            return true;
        }
        catch (MailPassException)
        {
            return false;
        }
    }

    private static string? System(ProfileNode node) =>
        node.Text("a webmail's name") is { } text && node.Try(() => WebmailSystems.Parse([text]), $"Write one of {string.Join(", ", WebmailSystems.Names)}.") is not null ? text : null;

    private static Uri? Web(ProfileNode node)
    {
        if (node.Text("the address of a web server") is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0)
        {
            return uri;
        }

        node.Fault("This is not the address of a web server.", "Write it as https://groupoffice.example.org.");
        return null;
    }

    private static LoginProfile Login(ProfileNode node)
    {
        var login = s_login.Read(new LoginProfile(), node);
        if (node.Value.ValueKind is JsonValueKind.Object && !node.Value.EnumerateObject().Any(property => property.Name is "imap" or "submission"))
        {
            node.Fault("There is no login server here.", "Add 'imap' or 'submission', or leave 'login' out.");
        }

        return login;
    }

    private static string? Server(ProfileNode node, LoginProtocol protocol, string example)
    {
        if (node.Text("a server's address") is not { } text || node.Try(() => LoginTarget.Parse(text), $"Write it as {example}.") is not { } target)
        {
            return null;
        }

        if (target.Protocol == protocol)
        {
            return text;
        }

        node.Fault("This is the address of a server of the other kind.", $"Write it as {example}.");
        return null;
    }

    private static JournalProfile Journal(ProfileNode node) =>
        node.Value.ValueKind is JsonValueKind.String ? new JournalProfile { Folder = node.File() } : s_journal.Read(new JournalProfile(), node, "a folder, or an object");

    private static ScopeProfile Scope(ProfileNode node) => s_scope.Read(new ScopeProfile(), node);

    // An empty list could mean all or none.
    private static List<string> Some(ProfileNode node, List<string> texts)
    {
        if (node.Value.ValueKind is JsonValueKind.Array && node.Value.GetArrayLength() == 0)
        {
            node.Fault("The list is empty, which could mean all or none.", "Name some, or leave the property out for all.");
        }

        return texts;
    }

    private static string? Domain(ProfileNode node) =>
        node.Text("a domain") is { } text ? node.Try(() => MailboxScope.Create("the profile", [text], null, null).Domains[0], "Write a domain, such as example.com, or *.example.com.") : null;

    private static string? Exclusion(ProfileNode node) =>
        node.Text("an address, or a pattern with * and ?") is { } text && node.Try(() => MailboxScope.Create("the profile", null, [text], null), "Write an address, with * for any characters and ? for one: postmaster@*.") is not null ? text : null;

    private static string? Action(ProfileNode node)
    {
        if (node.Text("an action") is not { } text || MailboxScope.ActionNames.Contains(text))
        {
            return node.Value.ValueKind is JsonValueKind.String ? node.Value.GetString() : null;
        }

        node.Fault($"'{text}' is not something that can be allowed.", $"Write some of {string.Join(", ", MailboxScope.ActionNames)}.");
        return null;
    }

    private static SecretSource? Secret(ProfileNode node)
    {
        if (node.Value.ValueKind is not JsonValueKind.Object)
        {
            node.Fault("A profile says where a secret is, and must not contain it.", "Write an object: { \"file\": … }, { \"env\": … }, { \"systemdCredential\": … }, { \"vault\": …, \"secret\": … } or { \"ask\": true }. If a real secret was here, change it.");
            return null;
        }

        var draft = s_secret.Read(new SecretDraft(), node);
        switch (draft)
        {
            case { Count: 1, Source: { Kind: SecretKind.Vault } secret }:
                return secret.Name.Length == 0 ? null : secret with { Vault = draft.Vault };
            case { Count: 1, Vault: null, Source: { } source }:
                return source.Kind is SecretKind.Ask || source.Name.Length > 0 ? source : null;
            case { Count: 0, Vault: not null }:
                node.Fault("A vault is named, but not the secret in it.", "Add 'secret'.");
                return null;
            default:
                node.Fault("The secret must be in exactly one place.", "Write one of 'file', 'env', 'systemdCredential', 'secret' (with or without 'vault') and 'ask'.");
                return null;
        }
    }

    private static string CredentialName(ProfileNode node)
    {
        if (node.Text("a credential's name") is not { } name)
        {
            return string.Empty;
        }

        // systemd's own rule for names (systemd.exec, "Credentials"): they are files in one folder.
        if (name is not ("." or "..") && name.IndexOfAny(['/', '\\', ':']) < 0 && name.Length <= 255)
        {
            return name;
        }

        node.Fault("This is not the name of a systemd credential.", "Write the name that LoadCredential= gives it, without a path.");
        return string.Empty;
    }

    /// <summary>A profile while it is read, with the places that are checked together at the end.</summary>
    private sealed record Draft
    {
        public StoreDraft? Store { get; init; }

        public string? Schema { get; init; }

        public IReadOnlyList<string> SchemaOptions { get; init; } = [];

        public string? Scheme { get; init; }

        public ProfileNode? SchemeNode { get; init; }

        public int? Cost { get; init; }

        public ProfileNode? CostNode { get; init; }

        public DomainPolicies? Policies { get; init; }

        public DovecotProfile? Dovecot { get; init; }

        public IReadOnlyList<WebmailDraft> Webmails { get; init; } = [];

        public ProfileNode? WebmailNode { get; init; }

        public LoginProfile? Login { get; init; }

        public JournalProfile? Journal { get; init; }

        public ScopeProfile? Scope { get; init; }
    }

    private sealed record StoreDraft
    {
        public StoreLocation? Location { get; init; }

        public bool IsNamed { get; init; }

        public SecretSource? Password { get; init; }

        public StoreOpenOptions Options { get; init; } = new();
    }

    private sealed record SecretDraft
    {
        public SecretSource? Source { get; init; }

        public int Count { get; init; }

        public string? Vault { get; init; }

        public SecretDraft With(SecretSource source) => this with { Source = source, Count = Count + 1 };
    }

    private sealed record WebmailDraft
    {
        public string? System { get; init; }

        public bool IsNamed { get; init; }

        public ProfileNode? Database { get; init; }

        public SecretSource? Password { get; init; }

        public bool? AllowPlaintext { get; init; }

        public string? AuthorityFile { get; init; }

        public TimeSpan? ConnectTimeout { get; init; }

        public TimeSpan? CommandTimeout { get; init; }

        public WebmailSettings Settings { get; init; } = new();

        public WebmailDraft GroupOffice(ProfileNode node, Sessions.GroupOffice.GroupOfficeOptions options) =>
            Only(node, Settings with { GroupOffice = options }, SessionSystemKind.GroupOffice);

        /// <summary>The draft with a setting that only some systems have.</summary>
        public WebmailDraft Only(ProfileNode node, WebmailSettings settings, params SessionSystemKind[] kinds)
        {
            if (System is not null && WebmailSystems.Parse([System]) is [var kind] && !kinds.Contains(kind))
            {
                node.Fault($"This is a setting of {string.Join(" and ", kinds)}, and not of {kind}.", "Leave it out, or move it to that webmail.");
                return this;
            }

            return this with { Settings = settings };
        }

        /// <summary>The webmail, with the settings that it takes over from the store.</summary>
        public WebmailProfile Finish(StoreDraft? store)
        {
            var defaults = store?.Options ?? new StoreOpenOptions();
            return new WebmailProfile
            {
                Systems = [System!],
                Database = Place(store?.Location),
                Password = Password,
                Options = new StoreOpenOptions
                {
                    AllowPlaintext = AllowPlaintext ?? defaults.AllowPlaintext,
                    AuthorityFile = AuthorityFile ?? defaults.AuthorityFile,
                    ConnectTimeout = ConnectTimeout ?? defaults.ConnectTimeout,
                    CommandTimeout = CommandTimeout ?? defaults.CommandTimeout,
                },
                Settings = Settings,
            };
        }

        // If the store is a server, a plain name is a database on it; otherwise it is a file.
        private StoreLocation? Place(StoreLocation? store) =>
            Database is null ? null
            : Database.Text() is { } name && store is { Provider: StoreProvider.MySql or StoreProvider.PostgreSql } && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '$') ? store with { Database = name }
            : Location(Database);
    }
}
