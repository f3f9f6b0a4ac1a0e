using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Sql;

/// <summary>Mailboxes in a database: one store for every mail system and every database, told apart by schema and dialect.</summary>
internal sealed class SqlMailboxStore : IMailboxStore
{
    // Rows fetched with one statement of a listing. Each page is a statement of its own, begun behind the last key, so
    // that no read transaction lives longer than a page, however long the reader takes over its rows.
    private const int PageSize = 2000;

    private readonly SqlDatabase _database;
    private readonly BoundSchema _bound;
    private readonly AccountQuery _query;
    private readonly string _domainHint;
    private bool? _mixedCase;

    private SqlMailboxStore(SqlDatabase database, BoundSchema bound, HashSample sample)
    {
        _database = database;
        _bound = bound;
        _domainHint = database.DomainHint(bound);
        _query = new AccountQuery(database, bound);
        var hash = bound.Schema.Hash;
        Info = new StoreInfo
        {
            Kind = database.Engine switch { SqlEngine.Sqlite => "SQLite", SqlEngine.MySql => "MySql", _ => "PostgreSql" },
            Location = database.Location,
            Schema = bound.Schema.Name,
            DefaultScheme = hash.Default,
            UnprefixedScheme = hash.Unprefixed,
            Prefix = hash.Prefix,
            Schemes = hash.Schemes,
            SchemeCaveats = hash.Caveats,
            SchemePrefixes = hash.PrefixNames,
            BareSchemes = sample.BareSchemes,
            PrefixedSchemes = sample.PrefixedSchemes,
            HasNamelessHashes = sample.HasNameless,
            IsMostlyBare = sample.IsMostlyBare,
            HashColumnWidth = bound.HashColumn.Width,
            IsReadOnly = database.IsReadOnly,
            // A file syncs once a transaction and has no round trips to save: more than a thousand only takes memory. A
            // server writes 5,000 no faster, and a run, which has several batches under way at once, then takes 40 MB more
            // (docs/performance.md).
            BatchSize = database.Engine is SqlEngine.Sqlite ? 1000 : 2500,
            Credentials = bound.OtherCredentials,
            Notes = bound.Notes,
            Warnings = [.. sample.Contradictions(hash.Prefix)],
        };
    }

    /// <inheritdoc/>
    public StoreInfo Info { get; }

    /// <summary>Opens a database: reads its tables, finds or checks the schema.</summary>
    /// <param name="database">The database; the store's from now on, also where opening fails.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<SqlMailboxStore> OpenAsync(SqlDatabase database, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            var candidates = options.Schema is { } name ? [SqlSchemas.Get(name)] : SqlSchemas.All.Values.ToArray();
            var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var catalog = await database.ReadCatalogAsync(connection, cancellationToken).ConfigureAwait(false);
                var (schema, prefix) = SchemaDetector.Detect(catalog, database.Engine, candidates, database.Location);
                var missing = schema.OtherCredentials.Where(credential => credential.Table is not null).Select(credential => prefix + credential.Table).Where(table => !catalog.Tables.ContainsKey(table)).ToArray();
                var outOfSight = await database.OutOfSightAsync(connection, missing, cancellationToken).ConfigureAwait(false);
                var bound = BoundSchema.Bind(schema, catalog, prefix, options.SchemaOptions, outOfSight);
                HashSample sample;
                try
                {
                    sample = await SampleAsync(database, bound, connection, cancellationToken).ConfigureAwait(false);
                }
                catch (DbException e) when (bound.Kept.Count > 0 && !database.IsTransient(e))
                {
                    bound.KeepNothing();
                    sample = await SampleAsync(database, bound, connection, cancellationToken).ConfigureAwait(false);
                }

                var store = new SqlMailboxStore(database, bound, sample);
                StoreLog.Opened(logger, store.Info.Kind, store.Info.Location, store.Info.Schema);
                foreach (var note in store.Info.Notes.Concat(store.Info.Warnings))
                {
                    StoreLog.Note(logger, note);
                }

                return store;
            }
        }
        catch (Exception e)
        {
            await database.DisposeAsync().ConfigureAwait(false);
            if (database.IsFault(e))
            {
                throw database.Explain(e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var text = _query.Text;
        var statement = (_bound.Schema.Domains, _bound.Schema.Mailbox.Domain) switch
        {
            ({ } list, _) => $"SELECT {_database.Quote(list.Column)} FROM {text.Table(list.Table)}",
            (null, { } column) => $"SELECT DISTINCT {text.Ref(column)} FROM {text.From([column.Alias])}",
            _ => $"SELECT DISTINCT {_database.DomainOf(text.Ref(_bound.Schema.Mailbox.Address))} FROM {text.From([_bound.Schema.Mailbox.Address.Alias])}",
        };
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        await ReadAsync(domains.Clear, command => command.CommandText = statement, reader =>
        {
            // Some systems keep rows such as ALL among their domains.
            if (ColumnText.Read(reader, 0) is { } domain && domain.Contains('.', StringComparison.Ordinal))
            {
                domains.Add(AddressSpellings.Canonical(domain));
            }
        }, cancellationToken).ConfigureAwait(false);

        foreach (var domain in domains)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return domain;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = new MailboxFilter(query);
        var mailbox = _bound.Schema.Mailbox;
        var text = _query.Text;
        var key = text.Ref(mailbox.Key);
        // Two spellings of a domain lie apart in the index, and their keys in no order.
        var hint = filter.Domain is { } asked && AddressSpellings.OfDomain(asked).Count == 1 ? _domainHint : string.Empty;
        var from = text.From(mailbox.Domain is { } domainColumn ? [.. _query.Aliases, domainColumn.Alias] : _query.Aliases, hint);
        var repeated = await RepeatedAsync(filter, cancellationToken).ConfigureAwait(false);
        string? lastKey = null;
        var page = new List<MailboxAccount>(PageSize);
        int rows;
        do
        {
            rows = 0;
            var after = lastKey;
            await ReadAsync(
                () =>
                {
                    page.Clear();
                    rows = 0;
                },
                command => BuildPage(command, filter, from, key, after),
                reader =>
                {
                    rows++;
                    lastKey = _query.Key(reader);
                    if (_query.Read(reader) is { } account)
                    {
                        account = repeated.TryGetValue(account.Address.Key, out var reason) ? Repeated(account, reason) : account;
                        if (filter.Fits(account))
                        {
                            page.Add(account);
                        }
                    }
                },
                cancellationToken).ConfigureAwait(false);

            foreach (var account in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return account;
            }
        }
        while (rows == PageSize);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new MailboxAccount?[addresses.Count];
        if (addresses.Count == 0)
        {
            return found;
        }

        var byKey = new Dictionary<string, MailboxAccount>(addresses.Count, StringComparer.Ordinal);
        await FindSpelledAsync(addresses, ignoringCase: false, byKey, null, cancellationToken).ConfigureAwait(false);
        if (byKey.Count < addresses.Count && await MixedCaseAsync(cancellationToken).ConfigureAwait(false))
        {
            var missing = addresses.Where(address => !byKey.ContainsKey(address.Key)).ToArray();
            await FindSpelledAsync(missing, ignoringCase: true, byKey, null, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < found.Length; i++)
        {
            found[i] = byKey.GetValueOrDefault(addresses[i].Key);
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (Info.IsReadOnly)
        {
            throw new MailPassException(ErrorIds.StoreReadOnly, $"{Info.Location} can be read but not written.", "Give the current user the right to write it.");
        }

        var outcomes = new WriteOutcome?[batch.Count];
        var writable = new List<HashWrite>(batch.Count);
        var places = new List<int>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (Refuse(batch[i]) is { } refusal)
            {
                outcomes[i] = refusal;
            }
            else
            {
                writable.Add(batch[i]);
                places.Add(i);
            }
        }

        if (writable.Count > 0)
        {
            var written = new WriteOutcome?[writable.Count];
            try
            {
                await _database.WriteAsync(_bound, writable, written, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (_database.IsFault(e) || Array.Exists(written, outcome => outcome is not null))
            {
                var fault = _database.IsFault(e) ? _database.Explain(e)
                    : e as MailPassException ?? new MailPassException(e is OperationCanceledException ? ErrorIds.Stopped : ErrorIds.Unexpected, e.Message, null, e);
                if (Array.TrueForAll(written, outcome => outcome is null))
                {
                    throw fault;
                }

                Place(written);
                throw new InterruptedWriteException(fault, outcomes);
            }

            Place(written);
        }

        return Array.ConvertAll(outcomes, outcome => outcome!.Value);

        void Place(WriteOutcome?[] written)
        {
            for (var i = 0; i < written.Length; i++)
            {
                outcomes[places[i]] = written[i];
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<HashSample> SampleAsync(SqlDatabase database, BoundSchema bound, DbConnection connection, CancellationToken cancellationToken)
    {
        var sample = new HashSample(bound.Schema.Hash.Unprefixed);
        var query = new AccountQuery(database, bound);
        var hash = query.Text.Ref(bound.Schema.Hash.Column);
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT {query.SelectList} FROM {query.Text.From(query.Aliases)} WHERE {hash} <> '' LIMIT {HashSample.Size}");
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    // Rooms and lists have no hash in that column, people of another directory one that nobody reads.
                    if (query.Read(reader) is { State: not MailboxState.External } account)
                    {
                        sample.Add(account.PasswordHash);
                    }
                }
            }
        }

        return sample;
    }

    // Whether the table holds addresses that are not in lower case, where an equal text would not find them. Asked once,
    // on the first miss: a table without such rows, which is nearly every one, is searched by its index alone.
    private async ValueTask<bool> MixedCaseAsync(CancellationToken cancellationToken)
    {
        var lookup = _bound.Schema.Mailbox.Lookup;
        if (_mixedCase is { } known)
        {
            return known;
        }

        if (lookup != _bound.Schema.Mailbox.Address || _database.ComparesIgnoringCase(_bound.Column(lookup)))
        {
            _mixedCase = false;
            return false;
        }

        var mixed = false;
        var column = _query.Text.Ref(lookup);
        await ReadAsync(
            () => mixed = false,
            command => command.CommandText = $"SELECT 1 FROM {_query.Text.From([lookup.Alias])} WHERE {column} <> lower({column}) LIMIT 1",
            _ => mixed = true,
            cancellationToken).ConfigureAwait(false);
        _mixedCase = mixed;
        return mixed;
    }

    // As many statements as the addresses' spellings need; nearly always one.
    private async Task FindSpelledAsync(
        IReadOnlyCollection<MailboxAddress> addresses,
        bool ignoringCase,
        Dictionary<string, MailboxAccount> byKey,
        Dictionary<string, string>? repeated,
        CancellationToken cancellationToken)
    {
        var spellings = new HashSet<string>(addresses.Count, StringComparer.Ordinal);
        foreach (var address in addresses)
        {
            AddressSpellings.Add(address, spellings);
        }

        var text = _query.Text;
        var lookup = _bound.Schema.Mailbox.Lookup;
        var column = ignoringCase ? $"lower({text.Ref(lookup)})" : text.Ref(lookup);
        var from = text.From([.. _query.Aliases, lookup.Alias]);
        var all = ignoringCase ? spellings.Select(spelling => spelling.ToLowerInvariant()).Distinct(StringComparer.Ordinal).ToArray() : [.. spellings];
        for (var rest = new ArraySegment<string>(all); rest.Count > 0;)
        {
            var texts = rest[..Fitting(rest)];
            var rows = new List<MailboxAccount>();
            await ReadAsync(
                rows.Clear,
                command => command.CommandText = $"SELECT {_query.SelectList} FROM {from} WHERE {_database.IsAnyOf(command, column, _bound.Column(lookup), texts)}",
                reader =>
                {
                    if (_query.Read(reader) is { } account)
                    {
                        rows.Add(account);
                    }
                },
                cancellationToken).ConfigureAwait(false);
            rows.ForEach(account => Take(account, byKey, repeated));
            rest = rest[texts.Count..];
        }
    }

    private int Fitting(ArraySegment<string> texts)
    {
        // What a dialect puts around a text: quotes, a comma, perhaps a conversion to the column's character set.
        const int Around = 100;
        long length = 0;
        for (var i = 0; i < texts.Count; i++)
        {
            length += Encoding.UTF8.GetByteCount(texts[i]) + Around;
            if (length > _database.LongestList && i > 0)
            {
                return i;
            }
        }

        return texts.Count;
    }

    // Addresses that more than one row has, and why none of those can be written. Asked before the first page: once a row
    // was handed on, it is too late to learn of the other.
    private async Task<IReadOnlyDictionary<string, string>> RepeatedAsync(MailboxFilter filter, CancellationToken cancellationToken)
    {
        var mailbox = _bound.Schema.Mailbox;
        var ignoresCase = _database.ComparesIgnoringCase(_bound.Column(mailbox.Address));
        var repeated = new Dictionary<string, string>(StringComparer.Ordinal);
        // A key is there once, and so is what a mail system has a column of its own to find addresses by.
        if (mailbox.Lookup != mailbox.Address || (mailbox.Key == mailbox.Address && ignoresCase))
        {
            return repeated;
        }

        var text = _query.Text;
        var address = ignoresCase ? text.Ref(mailbox.Address) : $"lower({text.Ref(mailbox.Address)})";
        var from = text.From(mailbox.Domain is { } domain ? [mailbox.Address.Alias, domain.Alias] : [mailbox.Address.Alias]);
        var candidates = new List<MailboxAddress>();
        await ReadAsync(
            candidates.Clear,
            command => command.CommandText = $"SELECT {address} FROM {from}{Where(OfDomain(command, filter))} GROUP BY {address} HAVING COUNT(*) > 1",
            reader =>
            {
                if (MailboxAddress.TryParse(ColumnText.Read(reader, 0), out var candidate, out _))
                {
                    candidates.Add(candidate);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (candidates.Count > 0)
        {
            await FindSpelledAsync(candidates, !ignoresCase, new Dictionary<string, MailboxAccount>(StringComparer.Ordinal), repeated, cancellationToken).ConfigureAwait(false);
        }

        return repeated;
    }

    private static string Where(List<string> conditions) => conditions.Count > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : string.Empty;

    private List<string> OfDomain(DbCommand command, MailboxFilter filter)
    {
        if (filter.Domain is not { } domain)
        {
            return [];
        }

        var text = _query.Text;
        var spellings = AddressSpellings.OfDomain(domain);
        var address = _bound.Schema.Mailbox.Address;
        return
        [
            _bound.Schema.Mailbox.Domain is { } column
                ? _database.IsAnyOf(command, text.Ref(column), _bound.Column(column), spellings)
                : _database.IsAnyOf(command, _database.DomainOf(text.Ref(address)), _bound.Column(address), spellings),
        ];
    }

    private void BuildPage(DbCommand command, MailboxFilter filter, string from, string key, string? after)
    {
        var conditions = OfDomain(command, filter);
        if (after is not null)
        {
            conditions.Add($"{key} > {_database.Parameter(command, "after", _bound.KeyColumn, after)}");
        }

        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT {_query.SelectList} FROM {from}{Where(conditions)} ORDER BY {key} LIMIT {PageSize}");
    }

    private static void Take(MailboxAccount account, Dictionary<string, MailboxAccount> byKey, Dictionary<string, string>? repeated)
    {
        if (!byKey.TryAdd(account.Address.Key, account) && byKey[account.Address.Key] is var first && first.StoreKey != account.StoreKey)
        {
            string[] rows = [first.StoreKey, account.StoreKey];
            Array.Sort(rows, StringComparer.Ordinal);
            var reason = $"The store has this address more than once (rows {rows[0]} and {rows[1]}).";
            byKey[account.Address.Key] = Repeated(first, reason);
            repeated?.TryAdd(account.Address.Key, reason);
        }
    }

    // Two rows that only differ in case, or an address column that is not unique: which one a login would use is anybody's
    // guess, so neither is written.
    private static MailboxAccount Repeated(MailboxAccount account, string reason) => new()
    {
        Address = account.Address,
        StoreKey = account.StoreKey,
        State = MailboxState.Disabled,
        StateReason = reason,
        PasswordHash = account.PasswordHash,
        DisplayName = account.DisplayName,
    };

    private WriteOutcome? Refuse(HashWrite write)
    {
        if (Info.HashColumnWidth is { } width && write.NewHash.Length > width)
        {
            return new WriteOutcome(WriteStatus.Failed, ErrorIds.HashTooLongForColumn, $"The hash has {write.NewHash.Length} characters, the column {_bound.Schema.Hash.Column} holds {width}.");
        }

        return write.Account.WriteRefusal is { } refusal ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal) : null;
    }

    // A reading that another client or a restart upset is begun again from its start, a few times.
    private async Task ReadAsync(Action begin, Action<DbCommand> prepare, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        const int MaxAttempts = 6;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                begin();
                await ReadOnceAsync(prepare, read, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (_database.IsFault(e))
            {
                if (attempt == MaxAttempts || !_database.IsTransient(e))
                {
                    throw _database.Explain(e);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadOnceAsync(Action<DbCommand> prepare, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        var connection = await _database.ConnectAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                prepare(command);
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        read(reader);
                    }
                }
            }
        }
    }
}
