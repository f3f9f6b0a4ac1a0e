using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Cli.Input;
using MailPass.Journals;
using MailPass.Secrets;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary>Which store, and how to get into it.</summary>
internal sealed class StoreOptions
{
    public const string PasswordVariable = "MAILPASS_STORE_PASSWORD";

    private readonly Option<string> _store;

    private readonly Option<string?> _schema = new("--schema")
    {
        Description = "How the mail system lays its tables out: a name or a schema file. Found out from the tables when absent.",
    };

    private readonly Option<string[]> _schemaOptions = new("--schema-option")
    {
        Description = "Turns an option of the schema on, for example delete-app-passwords; may be given several times. The mail system's page lists them.",
    };

    private readonly Option<string?> _passwordFile = new("--store-password-file")
    {
        Description = $"The file with the database password on its first line. Otherwise {PasswordVariable}, or a prompt on a terminal.",
    };

    private readonly Option<bool> _allowPlaintext = new("--allow-plaintext")
    {
        Description = "Let a connection that leaves this machine be unencrypted.",
    };

    private readonly Option<string?> _caFile = new("--ca-file")
    {
        Description = "A PEM file with the certificate authorities of the database server, trusted instead of the machine's; the connection is then encrypted and verified.",
    };

    private Secret? _shared;

    /// <summary>Whether interrupted runs on the store are named when it is opened.</summary>
    public bool TellsInterrupted { get; set; } = true;

    public StoreOptions(Command command, bool required = true)
    {
        _store = new Option<string>("--store", "-s")
        {
            Description = "A SQLite file, passwd-file:/path, postfix-accounts:/path, mysql://user@host:port/database, postgres://user@host:port/database or ldap://BIND-DN@host:port/BASE.",
            Required = required,
        };
        command.Options.Add(_store);
        command.Options.Add(_schema);
        command.Options.Add(_schemaOptions);
        command.Options.Add(_passwordFile);
        command.Options.Add(_allowPlaintext);
        command.Options.Add(_caFile);
        Timeouts = new DatabaseTimeouts(command);
    }

    public bool IsGiven(CommandResult call) => call.GetResult(_store) is not null;

    /// <summary>Where the store is; <see langword="null"/> where none was named.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>.</exception>
    public StoreLocation? LocationOf(ParseResult call) => call.GetValue(_store) is { } text ? StoreLocation.Parse(text) : null;

    public bool AllowsPlaintext(ParseResult call) => call.GetValue(_allowPlaintext);

    public string? AuthorityFile(ParseResult call) => call.GetValue(_caFile);

    /// <summary>How long databases are waited for, a webmail's too.</summary>
    public DatabaseTimeouts Timeouts { get; }

    /// <summary>The store's password for another database on its server, with the same login; it is asked for only once.</summary>
    public async Task<Secret?> SharePasswordAsync(ParseResult call, StoreLocation location, CliConsole console, CancellationToken cancellationToken)
    {
        _shared ??= await PasswordAsync(location, call.GetValue(_passwordFile), PasswordVariable, console, cancellationToken).ConfigureAwait(false);
        return _shared?.Clone();
    }

    /// <exception cref="MailPassException">The store cannot be opened.</exception>
    public async Task<IMailboxStore> OpenAsync(ParseResult call, CliConsole console, ILogger logger, CancellationToken cancellationToken)
    {
        var location = StoreLocation.Parse(call.GetValue(_store)!);
        using var password = _shared ?? await PasswordAsync(location, call.GetValue(_passwordFile), PasswordVariable, console, cancellationToken).ConfigureAwait(false);
        _shared = null;
        var options = new StoreOpenOptions
        {
            Password = password,
            Schema = call.GetValue(_schema),
            SchemaOptions = call.GetValue(_schemaOptions) ?? [],
            AllowPlaintext = call.GetValue(_allowPlaintext),
            AuthorityFile = call.GetValue(_caFile),
        };
        var store = await MailStore.OpenAsync(location, Timeouts.Limit(options, call), logger, cancellationToken).ConfigureAwait(false);
        if (!logger.IsEnabled(LogLevel.Warning))
        {
            foreach (var warning in store.Info.Warnings)
            {
                console.Say(warning);
            }
        }

        if (TellsInterrupted)
        {
            foreach (var run in RunFolder.Default(console.Environment).InterruptedOn(store.Info))
            {
                console.Say($"the {run.Describe()} was interrupted: give its command again with --resume, or `mailpass recover {run.Id}` tells its passwords.");
            }
        }

        return store;
    }

    /// <summary>A database password: from a file, a variable or a prompt; <see langword="null"/> where none is needed or to be had.</summary>
    public static async Task<Secret?> PasswordAsync(StoreLocation location, string? passwordFile, string variable, CliConsole console, CancellationToken cancellationToken)
    {
        // A directory without a bind DN is asked as nobody, or as the current user behind its socket.
        if (location.Provider is not (StoreProvider.MySql or StoreProvider.PostgreSql or StoreProvider.Ldap) || location is { Provider: StoreProvider.Ldap, User: null })
        {
            return null;
        }

        if (passwordFile is { } file)
        {
            using var stream = InputSource.Open(file, console);
            return await SecretInput.ReadLineAsync(stream, cancellationToken).ConfigureAwait(false);
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
}
