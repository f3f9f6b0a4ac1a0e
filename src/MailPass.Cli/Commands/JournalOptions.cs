using System.CommandLine;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>Where a run keeps its record.</summary>
internal sealed class JournalOptions
{
    private readonly Option<string?> _journal = new("--journal")
    {
        Description = "Keep the run's record in this file, for `mailpass restore`. Without it a record lies beside the --out file (or in your state folder) until every row is delivered.",
    };

    private readonly Option<bool> _noJournal = new("--no-journal")
    {
        Description = "Keep no record: if the process is killed, passwords that were just written are lost.",
    };

    public JournalOptions(Command command)
    {
        command.Options.Add(_journal);
        command.Options.Add(_noJournal);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_journal) is not null && result.GetResult(_noJournal) is not null)
            {
                result.AddError("--journal and --no-journal contradict each other.");
            }
        });
    }

    /// <summary>Begins the record.</summary>
    /// <param name="call">The call.</param>
    /// <param name="store">The store that is written to.</param>
    /// <param name="outFile">The file that the rows go to; <see langword="null"/> for standard output.</param>
    /// <param name="console">For the environment.</param>
    /// <returns>The record; <see cref="RunJournal.None"/> where none is wanted.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>.</exception>
    public RunJournal Begin(ParseResult call, StoreInfo store, string? outFile, CliConsole console)
    {
        if (call.GetValue(_noJournal))
        {
            return RunJournal.None;
        }

        if (call.GetValue(_journal) is { } named)
        {
            return new RunJournal(FileJournal.Create(named, store), keep: true);
        }

        var path = outFile is null || outFile.StartsWith("/dev/", StringComparison.Ordinal) || FileTarget.IsDevice(outFile) ? InStateFolder(console) : outFile + ".journal";
        return File.Exists(path)
            ? throw new MailPassException(
                ErrorIds.JournalUnwritable,
                $"{path} is the record of a run that did not get to its end; it holds passwords that may be nowhere else.",
                $"`mailpass recover --journal {path}` tells them; then remove it.")
            : new RunJournal(FileJournal.Create(path, store), keep: false);
    }

    private static string InStateFolder(CliConsole console)
    {
        // The XDG Base Directory Specification's folder for what should outlive a restart.
        var folder = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : console.Environment("XDG_STATE_HOME") is { Length: > 0 } state ? state
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".local", "state");

        // Containers share a home and all have the same process id.
        var name = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Guid.NewGuid():N}.journal");
        try
        {
            return Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "mailpass")).FullName, name);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(
                ErrorIds.JournalUnwritable,
                $"{folder} cannot take the run's record: {fault.Message}",
                "Name a file with --journal, or do without with --no-journal.",
                fault);
        }
    }
}
