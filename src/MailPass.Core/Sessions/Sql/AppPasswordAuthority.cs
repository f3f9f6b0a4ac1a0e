using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Stores.Sql;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Sql;

/// <summary>
/// App passwords and OAuth tokens of a panel, which still open a mailbox after its password was changed. They are ended only if
/// <see cref="RevocationScope.IncludeAppPasswords"/> says so; otherwise they are counted, so that the receipt names them.
/// </summary>
/// <remarks>
/// <para>mailcow: <c>app_passwd</c> is disabled (<c>active = 0</c>; the panel shows it and can enable it again),
/// <c>oauth_access_tokens</c> and <c>oauth_refresh_tokens</c> are deleted.</para>
/// <para>PostfixAdmin: <c>mailbox_app_password</c> is deleted.</para>
/// </remarks>
public sealed class AppPasswordAuthority : SqlSessionAuthority
{
    private static readonly CredentialTable[] MailcowTables =
    [
        new("app_passwd", "mailbox", "app passwords", "active"),
        new("oauth_access_tokens", "user_id", "OAuth tokens"),
        new("oauth_refresh_tokens", "user_id", "OAuth tokens"),
    ];

    private readonly CredentialTable[] _tables;
    private readonly string _prefix;

    private AppPasswordAuthority(string system, SessionDatabase database, CredentialTable[] tables, string prefix, ILogger? logger)
        : base(system, database, logger)
    {
        _tables = tables;
        _prefix = prefix;
    }

    /// <inheritdoc/>
    public override bool EndsCredentials => true;

    /// <summary>The tables that identify a mailcow.</summary>
    internal static (string Table, string[] Columns) MailcowSignature => ("app_passwd", ["mailbox", "active"]);

    /// <summary>The table that identifies a PostfixAdmin.</summary>
    internal static (string Table, string[] Columns) PostfixAdminSignature => ("mailbox_app_password", ["username"]);

    /// <summary>mailcow's app passwords and OAuth tokens.</summary>
    /// <param name="database">mailcow's database.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public static AppPasswordAuthority Mailcow(SessionDatabase database, ILogger? logger = null) =>
        new("mailcow", database, MailcowTables, string.Empty, logger);

    /// <summary>PostfixAdmin's app passwords.</summary>
    /// <param name="database">PostfixAdmin's database.</param>
    /// <param name="tablePrefix">Its <c>database_prefix</c>: letters, digits and underscores.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public static AppPasswordAuthority PostfixAdmin(SessionDatabase database, string tablePrefix = "", ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(tablePrefix);
        return new("PostfixAdmin", database, [new("mailbox_app_password", "username", "app passwords")], tablePrefix, logger);
    }

    private protected override async Task<Dictionary<MailboxAddress, Answer>> EndAsync(SessionConnection connection, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
    {
        var found = mailboxes.ToDictionary(mailbox => mailbox, _ => new SortedDictionary<string, int>(StringComparer.Ordinal));

        // Checked before the transaction, which a missing table would abort on PostgreSQL. An older version may lack a table.
        var tables = new List<CredentialTable>();
        foreach (var table in _tables)
        {
            if (await connection.HasAsync(_prefix + table.Table, [table.MailboxColumn], cancellationToken).ConfigureAwait(false))
            {
                tables.Add(table);
            }
        }

        var names = tables.Select(table => table.Table);
        if (!scope.IncludeAppPasswords)
        {
            await EndAsync(end: false).ConfigureAwait(false);
            return found.ToDictionary(pair => pair.Key, pair => Judge(pair.Value, ended: false) with { Closed = pair.Value.Count == 0 ? [.. names] : [] });
        }

        // A token that was renewed meanwhile has another name.
        var settled = await UntilNoneAsync(() => EndAsync(end: true), SettleTime).ConfigureAwait(false);
        return found.ToDictionary(pair => pair.Key, pair => settled || pair.Value.Count == 0 ? Judge(pair.Value, ended: true) with { Closed = [.. names] } : new(ReceiptStatus.NotPurged, pair.Value.Values.Sum(), ComeBack));

        async Task<int> EndAsync(bool end)
        {
            var rows = 0;
            await connection.BeginAsync(cancellationToken).ConfigureAwait(false);
            foreach (var table in tables)
            {
                rows += await this.EndAsync(connection, table, found, end, cancellationToken).ConfigureAwait(false);
            }

            await connection.CommitAsync(cancellationToken).ConfigureAwait(false);
            return rows;
        }
    }

    private async Task<int> EndAsync(SessionConnection connection, CredentialTable table, Dictionary<MailboxAddress, SortedDictionary<string, int>> found, bool end, CancellationToken cancellationToken)
    {
        var name = connection.Name(_prefix + table.Table);
        var column = connection.Name(table.MailboxColumn);
        var active = table.ActiveColumn is null ? string.Empty : $"{connection.Name(table.ActiveColumn)} = 1 AND ";
        var spellings = found.Keys.SelectMany(mailbox => (string[])[mailbox.Key, mailbox.UnicodeValue.ToLowerInvariant()]).Distinct(StringComparer.Ordinal).Cast<object>().ToList();
        var rows = await connection.QueryInAsync($"SELECT {column} FROM {name} WHERE {active}LOWER({column})", spellings, reader => ColumnText.Read(reader, 0), cancellationToken).ConfigureAwait(false);
        var exact = new HashSet<object>();
        foreach (var text in rows)
        {
            if (text is not null && MailboxAddress.TryParse(text, out var mailbox, out _) && found.TryGetValue(mailbox, out var kinds))
            {
                kinds[table.Kind] = kinds.GetValueOrDefault(table.Kind) + 1;
                exact.Add(text);
            }
        }

        if (end)
        {
            var statement = table.ActiveColumn is null ? $"DELETE FROM {name} WHERE {column}" : $"UPDATE {name} SET {connection.Name(table.ActiveColumn)} = 0 WHERE {column}";
            await connection.ExecuteInAsync(statement, exact, cancellationToken).ConfigureAwait(false);
        }

        return exact.Count;
    }

    private static Answer Judge(SortedDictionary<string, int> kinds, bool ended)
    {
        var list = string.Join(", ", kinds.Select(pair => $"{pair.Value.ToString(CultureInfo.InvariantCulture)} {pair.Key}"));
        return ended ? Answer.Of(kinds.Values.Sum(), kinds.Count == 0 ? null : $"Ended: {list}.")
            : Answer.Of(0, kinds.Count == 0 ? null : $"Still valid, since app passwords were not asked for: {list}.");
    }
}
