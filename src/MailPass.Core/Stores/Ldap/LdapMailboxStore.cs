using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using MailPass.Stores.Ldap.Protocol;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.Ldap;

/// <summary>Mailboxes in an LDAP directory.</summary>
internal sealed class LdapMailboxStore : IMailboxStore
{
    // Addresses in one search: a server compares every candidate with every one of them.
    private const int FindSize = 25;

    // Searches under way at once; OpenLDAP closes a connection with more than a hundred waiting operations.
    private const int FindsAtOnce = 16;

    // The capability that Microsoft's and Samba's directories announce (MS-ADTS 3.1.1.3.4.3, LDAP_CAP_ACTIVE_DIRECTORY_OID).
    private const string ActiveDirectory = "1.2.840.113556.1.4.800";

    private static readonly LdapFilter s_anything = new LdapFilter.Present("objectClass");

    private readonly LdapServer _server;
    private readonly string _base;
    private readonly LdapSchema _schema;
    private readonly LdapAccounts _accounts;
    private readonly LdapWriter _writer;

    private LdapMailboxStore(LdapServer server, string baseDn, LdapSchema schema, LdapAccounts accounts, LdapWriter writer, HashSample sample, IReadOnlyList<string> warnings, bool hashesItself)
    {
        _server = server;
        _base = baseDn;
        _schema = schema;
        _accounts = accounts;
        _writer = writer;
        Info = new StoreInfo
        {
            Kind = "LDAP",
            Location = $"{server.Name}/{baseDn}",
            Schema = schema.Name,
            DefaultScheme = schema.DefaultScheme,
            UnprefixedScheme = schema.Unprefixed,
            Prefix = schema.Prefix,
            // A scheme that only some directories verify is allowed if the directory has such hashes already.
            Schemes = [.. schema.Schemes.Where(scheme => !schema.Caveats.ContainsKey(scheme) || sample.PrefixedSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))],
            SchemeCaveats = schema.Caveats,
            SchemePrefixes = schema.PrefixNames,
            BareSchemes = sample.BareSchemes,
            PrefixedSchemes = sample.PrefixedSchemes,
            HasNamelessHashes = sample.HasNameless,
            IsMostlyNameless = sample.IsMostlyNameless,
            IsMostlyBare = sample.IsMostlyBare,
            BatchSize = 1000,
            HashesItself = hashesItself,
            Credentials = [.. schema.OtherCredentials.Select(text => new OtherCredential(text, null))],
            Warnings = [.. warnings, .. sample.Contradictions(schema.Prefix)],
        };
    }

    /// <inheritdoc/>
    public StoreInfo Info { get; }

    /// <summary>Opens a directory: finds its base, and finds or checks the schema.</summary>
    /// <param name="location">The directory's location.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async Task<LdapMailboxStore> OpenAsync(StoreLocation location, StoreOpenOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var candidates = options.Schema is { } name ? [LdapSchemas.Get(name)] : LdapSchemas.All.Values.ToArray();
        var server = new LdapServer(location, options with { Patience = TimeSpan.Zero }, logger);
        try
        {
            var root = await RootAsync(server, cancellationToken).ConfigureAwait(false);
            var baseDn = location.Database ?? BaseOf(root, server);
            var schema = await DetectAsync(server, baseDn, candidates, cancellationToken).ConfigureAwait(false);
            if (options.SchemaOptions.FirstOrDefault(option => option is not (LdapWriter.Transactions or LdapWriter.ServerHashes) && !schema.Options.ContainsKey(option)) is { } unknown)
            {
                throw new MailPassException(
                    ErrorIds.SchemaInvalid,
                    $"The schema {schema.Name} has no option '{unknown}'.",
                    $"There are {string.Join(", ", schema.Options.Keys.Append(LdapWriter.Transactions).Append(LdapWriter.ServerHashes))}.");
            }

            var hashesItself = options.SchemaOptions.Contains(LdapWriter.ServerHashes);
            if (hashesItself && !root.Texts("supportedExtension").Contains(LdapRequests.PasswordModify))
            {
                throw new MailPassException(ErrorIds.StoreInvalid, $"{server.Name} does not support the operation by which the server hashes a password (RFC 3062).", $"Leave the option {LdapWriter.ServerHashes} out.");
            }

            var accounts = new LdapAccounts(schema, [.. options.SchemaOptions]);
            var (sample, warnings) = await SampleAsync(server, baseDn, schema, accounts, hashesItself, cancellationToken).ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
            server = new LdapServer(location, options, logger);
            var store = new LdapMailboxStore(server, baseDn, schema, accounts, new LdapWriter(server, schema, accounts, root, options.SchemaOptions.Contains(LdapWriter.Transactions) && !hashesItself, logger), sample, warnings, hashesItself);
            StoreLog.Opened(logger, store.Info.Kind, store.Info.Location, store.Info.Schema);
            foreach (var warning in store.Info.Warnings)
            {
                StoreLog.Note(logger, warning);
            }

            return store;
        }
        catch (Exception e)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (LdapServer.IsFault(e))
            {
                throw server.Explain(e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        var (filter, attributes) = _schema.Domains is { } known ? (known.Filter, (IReadOnlyCollection<string>)[known.Attribute]) : (_schema.Mailbox, [.. _schema.Address]);
        await foreach (var entry in EntriesAsync(filter, attributes, cancellationToken).ConfigureAwait(false))
        {
            var found = _schema.Domains is { } list ? entry.Text(list.Attribute) : _accounts.AddressOf(entry)?.Domain;
            if (found?.Contains('.', StringComparison.Ordinal) is true)
            {
                domains.Add(AddressSpellings.Canonical(found));
            }
        }

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
        var wanted = filter.Domain is { } domain ? new LdapFilter.And([_schema.Mailbox, InDomain(domain)]) : _schema.Mailbox;
        var repeated = await RepeatedAsync(wanted, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in EntriesAsync(wanted, _accounts.Attributes, cancellationToken).ConfigureAwait(false))
        {
            var refusal = repeated.Count > 0 && _accounts.AddressOf(entry) is { } address && repeated.Contains(LdapListing.MarkOf(address.Key)) ? Repeated : null;
            if (_accounts.Read(entry, refusal) is { } account && filter.Fits(account))
            {
                yield return account;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new Dictionary<string, (LdapEntry Entry, bool IsRepeated)>(addresses.Count, StringComparer.Ordinal);
        using var atOnce = new SemaphoreSlim(FindsAtOnce);
        var searches = addresses.Chunk(FindSize).Select(async chunk =>
        {
            await atOnce.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await GuardAsync(() => _server.SearchAsync(_base, LdapScope.Subtree, new LdapFilter.And([_schema.Mailbox, Named(chunk)]), _accounts.Attributes, cancellationToken)).ConfigureAwait(false);
            }
            finally
            {
                atOnce.Release();
            }
        }).ToArray();
        foreach (var answer in await Task.WhenAll(searches).ConfigureAwait(false))
        {
            _server.Require(answer, "to look mailboxes up");
            foreach (var entry in answer.Entries)
            {
                foreach (var key in _accounts.NamesOf(entry).Select(name => name.Key).Distinct(StringComparer.Ordinal))
                {
                    found[key] = (entry, found.TryGetValue(key, out var earlier) && (earlier.IsRepeated || earlier.Entry.Dn != entry.Dn));
                }
            }
        }

        return [.. addresses.Select(address => found.TryGetValue(address.Key, out var match) ? Read(address, match.Entry, match.IsRepeated) : null)];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var outcomes = new WriteOutcome?[batch.Count];
        try
        {
            await _writer.WriteAsync(batch, outcomes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MailPassException || LdapServer.IsFault(e) || Array.Exists(outcomes, outcome => outcome is not null))
        {
            var fault = e as MailPassException ?? (LdapServer.IsFault(e) ? _server.Explain(e)
                : new MailPassException(e is OperationCanceledException ? ErrorIds.Stopped : ErrorIds.Unexpected, e.Message, null, e));
            throw Array.TrueForAll(outcomes, outcome => outcome is null) ? fault : new InterruptedWriteException(fault, outcomes);
        }

        return Array.ConvertAll(outcomes, outcome => outcome!.Value);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        return _server.DisposeAsync();
    }

    private const string Repeated = "More than one entry of the directory has this address, and only the mail server knows which one it uses; remove or rename the others.";

    private static async Task<LdapEntry> RootAsync(LdapServer server, CancellationToken cancellationToken)
    {
        LdapAnswer answer;
        try
        {
            answer = await server.SearchAsync(string.Empty, LdapScope.Base, s_anything, ["namingContexts", "supportedControl", "supportedExtension", "supportedCapabilities"], cancellationToken).ConfigureAwait(false);
        }
        catch (MailPassException)
        {
            // Checked before TLS and the login, so that nobody looks for a certificate or a password in vain.
            if (await server.RootWithoutLoginAsync("supportedCapabilities", cancellationToken).ConfigureAwait(false) is { } shown && shown.Texts("supportedCapabilities").Contains(ActiveDirectory))
            {
                throw NoStore(server);
            }

            throw;
        }

        server.Require(answer, "to say what it can do (its root entry)");
        var root = answer.Entries is [var entry, ..] ? entry : new LdapEntry(string.Empty, new Dictionary<string, IReadOnlyList<byte[]>>());
        return !root.Texts("supportedCapabilities").Contains(ActiveDirectory)
            ? root
            : throw NoStore(server);
    }

    private static MailPassException NoStore(LdapServer server) => new(
        ErrorIds.StoreInvalid,
        $"{server.Name} is an Active Directory (Microsoft's or Samba's). It does not let anyone read or write hashes, so MailPass cannot use it as a store.",
        "Set passwords there by its own means: Set-ADAccountPassword -Reset, or on Samba samba-tool user setpassword NAME.");

    private static string BaseOf(LdapEntry root, LdapServer server) => root.Texts("namingContexts").ToArray() switch
    {
        [var only] => only,
        [] => throw new MailPassException(ErrorIds.StoreInvalid, $"{server.Name} does not say which tree it has.", "Add the base after the server: ldap://host/dc=example,dc=org."),
        var several => throw new MailPassException(ErrorIds.StoreInvalid, $"{server.Name} has several trees: {string.Join("; ", several)}.", "Add the base after the server: ldap://host/dc=example,dc=org."),
    };

    private static async Task<LdapSchema> DetectAsync(LdapServer server, string baseDn, LdapSchema[] candidates, CancellationToken cancellationToken)
    {
        server.Require(await server.SearchAsync(baseDn, LdapScope.Base, s_anything, ["objectClass"], cancellationToken).ConfigureAwait(false), $"to show its base {baseDn}");
        if (candidates is [var named])
        {
            return named;
        }

        var found = new List<LdapSchema>();
        foreach (var schema in candidates)
        {
            if (await HasAsync(schema.Detect).ConfigureAwait(false) && !await AnyAsync(schema.DetectWithout).ConfigureAwait(false))
            {
                found.Add(schema);
            }
        }

        return found switch
        {
            [var only] => only,
            [] => throw new MailPassException(
                ErrorIds.SchemaNotDetected,
                $"No mailboxes of a kind that MailPass knows are visible below {baseDn} on {server.Name}.",
                $"Check the base and what the bind DN may read, or name the schema (-Schema, --schema): {string.Join(", ", candidates.Select(schema => schema.Name).Order(StringComparer.Ordinal))}, or a file."),
            _ => throw new MailPassException(
                ErrorIds.SchemaNotDetected,
                $"The entries below {baseDn} on {server.Name} fit several schemas: {string.Join(", ", found.Select(schema => schema.Name))}.",
                "Name the right one (-Schema, --schema)."),
        };

        async Task<bool> AnyAsync(IEnumerable<LdapFilter> filters)
        {
            foreach (var filter in filters)
            {
                if (await HasAsync(filter).ConfigureAwait(false))
                {
                    return true;
                }
            }

            return false;
        }

        async Task<bool> HasAsync(LdapFilter filter)
        {
            var answer = await server.SearchAsync(baseDn, LdapScope.Subtree, filter, ["1.1"], cancellationToken, sizeLimit: 1).ConfigureAwait(false);
            return answer.Entries.Count > 0;
        }
    }

    private static async Task<(HashSample Sample, IReadOnlyList<string> Warnings)> SampleAsync(LdapServer server, string baseDn, LdapSchema schema, LdapAccounts accounts, bool hashesItself, CancellationToken cancellationToken)
    {
        var sample = new HashSample(schema.Unprefixed);
        var answer = await server.SearchAsync(baseDn, LdapScope.Subtree, schema.Mailbox, accounts.Attributes, cancellationToken, HashSample.Size).ConfigureAwait(false);
        if (answer.Code is not LdapResultCode.SizeLimitExceeded)
        {
            server.Require(answer, "to show mailboxes");
        }

        var hashes = 0;
        foreach (var value in answer.Entries.SelectMany(entry => entry.Texts(schema.HashAttribute)))
        {
            hashes++;
            sample.Add(value);
        }

        return (sample, answer.Entries.Count > 0 && hashes == 0
            ? hashesItself ? [$"No mailbox shows this login its {schema.HashAttribute}: a password that somebody sets at the same moment is replaced without notice, and current passwords cannot be verified."] : [$"No mailbox shows this login its {schema.HashAttribute}: MailPass neither verifies nor replaces passwords that it may not read."]
            : []);
    }

    private MailboxAccount? Read(MailboxAddress asked, LdapEntry entry, bool isRepeated)
    {
        var main = _accounts.AddressOf(entry);
        return _accounts.Read(entry, isRepeated ? Repeated : main is not null && !main.Equals(asked) ? $"{asked} is another name of {main}; name that one." : null);
    }

    // Any value that a mailbox may log in under. Servers compare mail regardless of case (RFC 4524, section 2.16).
    private LdapFilter.Or Named(IEnumerable<MailboxAddress> addresses)
    {
        var spellings = new HashSet<string>(StringComparer.Ordinal);
        foreach (var address in addresses)
        {
            AddressSpellings.Add(address, spellings);
        }

        return new LdapFilter.Or([.. _schema.Address.Concat(_schema.Aliases).SelectMany(attribute => spellings.DistinctBy(spelling => spelling.ToLowerInvariant()).Select(spelling => new LdapFilter.Equal(attribute, spelling)))]);
    }

    private LdapFilter.Or InDomain(string domain) => new(
        [.. _schema.Address.SelectMany(attribute => AddressSpellings.OfDomain(domain).Select(spelling => new LdapFilter.Like(attribute, [[], System.Text.Encoding.UTF8.GetBytes("@" + spelling)])))]);

    // The addresses that more than one entry has: a mail server uses none of these entries, or one that MailPass cannot know.
    private async Task<HashSet<UInt128>> RepeatedAsync(LdapFilter wanted, CancellationToken cancellationToken)
    {
        var (seen, repeated) = (new HashSet<UInt128>(), new HashSet<UInt128>());
        await foreach (var entry in EntriesAsync(wanted, [.. _schema.Address], cancellationToken).ConfigureAwait(false))
        {
            if (_accounts.AddressOf(entry) is { } address && LdapListing.MarkOf(address.Key) is var mark && !seen.Add(mark))
            {
                repeated.Add(mark);
            }
        }

        return repeated;
    }

    private async IAsyncEnumerable<LdapEntry> EntriesAsync(LdapFilter filter, IReadOnlyCollection<string> attributes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = new LdapListing(_server, _base).ReadAsync(filter, attributes, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (entries.ConfigureAwait(false))
        {
            while (await GuardAsync(async () => await entries.MoveNextAsync().ConfigureAwait(false)).ConfigureAwait(false))
            {
                yield return entries.Current;
            }
        }
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception e) when (LdapServer.IsFault(e))
        {
            throw _server.Explain(e);
        }
    }
}
