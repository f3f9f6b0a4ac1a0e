using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions.Sql;
using MailPass.Stores.Sql;

namespace MailPass.Sessions.GroupOffice;

/// <summary>
/// The mailbox passwords that Group-Office's mail client keeps to log in with (<c>em_accounts</c>): replaced if the
/// installation's key and the new password are known, otherwise blanked if the options say so, otherwise reported as stale.
/// </summary>
internal sealed class StoredPasswords(GroupOfficeOptions options, InstallationKey? key)
{
    /// <summary>The mail client's table.</summary>
    public const string Accounts = "em_accounts";

    // The column in which Group-Office marks a password as encrypted with {GOCRYPT2}.
    private const string Encrypted = "password_encrypted";

    // With "use the IMAP login" (force_smtp_login) the second one is not used; replacing it does no harm.
    private static readonly Login[] Logins = [new("username", "password", "host"), new("smtp_username", "smtp_password", "smtp_host")];

    /// <summary>Checks whether the table exists. Call it before the transaction, which a missing table would abort.</summary>
    public async Task<bool> AreKeptAsync(SessionConnection connection, CancellationToken cancellationToken)
    {
        string[] columns = ["id", .. Logins.SelectMany(login => (string[])[login.User, login.Secret]), .. options.MailServers.Count == 0 ? [] : Logins.Select(login => login.Host)];
        return await connection.HasAsync(Accounts, columns, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Replaces, blanks or counts the copies of some mailboxes' passwords.</summary>
    /// <param name="connection">Inside a transaction.</param>
    /// <param name="asked">The mailboxes.</param>
    /// <param name="passwords">Their new passwords, if they have just been changed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was done, for the mailboxes with copies.</returns>
    public async Task<Dictionary<MailboxAddress, Outcome>> RenewAsync(SessionConnection connection, IReadOnlySet<MailboxAddress> asked, IReadOnlyDictionary<MailboxAddress, Secret> passwords, CancellationToken cancellationToken)
    {
        var outcomes = new Dictionary<MailboxAddress, Outcome>();
        var replaces = key is not null && passwords.Count > 0;
        var marks = replaces && await connection.HasAsync(Accounts, [Encrypted], cancellationToken).ConfigureAwait(false);
        foreach (var login in Logins)
        {
            var width = replaces ? await connection.WidthAsync(Accounts, login.Secret, cancellationToken).ConfigureAwait(false) ?? int.MaxValue : 0;
            var blank = new List<object>();
            foreach (var (id, mailbox, stored) in await RowsAsync(connection, login, asked, cancellationToken).ConfigureAwait(false))
            {
                outcomes.TryAdd(mailbox, new());
                var outcome = outcomes[mailbox];
                if (replaces && passwords.TryGetValue(mailbox, out var password) && MayReplace(stored, password, width, outcome))
                {
                    var replaced = new ReplacedCopy(id, login.Secret, stored, key!.Seal(password)) { Recordable = Recordable(stored, width) };
                    if (await ReplaceAsync(connection, replaced, marks && login == Logins[0], cancellationToken).ConfigureAwait(false))
                    {
                        outcome.Replaced.Add(replaced);
                    }
                    else
                    {
                        // Its user has stored another one since it was read: the new password, or a wrong one that the webmail will ask for again.
                        outcome.Stale++;
                    }
                }
                else if (options.BlankStoredPassword)
                {
                    outcome.Blanked++;
                    blank.Add(id);
                }
                else
                {
                    outcome.Stale++;
                }
            }

            await connection.ExecuteInAsync($"UPDATE {connection.Name(Accounts)} SET {connection.Name(login.Secret)} = '' WHERE {connection.Name("id")}", blank, cancellationToken).ConfigureAwait(false);
        }

        return outcomes;
    }

    /// <summary>Puts replaced copies back, if nobody has changed them since.</summary>
    /// <returns>For each, whether the old value is there now.</returns>
    public static async Task<IReadOnlyList<bool>> PutBackAsync(SessionConnection connection, IReadOnlyList<ReplacedCopy> copies)
    {
        var back = new List<bool>();
        await connection.BeginAsync(CancellationToken.None).ConfigureAwait(false);
        foreach (var copy in copies)
        {
            var column = connection.Name(copy.Column);
            var written = await connection.ExecuteAsync(
                $"UPDATE {connection.Name(Accounts)} SET {column} = @p0 WHERE {connection.Name("id")} = @p1 AND {column} = @p2",
                [copy.Before, copy.Row, copy.After],
                CancellationToken.None).ConfigureAwait(false) > 0;

            // Or an earlier call, which was stopped or repeated, has put it back already.
            back.Add(written || (await connection.QueryAsync(
                $"SELECT {column} FROM {connection.Name(Accounts)} WHERE {connection.Name("id")} = @p0 AND {column} = @p1",
                [copy.Row, copy.Before],
                reader => true,
                CancellationToken.None).ConfigureAwait(false)).Count > 0);
        }

        await connection.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        return back;
    }

    /// <summary>
    /// A copy in the form that a journal may keep. Older copies (<c>{GOCRYPT}</c>) are encrypted already. One in plain text is encrypted
    /// as current versions of Group-Office do, and is put back in that form.
    /// </summary>
    private string? Recordable(string stored, int width)
    {
        if (stored.StartsWith("{GOCRYPT", StringComparison.Ordinal))
        {
            return stored;
        }

        using var secret = Secret.FromChars(stored);
        return InstallationKey.SealedLength(secret.Length) <= width ? key!.Seal(secret) : null;
    }

    // Only if it still is as it was read: a copy that its user has changed meanwhile must stay.
    private static async Task<bool> ReplaceAsync(SessionConnection connection, ReplacedCopy copy, bool marks, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(
            $"UPDATE {connection.Name(Accounts)} SET {connection.Name(copy.Column)} = @p0{(marks ? $", {connection.Name(Encrypted)} = 2" : string.Empty)} WHERE {connection.Name("id")} = @p1 AND {connection.Name(copy.Column)} = @p2",
            [copy.After, copy.Row, copy.Before],
            cancellationToken).ConfigureAwait(false) > 0;

    private async Task<List<(object Id, MailboxAddress Mailbox, string Stored)>> RowsAsync(SessionConnection connection, Login login, IReadOnlySet<MailboxAddress> asked, CancellationToken cancellationToken)
    {
        var servers = options.MailServers.Count == 0 ? string.Empty : ", " + connection.Name(login.Host);
        var rows = await connection.QueryInAsync(
            $"SELECT {connection.Name("id")}, {connection.Name(login.User)}, {connection.Name(login.Secret)}{servers} FROM {connection.Name(Accounts)} WHERE {connection.Name(login.Secret)} <> '' AND LOWER({connection.Name(login.User)})",
            GroupOfficeAuthority.Spellings(asked),
            reader => (Id: reader.GetValue(0), User: ColumnText.Read(reader, 1), Stored: ColumnText.Read(reader, 2) ?? string.Empty, Server: servers.Length == 0 ? null : ColumnText.Read(reader, 3)),
            cancellationToken).ConfigureAwait(false);
        return [.. rows.Where(row => servers.Length == 0 || options.MailServers.Contains(row.Server, StringComparer.OrdinalIgnoreCase))
            .Select(row => (row.Id, Mailbox: MailboxAddress.TryParse(row.User, out var mailbox, out _) && asked.Contains(mailbox) ? mailbox : null, row.Stored))
            .Where(row => row.Mailbox is not null)
            .Select(row => (row.Id, row.Mailbox!, row.Stored))];
    }

    /// <summary>Whether Group-Office could read the new copy: this is its key, and the column is wide enough.</summary>
    private bool MayReplace(string stored, Secret password, int width, Outcome outcome)
    {
        // With another installation's key, Group-Office could not decrypt the new password.
        if (stored.StartsWith(InstallationKey.Mark, StringComparison.Ordinal) && !key!.HasSealed(stored))
        {
            outcome.ForeignKey++;
            return false;
        }

        var fits = InstallationKey.SealedLength(password.Length) <= width;
        outcome.TooLong += fits ? 0 : 1;
        return fits;
    }

    private sealed record Login(string User, string Secret, string Host);

    /// <summary>What was done with one mailbox's copies.</summary>
    public sealed class Outcome
    {
        public List<ReplacedCopy> Replaced { get; } = [];

        public int Blanked { get; set; }

        public int Stale { get; set; }

        public int ForeignKey { get; set; }

        public int TooLong { get; set; }

        /// <summary>Whether a copy of the old password is still there.</summary>
        public bool LeavesSome => Stale + ForeignKey + TooLong > 0;

        /// <summary>The outcome in sentences, for a receipt.</summary>
        public IEnumerable<string> Remarks()
        {
            if (Replaced.Count > 0)
            {
                yield return $"{Count(Replaced.Count)} replaced with the new one.";
            }

            if (ForeignKey > 0)
            {
                yield return $"{Count(ForeignKey)} encrypted under another key than the key file's (or damaged), so not replaced.";
            }

            if (TooLong > 0)
            {
                yield return $"{Count(TooLong)} not replaced: the new one, encrypted, is longer than the column.";
            }

            if (Blanked > 0)
            {
                yield return $"{Count(Blanked)} blanked; the webmail asks for the new one.";
            }

            if (Stale > 0)
            {
                yield return $"{Count(Stale)} left as {(Stale == 1 ? "it is" : "they are")} (em_accounts): stale after a change, and readable with the installation's key.";
            }
        }

        private static string Count(int count) =>
            count == 1 ? "1 stored password of its e-mail accounts was" : count.ToString(CultureInfo.InvariantCulture) + " stored passwords of its e-mail accounts were";
    }
}
