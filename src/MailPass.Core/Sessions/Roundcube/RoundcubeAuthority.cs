using System.Globalization;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Sessions.Sql;
using MailPass.Stores.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Roundcube;

/// <summary>How a Roundcube is set up.</summary>
public sealed record RoundcubeOptions
{
    /// <summary>Its <c>db_prefix</c>: letters, digits and underscores.</summary>
    public string TablePrefix { get; init; } = string.Empty;

    /// <summary>Its <c>username_domain</c>: the domain of users who log in without one.</summary>
    public string? DefaultDomain { get; init; }
}

/// <summary>
/// Roundcube's sessions in its database (<c>session_storage = db</c>). The table has no column for the user: each row's
/// <c>vars</c> is base64 over a PHP session, in which the user's name stands and, encrypted, the password that the
/// webmail goes on logging in with. So every row is read and compared exactly.
/// </summary>
public sealed class RoundcubeAuthority : SqlSessionAuthority
{
    private readonly RoundcubeOptions _options;

    /// <summary>Makes it; nothing is connected yet.</summary>
    /// <param name="database">Roundcube's database; the login needs SELECT and DELETE on <c>session</c>.</param>
    /// <param name="options">How it is set up; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public RoundcubeAuthority(SessionDatabase database, RoundcubeOptions? options = null, ILogger? logger = null)
        : base("Roundcube", database, logger) => _options = options ?? new();

    /// <summary>Roundcube's tables: what tells that it is one.</summary>
    internal static (string Table, string[] Columns) Signature => ("session", ["sess_id", "ip", "vars"]);

    private string Table => _options.TablePrefix + "session";

    private protected override async Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken)
    {
        var sessions = new List<MailboxSession>();
        await foreach (var row in RowsAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            if (row.Mailbox is { } mailbox && mailboxes?.Contains(mailbox) != false)
            {
                // The row's own key is what the browser's cookie holds, a secret: it is not handed out.
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

        var counts = mailboxes.ToDictionary(mailbox => mailbox, _ => 0);
        var keys = new List<object>();
        var all = 0;
        var unreadable = 0;
        await foreach (var row in RowsAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            all++;
            unreadable += row.Readable ? 0 : 1;
            if (row.Mailbox is { } mailbox && counts.TryGetValue(mailbox, out var count))
            {
                counts[mailbox] = count + 1;
                keys.Add(row.Key);
            }
        }

        await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Table)} WHERE {connection.Name("sess_id")}", keys, string.Empty, cancellationToken).ConfigureAwait(false);
        await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
        return counts.ToDictionary(pair => pair.Key, pair => Judge(pair.Value, all, unreadable));
    }

    private static Answer Judge(int count, int all, int unreadable)
    {
        if (unreadable > 0)
        {
            return new(ReceiptStatus.NotPurged, count, $"{unreadable.ToString(CultureInfo.InvariantCulture)} rows of the session table cannot be read, and any of them may be this mailbox's.");
        }

        return Answer.Of(count, all == 0 ? "The session table is empty. Where Roundcube keeps its sessions elsewhere (session_storage redis, memcached or php), they live on." : null);
    }

    private IAsyncEnumerable<Row> RowsAsync(SessionConnection connection, CancellationToken cancellationToken) => connection.StreamAsync(
        $"SELECT {connection.Name("sess_id")}, {connection.Name("ip")}, {connection.Name("vars")} FROM {connection.Name(Table)}",
        [],
        reader => Read(ColumnText.Read(reader, 0) ?? string.Empty, ColumnText.Read(reader, 1), ColumnText.Read(reader, 2) ?? string.Empty),
        cancellationToken);

    private Row Read(string key, string? clientAddress, string vars)
    {
        var bytes = new byte[vars.Length];
        if (!Convert.TryFromBase64String(vars, bytes, out var length) || !PhpSession.TryRead(bytes.AsSpan(0, length), out var values))
        {
            return new(key, Readable: false, null, null, null);
        }

        // Somebody who has the login page open has a session too, without a name in it.
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
}
