using System.CommandLine;
using System.Net.Sockets;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Doors;
using MailPass.Journals;
using Microsoft.Extensions.Logging;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass poppassd</c>: the owner's door. Webmails change a mailbox's password here for anyone who knows the current one.</summary>
internal sealed class PoppassdCommand : CliCommand
{
    private readonly Option<string[]> _listen = new("--listen")
    {
        Description = "Listen on 127.0.0.1:106, [::1]:106 or the path of a Unix socket. Repeatable. Without it, one conversation on standard input and output (inetd), or the sockets that systemd hands over.",
    };

    private readonly Option<string> _socketMode = new("--socket-mode") { Description = "Who may connect to a Unix socket of --listen, as chmod writes it. 660 by default.", DefaultValueFactory = static _ => "660" };
    private readonly Option<string?> _certificate = new("--certificate") { Description = "A PEM file with the certificate, and those of the authorities in between: TLS is spoken from the first byte. Listening beyond this machine needs it." };
    private readonly Option<string?> _key = new("--key") { Description = "A PEM file with the certificate's private key." };
    private readonly Option<int> _connections = new("--connections") { Description = "The most connections at once. 250 by default.", DefaultValueFactory = static _ => PoppassdServer.DefaultConnections };
    private readonly Option<string?> _defaultDomain = new("--default-domain") { Description = "The domain of people who log in with a name without one." };
    private readonly Option<bool> _keepWebmail = new("--keep-webmail") { Description = "The browser in which the password is changed stays logged in to the webmail; so without both." };
    private readonly Option<bool> _endWebmail = new("--end-webmail") { Description = "That browser is logged out of the webmail too, a few seconds later." };
    private readonly Option<bool> _noJournal = new("--no-journal") { Description = "Keep no journal of the changes, so that none can be undone." };
    private readonly Option<string> _reason = new("--reason") { Description = "Why the changes are made. The journals and reports show it.", DefaultValueFactory = static _ => "by its owner" };
    private readonly StoreOptions _store;
    private readonly SessionOptions _sessions;
    private readonly PasswordOptions _passwords;
    private readonly HashOptions _hash;

    public PoppassdCommand(CliConsole console)
        : base(console, "poppassd", "Lets people change their own passwords from a webmail, by Eudora's poppassd protocol.")
    {
        _store = new StoreOptions(this) { TellsInterrupted = false };
        Options.Add(_listen);
        Options.Add(_socketMode);
        Options.Add(_certificate);
        Options.Add(_key);
        Options.Add(_connections);
        Options.Add(_defaultDomain);
        _passwords = new PasswordOptions(this, generates: false);
        _hash = new HashOptions(this, _store.Profile);
        _sessions = new SessionOptions(this, _store, SessionUse.End);
        Options.Add(_keepWebmail);
        Options.Add(_endWebmail);
        Options.Add(_noJournal);
        Options.Add(_reason);
        AddCommonOptions();
        Validators.Add(result =>
        {
            if (result.GetResult(_certificate) is null != result.GetResult(_key) is null)
            {
                result.AddError("--certificate and --key go together.");
            }

            if (result.GetResult(_keepWebmail) is not null && result.GetResult(_endWebmail) is not null)
            {
                result.AddError("--keep-webmail and --end-webmail contradict each other.");
            }

            if (result.GetResult(_connections) is { Implicit: false } given && given.Errors.Any() is false && given.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--connections is a number, 1 or more.");
            }
        });
    }

    /// <inheritdoc/>
    protected override LogLevel QuietLevel => LogLevel.Warning;

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var certificate = call.GetValue(_certificate) is { } file ? new DoorCertificate(file, call.GetValue(_key)!, Logger) : null;
        var handed = DoorSockets.Inherited(Terminal.Environment);
        var listeners = handed.Where(DoorSockets.Listens).ToList();
        var connection = handed.FirstOrDefault(socket => !DoorSockets.Listens(socket));
        try
        {
            foreach (var listener in listeners)
            {
                DoorSockets.RequireSafe(listener.LocalEndPoint, certificate is not null);
            }

            listeners.AddRange((call.GetValue(_listen) ?? []).Select(place => DoorSockets.Listen(place, certificate is not null, SocketMode(call))));
            return listeners.Count > 0
                ? await WithDoorAsync(call, certificate, server => ListenAsync(server, listeners, cancellationToken), cancellationToken).ConfigureAwait(false)
                : await ConverseAsync(call, certificate, connection ?? (Terminal.InputIsTerminal ? null : DoorSockets.StandardInput()), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
            connection?.Dispose();
        }
    }

    /// <summary>Opens the store and the session systems, and serves.</summary>
    private async Task<int> WithDoorAsync(ParseResult call, DoorCertificate? certificate, Func<PoppassdServer, Task> serve, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _store, _sessions);
        var runs = site.Profile.Runs(Terminal.Environment);
        var limiter = new GuessLimiter(Path.Combine(runs.Path, "poppassd.guesses"));
        var systems = site.HasSessionSystems ? await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false) : new SessionSystemList([]);
        await using var closingSystems = systems.ConfigureAwait(false);
        if (systems.All.Count == 0)
        {
            DoorEvents.NobodyIsLoggedOut(DoorLogger);
        }

        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        using var door = new OwnersDoor(
            store,
            new OwnersDoorOptions
            {
                Changes = new ChangeRunOptions
                {
                    DomainPolicies = _passwords.Policies(call, site.Profile),
                    Settings = _hash.Settings(call, site.Profile),
                    AllowAnyScheme = _hash.AllowAnyScheme(call),
                    MaxHashingMemory = _hash.MaxMemory(call),
                    SessionAuthorities = systems.All,
                    RevocationScope = _sessions.Scope(call, systems.All),
                },
                Runs = runs,
                Journals = new RunOptions { WithoutJournal = call.GetValue(_noJournal), Recipients = [.. (site.Profile.Journal?.Recipients ?? []).Select(Certificates.Load)] },
                Reason = call.GetValue(_reason)!,
                Limiter = limiter,
                DefaultDomain = call.GetValue(_defaultDomain),
                EndsWebmail = call.GetValue(_endWebmail),
            },
            DoorLogger);
        await door.PrepareAsync().ConfigureAwait(false);
        await serve(new PoppassdServer(door, DoorLogger)
        {
            MostConnections = call.GetValue(_connections),
            Tls = certificate is null ? null : () => certificate.Options,
        }).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private async Task ListenAsync(PoppassdServer server, List<Socket> listeners, CancellationToken cancellationToken)
    {
        foreach (var listener in listeners)
        {
            DoorEvents.Listening(DoorLogger, DoorSockets.Describe(listener));
        }

        await server.RunAsync(listeners, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One conversation over standard input and output.</summary>
    private async Task<int> ConverseAsync(ParseResult call, DoorCertificate? certificate, Socket? connection, CancellationToken cancellationToken)
    {
        var output = connection is null ? new OutputStream(Terminal.OpenOutput()) : (Stream)new NetworkStream(connection, ownsSocket: false);
        await using var closing = output.ConfigureAwait(false);
        try
        {
            if (connection is null)
            {
                return await WithDoorAsync(call, certificate: null, server => server.ServeAsync(Terminal.Input, output, DoorClient.Unknown, cancellationToken), cancellationToken).ConfigureAwait(false);
            }

            DoorSockets.RequireSafe(connection.LocalEndPoint, certificate is not null);
            return await WithDoorAsync(call, certificate, server => server.ServeAsync(connection, DoorClient.Of(connection), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (MailPassException)
        {
            if (certificate is null)
            {
                // The client must get an answer; the reason is for the log.
                await output.WriteAsync("500 The service has a fault. Please try again later, or tell your administrator.\r\n"u8.ToArray(), CancellationToken.None).ConfigureAwait(false);
            }

            throw;
        }
    }

    private UnixFileMode SocketMode(ParseResult call)
    {
        var text = call.GetValue(_socketMode)!;
        return text.Length is 3 or 4 && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 0x1FF and var mode
            ? (UnixFileMode)mode
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{text}' is not a mode of a socket.", "Write it as chmod does: 660, 600, 666.");
    }
}
