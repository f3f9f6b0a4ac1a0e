using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using MailPass.Mailboxes;
using MailPass.Sessions.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// Group-Office's web sessions, remembered logins and stored mailbox passwords. API keys, the tokens without an expiry,
/// are no sessions and stay.
/// </summary>
/// <remarks>
/// A token is believed from Group-Office's cache without a look at the table, so deleting rows logs nobody out by itself
/// where the cache is in PHP's memory: such a receipt says NotPurged.
/// </remarks>
public sealed partial class GroupOfficeAuthority : SqlSessionAuthority
{
    private const string Users = "core_user";
    private const string Tokens = "core_auth_token";
    private const string Remembered = "core_auth_remember_me";
    private const string Accounts = "em_accounts";

    private readonly GroupOfficeOptions _options;

    /// <summary>Makes it; nothing is connected yet.</summary>
    /// <param name="database">Group-Office's database.</param>
    /// <param name="options">How it is set up; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public GroupOfficeAuthority(SessionDatabase database, GroupOfficeOptions? options = null, ILogger? logger = null)
        : base("Group-Office", database, logger) => _options = options ?? new();

    /// <summary>Group-Office's tables: what tells that it is one.</summary>
    internal static (string Table, string[] Columns) Signature => (Tokens, ["accessToken", "userId", "expiresAt"]);

    /// <summary>
    /// The mailboxes that are master users of their domain (<c>domainOwner</c>), for <see cref="Dovecot.DovecotOptions.IsDomainOwner"/>.
    /// Empty where this Group-Office hosts no mail domains.
    /// </summary>
    /// <param name="database">Group-Office's database.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SessionAuthorityUnreachable"/>.</exception>
    public static async Task<IReadOnlySet<MailboxAddress>> ReadDomainOwnersAsync(SessionDatabase database, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        const string Mailboxes = "community_maildomains_mailbox";
        try
        {
            var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                if (!await connection.HasAsync(Mailboxes, ["username", "domainOwner"], cancellationToken).ConfigureAwait(false))
                {
                    return new HashSet<MailboxAddress>();
                }

                var names = await connection.QueryAsync(
                    $"SELECT {connection.Name("username")} FROM {connection.Name(Mailboxes)} WHERE {connection.Name("domainOwner")} = 1",
                    [],
                    reader => SessionConnection.Text(reader, 0),
                    cancellationToken).ConfigureAwait(false);
                return names.Select(name => MailboxAddress.TryParse(name, out var mailbox, out _) ? mailbox : null).OfType<MailboxAddress>().ToHashSet();
            }
        }
        catch (DbException e)
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"Group-Office {database.Name} could not be asked for its domain owners. {e.Message}", innerException: e);
        }
    }

    private protected override async Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync(
            $"SELECT u.{connection.Name("username")}, u.{connection.Name("email")}, t.{connection.Name("expiresAt")} FROM {connection.Name(Tokens)} t JOIN {connection.Name(Users)} u ON u.{connection.Name("id")} = t.{connection.Name("userId")} WHERE t.{connection.Name("expiresAt")} IS NOT NULL",
            [],
            reader => (UserName: SessionConnection.Text(reader, 0), Email: SessionConnection.Text(reader, 1)),
            cancellationToken).ConfigureAwait(false);

        // A token is a secret and a session's only name, so the session has none here.
        return [.. rows.SelectMany(row => Addresses(row.UserName, row.Email).Where(mailbox => mailboxes?.Contains(mailbox) != false).Take(1))
            .Select(mailbox => new MailboxSession { Mailbox = mailbox, System = Name, Service = WebmailService })];
    }

    private protected override async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        if (!scope.Includes(WebmailService))
        {
            return NotAskedFor(mailboxes, scope);
        }

        var asked = mailboxes.ToHashSet();
        var keepsPasswords = await connection.HasAsync(Accounts, ["id", "username", "password", "smtp_username", "smtp_password"], cancellationToken).ConfigureAwait(false);
        await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
        var owners = await UsersAsync(connection, asked, cancellationToken).ConfigureAwait(false);
        var ids = owners.Keys.Cast<object>().ToList();
        var ended = new List<(MailboxAddress Mailbox, string? Token)>();
        foreach (var (userId, token) in await connection.QueryInAsync(
            $"SELECT {connection.Name("userId")}, {connection.Name("accessToken")} FROM {connection.Name(Tokens)} WHERE {connection.Name("expiresAt")} IS NOT NULL AND {connection.Name("userId")}",
            ids,
            reader => (Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), SessionConnection.Text(reader, 1)),
            cancellationToken).ConfigureAwait(false))
        {
            ended.AddRange(owners[userId].Select(mailbox => (mailbox, token)));
        }

        var remembered = await connection.QueryInAsync(
            $"SELECT {connection.Name("userId")} FROM {connection.Name(Remembered)} WHERE {connection.Name("userId")}",
            ids,
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Remembered)} WHERE {connection.Name("userId")}", ids, string.Empty, cancellationToken).ConfigureAwait(false);

        // Without the condition, an API key's row would go too, or stop everything: apikeys_key refers to it.
        await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Tokens)} WHERE {connection.Name("userId")}", ids, $"AND {connection.Name("expiresAt")} IS NOT NULL", cancellationToken).ConfigureAwait(false);

        var stored = keepsPasswords ? await StoredPasswordsAsync(connection, asked, cancellationToken).ConfigureAwait(false) : [];
        await connection.CommitAsync(cancellationToken).ConfigureAwait(false);

        // Only now: as long as the row is there, any request of the browser puts the entry back.
        // A login that is not through yet (no access token so far) has no entry.
        var cached = ended.Where(token => token.Token is not null && (_options.DiskCacheFolder is null || !TryEvict(_options.DiskCacheFolder, token.Token))).Select(token => token.Mailbox).ToHashSet();
        return mailboxes.ToDictionary(
            mailbox => mailbox,
            mailbox => Judge(
                ended.Count(token => token.Mailbox.Equals(mailbox)) + remembered.Count(id => owners[id].Contains(mailbox)),
                cached.Contains(mailbox),
                StoredRemark(stored.GetValueOrDefault(mailbox))));
    }

    private static Answer Judge(int count, bool cached, string? remark)
    {
        const string Cached = "The tokens are deleted, but Group-Office believes them from its cache until that is emptied: reload PHP-FPM (APCu), or flush Memcached. DAV and ActiveSync take a user's old password for up to a minute.";
        return cached ? new(ReceiptStatus.NotPurged, count, remark is null ? Cached : Cached + " " + remark) : Answer.Of(count, remark);
    }

    private static IEnumerable<MailboxAddress> Addresses(string? userName, string? email)
    {
        foreach (var text in (string?[])[userName, email])
        {
            if (MailboxAddress.TryParse(text, out var mailbox, out _))
            {
                yield return mailbox;
            }
        }
    }

    /// <summary>The users behind mailboxes: who bears the address as name or as e-mail address. Read as the database compares, then compared exactly.</summary>
    private static async Task<Dictionary<long, HashSet<MailboxAddress>>> UsersAsync(SessionConnection connection, HashSet<MailboxAddress> asked, CancellationToken cancellationToken)
    {
        var users = new Dictionary<long, HashSet<MailboxAddress>>();
        var spellings = Spellings(asked);
        foreach (var column in (string[])["username", "email"])
        {
            foreach (var (id, name) in await connection.QueryInAsync(
                $"SELECT {connection.Name("id")}, {connection.Name(column)} FROM {connection.Name(Users)} WHERE LOWER({connection.Name(column)})",
                spellings,
                reader => (Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), SessionConnection.Text(reader, 1)),
                cancellationToken).ConfigureAwait(false))
            {
                if (MailboxAddress.TryParse(name, out var mailbox, out _) && asked.TryGetValue(mailbox, out var known))
                {
                    users.TryAdd(id, []);
                    users[id].Add(known);
                }
            }
        }

        return users;
    }

    private async Task<Dictionary<MailboxAddress, int>> StoredPasswordsAsync(SessionConnection connection, HashSet<MailboxAddress> asked, CancellationToken cancellationToken)
    {
        var stored = new Dictionary<MailboxAddress, int>();
        foreach (var (user, secret) in ((string, string)[])[("username", "password"), ("smtp_username", "smtp_password")])
        {
            var rows = await connection.QueryInAsync(
                $"SELECT {connection.Name("id")}, {connection.Name(user)} FROM {connection.Name(Accounts)} WHERE {connection.Name(secret)} <> '' AND LOWER({connection.Name(user)})",
                Spellings(asked),
                reader => (Id: reader.GetValue(0), User: SessionConnection.Text(reader, 1)),
                cancellationToken).ConfigureAwait(false);
            var ids = new List<object>();
            foreach (var (id, name) in rows)
            {
                if (MailboxAddress.TryParse(name, out var mailbox, out _) && asked.Contains(mailbox))
                {
                    stored[mailbox] = stored.GetValueOrDefault(mailbox) + 1;
                    ids.Add(id);
                }
            }

            if (_options.BlankStoredPassword)
            {
                await connection.ExecuteInAsync($"UPDATE {connection.Name(Accounts)} SET {connection.Name(secret)} = '' WHERE {connection.Name("id")}", ids, string.Empty, cancellationToken).ConfigureAwait(false);
            }
        }

        return stored;
    }

    private string? StoredRemark(int count) => count == 0
        ? null
        : _options.BlankStoredPassword
            ? $"{count.ToString(CultureInfo.InvariantCulture)} stored passwords of its e-mail accounts were blanked; the webmail asks for the new one."
            : $"{count.ToString(CultureInfo.InvariantCulture)} stored passwords of its e-mail accounts (em_accounts) are stale after a change and can be decrypted with the installation's key.";

    // Lower case, as LOWER() of the column gives it; the exact comparison follows on what was read.
    private static List<object> Spellings(IEnumerable<MailboxAddress> mailboxes) =>
        [.. mailboxes.SelectMany(mailbox => (string[])[mailbox.Key, mailbox.UnicodeValue.ToLowerInvariant()]).Distinct(StringComparer.Ordinal)];

    /// <summary>Removes a token's file from the disk cache; false where that cannot be made sure of.</summary>
    private static bool TryEvict(string dataFolder, string token)
    {
        // The token becomes part of a path, so it must be nothing but a token.
        var folder = Path.Combine(dataFolder, "cache", "disk");
        if (!PlainToken().IsMatch(token) || !Directory.Exists(folder))
        {
            return false;
        }

        try
        {
            File.Delete(Path.Combine(folder, "token-" + token));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,200}$")]
    private static partial Regex PlainToken();
}
