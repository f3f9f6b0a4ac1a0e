using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Platform;
using Microsoft.Extensions.Logging;

namespace MailPass.Stores.PasswdFile;

/// <summary>
/// Mailboxes in a file of lines. To write a batch, MailPass writes a new file beside the old one, in which only the hashes of the
/// batch's mailboxes differ, and replaces the old file in one step. So a reader, Dovecot included, sees the old or the new file and
/// never a part.
/// </summary>
/// <remarks>
/// <para>MailPass processes lock each other out by a lock on <c>FILE.lock</c> (<c>flock</c> on Unix, so a script can take
/// part with <c>flock FILE.lock …</c>; the lock ends with its process). Dovecot only reads, and docker-mailserver's own
/// scripts take no lock. So MailPass checks the file once more before it replaces it. If others have changed it, the batch is
/// begun again on what they wrote.</para>
/// <para>A file that a container mounts by itself, or that has a second name (a hard link), is overwritten instead
/// (<see cref="InPlaceWrite"/>), because the container and the other name would keep the old file. Inside such a container MailPass
/// refuses to write: nobody outside would see the lock and the new file.</para>
/// <para>A user without a domain is left alone, unless the file is one domain's (<see cref="PasswdFileFormat.Domain"/>): no address names it.</para>
/// <para>HestiaCP keeps the same hashes a second time; both are changed or neither (<see cref="HestiaAccounts"/>).</para>
/// </remarks>
internal sealed class PasswdFileStore : IMailboxStore
{
    private const string IsMountReason = "It is mounted by itself, so it cannot be replaced here, and a lock beside it would not be visible outside. Run MailPass where the file comes from, or mount its folder instead.";

    private const string NoDomains = "Users without a domain in their names are left out. If they all belong to one domain, write ?domain=example.org after the path; if each domain has its own file, write %d in the path instead of the domain.";

    private static readonly TimeSpan s_lockPoll = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly PasswdFileFormat _format;
    private readonly TimeSpan _lockTimeout;

    // A batch is looked up while the previous one is written.
    private readonly ReaderWriterLockSlim _overwriting = new();

    // The second place of the same hashes.
    private readonly HestiaAccounts? _beside;

    private PasswdFileStore(string path, PasswdFileFormat format, StoreLocation location, TimeSpan lockTimeout, HashSample sample, bool lacksDomains)
    {
        var isMount = MountTable.IsMountPoint(path);
        _path = path;
        _format = format;
        _lockTimeout = lockTimeout;
        _beside = HestiaAccounts.Of(path, location.HestiaFolder);
        var info = InfoOf(format, format.Domain is null ? path : $"{path}?domain={format.Domain}", sample);
        Info = info with
        {
            IsReadOnly = new FileInfo(path).IsReadOnly || isMount,
            ReadOnlyReason = isMount ? IsMountReason : null,
            Warnings = lacksDomains ? [.. info.Warnings, NoDomains] : info.Warnings,
        };
    }

    /// <inheritdoc/>
    public StoreInfo Info { get; }

    /// <summary>Describes stores of such files.</summary>
    /// <param name="format">How their lines are made up.</param>
    /// <param name="location">Where they are, for people.</param>
    /// <param name="sample">Some of their hashes.</param>
    public static StoreInfo InfoOf(PasswdFileFormat format, string location, HashSample sample) => new()
    {
        Kind = format.Kind,
        Location = location,
        Schema = format.Kind,
        DefaultScheme = "SHA512-CRYPT",
        // Dovecot reads a hash without prefix as CRYPT, or as the scheme in the file's args, which MailPass does not know. So only
        // schemes that already occur without prefix are written without one.
        Prefix = PrefixStyle.AsStored,
        BareSchemes = sample.BareSchemes,
        PrefixedSchemes = sample.PrefixedSchemes,
        HasNamelessHashes = sample.HasNameless,
        IsMostlyNameless = sample.IsMostlyNameless,
        IsMostlyBare = sample.IsMostlyBare,
        Warnings = [.. sample.Contradictions(PrefixStyle.AsStored)],
        // Every batch writes the whole file.
        BatchSize = 20_000,
        // Dovecot checks at most once per second of the clock whether its file has changed (db-passwd-file.c).
        ReaderLag = TimeSpan.FromSeconds(1),
    };

    /// <summary>Opens a file.</summary>
    /// <param name="location">The file, or a link to it.</param>
    /// <param name="format">How its lines are made up.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Receives events.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreUnreachable"/>.</exception>
    public static PasswdFileStore Open(StoreLocation location, PasswdFileFormat format, StoreOpenOptions options, ILogger logger)
    {
        var path = location.Path ?? string.Empty;
        var full = Path.GetFullPath(path);
        try
        {
            // A link stays a link: its target is replaced.
            full = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            var sample = new HashSample(unprefixed: null);
            Sample(full, format, sample, out var lacksDomains);
            var store = new PasswdFileStore(full, format, location, options.CommandTimeout, sample, lacksDomains);
            store.ClearLeftOver();
            foreach (var note in store.Info.Warnings)
            {
                StoreLog.Note(logger, note);
            }

            return store;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(
                ErrorIds.StoreUnreachable,
                File.Exists(full) ? $"'{path}' cannot be read: {e.Message}" : $"There is no file '{path}'.",
                "Check the path and the rights on it.",
                e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListDomainsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var domains = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var account in ListAsync(new MailboxQuery(), cancellationToken).ConfigureAwait(false))
        {
            domains.Add(account.Address.Domain);
        }

        foreach (var domain in domains)
        {
            yield return domain;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MailboxAccount> ListAsync(MailboxQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = new MailboxFilter(query);
        await Task.CompletedTask.ConfigureAwait(false);
        var shared = Guard(ReadShared);
        using var file = Guard(OpenAsItIs);
        var lines = new LineReader(file);
        while (Guard(() => Next(lines, filter)) is { } account)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return shared is null ? account : shared.Judge(account);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MailboxAccount?>> FindAsync(IReadOnlyList<MailboxAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var found = new MailboxAccount?[addresses.Count];
        if (addresses.Count == 0)
        {
            return ValueTask.FromResult<IReadOnlyList<MailboxAccount?>>(found);
        }

        var wanted = addresses.Select(address => address.Key).ToHashSet(StringComparer.Ordinal);
        var all = new SharedAddresses();

        Guard(() => Reading(() =>
        {
            using var file = OpenFile();
            var lines = new LineReader(file);
            while (lines.TryRead(out var line))
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Of two lines with the same name Dovecot uses the first. Of two that differ in case, its settings decide which one a login finds.
                if (_format.Read(line) is { } account && wanted.Contains(account.Address.Key))
                {
                    all.Add(account, account.StoreKey);
                }
            }

            return true;
        }));
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = all.AccountOf(addresses[i]);
        }

        return ValueTask.FromResult<IReadOnlyList<MailboxAccount?>>(found);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WriteOutcome>> WriteAsync(IReadOnlyList<HashWrite> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        cancellationToken.ThrowIfCancellationRequested();
        if (Info.IsReadOnly)
        {
            throw ReadOnly(null);
        }

        try
        {
            using var locked = await LockAsync(cancellationToken).ConfigureAwait(false);
            new InPlaceWrite(_path).Undo();
            _beside?.Undo(Hashes());
            while (true)
            {
                var outcomes = new WriteOutcome[batch.Count];
                if (Rewrite(batch, outcomes))
                {
                    return outcomes;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ReadOnly(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _overwriting.Dispose();
        return ValueTask.CompletedTask;
    }

    private static FileStream OpenFile(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);

    /// <summary>Reads hashes of a file until the sample is large enough.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">How its lines are made up.</param>
    /// <param name="sample">Receives them.</param>
    /// <returns>Whether there is room for more.</returns>
    public static bool Sample(string path, PasswdFileFormat format, HashSample sample) => Sample(path, format, sample, out _);

    private static bool Sample(string path, PasswdFileFormat format, HashSample sample, out bool lacksDomains)
    {
        lacksDomains = false;
        using var file = OpenFile(path);
        var lines = new LineReader(file);
        while (sample.Count < HashSample.Size && lines.TryRead(out var line))
        {
            if (format.Read(line) is { } account)
            {
                sample.Add(account.PasswordHash);
            }
            else
            {
                lacksDomains |= format.LacksDomain(line);
            }
        }

        return sample.Count < HashSample.Size;
    }

    private FileStream OpenFile() => OpenFile(_path);

    /// <summary>The mailboxes that have more than one line, in different cases; <see langword="null"/> if there are none, as in a file without capitals.</summary>
    private SharedAddresses? ReadShared() => Reading(() =>
    {
        var capitals = new HashSet<string>(StringComparer.Ordinal);
        using var file = OpenFile();
        var lines = new LineReader(file);
        while (lines.TryRead(out var line))
        {
            if (_format.TrySplit(line, out var user, out _) && user.ContainsAnyInRange((byte)'A', (byte)'Z') && _format.Read(line) is { } account)
            {
                capitals.Add(account.Address.Key);
            }
        }

        if (capitals.Count == 0)
        {
            return null;
        }

        var shared = new SharedAddresses();
        file.Position = 0;
        lines = new LineReader(file);
        while (lines.TryRead(out var line))
        {
            if (_format.Read(line) is { } account && capitals.Contains(account.Address.Key))
            {
                shared.Add(account, account.StoreKey);
            }
        }

        return shared;
    });

    // A container that mounts the file, or a second name of it, would keep the old file.
    private bool KeepsInode => MountTable.MountedAt(_path) is not null || FileSystem.Current.CountNames(_path) > 1;

    // The file as it was when a listing began: a replacement meanwhile is another file, and a file that may be overwritten is copied.
    private Stream OpenAsItIs() => Reading<Stream>(() =>
    {
        var file = OpenFile();
        if (!KeepsInode)
        {
            return file;
        }

        using (file)
        {
            var copy = new MemoryStream();
            file.CopyTo(copy);
            copy.Position = 0;
            return copy;
        }
    });

    private T Reading<T>(Func<T> read)
    {
        _overwriting.EnterReadLock();
        try
        {
            return read();
        }
        finally
        {
            _overwriting.ExitReadLock();
        }
    }

    private MailboxAccount? Next(LineReader lines, MailboxFilter filter)
    {
        while (lines.TryRead(out var line))
        {
            if (_format.Read(line) is { } account && filter.Fits(account))
            {
                return account;
            }
        }

        return null;
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.StoreUnreachable, $"'{_path}' cannot be read: {e.Message}", "Check that the file is still there and the rights on it.", e);
        }
    }

    private MailPassException ReadOnly(Exception? exception) => new(
        ErrorIds.StoreReadOnly,
        exception is null ? $"'{_path}' can be read but not written. {Info.ReadOnlyReason}".TrimEnd() : $"'{_path}' cannot be replaced and is as it was: {exception.Message}",
        "Check that a new file can be created beside it (rights on the folder, space on the disk).",
        exception);

    // Replaces the file or changes nothing. False: others changed the file meanwhile, and the batch must be begun again.
    private bool Rewrite(IReadOnlyList<HashWrite> batch, WriteOutcome[] outcomes)
    {
        var before = Look();
        var inPlace = new InPlaceWrite(_path);
        var unfinished = inPlace.New;
        var keepsInode = KeepsInode;
        try
        {
            using (var original = OpenFile())
            using (var replacement = FileSystem.Current.CreatePrivate(unfinished, 256 * 1024))
            {
                if (!Copy(original, replacement, batch, outcomes))
                {
                    return true;
                }

                replacement.Flush();
                if (!keepsInode)
                {
                    FileSystem.Current.KeepOwnerAndMode(_path, unfinished);
                    File.SetLastWriteTimeUtc(replacement.SafeFileHandle, LaterSecond(before.Written));
                }

                // Everything, including owner, mode and time, is on the disk before the new file gets the name.
                replacement.Flush(flushToDisk: true);
            }

            if (Look() != before)
            {
                return false;
            }

            _beside?.Replace(Written(batch, outcomes));
            if (keepsInode)
            {
                _overwriting.EnterWriteLock();
                try
                {
                    inPlace.Write();
                }
                finally
                {
                    _overwriting.ExitWriteLock();
                }
            }
            else
            {
                FileSystem.Current.Replace(unfinished, _path);
            }

            MakeDurable(outcomes);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _beside?.Undo(Hashes());
            throw;
        }
        finally
        {
            if (!inPlace.HasBegun)
            {
                File.Delete(unfinished);
            }
        }
    }

    // The file has the new hashes now, so a fault no longer means that it is unchanged.
    private void MakeDurable(WriteOutcome[] outcomes)
    {
        try
        {
            _beside?.Keep();
            FileSystem.Current.SyncFolder(Path.GetDirectoryName(_path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i].Status is WriteStatus.Written)
                {
                    outcomes[i] = new WriteOutcome(WriteStatus.Unknown, null, $"the file was replaced, but that may not outlast a loss of power: {e.Message}");
                }
            }
        }
    }

    private static Dictionary<string, string> Written(IReadOnlyList<HashWrite> batch, WriteOutcome[] outcomes) =>
        batch.Where((_, i) => outcomes[i].Status == WriteStatus.Written).ToDictionary(write => write.Account.StoreKey, write => write.NewHash, StringComparer.Ordinal);

    // Of two lines with the same name Dovecot uses the first.
    private Dictionary<string, string> Hashes()
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        using var file = OpenFile();
        var lines = new LineReader(file);
        while (lines.TryRead(out var line))
        {
            if (_format.TrySplit(line, out var user, out var password))
            {
                hashes.TryAdd(Encoding.UTF8.GetString(user), Encoding.UTF8.GetString(line[password]));
            }
        }

        return hashes;
    }

    // Files that a killed run left contain hashes, so the next run removes them even if it writes nothing. They stay if another run
    // is at work or the folder cannot be written.
    private void ClearLeftOver()
    {
        var inPlace = new InPlaceWrite(_path);
        if (Info.IsReadOnly || !(inPlace.IsLeftOver || _beside is { IsLeftOver: true }))
        {
            return;
        }

        try
        {
            using var locked = TryLock();
            inPlace.Undo();
            _beside?.Undo(Hashes());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    // Dovecot reads its file again only if the size or the second of the last change differs (passwd-file passdb), and the hashes of a
    // scheme have the same length. So after two changes in one second it would keep using the first one's hashes.
    private static DateTime LaterSecond(DateTime before)
    {
        var now = DateTime.UtcNow;
        return now.Ticks / TimeSpan.TicksPerSecond > before.Ticks / TimeSpan.TicksPerSecond ? now : before.AddSeconds(1);
    }

    private bool Copy(FileStream original, FileStream replacement, IReadOnlyList<HashWrite> batch, WriteOutcome[] outcomes)
    {
        var places = new Dictionary<string, int>(batch.Count, StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
        {
            var refusal = _format.Refusal(batch[i].NewHash);
            outcomes[i] = refusal is null ? new WriteOutcome(WriteStatus.NotFound) : new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal);
            if (refusal is null)
            {
                places[batch[i].Account.StoreKey] = i;
            }
        }

        var changed = false;
        var lines = new LineReader(original);
        while (lines.TryRead(out var line))
        {
            if (places.Count > 0 && _format.TrySplit(line, out var user, out var password) && places.Remove(Encoding.UTF8.GetString(user), out var place))
            {
                var write = batch[place];
                var there = line[password];
                if (Same(there, write.Account.PasswordHash))
                {
                    outcomes[place] = new WriteOutcome(WriteStatus.Written);
                    changed = true;
                    replacement.Write(line[..password.Start.Value]);
                    if (password.Start.Value == user.Length)
                    {
                        // A line with only the name.
                        replacement.WriteByte(_format.Separator);
                    }

                    replacement.Write(Encoding.UTF8.GetBytes(write.NewHash));
                    replacement.Write(line[password.End.Value..]);
                    continue;
                }

                outcomes[place] = new WriteOutcome(Same(there, write.NewHash) ? WriteStatus.Written : WriteStatus.Conflict);
            }

            replacement.Write(line);
        }

        return changed;
    }

    private static bool Same(ReadOnlySpan<byte> there, string? hash) => there.SequenceEqual(Encoding.UTF8.GetBytes(hash ?? string.Empty));

    private (long Length, DateTime Written) Look()
    {
        var info = new FileInfo(_path);
        return (info.Length, info.LastWriteTimeUtc);
    }

    // Throws where another program has it.
    private FileStream TryLock()
    {
        var path = _path + ".lock";
        return File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
            : FileSystem.Current.CreatePrivate(path);
    }

    private async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var path = _path + ".lock";
        var until = DateTime.UtcNow + _lockTimeout;
        while (true)
        {
            try
            {
                return TryLock();
            }
            catch (IOException e) when (e is not DirectoryNotFoundException && File.Exists(path))
            {
                if (DateTime.UtcNow >= until)
                {
                    throw new MailPassException(
                        ErrorIds.StoreUnreachable,
                        string.Create(CultureInfo.InvariantCulture, $"'{_path}' is locked by another program ({path}) and was not released within {_lockTimeout.TotalSeconds:0.#} s."),
                        "Let the other program finish, or wait longer for it (the profile's `commandTimeout`), then repeat the call.",
                        e);
                }
            }

            await Task.Delay(s_lockPoll, cancellationToken).ConfigureAwait(false);
        }
    }
}
