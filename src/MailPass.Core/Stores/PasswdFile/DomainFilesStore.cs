using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using MailPass.Mailboxes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// One passwd-file per domain as one store: each file is read, locked and replaced as if it were the only one, so a file
/// that cannot be written is the outcome of its own mailboxes alone.
/// </summary>
internal sealed class DomainFilesStore : IMailboxStore
{
    private readonly DomainFiles _files;
    private readonly StoreLocation _location;
    private readonly StoreOpenOptions _options;

    // One object per file while the store is open, because it keeps readers and writers of its file apart.
    private readonly ConcurrentDictionary<string, Lazy<PasswdFileStore>> _open = new(StringComparer.Ordinal);

    private DomainFilesStore(DomainFiles files, StoreLocation location, StoreOpenOptions options)
    {
        (_files, _location, _options) = (files, location, options);
        var sample = new HashSample(unprefixed: null);
        foreach (var (domain, path) in files.All())
        {
            if (!PasswdFileStore.Sample(path, Format(domain), sample))
            {
                break;
            }
        }

        Info = PasswdFileStore.InfoOf(PasswdFileFormat.PasswdFile, files.Pattern, sample);
    }

    /// <inheritdoc/>
    public StoreInfo Info { get; }

    /// <summary>Opens the files of a path.</summary>
    /// <param name="location">The path with <c>%d</c>, and what else is known of the files.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>: there is none, or one cannot be read; <see cref="ErrorIds.StoreInvalid"/>.</exception>
    public static DomainFilesStore Open(StoreLocation location, StoreOpenOptions options, ILogger logger)
    {
        var files = DomainFiles.Parse(location.Path!);
        if (location.Domain is not null)
        {
            throw new MailPassException(ErrorIds.StoreInvalid, "A path with %d takes the domain from each file's path, so it cannot be combined with domain=.", "Leave %d or domain= out.");
        }

        return Guard(files, () =>
        {
            if (!files.All().Any())
            {
                throw new MailPassException(ErrorIds.StoreUnreachable, $"No file matches '{files.Pattern}'.", "Check the path and the rights on its folders; %d stands for a domain's name.");
            }

            var store = new DomainFilesStore(files, location, options);
            foreach (var warning in store.Info.Warnings)
            {
                StoreLog.Note(logger, warning);
            }

            return store;
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var (domain, _) in Guard(_files, () => _files.All().ToArray()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return domain;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var domains = new MailboxFilter(query).Domain is { } domain
            ? [domain]
            : Guard(_files, () => _files.All().Select(file => file.Domain).ToArray());
        foreach (var one in domains)
        {
            if (Of(one) is not { } file)
            {
                continue;
            }

            await foreach (var account in file.ListAsync(query, cancellationToken).ConfigureAwait(false))
            {
                yield return account;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new MailboxAccount?[addresses.Count];
        foreach (var group in Enumerable.Range(0, addresses.Count).GroupBy(i => addresses[i].Domain, StringComparer.Ordinal))
        {
            if (Of(group.Key) is not { } file)
            {
                continue;
            }

            int[] places = [.. group];
            var there = await file.FindAsync(Array.ConvertAll(places, i => addresses[i]), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < places.Length; i++)
            {
                found[places[i]] = there[i];
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        var outcomes = new WriteOutcome[batch.Count];
        var hasBegun = false;
        foreach (var group in Enumerable.Range(0, batch.Count).GroupBy(i => batch[i].Account.Address.Domain, StringComparer.Ordinal))
        {
            int[] places = [.. group];
            IReadOnlyList<WriteOutcome> written;
            try
            {
                written = Of(group.Key) is { } file
                    // Not cancelled once begun: a batch whose first files are written needs its outcomes.
                    ? await file.WriteAsync(Array.ConvertAll(places, i => batch[i]), hasBegun ? CancellationToken.None : cancellationToken).ConfigureAwait(false)
                    : Array.ConvertAll(places, _ => new WriteOutcome(WriteStatus.NotFound));
                hasBegun = true;
            }
            catch (MailPassException fault)
            {
                written = Array.ConvertAll(places, _ => new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, $"{fault.Message} {fault.Remedy}".TrimEnd()));
            }

            for (var i = 0; i < places.Length; i++)
            {
                outcomes[places[i]] = written[i];
            }
        }

        return outcomes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var file in _open.Values.Where(file => file.IsValueCreated))
        {
            await file.Value.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static PasswdFileFormat Format(string domain) => PasswdFileFormat.PasswdFile with { Domain = domain };

    private PasswdFileStore? Of(string domain)
    {
        if (Guard(_files, () => _files.PathOf(domain)) is not { } path)
        {
            return null;
        }

        // A file that cannot be opened is tried again at the next access.
        var file = _open.GetOrAdd(path, _ => new Lazy<PasswdFileStore>(
            () => PasswdFileStore.Open(_location with { Path = path }, Format(domain), _options, NullLogger.Instance), LazyThreadSafetyMode.PublicationOnly));
        return file.Value;
    }

    private static T Guard<T>(DomainFiles files, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.StoreUnreachable, $"The folders of '{files.Pattern}' cannot be read: {e.Message}", "Check the path and the rights on its folders.", e);
        }
    }
}
