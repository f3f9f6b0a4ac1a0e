using System.Globalization;
using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Dovecot;

/// <summary>
/// One Dovecot server: lists its live sessions and logs mailboxes out of it. A cluster is several of these; a mailbox is logged out
/// when every server's receipt confirms it.
/// </summary>
public sealed class DovecotAuthority : ISessionAuthority
{
    private readonly IDoveadm _server;
    private readonly DovecotOptions _options;
    private readonly ILogger _logger;

    internal DovecotAuthority(IDoveadm server, DovecotOptions options, ILogger? logger)
    {
        _server = server;
        _options = options;
        _logger = logger ?? NullLogger.Instance;
        Name = "Dovecot " + server.Name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Prepares a server with its doveadm HTTP API. Sends nothing yet.</summary>
    /// <param name="server">Where the API is, for example <c>https://mx1.example.org:8080</c>; a missing path is added.</param>
    /// <param name="credential">The server's key or password; copied.</param>
    /// <param name="options">Options; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: not such an address. <see cref="ErrorIds.StoreTlsRequired"/>: http to another machine.</exception>
    public static DovecotAuthority Connect(Uri server, DovecotCredential credential, DovecotOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(credential);
        var settings = Checked(options);
        return new(new HttpDoveadm(server, credential, settings), settings, logger);
    }

    /// <summary>Prepares this machine's server with its <c>doveadm</c> program, which usually must run as root.</summary>
    /// <param name="program">The program; <see langword="null"/> for <c>doveadm</c> on the path.</param>
    /// <param name="options">Options; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public static DovecotAuthority Local(DovecotProgram? program = null, DovecotOptions? options = null, ILogger? logger = null)
    {
        var settings = Checked(options);
        return new(new LocalDoveadm(program ?? new(), settings), settings, logger);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> DescribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _server.VersionAsync().WaitAsync(cancellationToken).ConfigureAwait(false) is { } version ? version + "." : null;
        }
        catch (DoveadmException e)
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"{Name} could not be asked what it is. {e.Message}", innerException: e);
        }
    }

    /// <summary>Streams the live sessions, as the server lists them. Names that are not a valid address are left out.</summary>
    /// <param name="mailboxes">Which mailboxes; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    public async IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<DoveadmSession> sessions;
        try
        {
            sessions = await _server.WhoAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DoveadmException e)
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"{Name} could not be asked who is logged in. {e.Message}", innerException: e);
        }

        var wanted = mailboxes?.ToHashSet();
        foreach (var session in sessions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (UserNames.MailboxOf(session.UserName, _options.DefaultDomain) is { } mailbox && wanted?.Contains(mailbox) != false)
            {
                yield return new MailboxSession
                {
                    Mailbox = mailbox,
                    System = Name,
                    Service = session.Service,
                    ClientAddress = session.ClientAddress.Length == 0 ? null : session.ClientAddress,
                    Id = session.Process.Length == 0 ? null : session.Process,
                };
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken = default) =>
        RevokeAsync(mailboxes, RevocationScope.Everything, cancellationToken);

    /// <summary>
    /// Logs mailboxes out. Dovecot ends all sessions of a mailbox or none. So if the scope has only some services, a mailbox that
    /// uses one of them is logged out of all services, and the receipt names what else ended.
    /// </summary>
    /// <param name="mailboxes">The mailboxes; tens of thousands at a time are fine.</param>
    /// <param name="scope">The logins to end.</param>
    /// <param name="cancellationToken">Stops further attempts; requests under way are awaited.</param>
    /// <returns>One receipt for each mailbox, in their order.</returns>
    public async ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        ArgumentNullException.ThrowIfNull(scope);
        if (mailboxes.Count == 0)
        {
            return [];
        }

        var receipts = await new DovecotRevocation(_server, Name, _options, mailboxes, scope, _logger).RunAsync(cancellationToken).ConfigureAwait(false);
        SessionLog.Revoked(_logger, Name, mailboxes.Count, receipts.Sum(receipt => receipt.Count), receipts.Count(receipt => !receipt.IsConfirmed));
        return receipts;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static DovecotOptions Checked(DovecotOptions? options)
    {
        var settings = options ?? new();
        Require(settings.RequestTimeout > TimeSpan.Zero, "request timeout", "more than zero", settings.RequestTimeout.ToString());
        Require(settings.ConnectTimeout > TimeSpan.Zero, "connect timeout", "more than zero", settings.ConnectTimeout.ToString());
        Require(settings.DownPause >= TimeSpan.Zero, "pause for a server that is down", "zero or more", settings.DownPause.ToString());
        Require(settings.RetryDelay >= TimeSpan.Zero, "retry delay", "zero or more", settings.RetryDelay.ToString());
        Require(settings.SettleTime >= TimeSpan.Zero, "settle time", "zero or more", settings.SettleTime.ToString());
        RequireOne(settings.MaxRequestsInFlight, "number of requests in flight");
        RequireOne(settings.MaxCommandsPerRequest, "number of commands in a request");
        RequireOne(settings.Attempts, "number of attempts");
        RequireOne(settings.Rounds, "number of rounds");
        return settings;

        static void RequireOne(int value, string what) => Require(value >= 1, what, "1 or more", value.ToString(CultureInfo.InvariantCulture));

        static void Require(bool condition, string what, string range, string value)
        {
            if (!condition)
            {
                throw new MailPassException(ErrorIds.InputInvalid, $"The {what} for Dovecot must be {range}, not {value}.");
            }
        }
    }
}
