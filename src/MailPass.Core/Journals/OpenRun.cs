using MailPass.Changes;

namespace MailPass.Journals;

/// <summary>
/// A run that is under way: its journal, and the mark by which other processes see it. <see cref="Finish"/> records that every row
/// was delivered. Without it the run counts as interrupted, and later calls to the store report it.
/// </summary>
public sealed class OpenRun : IDisposable
{
    private readonly RunFolder? _folder;
    private readonly FileStream? _mark;
    private readonly JournalFile? _before;

    internal OpenRun(RunFolder? folder, FileJournal? journal, FileStream? mark, JournalFile? before = null)
    {
        _folder = folder;
        _mark = mark;
        _before = before;
        File = journal;
        Recorded = before is null ? null : new RecordedChanges(before);
    }

    /// <summary>The run's id; <see langword="null"/> for one without a journal.</summary>
    public string? Id => File?.Header.Run;

    /// <summary>The journal.</summary>
    public IChangeJournal? Journal => File;

    /// <summary>The journal's file.</summary>
    public string? Path => File?.Path;

    /// <summary>What the interrupted part of the run recorded, if this run resumes it.</summary>
    public IRecordedChanges? Recorded { get; }

    /// <summary>The run that is resumed, if any.</summary>
    public JournalHeader? Resumed => _before?.Header;

    /// <summary>The run's outcome in numbers. The head counts each row here when it delivers it.</summary>
    public RunSummary Summary { get; } = new();

    /// <summary>Whether <see cref="Finish"/> succeeded.</summary>
    public bool IsFinished { get; private set; }

    private FileJournal? File { get; }

    /// <summary>Ends a run that processed all of its input and delivered every row: the key to its passwords is destroyed.</summary>
    /// <param name="stillOpen">The ways into the mailboxes that neither the new passwords nor the run closed.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: the run counts as interrupted.</exception>
    public void Finish(IReadOnlyList<string>? stillOpen = null)
    {
        if (File is null || IsFinished)
        {
            return;
        }

        Summary.StillOpen = stillOpen ?? [];
        Summary.Ended = DateTimeOffset.UtcNow;
        File.Finish(Summary);
        _folder?.End(File, Summary, _mark);
        IsFinished = true;
    }

    /// <summary>Forgets a run that changed nothing: there is nothing to resume and nothing to undo.</summary>
    /// <returns>Whether it is forgotten. A resumed run is not, nor is a run whose changes may have reached the store.</returns>
    public bool Discard()
    {
        if (File is null || _folder is null || _before is not null || IsFinished || File.MayHoldMore)
        {
            return false;
        }

        File.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return _folder.Forget(File.Header.Run, File.Path, _mark);
    }

    /// <summary>Closes the journal. The mark stays unless the run was finished.</summary>
    public void Dispose()
    {
        File?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _before?.Key?.Dispose();
        _mark?.Dispose();
    }
}
