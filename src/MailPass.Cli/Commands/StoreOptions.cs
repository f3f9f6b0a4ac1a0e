using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Cli.Input;
using MailPass.Profiles;
using MailPass.Secrets;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>Which store, and how to get into it: a profile's, or the options'.</summary>
internal sealed class StoreOptions
{
    public const string PasswordVariable = "MAILPASS_STORE_PASSWORD";

    private readonly Option<string?> _store = new("--store", "-s")
    {
        Description = "A SQLite file, passwd-file:/path, mysql://user@host/database, postgres://…, ldap://…",
    };

    private readonly Option<string?> _schema = new("--schema") { Description = "The mail system's layout: a schema's name or file. Detected by default." };
    private readonly Option<string[]> _schemaOptions = new("--schema-option") { Hidden = true, Description = "Turn on an option of the schema; the mail system's page lists them. Repeatable." };
    private readonly Option<string?> _passwordFile = new("--store-password-file") { Description = $"The file with its password; otherwise {PasswordVariable}, or a prompt." };
    private readonly ConnectionOptions _connection;
    private readonly CliConsole _console;
    private SiteProfile? _site;

    public StoreOptions(CliCommand command, bool required = true)
    {
        _console = command.Terminal;
        Profile = new ProfileOption(command);
        command.Options.Add(_store);
        command.Options.Add(_schema);
        command.Options.Add(_schemaOptions);
        command.Options.Add(_passwordFile);
        _connection = new ConnectionOptions(command);
        if (required)
        {
            command.Validators.Add(result =>
            {
                if (!IsGiven(result))
                {
                    result.AddError($"name the store: --store, or a profile with --profile ({ProfileFolders.Variable}).");
                }
            });
        }
    }

    /// <summary>The profile that the call names.</summary>
    public ProfileOption Profile { get; }

    /// <summary>How connections are protected.</summary>
    public ConnectionOptions Connection => _connection;

    /// <summary>Whether interrupted runs on the store are named when it is opened.</summary>
    public bool TellsInterrupted { get; set; } = true;

    /// <summary>Whether the call has a store, a profile's or its own.</summary>
    public bool IsGiven(CommandResult call) => IsNamed(call) || Profile.IsNamed(call);

    /// <summary>Whether the call itself names a store.</summary>
    public bool IsNamed(CommandResult call) => call.GetResult(_store) is not null;

    /// <summary>The site: the profile, overridden by the call. If the call names a store, the profile's store and schema are ignored.</summary>
    /// <exception cref="MailPassException">The profile cannot be used, or <see cref="ErrorIds.StoreInvalid"/>.</exception>
    public SiteProfile Site(ParseResult call) => _site ??= Read(call);

    /// <exception cref="MailPassException">The store cannot be opened.</exception>
    public async Task<IMailboxStore> OpenAsync(Site site, CliConsole console, ILogger logger, CancellationToken cancellationToken)
    {
        var store = await site.OpenStoreAsync(cancellationToken).ConfigureAwait(false);
        if (!logger.IsEnabled(LogLevel.Warning))
        {
            foreach (var warning in store.Info.Warnings)
            {
                console.Say(warning);
            }
        }

        if (TellsInterrupted)
        {
            foreach (var run in site.Profile.Runs(console.Environment).InterruptedOn(store.Info))
            {
                console.Say($"the {run.Describe()} was interrupted: {(run.Header.Command is "restore" ? "give its command again" : $"give its command again with --resume, or `mailpass recover {run.Id}` tells the passwords that it generated")}.");
            }
        }

        return store;
    }

    /// <summary>The store's password, if the profile names none.</summary>
    public Task<Secret?> PasswordAsync(ParseResult call, StoreLocation location, CancellationToken cancellationToken) =>
        PasswordAsync(location, call.GetValue(_passwordFile), PasswordVariable, _console, cancellationToken);

    /// <summary>A database password: from a file, a variable or a prompt; <see langword="null"/> if there is none.</summary>
    public static async Task<Secret?> PasswordAsync(StoreLocation location, string? passwordFile, string variable, CliConsole console, CancellationToken cancellationToken)
    {
        if (passwordFile is { } file)
        {
            using var stream = InputSource.Open(file, console);
            return await SecretLine.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }

        if (console.Environment(variable) is { Length: > 0 } text)
        {
            return Secret.FromChars(text);
        }

        // A Unix socket may know its user without a password.
        return (location.Server is not null || location.Provider is StoreProvider.Ldap) && console.CanAsk
            ? await SecretInput.AskAsync(console, $"Password of {location.User ?? "the login"} at {location.Server ?? location.Path ?? "this machine"}: ", cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>The site with the place of the store's password that the call names.</summary>
    public SiteProfile WithFiles(ParseResult call, SiteProfile site) =>
        site.Store is { } store && call.GetValue(_passwordFile) is { } file ? site with { Store = store with { Password = new(SecretKind.File, Path.GetFullPath(file)) } } : site;

    private SiteProfile Read(ParseResult call)
    {
        var text = call.GetValue(_store);
        var profile = Profile.Load(call, ignoreVariable: text is not null);
        var store = text is null ? profile.Store : new StoreProfile(StoreLocation.Parse(text));
        return profile with
        {
            Store = store is null ? null : store with
            {
                Password = call.GetValue(_passwordFile) is null ? store.Password : null,
                Options = _connection.AddTo(call, store.Options),
            },
            Schema = call.GetValue(_schema) ?? (text is null ? profile.Schema : null),
            SchemaOptions = call.GetValue(_schemaOptions) is { Length: > 0 } given ? given : text is null ? profile.SchemaOptions : [],
        };
    }
}
