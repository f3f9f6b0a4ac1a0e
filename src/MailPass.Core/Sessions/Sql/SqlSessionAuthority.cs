using System.Data.Common;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Sql;

/// <summary>A system whose sessions are rows of a database: what the systems of that kind have in common.</summary>
public abstract class SqlSessionAuthority : ISessionAuthority
{
    /// <summary>What these systems' sessions are called in listings and scopes.</summary>
    public const string WebmailService = "webmail";

    private readonly SessionDatabase _database;
    private readonly ILogger _logger;
    private int _disposed;

    private protected SqlSessionAuthority(string system, SessionDatabase database, ILogger? logger)
    {
        ArgumentNullException.ThrowIfNull(database);
        _database = database;
        database.AddUser();
        _logger = logger ?? NullLogger.Instance;
        Name = system + " " + database.Name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public virtual bool EndsCredentials => false;

    /// <inheritdoc/>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    public async IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<MailboxSession> sessions;
        try
        {
            var connection = await _database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                sessions = await ListAsync(connection, mailboxes?.ToHashSet(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsDatabaseFault(e))
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"{Name} could not be asked who is logged in. {Explain(e)}", innerException: e);
        }

        foreach (var session in sessions)
        {
            yield return session;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken = default) =>
        RevokeAsync(mailboxes, RevocationScope.Everything, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        ArgumentNullException.ThrowIfNull(scope);
        if (mailboxes.Count == 0)
        {
            return [];
        }

        var asked = mailboxes.Distinct().ToList();
        Dictionary<MailboxAddress, Answer> answers;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = await _database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                // From here on it is one short transaction, which is not worth stopping half-way.
                answers = await EndAsync(connection, asked, scope, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsDatabaseFault(e))
        {
            var reason = Explain(e);
            SessionLog.Unreachable(_logger, Name, reason);
            answers = asked.ToDictionary(mailbox => mailbox, _ => new Answer(ReceiptStatus.Unreachable, 0, reason));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            answers = asked.ToDictionary(mailbox => mailbox, _ => new Answer(ReceiptStatus.Unreachable, 0, "Stopped before the system was asked."));
        }

        IReadOnlyList<RevocationReceipt> receipts = [.. mailboxes.Select(mailbox => answers[mailbox].Receipt(mailbox, Name))];
        SessionLog.Revoked(_logger, Name, mailboxes.Count, receipts.Sum(receipt => receipt.Count), receipts.Count(receipt => receipt.Status is ReceiptStatus.Unreachable or ReceiptStatus.NotPurged));
        return receipts;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Interlocked.Exchange(ref _disposed, 1) == 0 ? _database.ReleaseAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Lists sessions; a system without any that can be attributed has none to list.</summary>
    private protected virtual Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken) =>
        Task.FromResult(new List<MailboxSession>());

    /// <summary>Ends sessions, in a transaction of its own; one answer for each mailbox.</summary>
    private protected abstract Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken);

    /// <summary>The answers where the webmail was not asked for.</summary>
    private protected static Dictionary<MailboxAddress, Answer> NotAskedFor(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope) =>
        mailboxes.ToDictionary(mailbox => mailbox, _ => new Answer(ReceiptStatus.NoneFound, 0, $"Left alone: only {string.Join(", ", scope.Services)} was asked for."));

    private static bool IsDatabaseFault(Exception e) => e is DbException or SocketException or IOException or InvalidOperationException or TimeoutException or MailPassException;

    private static string Explain(Exception e) => e is MailPassException ? e.Message : "The database says: " + e.Message.ReplaceLineEndings(" ");

    /// <summary>What becomes one mailbox's receipt.</summary>
    private protected sealed record Answer(ReceiptStatus Status, int Count, string? Reason = null)
    {
        /// <summary>Revoked or none found, by the number.</summary>
        public static Answer Of(int count, string? reason = null) => new(count > 0 ? ReceiptStatus.Revoked : ReceiptStatus.NoneFound, count, reason);

        public RevocationReceipt Receipt(MailboxAddress mailbox, string system) => new(mailbox, system, Status, Count, Reason);
    }
}
