using MailPass.Changes;

namespace MailPass.Journals;

/// <summary>
/// A run that is under way: its journal, and the mark that tells others of it. <see cref="Finish"/> says that every row was
/// delivered; without it the run counts as interrupted, and every next call to the store names it.
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

    /// <summary>What the interrupted part of the run recorded, if this goes on with it.</summary>
    public IRecordedChanges? Recorded { get; }

    /// <summary>The run that is gone on with, if any.</summary>
    public JournalHeader? Resumed => _before?.Header;

    /// <summary>What the run has come to; whoever delivers rows counts them here.</summary>
    public RunSummary Summary { get; } = new();

    /// <summary>Whether <see cref="Finish"/> succeeded.</summary>
    public bool IsFinished { get; private set; }

    private FileJournal? File { get; }

    /// <summary>The run went through its input and every row was delivered: the key to its passwords is destroyed.</summary>
    /// <param name="stillOpen">What neither the new passwords nor the run closed.</param>
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
    /// <returns>Whether it is forgotten; a run that was resumed stays, and one of which a change may have reached the store.</returns>
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
