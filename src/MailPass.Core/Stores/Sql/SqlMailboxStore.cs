using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>Mailboxes in a database: one class for all mail systems and databases, which differ in schema and dialect.</summary>
internal sealed class SqlMailboxStore : IMailboxStore, IRightsCheck
{
    private readonly SqlDatabase _database;
    private readonly SqlLookup _lookup;
    private readonly SqlListing _listing;
    private readonly IBatchWriter _writer;

    /// <summary>Makes the store.</summary>
    /// <param name="database">The database; the store takes it over.</param>
    /// <param name="bound">The schema over its tables.</param>
    /// <param name="sample">A sample of its hashes.</param>
    /// <param name="serverVersion">The server's own version text, if there is a server.</param>
    public SqlMailboxStore(SqlDatabase database, BoundSchema bound, HashSample sample, string? serverVersion = null)
    {
        _database = database;
        var reading = new SqlReading(database);
        var query = new AccountQuery(database, bound);
        _lookup = new SqlLookup(database, bound, query, reading);
        _listing = new SqlListing(database, bound, query, reading, _lookup);
        _writer = database.CreateWriter(bound);
        var hash = bound.Schema.Hash;
        Info = new StoreInfo
        {
            Kind = database.Engine switch { SqlEngine.Sqlite => "SQLite", SqlEngine.MySql => "MySql", _ => "PostgreSql" },
            Location = database.Location,
            ServerVersion = serverVersion,
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
            IsMostlyNameless = sample.IsMostlyNameless,
            IsMostlyBare = sample.IsMostlyBare,
            HashColumnWidth = bound.HashColumn.Width,
            IsReadOnly = database.IsReadOnly,
            // A file is synced once per transaction and has no round trips to save: more than a thousand only takes memory. For a
            // server, 5,000 are not faster, and a run, which has several batches under way, would take 40 MB more (bench/NOTES.md).
            BatchSize = database.Engine is SqlEngine.Sqlite ? 1000 : 2500,
            ForceChange = bound.Forced is null ? null : bound.Schema.Options[BoundSchema.ForceChange],
            Credentials = bound.OtherCredentials,
            Notes = bound.Notes,
            Warnings = [.. sample.Contradictions(hash.Prefix)],
        };
    }

    /// <inheritdoc/>
    public StoreInfo Info { get; }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListDomainsAsync(CancellationToken cancellationToken) => _listing.ListDomainsAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, CancellationToken cancellationToken) => _listing.ListAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return _lookup.FindAsync(addresses, cancellationToken);
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
        try
        {
            if (batch.Count > 0)
            {
                await _writer.WriteAsync(batch, outcomes, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (_database.IsFault(e) || Array.Exists(outcomes, outcome => outcome is not null))
        {
            var fault = _database.IsFault(e) ? _database.Explain(e)
                : e as MailPassException ?? new MailPassException(e is OperationCanceledException ? ErrorIds.Stopped : ErrorIds.Unexpected, e.Message, null, e);
            throw Array.TrueForAll(outcomes, outcome => outcome is null) ? fault : new InterruptedWriteException(fault, outcomes);
        }

        return Array.ConvertAll(outcomes, outcome => outcome!.Value);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailPassException>> MissingRightsAsync(MailboxAccount account, CancellationToken cancellationToken)
    {
        try
        {
            return await _writer.MissingRightsAsync(new HashWrite { Account = account, NewHash = account.PasswordHash ?? string.Empty, Time = DateTimeOffset.UtcNow }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (_database.IsFault(e))
        {
            throw _database.Explain(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }
}
