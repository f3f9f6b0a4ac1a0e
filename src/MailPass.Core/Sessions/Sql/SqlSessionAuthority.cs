using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Sessions.Sql;

/// <summary>The common base of systems whose sessions are rows of a database.</summary>
public abstract class SqlSessionAuthority : ISessionAuthority
{
    /// <summary>The service name of these systems' sessions in listings and scopes.</summary>
    public const string WebmailService = "webmail";

    /// <summary>How often sessions are ended before the receipt says that they come back.</summary>
    private protected const int Rounds = 8;

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
    public virtual bool KeepsPasswords => false;

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) => new(new HashSet<MailboxAddress>());

    /// <inheritdoc/>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    public async IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<MailboxSession> sessions;
        try
        {
            var connection = await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                sessions = await ListAsync(connection, mailboxes?.ToHashSet(), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (_database.IsFault(e))
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"{Name} could not be asked who is logged in. {_database.Explain(e)}", innerException: e);
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
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mailboxes);
        ArgumentNullException.ThrowIfNull(scope);
        var asked = mailboxes.Distinct().ToList();
        return RevokeAsync(mailboxes, connection => EndAsync(connection, asked, scope, CancellationToken.None), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(scope);
        return RevokeChangedAsync(changes, scope, record: null, cancellationToken);
    }

    ValueTask<IReadOnlyList<RevocationReceipt>> ISessionAuthority.RevokeRecordedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CopyRecorder record) =>
        RevokeChangedAsync(changes, scope, record, CancellationToken.None);

    bool ISessionAuthority.IsWebmail => !EndsCredentials;

    bool ISessionAuthority.HasCopies => HasCopies;

    async ValueTask<IReadOnlyList<(int Back, string? Fault)>> ISessionAuthority.PutBackAsync(IReadOnlyList<IReadOnlyList<ReplacedCopy>> mailboxes)
    {
        var answers = new (int, string?)[mailboxes.Count];
        SessionConnection? connection = null;
        try
        {
            for (var i = 0; i < answers.Length; i++)
            {
                try
                {
                    connection ??= await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
                    answers[i] = ((await PutBackAsync(connection, mailboxes[i]).ConfigureAwait(false)).Count(done => done), null);
                }
                catch (Exception e) when (_database.IsFault(e))
                {
                    var fault = $"{Name} could not be asked. {_database.Explain(e)}";
                    if (connection is null)
                    {
                        // The database does not answer, so the others would wait in vain.
                        answers.AsSpan(i).Fill((0, fault));
                        break;
                    }

                    // A fault of one mailbox's copies need not affect the next ones, unless it is the connection.
                    answers[i] = (0, fault);
                    await connection.DisposeAsync().ConfigureAwait(false);
                    connection = null;
                }
            }
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }

        return answers;
    }

    private ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CopyRecorder? record, CancellationToken cancellationToken)
    {
        var passwords = new Dictionary<MailboxAddress, Secret>();
        foreach (var change in changes)
        {
            passwords[change.Mailbox] = change.Password;
        }

        return RevokeAsync([.. changes.Select(change => change.Mailbox)], connection => EndChangedAsync(connection, passwords, scope, record, CancellationToken.None), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask TakeBackAsync(IReadOnlyList<RevocationReceipt> receipts)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        var copies = receipts.SelectMany(receipt => receipt.Replaced).ToList();
        if (copies.Count == 0)
        {
            return;
        }

        try
        {
            var connection = await _database.ConnectAsync(CancellationToken.None).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await PutBackAsync(connection, copies).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (_database.IsFault(e))
        {
            SessionLog.CopiesNotPutBack(_logger, Name, copies.Count, _database.Explain(e));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return ValueTask.CompletedTask;
        }

        LetGo();
        return _database.ReleaseAsync();
    }

    /// <summary>Disposes of what a system has besides its database.</summary>
    private protected virtual void LetGo()
    {
    }

    /// <summary>Lists sessions; a system whose sessions cannot be attributed lists none.</summary>
    private protected virtual Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken) =>
        Task.FromResult(new List<MailboxSession>());

    /// <summary>Ends sessions in its own transaction; returns one answer for each mailbox.</summary>
    private protected abstract Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken);

    /// <summary>The same for mailboxes whose passwords were just changed.</summary>
    private protected virtual Task<Dictionary<MailboxAddress, Answer>> EndChangedAsync(SessionConnection connection, IReadOnlyDictionary<MailboxAddress, Secret> passwords, RevocationScope scope, CopyRecorder? record, CancellationToken cancellationToken) =>
        EndAsync(connection, [.. passwords.Keys], scope, cancellationToken);

    /// <summary>Whether the system keeps copies of passwords.</summary>
    private protected virtual bool HasCopies => false;

    /// <summary>Puts replaced copies of passwords back; returns for each whether the old value is there now.</summary>
    private protected virtual Task<IReadOnlyList<bool>> PutBackAsync(SessionConnection connection, IReadOnlyList<ReplacedCopy> copies) => Task.FromResult<IReadOnlyList<bool>>(new bool[copies.Count]);

    private async ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, Func<SessionConnection, Task<Dictionary<MailboxAddress, Answer>>> end, CancellationToken cancellationToken)
    {
        if (mailboxes.Count == 0)
        {
            return [];
        }

        Func<MailboxAddress, Answer> answer;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                // From here on it is one short transaction, which is not cancelled.
                var answers = await end(connection).ConfigureAwait(false);
                answer = mailbox => answers[mailbox];
            }
        }
        catch (Exception e) when (_database.IsFault(e))
        {
            var reason = _database.Explain(e);
            SessionLog.Unreachable(_logger, Name, reason);
            answer = _ => new Answer(ReceiptStatus.Unreachable, 0, reason);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            answer = _ => new Answer(ReceiptStatus.Unreachable, 0, "Stopped before the system was asked.");
        }

        IReadOnlyList<RevocationReceipt> receipts = [.. mailboxes.Select(mailbox => answer(mailbox).Receipt(mailbox, Name))];
        SessionLog.Revoked(_logger, Name, mailboxes.Count, receipts.Sum(receipt => receipt.Count), receipts.Count(receipt => !receipt.IsConfirmed));
        return receipts;
    }

    /// <summary>
    /// Ends sessions until two checks find none. One is not enough: a request that was under way may write a session back or open a
    /// new one.
    /// </summary>
    /// <param name="end">Ends the sessions that exist, and returns how many there were.</param>
    /// <param name="settle">How long to wait before the last check.</param>
    /// <returns>Whether none is left; otherwise sessions keep coming back.</returns>
    private protected static async Task<bool> UntilNoneAsync(Func<Task<int>> end, TimeSpan settle)
    {
        var settled = false;
        for (var round = 0; round <= Rounds;)
        {
            if (await end().ConfigureAwait(false) > 0)
            {
                settled = false;
                round++;
                await Task.Delay(TimeSpan.FromMilliseconds(20 << round)).ConfigureAwait(false);
            }
            else if (settled)
            {
                return true;
            }
            else
            {
                settled = true;
                await Task.Delay(settle).ConfigureAwait(false);
            }
        }

        return false;
    }

    /// <summary>How long to wait before the last check, unless the system has its own setting.</summary>
    private protected static TimeSpan SettleTime { get; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The reason on a receipt if sessions are opened again each time they were ended.</summary>
    private protected const string ComeBack = "Sessions are opened again as soon as they are ended: somebody has a password that is valid now.";

    /// <summary>The answers if the scope does not include the webmail.</summary>
    private protected static Dictionary<MailboxAddress, Answer> NotAskedFor(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope) =>
        mailboxes.ToDictionary(mailbox => mailbox, _ => new Answer(ReceiptStatus.NoneFound, 0, $"Left alone: only {string.Join(", ", scope.Services)} was asked for."));

    /// <summary>The content of one mailbox's receipt.</summary>
    private protected sealed record Answer(ReceiptStatus Status, int Count, string? Reason = null)
    {
        /// <summary>Revoked or none found, by the number.</summary>
        public static Answer Of(int count, string? reason = null) => new(count > 0 ? ReceiptStatus.Revoked : ReceiptStatus.NoneFound, count, reason);

        /// <summary>Copies of the password that were replaced.</summary>
        public IReadOnlyList<ReplacedCopy> Replaced { get; init; } = [];

        /// <summary>The tables in which the mailbox has no credential or session left.</summary>
        public IReadOnlyCollection<string> Closed { get; init; } = [];

        public RevocationReceipt Receipt(MailboxAddress mailbox, string system) => new(mailbox, system, Status, Count, Reason) { Replaced = Replaced, Closed = Closed };
    }
}
