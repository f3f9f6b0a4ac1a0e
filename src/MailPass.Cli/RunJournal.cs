using MailPass.Changes;

namespace MailPass.Cli;

/// <summary>A run's record, which goes when nothing is left that only the record knows.</summary>
/// <param name="file">The record; <see langword="null"/> for none.</param>
/// <param name="keep">Whether it stays all the same, because it was asked for by name.</param>
internal sealed class RunJournal(FileJournal? file, bool keep) : IAsyncDisposable
{
    public static RunJournal None => new(file: null, keep: false);

    public IChangeJournal? Journal => file;

    public string? Path => file?.Path;

    /// <summary>Whether nothing is left that only the record knows: before the run begins, and when every row has been delivered.</summary>
    public bool MayGo { get; set; } = true;

    public async ValueTask DisposeAsync()
    {
        if (file is null)
        {
            return;
        }

        await file.DisposeAsync().ConfigureAwait(false);
        if (MayGo && !keep)
        {
            File.Delete(file.Path);
        }
    }
}
