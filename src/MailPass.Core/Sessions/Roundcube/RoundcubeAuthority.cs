using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Sessions.Sql;
using MailPass.Stores.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Roundcube;

/// <summary>The configuration of a Roundcube.</summary>
public sealed record RoundcubeOptions
{
    /// <summary>Its <c>db_prefix</c>: letters, digits and underscores.</summary>
    public string TablePrefix { get; init; } = string.Empty;

    /// <summary>Its <c>username_domain</c>: the domain of users who log in without one.</summary>
    public string? DefaultDomain { get; init; }

    /// <summary>
    /// How long to watch for deleted rows, zero or more. A request that takes over half a second reads its row again at its end, and
    /// inserts it again if it is missing (<c>rcube_session::get_cache</c>).
    /// </summary>
    public TimeSpan WatchTime { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Roundcube's sessions in its database (<c>session_storage = db</c>). The table has no column for the user: each row's
/// <c>vars</c> is base64 over a PHP session, which has the user's name and, encrypted, the password with which the webmail logs in.
/// So MailPass reads every row and compares exactly.
/// </summary>
public sealed class RoundcubeAuthority : SqlSessionAuthority
{
    private readonly RoundcubeOptions _options;

    /// <summary>Creates it without connecting.</summary>
    /// <param name="database">Roundcube's database; the login needs SELECT and DELETE on <c>session</c>.</param>
    /// <param name="options">Its configuration; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public RoundcubeAuthority(SessionDatabase database, RoundcubeOptions? options = null, ILogger? logger = null)
        : base("Roundcube", database, logger) => _options = options ?? new();

    /// <summary>The tables that identify a Roundcube.</summary>
    internal static (string Table, string[] Columns) Signature => ("session", ["sess_id", "ip", "vars"]);

    private string Table => _options.TablePrefix + "session";

    private protected override async Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken)
    {
        var sessions = new List<MailboxSession>();
        await foreach (var row in RowsAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            if (row.Mailbox is { } mailbox && mailboxes?.Contains(mailbox) != false)
            {
                // The row's own key is the browser's cookie, a secret: it is not returned.
                sessions.Add(new() { Mailbox = mailbox, System = Name, Service = WebmailService, ClientAddress = row.ClientAddress, Since = row.Since });
            }
        }

        return sessions;
    }

    private protected override async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Includes(WebmailService))
        {
            return NotAskedFor(mailboxes, scope);
        }

        var ending = new Ending(mailboxes.ToDictionary(mailbox => mailbox, _ => 0));
        var settled = await UntilNoneAsync(() => EndAllAsync(connection, ending, cancellationToken), SettleTime).ConfigureAwait(false)
            && await WatchAsync(connection, ending, cancellationToken).ConfigureAwait(false);
        return ending.Counts.ToDictionary(pair => pair.Key, pair => Judge(pair.Value, ending, settled || !ending.Last.Contains(pair.Key)));
    }

    /// <summary>Deletes the mailboxes' rows, and returns how many there were.</summary>
    private async Task<int> EndAllAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken)
    {
        var found = new List<Row>();
        ending.Unreadable = 0;
        await foreach (var row in RowsAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            ending.IsUsed = true;
            ending.Unreadable += row.Readable ? 0 : 1;
            if (row.Mailbox is not null && ending.Counts.ContainsKey(row.Mailbox))
            {
                found.Add(row);
            }
        }

        return await DeleteAsync(connection, ending, found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Watches for deleted rows that are written back and deletes them; after each one it watches for the same time again.</summary>
    private async Task<bool> WatchAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken)
    {
        var keys = ending.Keys;
        if (keys.Count == 0)
        {
            return true;
        }

        var started = Stopwatch.GetTimestamp();
        for (var rounds = 0; rounds <= Rounds;)
        {
            var last = Stopwatch.GetElapsedTime(started) >= _options.WatchTime;
            var back = await connection.QueryInAsync($"{Select(connection)} WHERE {connection.Name("sess_id")}", keys, Read, cancellationToken).ConfigureAwait(false);
            if (await DeleteAsync(connection, ending, back.FindAll(row => row.Mailbox is not null && ending.Counts.ContainsKey(row.Mailbox)), cancellationToken).ConfigureAwait(false) > 0)
            {
                started = Stopwatch.GetTimestamp();
                rounds++;
            }
            else if (last)
            {
                return true;
            }

            await Task.Delay(_options.WatchTime / 20, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    private async Task<int> DeleteAsync(SessionConnection connection, Ending ending, List<Row> rows, CancellationToken cancellationToken)
    {
        ending.Last.Clear();
        if (rows.Count == 0)
        {
            return 0;
        }

        await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Table)} WHERE {connection.Name("sess_id")}", [.. rows.Select(row => row.Key)], cancellationToken).ConfigureAwait(false);
        await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
        foreach (var row in rows)
        {
            // A row that was written back is still the same session.
            ending.Counts[row.Mailbox!] += ending.Keys.Add(row.Key) ? 1 : 0;
            ending.Last.Add(row.Mailbox!);
        }

        return rows.Count;
    }

    private Answer Judge(int count, Ending ending, bool settled)
    {
        if (!settled)
        {
            return new(ReceiptStatus.NotPurged, count, ComeBack);
        }

        if (ending.Unreadable > 0)
        {
            return new(ReceiptStatus.NotPurged, count, $"{ending.Unreadable.ToString(CultureInfo.InvariantCulture)} rows of the session table cannot be read, and any of them may be this mailbox's.");
        }

        return Answer.Of(count, Remark(count, ending)) with { Closed = !ending.IsUsed ? [] : [Signature.Table] };
    }

    private string? Remark(int count, Ending ending) =>
        count > 0 ? string.Create(CultureInfo.InvariantCulture, $"Watched for {_options.WatchTime.TotalSeconds:0.#} s: a request that takes longer can still write its session back.")
        : !ending.IsUsed ? "The session table is empty. Where Roundcube keeps its sessions elsewhere (session_storage redis, memcached or php), they live on."
        : null;

    private string Select(SessionConnection connection) =>
        $"SELECT {connection.Name("sess_id")}, {connection.Name("ip")}, {connection.Name("vars")} FROM {connection.Name(Table)}";

    private IAsyncEnumerable<Row> RowsAsync(SessionConnection connection, CancellationToken cancellationToken) =>
        connection.StreamAsync(Select(connection), [], Read, cancellationToken);

    private Row Read(DbDataReader reader) => Read(ColumnText.Read(reader, 0) ?? string.Empty, ColumnText.Read(reader, 1), ColumnText.Read(reader, 2) ?? string.Empty);

    private Row Read(string key, string? clientAddress, string vars)
    {
        var bytes = new byte[vars.Length];
        if (!Convert.TryFromBase64String(vars, bytes, out var length) || !PhpSession.TryRead(bytes.AsSpan(0, length), out var values))
        {
            return new(key, Readable: false, null, null, null);
        }

        // An open login page has a session too, without a name in it.
        if (!values.TryGetValue("username", out var user) || user.Length == 0)
        {
            return new(key, Readable: true, null, null, null);
        }

        var address = user.Contains('@', StringComparison.Ordinal) || _options.DefaultDomain is null ? user : user + "@" + _options.DefaultDomain;
        _ = MailboxAddress.TryParse(address, out var mailbox, out _);
        var since = long.TryParse(values.GetValueOrDefault("login_time"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : (DateTimeOffset?)null;
        return new(key, Readable: true, mailbox, string.IsNullOrEmpty(clientAddress) ? null : clientAddress, since);
    }

    private readonly record struct Row(string Key, bool Readable, MailboxAddress? Mailbox, string? ClientAddress, DateTimeOffset? Since);

    /// <summary>One revocation under way.</summary>
    private sealed class Ending(Dictionary<MailboxAddress, int> counts)
    {
        public Dictionary<MailboxAddress, int> Counts { get; } = counts;

        public HashSet<object> Keys { get; } = [];

        /// <summary>The mailboxes whose rows the last check found.</summary>
        public HashSet<MailboxAddress> Last { get; } = [];

        /// <summary>Whether there was any row, so that sessions are kept here at all.</summary>
        public bool IsUsed { get; set; }

        public int Unreadable { get; set; }
    }
}
