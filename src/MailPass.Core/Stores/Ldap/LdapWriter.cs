using System.Formats.Asn1;
using System.Text;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores.Ldap.Protocol;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Ldap;

/// <summary>
/// Replaces hashes in a directory. Each replacement is one modification that deletes the old value and adds the new one, so the
/// directory itself refuses it if the old value is not there any more.
/// </summary>
/// <remarks>
/// <para>A batch is written operation by operation, many under way at once, and each answer is its mailbox's outcome. If the
/// connection breaks, the entries are read: an entry that has our hash was written.</para>
/// <para>A server that knows transactions (RFC 5805; OpenLDAP since 2.5) can write a batch as one transaction and sync its disk once
/// for all of it. MailPass does this only if the admin turns it on, because slapd (tested: 2.5.13; read: the main branch of 2026) crashes if a
/// connection ends while it executes the transaction: connection_abandon then frees the operations that txn_end_extop iterates over.</para>
/// <para>A directory may take a hash for a password in clear text and hash it again. So the first hash of each scheme is written alone,
/// and the same operation returns what the entry then has (RFC 4527).</para>
/// <para>A password policy may take the deleted value for the old password. Then the hash is replaced instead, on the condition that it
/// still is the old one (RFC 4528).</para>
/// <para>A password that the server hashes is set by its own operation (RFC 3062), which has no condition: the entry is read right before
/// it.</para>
/// </remarks>
internal sealed class LdapWriter : IDisposable
{
    /// <summary>The option, of every schema, that lets batches be transactions.</summary>
    public const string Transactions = "transactions";

    /// <summary>The option, of every schema, that lets the server hash.</summary>
    public const string ServerHashes = "server-hashes";

    // The remark on a row whose password the server hashed.
    private const string HashedThere = "The directory hashed it, so undoing the run cannot put the old password back.";

    // The keys that Samba, Heimdal and MIT Kerberos keep besides a hash.
    private static readonly string[] s_keys = ["sambaNTPassword", "krb5Key", "krbPrincipalKey"];

    // RFC 5805: start, the control that puts an operation into a transaction, end.
    private const string StartTransaction = "1.3.6.1.1.21.1";
    private const string InTransaction = "1.3.6.1.1.21.2";
    private const string EndTransaction = "1.3.6.1.1.21.3";

    // RFC 4527: the entry as an operation left it.
    private const string PostRead = "1.3.6.1.1.13.2";

    // Operations under way at once on a connection; OpenLDAP closes a connection with more than a hundred waiting operations.
    private const int AtOnce = 64;

    // A transaction costs two more round trips.
    private const int MinInTransaction = 8;

    private const int MaxBusy = 12;

    private readonly LdapServer _server;
    private readonly LdapSchema _schema;
    private readonly LdapAccounts _accounts;
    private readonly ILogger _logger;
    private volatile bool _hasTransactions;
    private volatile bool _areTransactionsProved;
    private readonly bool _hasPostRead;
    private readonly LdapModifications _modifications;
    private readonly SemaphoreSlim _oneTransaction = new(1, 1);

    /// <summary>Makes the writer.</summary>
    /// <param name="server">The server.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="accounts">Reads entries.</param>
    /// <param name="root">The server's root entry: what it can do.</param>
    /// <param name="mayTransact">Whether transactions may be used.</param>
    /// <param name="logger">Receives events.</param>
    public LdapWriter(LdapServer server, LdapSchema schema, LdapAccounts accounts, LdapEntry root, bool mayTransact, ILogger logger)
    {
        _server = server;
        _schema = schema;
        _accounts = accounts;
        _logger = logger;
        // OpenLDAP does not list the control.
        _hasTransactions = mayTransact && root.Texts("supportedExtension").Contains(StartTransaction) && root.Texts("supportedExtension").Contains(EndTransaction);
        _hasPostRead = root.Texts("supportedControl").Contains(PostRead);
        _modifications = new LdapModifications(schema, server.Name, root.Texts("supportedControl").Contains(LdapModifications.Assertion));
    }

    /// <summary>Writes a batch.</summary>
    /// <param name="batch">The changes.</param>
    /// <param name="outcomes">Receives each one's outcome as soon as it is certain.</param>
    /// <param name="cancellationToken">Stops before the first operation is sent.</param>
    public async Task WriteAsync(IReadOnlyList<HashWrite> batch, WriteOutcome?[] outcomes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var inTransaction = _hasTransactions;
        DateTime? lostSince = null;
        var busy = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            outcomes[i] = _modifications.Refuse(batch[i]);
        }

        for (var attempt = 1; ; attempt++)
        {
            var open = Enumerable.Range(0, batch.Count).Where(i => outcomes[i] is null).ToArray();
            if (open.Length == 0)
            {
                return;
            }

            // Sent and not answered: the server may have executed it.
            var uncertain = new HashSet<int>();
            try
            {
                // Not cancelled: once an operation was sent, its outcome must be found out.
                var connection = await _server.WritingAsync(CancellationToken.None).ConfigureAwait(false);
                foreach (var i in open)
                {
                    if (!_modifications.IsTried(batch[i]))
                    {
                        await ProbeAsync(connection, batch, i, outcomes, uncertain).ConfigureAwait(false);
                    }

                    outcomes[i] ??= _modifications.Refuse(batch[i]);
                }

                open = Array.FindAll(open, i => outcomes[i] is null);
                if (inTransaction && open.Length >= MinInTransaction)
                {
                    if (await TransactAsync(connection, batch, open, uncertain).ConfigureAwait(false))
                    {
                        await BelieveAsync(batch, open, outcomes).ConfigureAwait(false);
                    }

                    // One operation made the server undo all of them. Sending each alone shows which one.
                    inTransaction = false;
                    continue;
                }

                await PipelineAsync(connection, batch, open, outcomes, uncertain).ConfigureAwait(false);

                // The server may have executed an operation of an earlier attempt after all: that is not a conflict with somebody else.
                var hasLost = lostSince is not null;
                await ReadBackAsync(batch, Enumerable.Range(0, batch.Count).Where(i => outcomes[i]?.Status is WriteStatus.Conflict && (hasLost || !LdapModifications.IsByServer(batch[i]))), outcomes, new WriteOutcome(WriteStatus.Conflict)).ConfigureAwait(false);

                if (Array.TrueForAll(open, i => outcomes[i] is not null))
                {
                    return;
                }

                if (++busy >= MaxBusy)
                {
                    throw new MailPassException(ErrorIds.StoreUnreachable, $"The directory at {_server.Name} was busy {MaxBusy} times in a row.", "Repeat the call when it has less to do. Mailboxes reported as changed are changed.");
                }
            }
            catch (Exception e) when (LdapServer.IsFault(e))
            {
                lostSince ??= DateTime.UtcNow;
                if (uncertain.Count > 0)
                {
                    StoreLog.CommitUnknown(_logger, _server.Name);
                }

                var wasRead = uncertain.Count == 0 || await ReadBackAsync(batch, uncertain.Where(i => outcomes[i] is null), outcomes).ConfigureAwait(false);
                if (!wasRead || !LdapServer.IsLost(e))
                {
                    // A server that hangs may execute an operation long after it was sent.
                    foreach (var i in uncertain.Where(i => outcomes[i] is null))
                    {
                        outcomes[i] = new WriteOutcome(WriteStatus.Unknown, null, "the directory did not answer.");
                    }

                    throw;
                }

                if (DateTime.UtcNow - lostSince > _server.Patience)
                {
                    throw;
                }

                StoreLog.Retry(_logger, _server.Name, attempt, e.Message);
            }

            await LdapServer.PauseAsync(attempt, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneTransaction.Dispose();

    // The first hash of a scheme: does the server store it as it was sent?
    private async Task ProbeAsync(LdapConnection connection, IReadOnlyList<HashWrite> batch, int i, WriteOutcome?[] outcomes, HashSet<int> uncertain)
    {
        uncertain.Add(i);
        var answer = await ModifyAsync(connection, batch[i], _hasPostRead ? [LdapPasswordPolicy.Control, AskForHash()] : [LdapPasswordPolicy.Control]).ConfigureAwait(false);
        uncertain.Remove(i);
        if (_modifications.TurnsToReplacing(answer))
        {
            await ProbeAsync(connection, batch, i, outcomes, uncertain).ConfigureAwait(false);
            return;
        }

        outcomes[i] = _modifications.OutcomeOf(answer);
        if (answer.Code is not LdapResultCode.Success || batch[i].NewHash.Length == 0)
        {
            return;
        }

        var entry = _hasPostRead && answer.ControlValue(PostRead) is { } value
            ? LdapReplies.ReadEntry(new AsnReader(value, AsnEncodingRules.BER), isBare: true)
            : (await ReadAsync(batch[i]).ConfigureAwait(false)).Entries is [var read, ..] ? read : null;
        var there = entry is null ? null : _accounts.HashOf(entry);
        if (there is null || IsSame(there, batch[i].NewHash))
        {
            // If the login may not see what it wrote, nothing shows that the hash was altered.
            _modifications.Try(batch[i], isKept: true);
            return;
        }

        if (IsSame(there, batch[i].Account.PasswordHash))
        {
            outcomes[i] = new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, "The directory confirmed the write, but still has the old hash.");
            return;
        }

        var back = new HashWrite
        {
            Account = new MailboxAccount { Address = batch[i].Account.Address, StoreKey = batch[i].Account.StoreKey, PasswordHash = there },
            NewHash = batch[i].Account.PasswordHash ?? string.Empty,
            PutBack = batch[i].Account.Bookkeeping,
        };
        var undone = await ModifyAsync(connection, back).ConfigureAwait(false);
        _modifications.Try(batch[i], isKept: false);
        outcomes[i] = new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, undone.Code is LdapResultCode.Success
            ? LdapModifications.Altered
            : $"The directory hashed the new hash again and then refused the old one ({undone}): neither the old nor the new password works.");
    }

    private LdapControl AskForHash() => new(PostRead, IsCritical: false, LdapRequests.Value(writer =>
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(Encoding.UTF8.GetBytes(_schema.HashAttribute));
        }
    }));

    // True: committed. False: the server undid it, as one operation failed.
    private async Task<bool> TransactAsync(LdapConnection connection, IReadOnlyList<HashWrite> batch, int[] open, HashSet<int> uncertain)
    {
        await _oneTransaction.WaitAsync().ConfigureAwait(false);
        try
        {
            var start = await connection.SendAsync(LdapRequests.Extended(StartTransaction), _server.Limit, CancellationToken.None).ConfigureAwait(false);
            if (start is not { Code: LdapResultCode.Success, Value: { } id })
            {
                return false;
            }

            var specified = new LdapControl(InTransaction, IsCritical: true, id);
            var refused = 0;
            await AtOnceAsync(open, async i =>
            {
                var answer = await ModifyAsync(connection, batch[i], specified).ConfigureAwait(false);
                if (answer.Code is not (LdapResultCode.Success or LdapResultCode.TransactionOkay))
                {
                    Interlocked.Increment(ref refused);
                }
            }).ConfigureAwait(false);
            var isWhole = refused == 0;
            if (isWhole)
            {
                uncertain.UnionWith(open);
            }

            var end = await connection.SendAsync(LdapRequests.Extended(EndTransaction, LdapRequests.Value(writer =>
            {
                using (writer.PushSequence())
                {
                    if (!isWhole)
                    {
                        writer.WriteBoolean(false);
                    }

                    writer.WriteOctetString(id);
                }
            })), _server.Limit, CancellationToken.None).ConfigureAwait(false);
            uncertain.Clear();
            return isWhole && end.Code is LdapResultCode.Success;
        }
        catch
        {
            // Closing the connection makes the server drop an unfinished transaction.
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _oneTransaction.Release();
        }
    }

    // The server may know transactions while the backend of these entries does not: so the first transaction is read back as a whole.
    private async Task BelieveAsync(IReadOnlyList<HashWrite> batch, int[] open, WriteOutcome?[] outcomes)
    {
        if (!_areTransactionsProved && await ReadBackAsync(batch, open, outcomes).ConfigureAwait(false))
        {
            _areTransactionsProved = Array.TrueForAll(open, i => outcomes[i]?.Status is WriteStatus.Written);
            _hasTransactions = _areTransactionsProved;
            return;
        }

        Array.ForEach(open, i => outcomes[i] = new WriteOutcome(WriteStatus.Written));
    }

    private async Task PipelineAsync(LdapConnection connection, IReadOnlyList<HashWrite> batch, int[] open, WriteOutcome?[] outcomes, HashSet<int> uncertain) =>
        await AtOnceAsync(open, async i =>
        {
            lock (uncertain)
            {
                uncertain.Add(i);
            }

            var answer = LdapModifications.IsByServer(batch[i])
                ? await SetAsync(connection, batch[i], outcome => outcomes[i] = outcome).ConfigureAwait(false)
                : await ModifyAsync(connection, batch[i], LdapPasswordPolicy.Control).ConfigureAwait(false);
            lock (uncertain)
            {
                uncertain.Remove(i);
            }

            outcomes[i] ??= _modifications.TurnsToReplacing(answer) ? null : _modifications.OutcomeOf(answer);
        }).ConfigureAwait(false);

    // Waits for all of them, even if one throws.
    private static async Task AtOnceAsync(int[] open, Func<int, Task> write)
    {
        using var window = new SemaphoreSlim(AtOnce);
        var failed = false;
        var tasks = new List<Task>(open.Length);
        foreach (var i in open)
        {
            await window.WaitAsync().ConfigureAwait(false);
            if (Volatile.Read(ref failed))
            {
                window.Release();
                break;
            }

            tasks.Add(OneAsync(i));
        }

        await Task.WhenAll(tasks).ConfigureAwait(false);

        async Task OneAsync(int i)
        {
            try
            {
                await write(i).ConfigureAwait(false);
            }
            catch
            {
                Volatile.Write(ref failed, true);
                throw;
            }
            finally
            {
                window.Release();
            }
        }
    }

    private Task<LdapAnswer> ModifyAsync(LdapConnection connection, HashWrite write, params LdapControl[] controls)
    {
        var (operation, condition) = _modifications.Of(write);
        return connection.SendAsync(operation, _server.Limit, CancellationToken.None, condition is null ? controls : [.. controls, condition]);
    }

    // First the password, then the dates that the server does not set itself.
    private async Task<LdapAnswer> SetAsync(LdapConnection connection, HashWrite write, Action<WriteOutcome> written)
    {
        string[] attributes = [_schema.HashAttribute, .. s_keys, .. _schema.Refuse.SelectMany(guard => guard.Filter.Attributes)];
        var before = await ReadAsync(write, attributes).ConfigureAwait(false);
        if (before is not { Code: LdapResultCode.Success, Entries: [var entry, ..] })
        {
            return before.Code is LdapResultCode.Success ? new LdapAnswer(LdapResultCode.NoSuchObject, string.Empty) : before;
        }

        if (!IsSame(_accounts.HashOf(entry), write.Account.PasswordHash))
        {
            return new LdapAnswer(LdapResultCode.AssertionFailed, string.Empty);
        }

        var answer = await connection.SendAsync(LdapRequests.SetPassword(write.Account.StoreKey, write.Password!), _server.Limit, CancellationToken.None, LdapPasswordPolicy.Control).ConfigureAwait(false);
        if (answer.Code is LdapResultCode.Success)
        {
            // The password is set, whatever happens to the rest.
            written(new WriteOutcome(WriteStatus.Written, null, $"{HashedThere} It is not known whether the dates and Samba's or Kerberos' keys were updated."));
            var dates = _modifications.DatesOf(write) is { } operation
                ? await connection.SendAsync(operation, _server.Limit, CancellationToken.None).ConfigureAwait(false)
                : answer;
            written(new WriteOutcome(WriteStatus.Written, null, HashedThere
                + (dates.Code is LdapResultCode.Success ? string.Empty : $" Its date was not written: {dates}.")
                + await OldKeysAsync(write, entry).ConfigureAwait(false)));
        }

        return answer;
    }

    // The keys for Samba or Kerberos, if the directory did not renew them.
    private async Task<string> OldKeysAsync(HashWrite write, LdapEntry before)
    {
        if (_schema.Refuse.All(guard => guard.Unless is null || guard.Filter.Fits(before)))
        {
            return string.Empty;
        }

        var had = Array.FindAll(s_keys, key => before.Values(key).Count > 0);
        var after = await ReadAsync(write, s_keys).ConfigureAwait(false);
        if (after.Entries is not [var now, ..])
        {
            return " MailPass could not read whether the directory renewed its Samba or Kerberos keys.";
        }

        var old = Array.FindAll(had, key => now.Values(key).Select(Convert.ToHexString).ToHashSet().SetEquals(before.Values(key).Select(Convert.ToHexString)));
        return had.Length == 0 ? " This login does not see whether the directory renewed its Samba or Kerberos keys."
            : old.Length == 0 ? string.Empty
            : $" Its {string.Join(" and ", old)} did not change and still works: the directory has no module that renews it (smbk5pwd).";
    }

    // False: the directory cannot be asked.
    private async Task<bool> ReadBackAsync(IReadOnlyList<HashWrite> batch, IEnumerable<int> uncertain, WriteOutcome?[] outcomes, WriteOutcome? otherwise = null)
    {
        int[] asked = [.. uncertain];
        if (asked.Length == 0)
        {
            return true;
        }

        try
        {
            await AtOnceAsync(asked, async i =>
            {
                var answer = await ReadAsync(batch[i]).ConfigureAwait(false);
                if (answer.Code is LdapResultCode.NoSuchObject or LdapResultCode.InvalidDnSyntax)
                {
                    outcomes[i] = new WriteOutcome(WriteStatus.NotFound);
                    return;
                }

                _server.Require(answer, "to show a mailbox");
                var there = answer.Entries is [var entry, ..] ? _accounts.HashOf(entry) : null;
                if (LdapModifications.IsByServer(batch[i]))
                {
                    outcomes[i] = JudgedByServer(there, batch[i], otherwise);
                    return;
                }

                outcomes[i] = IsSame(there, batch[i].NewHash) ? new WriteOutcome(WriteStatus.Written)
                    : IsSame(there, batch[i].Account.PasswordHash) ? otherwise
                    : new WriteOutcome(WriteStatus.Conflict);
            }).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (LdapServer.IsFault(e) || e is MailPassException)
        {
            return false;
        }
    }

    // Did the server hash this password before it was lost?
    private WriteOutcome? JudgedByServer(string? there, HashWrite write, WriteOutcome? otherwise) =>
        there is null || !StoredHash.TryParseToVerify(there, _schema.Unprefixed, out var hash, out _)
            ? IsSame(there, write.Account.PasswordHash) && there is not null ? otherwise : new WriteOutcome(WriteStatus.Unknown, null, "the connection was lost, and the directory's own hash does not show whether it was written.")
            : hash!.Verify(write.Password!) ? new WriteOutcome(WriteStatus.Written, null, HashedThere)
            : IsSame(there, write.Account.PasswordHash) ? otherwise
            : new WriteOutcome(WriteStatus.Conflict);

    // Uses the connection that writes: several servers may share one name, and another one may not have the change yet.
    private Task<LdapAnswer> ReadAsync(HashWrite write, params string[] attributes) => _server.RepeatAsync(async () =>
    {
        var connection = await _server.WritingAsync(CancellationToken.None).ConfigureAwait(false);
        return await connection.SendAsync(
            LdapRequests.Search(write.Account.StoreKey, LdapScope.Base, new LdapFilter.Present("objectClass"), attributes.Length > 0 ? attributes : [_schema.HashAttribute]),
            _server.Limit,
            CancellationToken.None).ConfigureAwait(false);
    }, CancellationToken.None);

    // A set of values has no order.
    private static bool IsSame(string? there, string? hash) =>
        new HashSet<string>((there ?? string.Empty).Split(LdapAccounts.Between), StringComparer.Ordinal).SetEquals((hash ?? string.Empty).Split(LdapAccounts.Between));
}
