using System.Globalization;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Sql;

/// <summary>
/// SOGo's sessions (<c>sogo_sessions_folder</c>). A row holds name and password XORed with a key that only the browser's
/// cookie has, so nobody can tell whose it is: all users are logged out, or none.
/// </summary>
public sealed class SogoAuthority : SqlSessionAuthority
{
    private readonly bool _everybody;

    /// <summary>Makes it; nothing is connected yet.</summary>
    /// <param name="database">SOGo's database.</param>
    /// <param name="everybody">Whether to log out all users of SOGo.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public SogoAuthority(SessionDatabase database, bool everybody = false, ILogger? logger = null)
        : base("SOGo", database, logger) => _everybody = everybody;

    /// <summary>SOGo's table: what tells that it is one.</summary>
    internal static (string Table, string[] Columns) Signature => ("sogo_sessions_folder", ["c_id", "c_value"]);

    private protected override async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Includes(WebmailService))
        {
            return NotAskedFor(mailboxes, scope);
        }

        var table = connection.Name(Signature.Table);
        var count = (await connection.QueryAsync($"SELECT COUNT(*) FROM {table}", [], reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false))[0];
        if (_everybody)
        {
            await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync($"DELETE FROM {table}", [], cancellationToken).ConfigureAwait(false);
            await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        var number = count.ToString(CultureInfo.InvariantCulture);
        var answer = count == 0
            ? Answer.Of(0)
            : new(
                ReceiptStatus.NotPurged,
                0,
                _everybody
                    ? $"All {number} sessions of all users were ended, but SOGo may keep copies in memcached: restart memcached to be sure."
                    : $"SOGo's {number} sessions cannot be told apart; ending them all logs every user out and has to be asked for.");
        return mailboxes.ToDictionary(mailbox => mailbox, _ => answer);
    }
}
