using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions.Sql;
using MailPass.Stores.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// Group-Office's web sessions, remembered logins and ActiveSync devices, and the mailbox passwords that it keeps. API keys (tokens
/// without an expiry) are not sessions and stay.
/// </summary>
/// <remarks>
/// Group-Office accepts a token from its cache without reading the table, so deleting rows alone does not log anyone out.
/// The cache is emptied by Group-Office itself (<see cref="GroupOfficeOptions.Address"/>), on its disk
/// (<see cref="GroupOfficeOptions.DiskCacheFolder"/>) or by a program (<see cref="GroupOfficeOptions.AfterRevoke"/>); if
/// none of these is known to have worked, the receipt says NotPurged.
/// </remarks>
public sealed class GroupOfficeAuthority : SqlSessionAuthority
{
    private const string Users = "core_user";
    private const string Tokens = "core_auth_token";
    private const string Remembered = "core_auth_remember_me";
    private const string Clients = "core_client";

    private static readonly IReadOnlyDictionary<MailboxAddress, Secret> NoPasswords = new Dictionary<MailboxAddress, Secret>();

    private readonly GroupOfficeOptions _options;
    private readonly InstallationKey? _key;
    private readonly GroupOfficeSite? _site;
    private readonly TokenCache _cache;
    private readonly StoredPasswords _passwords;
    private readonly SessionDatabase _database;

    /// <summary>Creates it without connecting.</summary>
    /// <param name="database">Group-Office's database.</param>
    /// <param name="options">Its configuration; <see langword="null"/> for the defaults.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the key file or the address cannot be used. <see cref="ErrorIds.StoreTlsRequired"/>: tokens would be sent unencrypted.</exception>
    public GroupOfficeAuthority(SessionDatabase database, GroupOfficeOptions? options = null, ILogger? logger = null)
        : this(database, options ?? new(), options?.Address is { } address ? new GroupOfficeSite(address, options) : null, options?.KeyFile is { } file ? InstallationKey.Read(file) : null, logger)
    {
    }

    private GroupOfficeAuthority(SessionDatabase database, GroupOfficeOptions options, GroupOfficeSite? site, InstallationKey? key, ILogger? logger)
        : base("Group-Office", database, logger)
    {
        _options = options;
        _site = site;
        _key = key;
        _cache = new(options, site);
        _passwords = new(options, key);
        _database = database;
    }

    /// <inheritdoc/>
    public override bool KeepsPasswords => _key is not null;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) => new(ReadDomainOwnersAsync(_database, cancellationToken));

    /// <summary>The tables that identify a Group-Office.</summary>
    internal static (string Table, string[] Columns) Signature => (Tokens, ["accessToken", "userId", "expiresAt"]);

    /// <summary>
    /// The mailboxes that are master users of their domain (<c>domainOwner</c>), for <see cref="Dovecot.DovecotOptions.IsDomainOwner"/>.
    /// Empty if this Group-Office hosts no mail domains.
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
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                if (!await connection.HasAsync(Mailboxes, ["username", "domainOwner"], cancellationToken).ConfigureAwait(false))
                {
                    return new HashSet<MailboxAddress>();
                }

                var names = await connection.QueryAsync(
                    $"SELECT {connection.Name("username")} FROM {connection.Name(Mailboxes)} WHERE {connection.Name("domainOwner")} = 1",
                    [],
                    reader => ColumnText.Read(reader, 0),
                    cancellationToken).ConfigureAwait(false);
                return names.Select(name => MailboxAddress.TryParse(name, out var mailbox, out _) ? mailbox : null).OfType<MailboxAddress>().ToHashSet();
            }
        }
        catch (Exception e) when (database.IsFault(e))
        {
            throw new MailPassException(ErrorIds.SessionAuthorityUnreachable, $"Group-Office {database.Name} could not be asked for its domain owners. {database.Explain(e)}", innerException: e);
        }
    }

    private protected override async Task<List<MailboxSession>> ListAsync(SessionConnection connection, IReadOnlySet<MailboxAddress>? mailboxes, CancellationToken cancellationToken)
    {
        // Client address and start, if the login may read them; older versions keep them elsewhere.
        var tellsMore = await connection.HasAsync(Tokens, ["createdAt", "clientId"], cancellationToken).ConfigureAwait(false)
            && await connection.HasAsync(Clients, ["id", "ip"], cancellationToken).ConfigureAwait(false);
        var (columns, join) = tellsMore
            ? ($", t.{connection.Name("createdAt")}, c.{connection.Name("ip")}", $" LEFT JOIN {connection.Name(Clients)} c ON c.{connection.Name("id")} = t.{connection.Name("clientId")}")
            : (string.Empty, string.Empty);
        var rows = await connection.QueryAsync(
            $"SELECT u.{connection.Name("username")}, u.{connection.Name("email")}{columns} FROM {connection.Name(Tokens)} t JOIN {connection.Name(Users)} u ON u.{connection.Name("id")} = t.{connection.Name("userId")}{join} WHERE t.{connection.Name("expiresAt")} IS NOT NULL",
            [],
            reader => (
                UserName: ColumnText.Read(reader, 0),
                Email: ColumnText.Read(reader, 1),
                Since: tellsMore ? SessionConnection.UtcTime(reader, 2) : null,
                ClientAddress: tellsMore ? ColumnText.Read(reader, 3) : null),
            cancellationToken).ConfigureAwait(false);

        // The only identifier of a session is its token, which is a secret, so the session gets no id here.
        return [.. rows.SelectMany(row => Addresses(row.UserName, row.Email).Where(mailbox => mailboxes?.Contains(mailbox) != false).Take(1).Select(mailbox => new MailboxSession
        {
            Mailbox = mailbox,
            System = Name,
            Service = WebmailService,
            Since = row.Since,
            ClientAddress = string.IsNullOrEmpty(row.ClientAddress) ? null : row.ClientAddress,
        }))];
    }

    private protected override Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken) =>
        EndAsync(connection, mailboxes.ToHashSet(), NoPasswords, scope, record: null, cancellationToken);

    private protected override Task<Dictionary<MailboxAddress, Answer>> EndChangedAsync(SessionConnection connection, IReadOnlyDictionary<MailboxAddress, Secret> passwords, RevocationScope scope, CopyRecorder? record, CancellationToken cancellationToken) =>
        EndAsync(connection, passwords.Keys.ToHashSet(), passwords, scope, record, cancellationToken);

    private protected override bool HasCopies => true;

    private protected override Task<IReadOnlyList<bool>> PutBackAsync(SessionConnection connection, IReadOnlyList<ReplacedCopy> copies) => StoredPasswords.PutBackAsync(connection, copies);

    private protected override void LetGo()
    {
        _key?.Dispose();
        _site?.Dispose();
    }

    private async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, HashSet<MailboxAddress> asked, IReadOnlyDictionary<MailboxAddress, Secret> passwords, RevocationScope scope, CopyRecorder? record, CancellationToken cancellationToken)
    {
        if (!scope.Includes(WebmailService))
        {
            return NotAskedFor([.. asked], scope);
        }

        var keepsPasswords = await _passwords.AreKeptAsync(connection, cancellationToken).ConfigureAwait(false);
        var knowsDevices = await connection.HasAsync(Clients, ["id", "deviceId", "status", "userId"], cancellationToken).ConfigureAwait(false);
        var owners = await UsersAsync(connection, asked, cancellationToken).ConfigureAwait(false);
        var ending = new Ending([.. owners.Keys.Cast<object>()]);
        List<long> devices = [];
        Dictionary<MailboxAddress, StoredPasswords.Outcome> stored = [];
        var first = true;
        var settled = await UntilNoneAsync(
            async () =>
            {
                ending.Last.Clear();

                // Group-Office itself ends them first: once the rows are deleted, it does not know what to remove from its cache.
                var ended = _site is null ? 0 : await LogOutAsync(connection, ending, cancellationToken).ConfigureAwait(false);
                await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
                ended += await EndRememberedAsync(connection, ending, cancellationToken).ConfigureAwait(false);
                ended += await EndTokensAsync(connection, ending, cancellationToken).ConfigureAwait(false);
                if (first)
                {
                    devices = knowsDevices ? await DevicesAsync(connection, ending.Users, cancellationToken).ConfigureAwait(false) : [];
                    stored = keepsPasswords ? await _passwords.RenewAsync(connection, asked, passwords, cancellationToken).ConfigureAwait(false) : [];
                    if (record is not null && stored.Where(kept => kept.Value.Replaced.Count > 0).Select(kept => (kept.Key, (IReadOnlyList<ReplacedCopy>)kept.Value.Replaced)).ToList() is { Count: > 0 } replaced)
                    {
                        await record(Name, replaced).ConfigureAwait(false);
                    }
                }

                await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
                first = false;
                return ended;
            },
            SettleTime).ConfigureAwait(false);

        // Only now: while the row exists, any request of the browser restores the entry.
        var cached = await _cache.StillInAsync(ending.Tokens.Keys, ending.SiteFault).ConfigureAwait(false);

        // Grouped once: a batch has thousands of mailboxes, and each would search thousands of tokens.
        var reasons = cached.SelectMany(pair => owners[ending.Tokens[pair.Key]].Select(mailbox => (mailbox, pair.Value))).ToLookup(pair => pair.mailbox, pair => pair.Value);
        var logins = ending.Tokens.Values.Concat(ending.Logins).SelectMany(id => owners[id]).ToLookup(mailbox => mailbox);
        var deviceOwners = devices.SelectMany(id => owners[id]).ToLookup(mailbox => mailbox);
        var backAgain = settled ? [] : ending.Last.SelectMany(id => owners[id]).ToHashSet();
        var answers = new Dictionary<MailboxAddress, Answer>();
        foreach (var mailbox in asked)
        {
            var owned = deviceOwners[mailbox].Count();
            var kept = stored.GetValueOrDefault(mailbox);
            string[] open = [.. reasons[mailbox].Distinct(StringComparer.Ordinal), .. backAgain.Contains(mailbox) ? [ComeBack] : Array.Empty<string>()];
            string[] remarks = [.. open, .. DeviceRemarks(owned, knowsDevices), .. kept?.Remarks() ?? []];
            answers[mailbox] = Judge(logins[mailbox].Count() + (_options.DenyDevices ? owned : 0), open.Length > 0, remarks) with
            {
                Replaced = kept?.Replaced ?? [],
                Closed = [.. open.Length == 0 ? [Tokens] : Array.Empty<string>(), .. keepsPasswords && kept?.LeavesSome != true ? [StoredPasswords.Accounts] : Array.Empty<string>()],
            };
        }

        return answers;
    }

    /// <summary>Lets Group-Office log sessions out; how many there were.</summary>
    private async Task<int> LogOutAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken)
    {
        // Otherwise a remembered browser would get a new token.
        await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
        var ended = await EndRememberedAsync(connection, ending, cancellationToken).ConfigureAwait(false);
        await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
        var now = DateTimeOffset.UtcNow;
        var tokens = new List<(string Token, bool Expired)>();
        foreach (var row in await TokensAsync(connection, ending, cancellationToken).ConfigureAwait(false))
        {
            if (row.Token is not null)
            {
                tokens.Add((row.Token, row.Expires < now));
                ending.Tokens[row.Token] = row.User;
                ending.Last.Add(row.User);
            }
        }

        ending.SiteFault = await _site!.LogOutAsync(tokens).ConfigureAwait(false) ?? ending.SiteFault;
        return ended + tokens.Count;
    }

    private static async Task<int> EndRememberedAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken)
    {
        var remembered = await connection.QueryInAsync(
            $"SELECT {connection.Name("userId")} FROM {connection.Name(Remembered)} WHERE {connection.Name("userId")}",
            ending.Users,
            reader => Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false);
        if (remembered.Count > 0)
        {
            await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Remembered)} WHERE {connection.Name("userId")}", ending.Users, cancellationToken).ConfigureAwait(false);
        }

        ending.Logins.AddRange(remembered);
        ending.Last.UnionWith(remembered);
        return remembered.Count;
    }

    private static async Task<int> EndTokensAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken)
    {
        var rows = await TokensAsync(connection, ending, cancellationToken).ConfigureAwait(false);
        if (rows.Count > 0)
        {
            // Without the condition, an API key's row would be deleted too, or its foreign key (apikeys_key) would make the statement fail.
            await connection.ExecuteInAsync($"DELETE FROM {connection.Name(Tokens)} WHERE {connection.Name("userId")}", ending.Users, cancellationToken, $"AND {connection.Name("expiresAt")} IS NOT NULL").ConfigureAwait(false);
        }

        foreach (var row in rows)
        {
            ending.Last.Add(row.User);
            if (row.Token is not null)
            {
                ending.Tokens[row.Token] = row.User;
            }
            else
            {
                // A login that is not completed has no access token, and no entry in the cache.
                ending.Logins.Add(row.User);
            }
        }

        return rows.Count;
    }

    private static Task<List<(long User, string? Token, DateTimeOffset? Expires)>> TokensAsync(SessionConnection connection, Ending ending, CancellationToken cancellationToken) => connection.QueryInAsync(
        $"SELECT {connection.Name("userId")}, {connection.Name("accessToken")}, {connection.Name("expiresAt")} FROM {connection.Name(Tokens)} WHERE {connection.Name("expiresAt")} IS NOT NULL AND {connection.Name("userId")}",
        ending.Users,
        reader => (Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), ColumnText.Read(reader, 1), SessionConnection.UtcTime(reader, 2)),
        cancellationToken);

    private static Answer Judge(int count, bool open, string[] remarks)
    {
        var reason = remarks.Length == 0 ? null : string.Join(' ', remarks);
        return open ? new(ReceiptStatus.NotPurged, count, reason) : Answer.Of(count, reason);
    }

    private IEnumerable<string> DeviceRemarks(int count, bool knowsDevices)
    {
        if (_options.DenyDevices && !knowsDevices)
        {
            yield return "Devices were not denied: the login sees no core_client.";
        }
        else if (count > 0)
        {
            var devices = count == 1 ? "1 ActiveSync device" : count.ToString(CultureInfo.InvariantCulture) + " ActiveSync devices";
            yield return _options.DenyDevices
                ? $"{devices} denied until allowed again in Group-Office."
                : $"{devices} stay{(count == 1 ? "s" : string.Empty)} allowed, and need{(count == 1 ? "s" : string.Empty)} the new password.";
        }
    }

    /// <summary>The users of devices that are not denied yet, one entry per device; denies the devices if the options say so.</summary>
    private async Task<List<long>> DevicesAsync(SessionConnection connection, IReadOnlyCollection<object> userIds, CancellationToken cancellationToken)
    {
        // A browser's row has no device id, and gives no rights of its own.
        var rows = await connection.QueryInAsync(
            $"SELECT {connection.Name("userId")}, {connection.Name("id")} FROM {connection.Name(Clients)} WHERE {connection.Name("deviceId")} <> '-' AND {connection.Name("status")} <> 'denied' AND {connection.Name("userId")}",
            userIds,
            reader => (User: Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), Id: reader.GetValue(1)),
            cancellationToken).ConfigureAwait(false);
        if (_options.DenyDevices)
        {
            // Group-Office makes a device synchronise again whenever its status has changed.
            await connection.ExecuteInAsync(
                $"UPDATE {connection.Name(Clients)} SET {connection.Name("status")} = 'denied', {connection.Name("needResync")} = 1 WHERE {connection.Name("id")}",
                [.. rows.Select(row => row.Id)],
                cancellationToken).ConfigureAwait(false);
        }

        return rows.ConvertAll(row => row.User);
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

    /// <summary>The users of mailboxes: those with the address as name or as e-mail address. The database's comparison finds candidates, which are then compared exactly.</summary>
    private static async Task<Dictionary<long, HashSet<MailboxAddress>>> UsersAsync(SessionConnection connection, HashSet<MailboxAddress> asked, CancellationToken cancellationToken)
    {
        var users = new Dictionary<long, HashSet<MailboxAddress>>();
        var spellings = Spellings(asked);
        foreach (var column in (string[])["username", "email"])
        {
            foreach (var (id, name) in await connection.QueryInAsync(
                $"SELECT {connection.Name("id")}, {connection.Name(column)} FROM {connection.Name(Users)} WHERE LOWER({connection.Name(column)})",
                spellings,
                reader => (Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture), ColumnText.Read(reader, 1)),
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

    // In lower case, like LOWER() of the column; the exact comparison follows after the read.
    internal static List<object> Spellings(IEnumerable<MailboxAddress> mailboxes) =>
        [.. mailboxes.SelectMany(mailbox => (string[])[mailbox.Key, mailbox.UnicodeValue.ToLowerInvariant()]).Distinct(StringComparer.Ordinal)];

    /// <summary>One revocation under way.</summary>
    private sealed class Ending(IReadOnlyCollection<object> users)
    {
        public IReadOnlyCollection<object> Users { get; } = users;

        /// <summary>The sessions that were ended, each with its user.</summary>
        public Dictionary<string, long> Tokens { get; } = new(StringComparer.Ordinal);

        /// <summary>The users of remembered logins and of uncompleted logins, one entry per login.</summary>
        public List<long> Logins { get; } = [];

        /// <summary>The users for whom the last check found something.</summary>
        public HashSet<long> Last { get; } = [];

        /// <summary>Why Group-Office itself could not end sessions.</summary>
        public string? SiteFault { get; set; }
    }
}
