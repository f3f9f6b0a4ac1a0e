using System.Globalization;
using MailPass.Platform;
using MailPass.Stores;

namespace MailPass.Journals;

/// <summary>
/// The folder of runs: <c>$XDG_STATE_HOME/mailpass/runs</c>, on Windows <c>%LOCALAPPDATA%\MailPass\runs</c>. Only its owner has
/// access. It has the journals, the index (<see cref="RunIndex"/>) and the marks of runs that have not ended (<see cref="RunMarks"/>).
/// </summary>
public sealed class RunFolder
{
    /// <summary>How many days a journal is kept after the end of its run, unless <c>MAILPASS_JOURNAL_KEEP</c> says otherwise.</summary>
    public const int DefaultKeepDays = 90;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly RunIndex _index;
    private readonly RunMarks _marks;

    /// <summary>Names a folder, which is created when a run begins.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="keepDays">How many days journals are kept, 0 or more; 0 removes each when its run ends.</param>
    public RunFolder(string path, int keepDays = DefaultKeepDays)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keepDays);
        Path = path;
        KeepDays = keepDays;
        _index = new RunIndex(path);
        _marks = new RunMarks(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>How many days journals are kept.</summary>
    public int KeepDays { get; }

    /// <summary>The current user's folder of runs.</summary>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    /// <param name="folder">The folder in place of the user's own; <see langword="null"/> for that.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: <c>MAILPASS_JOURNAL_KEEP</c> is not a number of days.</exception>
    public static RunFolder Default(Func<string, string?>? environment = null, string? folder = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        var path = folder ?? (OperatingSystem.IsWindows() && environment("XDG_STATE_HOME") is not { Length: > 0 }
            ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "MailPass", "runs")
            : System.IO.Path.Combine(
                environment("XDG_STATE_HOME") is { Length: > 0 } state ? state : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".local", "state"),
                "mailpass",
                "runs"));
        var days = environment("MAILPASS_JOURNAL_KEEP") is not { Length: > 0 } text ? DefaultKeepDays
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given
            : throw new MailPassException(ErrorIds.InputInvalid, $"MAILPASS_JOURNAL_KEEP is '{text}', which is not a number of days.", "Set it to a whole number, 0 or more.");
        return new RunFolder(path, days);
    }

    /// <summary>Begins a run, or resumes an interrupted one.</summary>
    /// <param name="store">The store that it writes to.</param>
    /// <param name="run">What it is.</param>
    /// <param name="options">How it keeps its journal.</param>
    /// <returns>The run; <see langword="null"/> if the run to resume has delivered every row already.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.RunUnderWay"/>, <see cref="ErrorIds.RunInterrupted"/>, <see cref="ErrorIds.RunNotFound"/>, <see cref="ErrorIds.JournalUnwritable"/>, <see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public OpenRun? Begin(StoreInfo store, RunDescription run, RunOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        FileStream mutex;
        try
        {
            FileSystem.Current.CreatePrivateFolder(Path);
            mutex = Enter();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // With a named journal or without one, a run does not need the folder. It only does not learn of other runs.
            return options.WithoutJournal ? new OpenRun(null, null, null)
                : options.Journal is { } named ? new OpenRun(null, FileJournal.Create(named, JournalHeader.Begin(store, run), options.Recipients), null)
                : throw new MailPassException(ErrorIds.JournalUnwritable, $"{Path} cannot take the run's journal: {fault.Message}", "Name a file with --journal (-Journal), or do without with --no-journal (-NoJournal).", fault);
        }

        using (mutex)
        {
            Prune();
            EndDelivered(store);
            var isOver = false;
            var before = options.Resume ? Interrupted(store, run, options.ResumeRun, out isOver) : null;
            if (isOver)
            {
                return null;
            }

            CheckOthers(store, run, options, before?.Id);
            if (before is not null)
            {
                RequireSameMarks(before, run);
                return Continue(before, options);
            }

            if (options.WithoutJournal)
            {
                return new OpenRun(null, null, null);
            }

            var header = JournalHeader.Begin(store, run);
            var path = System.IO.Path.GetFullPath(options.Journal ?? System.IO.Path.Combine(Path, header.Run + ".journal"));
            var journal = FileJournal.Create(path, header, options.Recipients);
            return new OpenRun(this, journal, Mark(journal, IndexEvent.Begun));
        }
    }

    /// <summary>All known runs, the newest first.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>: the index cannot be read.</exception>
    public IReadOnlyList<MailboxRun> List() => List(faults: null);

    /// <summary>All known runs, the newest first.</summary>
    /// <param name="faults">Receives a sentence for each line of the index that does not fit; such a line is ignored.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>: the index cannot be read.</exception>
    public IReadOnlyList<MailboxRun> List(ICollection<string>? faults)
    {
        var runs = new Dictionary<string, MailboxRun>(StringComparer.Ordinal);
        foreach (var line in _index.Read(faults))
        {
            if (line is { Event: IndexEvent.Begun, Header: { } header, Journal: { } journal })
            {
                runs[line.Run] = new MailboxRun { Header = header, State = RunState.Interrupted, Journal = journal };
            }
            else if (runs.TryGetValue(line.Run, out var run))
            {
                switch (line.Event)
                {
                    case IndexEvent.Ended:
                        runs[line.Run] = run with
                        {
                            State = RunState.Finished,
                            Ended = line.Time,
                            LastDigest = line.Digest,
                            Changed = line.Totals?[0] ?? 0,
                            Unchanged = line.Totals?[1] ?? 0,
                            Skipped = line.Totals?[2] ?? 0,
                            Failed = line.Totals?[3] ?? 0,
                        };
                        break;
                    case IndexEvent.Restored:
                        runs[line.Run] = run with { State = RunState.Restored, RestoredBy = line.By };
                        break;
                    case IndexEvent.Removed:
                        runs.Remove(line.Run);
                        break;
                }
            }
        }

        return [.. runs.Values.Select(run => run.State is not RunState.Interrupted ? run : _marks.IsHeld(run.Id) ? run with { State = RunState.Running } : Described(run))
            .OrderByDescending(run => run.Header.Started)];
    }

    /// <summary>Finds a run.</summary>
    /// <param name="text">Its id, the beginning of its id, or its journal's path.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.RunNotFound"/>; <see cref="ErrorIds.JournalUnreadable"/>: it is a file, but not a journal.</exception>
    public MailboxRun Find(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var runs = List();

        // No path has a NUL, and what has one names no file.
        var full = System.IO.Path.GetFullPath(text.Replace('\0', '\uFFFD'));
        if (runs.FirstOrDefault(run => run.Id == text || run.Journal == full) is { } known)
        {
            return known;
        }

        if (File.Exists(full) || Directory.Exists(full) || text.Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal) || text.EndsWith(".journal", StringComparison.Ordinal))
        {
            return FromFile(full, runs);
        }

        var some = runs.Where(run => run.Id.StartsWith(text, StringComparison.Ordinal)).ToList();
        return some.Count == 1 ? some[0] : throw new MailPassException(
            ErrorIds.RunNotFound,
            some.Count == 0 ? $"There is no run '{text}' in {Path}." : $"'{text}' fits {some.Count} runs.",
            "`mailpass runs` and Get-MailboxPasswordRun list them.");
    }

    /// <summary>The interrupted runs on a store, the newest first.</summary>
    /// <param name="store">The store.</param>
    public IReadOnlyList<MailboxRun> InterruptedOn(StoreInfo store)
    {
        ArgumentNullException.ThrowIfNull(store);
        try
        {
            return [.. _marks.Read().Where(mark => mark.Header.IsOn(store) && IsInterrupted(mark.Run, mark.Journal)).OrderByDescending(mark => mark.Header.Started)
                .Select(mark => new MailboxRun { Header = mark.Header, State = RunState.Interrupted, Journal = mark.Journal })];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Verifies the index and every journal that it names.</summary>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The faults, one sentence each; empty if there are none.</returns>
    public async Task<IReadOnlyList<string>> VerifyAsync(CancellationToken cancellationToken = default)
    {
        var faults = new List<string>();
        foreach (var run in List(faults).Where(run => run.State is not RunState.Running))
        {
            if (!File.Exists(run.Journal))
            {
                faults.Add($"The journal of run {run.Id} is gone: {run.Journal}.");
                continue;
            }

            try
            {
                var journal = await JournalFile.OpenAsync(run.Journal, lastDigest: run.LastDigest, cancellationToken: cancellationToken).ConfigureAwait(false);
                journal.Key?.Dispose();
                if (journal.Header.Run != run.Id)
                {
                    faults.Add($"{run.Journal} is the journal of run {journal.Header.Run}, not of {run.Id}.");
                }
            }
            catch (MailPassException fault)
            {
                faults.Add(fault.Message);
            }
        }

        return faults;
    }

    /// <summary>Removes a run: its journal, and its key if it still exists.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.RunUnderWay"/>; <see cref="ErrorIds.JournalUnwritable"/>.</exception>
    public void Remove(MailboxRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            using var mutex = Enter();
            if (_marks.IsHeld(run.Id))
            {
                throw new MailPassException(ErrorIds.RunUnderWay, $"The {run.Describe()} is under way.", "Wait until it ends, or stop it.");
            }

            Delete(run.Id, run.Journal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.JournalUnwritable, $"The run {run.Id} cannot be removed: {fault.Message}", null, fault);
        }
    }

    /// <summary>Notes that a run was undone.</summary>
    /// <param name="run">The run.</param>
    /// <param name="by">The run that undid it; <see langword="null"/> if that kept no journal.</param>
    public void NoteRestored(MailboxRun run, string? by)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            using var mutex = Enter();
            _index.Add(new IndexLine { Run = run.Id, Time = DateTimeOffset.UtcNow, Event = IndexEvent.Restored, By = by });

            // A run that was undone need not be resumed.
            _marks.Remove(run.Id);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The run was undone; only the list of runs does not show it.
        }
    }

    internal void End(FileJournal journal, RunSummary summary, FileStream? mark)
    {
        try
        {
            using var mutex = Enter();
            NoteEnd(journal.Header.Run, journal.Digest, summary);
            _marks.Remove(journal.Header.Run, mark);
            if (KeepDays == 0)
            {
                Delete(journal.Header.Run, journal.Path);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.JournalUnwritable, $"The end of run {journal.Header.Run} cannot be recorded in {Path}: {fault.Message}", "Every row was delivered; remove the run once there is room again.", fault);
        }
    }

    internal bool Forget(string run, string journal, FileStream? mark)
    {
        try
        {
            using var mutex = Enter();
            Delete(run, journal, mark);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // The journal and the report show it for the run as a whole.
    private static void RequireSameMarks(MailboxRun before, RunDescription run)
    {
        if ((before.Header.ForceChange ?? false) != run.ForceChange)
        {
            throw new MailPassException(
                ErrorIds.InputInvalid,
                $"The {before.Describe()} was begun {(run.ForceChange ? "without" : "with")} --force-change (-ForceChange).",
                "Give the same command again, with --resume (-Resume).");
        }
    }

    private OpenRun Continue(MailboxRun before, RunOptions options)
    {
        var file = JournalFile.OpenAsync(before.Journal, certificates: options.Certificates).AsTask().GetAwaiter().GetResult();
        var key = file.Key?.Clone() ?? throw new MailPassException(
            ErrorIds.JournalUnreadable,
            $"The key of run {before.Id} is not available, so its passwords cannot be read.",
            file.Header.Envelope is not null ? "Give the private key of one of its recipients with --key-file (-KeyFile)." : "Remove the run, and begin a new one.");
        var journal = FileJournal.Continue(file, key);
        return new OpenRun(this, journal, Mark(journal, IndexEvent.Resumed), file);
    }

    private MailboxRun? Interrupted(StoreInfo store, RunDescription run, string? named, out bool isOver)
    {
        isOver = false;
        if (named is null)
        {
            // Two pipelines cannot be told apart. The rows of what the earlier one changed are delivered too, whatever the later one brings.
            return InterruptedOn(store).FirstOrDefault(other => other.Header.Command == run.Command
                && (other.Header.Scope.IsSameAs(run.Scope) || (run.Scope.Kind is RunScopeKind.Pipeline && other.Header.Scope.Kind is RunScopeKind.Pipeline)));
        }

        var known = Find(named);
        if (known.State is RunState.Running)
        {
            throw UnderWay(known);
        }

        if (!known.Header.IsOn(store) || known.Header.Command != run.Command)
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"The {known.Describe()} has another command or another store than this run.", "Give the same command and the same store again, with --resume (-Resume).");
        }

        isOver = known.State is not RunState.Interrupted;
        return isOver ? null : known;
    }

    /// <summary>
    /// Records the end of runs whose process ended after the last line of the journal and before the entry in the index: their rows were
    /// delivered, so there is nothing to resume.
    /// </summary>
    private void EndDelivered(StoreInfo store)
    {
        foreach (var mark in _marks.Read().Where(mark => mark.Header.IsOn(store) && !_marks.IsHeld(mark.Run) && HasEnd(mark.Journal)).ToList())
        {
            var journal = JournalFile.OpenAsync(mark.Journal).AsTask().GetAwaiter().GetResult();
            journal.Key?.Dispose();
            FileJournal.DestroyKey(mark.Journal);
            NoteEnd(mark.Run, journal.Chain.Last, journal.Summary!);
            _marks.Remove(mark.Run);
        }
    }

    // Called without the folder's lock, so the order counts: a run that ends meanwhile removes its mark before it releases its lock.
    private bool IsInterrupted(string run, string journal) => !_marks.IsHeld(run) && !HasEnd(journal) && _marks.Exists(run);

    private static bool HasEnd(string journal)
    {
        try
        {
            return JournalReader.LastLine(journal).StartsWith("{\"end\":"u8);
        }
        catch (MailPassException)
        {
            return false;
        }
    }

    private void CheckOthers(StoreInfo store, RunDescription run, RunOptions options, string? resumed)
    {
        foreach (var mark in _marks.Read().Where(mark => mark.Header.IsOn(store) && mark.Run != resumed).ToList())
        {
            var other = new MailboxRun { Header = mark.Header, State = RunState.Running, Journal = mark.Journal };
            if (_marks.IsHeld(mark.Run))
            {
                // Concurrent pipelines in one process belong to the same user.
                var isOurs = mark.Header.Process == Environment.ProcessId && mark.Header.Host == Environment.MachineName;
                if (!options.AllowConcurrent && !isOurs && mark.Header.Scope.MayMeet(run.Scope))
                {
                    throw UnderWay(other);
                }
            }
            else if (mark.Header.Command == run.Command && mark.Header.Scope.IsSameAs(run.Scope) && !options.AllowConcurrent)
            {
                if (run.Command is "restore")
                {
                    // A second restore skips what was put back already, and it generates no passwords that could be lost.
                    FileJournal.DestroyKey(mark.Journal);
                    _marks.Remove(mark.Run);
                    continue;
                }

                throw new MailPassException(
                    ErrorIds.RunInterrupted,
                    $"The {other.Describe()} was interrupted; nothing was done.",
                    $"Give the same command again with --resume (-Resume) to go on with it, or remove it first: mailpass runs --remove {mark.Run} (Remove-MailboxPasswordRun {mark.Run}).");
            }
        }
    }

    private static MailPassException UnderWay(MailboxRun other) => new(
        ErrorIds.RunUnderWay,
        $"The {other.Describe()} is under way and may touch the same mailboxes; nothing was done.",
        "Wait until it ends, share the work with --shard (-Shard), or allow both with --allow-concurrent (-AllowConcurrent).");

    private static MailboxRun FromFile(string path, IReadOnlyList<MailboxRun> runs)
    {
        var file = JournalFile.OpenAsync(path, salvage: true).AsTask().GetAwaiter().GetResult();
        file.Key?.Dispose();

        // If the file is a copy of a known journal, the index has the run's state.
        return runs.FirstOrDefault(run => run.Id == file.Header.Run) is { } known ? known with { Journal = path } : new MailboxRun
        {
            Header = file.Header,
            State = file.Summary is null ? RunState.Interrupted : RunState.Finished,
            Ended = file.Summary?.Ended,
            Changed = file.Summary?.Changed ?? file.Count,
            Unchanged = file.Summary?.Unchanged ?? 0,
            Skipped = file.Summary?.Skipped ?? 0,
            Failed = file.Summary?.Failed ?? 0,
            Journal = path,
        };
    }

    private void NoteEnd(string run, string digest, RunSummary summary) => _index.Add(new IndexLine
    {
        Run = run,
        Time = summary.Ended,
        Event = IndexEvent.Ended,
        Digest = digest,
        Totals = [summary.Changed, summary.Unchanged, summary.Skipped, summary.Failed],
    });

    /// <summary>A run whose end is not in the index, as its own journal describes it.</summary>
    private static MailboxRun Described(MailboxRun run)
    {
        try
        {
            return FromFile(run.Journal, []);
        }
        catch (MailPassException)
        {
            return run;
        }
    }

    private FileStream Enter()
    {
        var path = System.IO.Path.Combine(Path, "mutex");
        var until = DateTime.UtcNow + s_patience;
        while (true)
        {
            try
            {
                return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0) : FileSystem.Current.CreatePrivate(path, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(path) && DateTime.UtcNow < until)
            {
                Thread.Sleep(10);
            }
        }
    }

    private FileStream Mark(FileJournal journal, IndexEvent happened)
    {
        FileStream? held = null;
        try
        {
            var line = new IndexLine { Run = journal.Header.Run, Time = DateTimeOffset.UtcNow, Event = happened, Header = journal.Header, Journal = System.IO.Path.GetFullPath(journal.Path) };
            held = _marks.Hold(line.Run);
            _marks.Write(line);
            _index.Add(happened is IndexEvent.Begun ? line : line with { Header = null, Journal = null });
            return held;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            journal.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw new MailPassException(ErrorIds.JournalUnwritable, $"The run cannot be recorded in {Path}: {fault.Message}", "Make room, or do without with --no-journal (-NoJournal).", fault);
        }
    }

    private void Prune()
    {
        var limit = DateTimeOffset.UtcNow.AddDays(-KeepDays);

        // The index is read only if a journal is old enough to be removed.
        var old = Directory.EnumerateFiles(Path, "*.journal").Where(file => File.GetLastWriteTimeUtc(file) < limit).ToHashSet(StringComparer.Ordinal);
        if (old.Count == 0)
        {
            return;
        }

        var runs = List();
        foreach (var run in runs.Where(run => run.State is RunState.Finished or RunState.Restored && run.Ended < limit && System.IO.Path.GetDirectoryName(run.Journal) == System.IO.Path.GetFullPath(Path)))
        {
            Delete(run.Id, run.Journal);
        }

        // A process that was killed after the first line of the journal and before the run's mark has changed nothing.
        foreach (var journal in old.Where(file => !_marks.Exists(System.IO.Path.GetFileNameWithoutExtension(file)) && !runs.Any(run => run.Journal == System.IO.Path.GetFullPath(file)) && File.Exists(file)))
        {
            JournalKey.Destroy(journal);
            File.Delete(journal);
            _marks.Remove(System.IO.Path.GetFileNameWithoutExtension(journal));
        }
    }

    private void Delete(string run, string journal, FileStream? held = null)
    {
        JournalKey.Destroy(journal);
        File.Delete(journal);
        _marks.Remove(run, held);
        _index.Add(new IndexLine { Run = run, Time = DateTimeOffset.UtcNow, Event = IndexEvent.Removed });
    }
}
