using System.Globalization;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Sql;

/// <summary>
/// SOGo's sessions (<c>sogo_sessions_folder</c>). A row has name and password XORed with a key that only the browser's cookie has, so
/// nobody can tell whose it is: MailPass logs out all users or none.
/// </summary>
public sealed class SogoAuthority : SqlSessionAuthority
{
    private readonly bool _everybody;
    private readonly AfterRevoke _afterRevoke;

    /// <summary>Creates it without connecting.</summary>
    /// <param name="database">SOGo's database.</param>
    /// <param name="everybody">Whether to log out all users of SOGo.</param>
    /// <param name="afterRevoke">A program of this machine and its arguments that empties memcached, run after sessions were deleted; empty for none.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public SogoAuthority(SessionDatabase database, bool everybody = false, IReadOnlyList<string>? afterRevoke = null, ILogger? logger = null)
        : base("SOGo", database, logger)
    {
        _everybody = everybody;
        _afterRevoke = new(afterRevoke ?? [], "restart memcached to be sure.");
    }

    /// <summary>The table that identifies a SOGo.</summary>
    internal static (string Table, string[] Columns) Signature => ("sogo_sessions_folder", ["c_id", "c_value"]);

    private protected override async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Includes(WebmailService))
        {
            return NotAskedFor(mailboxes, scope);
        }

        var answer = _everybody
            ? await EndEverybodyAsync(connection, cancellationToken).ConfigureAwait(false)
            : await CountAsync(connection, cancellationToken).ConfigureAwait(false) is > 0 and var count
                ? new(ReceiptStatus.NotPurged, 0, $"SOGo's {Text(count)} sessions cannot be told apart; ending them all logs every user out and has to be asked for.")
                : Answer.Of(0) with { Closed = [Signature.Table] };
        return mailboxes.ToDictionary(mailbox => mailbox, _ => answer);
    }

    private async Task<Answer> EndEverybodyAsync(SessionConnection connection, CancellationToken cancellationToken)
    {
        var ended = 0;
        var settled = await UntilNoneAsync(
            async () =>
            {
                var rows = await connection.ExecuteAsync($"DELETE FROM {connection.Name(Signature.Table)}", [], cancellationToken).ConfigureAwait(false);
                ended += rows;
                return rows;
            },
            SettleTime).ConfigureAwait(false);
        if (ended == 0)
        {
            return Answer.Of(0) with { Closed = [Signature.Table] };
        }

        // SOGo trusts an entry in memcached without reading the table.
        var all = $"All {Text(ended)} sessions of all users were ended";
        return await _afterRevoke.FaultAsync().ConfigureAwait(false) is { } fault ? new(ReceiptStatus.NotPurged, 0, $"{all}, but SOGo may keep copies in memcached: {fault}")
            : settled ? new(ReceiptStatus.Revoked, 0, all + ".") { Closed = [Signature.Table] }
            : new(ReceiptStatus.NotPurged, 0, $"{all}, and users logged in again meanwhile.");
    }

    private static async Task<long> CountAsync(SessionConnection connection, CancellationToken cancellationToken) => (await connection.QueryAsync(
        $"SELECT COUNT(*) FROM {connection.Name(Signature.Table)}",
        [],
        reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
        cancellationToken).ConfigureAwait(false))[0];

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
