using System.Diagnostics;
using MailPass.Changes;
using MailPass.Core.Tests.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Journals;

public sealed class RunFolderTests : IDisposable
{
    private static readonly RunDescription s_domain = new() { Command = "reset", Scope = new(RunScopeKind.Domain, ["example.com"]), Reason = "breach" };

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("mailpass-").FullName, "state", "runs");
    private readonly MemoryStore _store = new();

    private RunFolder Folder => new(_path);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(_path))!, recursive: true);

    [Fact]
    public void Finished_run_is_listed_with_who_when_and_why()
    {
        var id = Finished();
        var run = Assert.Single(Folder.List());
        Assert.Equal((id, RunState.Finished, "breach", Environment.UserName, Environment.MachineName), (run.Id, run.State, run.Header.Reason, run.Header.Operator, run.Header.Host));
        Assert.Equal((3, 1), (run.Changed, run.Failed));
        Assert.Equal(id, Folder.Find(id[..^2]).Id);
        Assert.Equal(id, Folder.Find(run.Journal).Id);
        Assert.Equal(ErrorIds.RunNotFound, Assert.Throws<MailPassException>(() => Folder.Find("2001")).ErrorId);
        Assert.Equal(ErrorIds.RunNotFound, Assert.Throws<MailPassException>(() => Folder.Find("2001\0")).ErrorId);
    }

    [SkippableFact]
    public void Folder_and_files_are_the_owners_alone()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access lists.");
        using var run = Folder.Begin(_store.Info, s_domain, new())!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_path));
        Assert.All(Directory.GetFiles(_path).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Second_run_of_the_same_mailboxes_reports_the_first()
    {
        using var first = Folder.Begin(_store.Info, s_domain, new())!;

        // Concurrent pipelines in one process belong to the same user; for the folder, this one is another process's.
        Folder.Begin(_store.Info, s_domain, new())!.Discard();
        var mark = Path.Combine(_path, first.Id + ".run");
        File.WriteAllText(mark, File.ReadAllText(mark).Replace($"\"process\":{Environment.ProcessId}", "\"process\":1", StringComparison.Ordinal));
        var fault = Assert.Throws<MailPassException>(() => Folder.Begin(_store.Info, s_domain with { Scope = RunScope.Of(["anna@example.com"]) }, new()));
        Assert.Equal(ErrorIds.RunUnderWay, fault.ErrorId);
        Assert.Contains(Environment.UserName, fault.Message, StringComparison.Ordinal);
        Assert.Contains("process 1", fault.Message, StringComparison.Ordinal);
        Assert.Equal(RunState.Running, Folder.List()[0].State);

        // These cannot meet it, or allow it.
        Folder.Begin(_store.Info, s_domain with { Scope = new(RunScopeKind.Domain, ["example.org"]) }, new())!.Dispose();
        Folder.Begin(_store.Info, s_domain, new() { AllowConcurrent = true })!.Dispose();
    }

    [Fact]
    public async Task Run_is_never_taken_for_interrupted_while_it_begins_or_ends()
    {
        using var over = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            var seen = new List<MailboxRun>();
            while (!over.IsCancellationRequested)
            {
                seen.AddRange(Folder.InterruptedOn(_store.Info));
            }

            return seen;
        });
        for (var i = 0; i < 100; i++)
        {
            using var run = Folder.Begin(_store.Info, s_domain, new())!;
            if (i % 2 == 0)
            {
                Assert.True(run.Discard());
            }
            else
            {
                run.Finish();
            }
        }

        await over.CancelAsync();
        Assert.Empty(await looking);
    }

    [Fact]
    public async Task Run_is_resumed_while_others_check_its_lock()
    {
        Crash();
        using var over = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                _ = Folder.List();
            }
        });
        for (var i = 0; i < 100; i++)
        {
            Folder.Begin(_store.Info, s_domain, new() { Resume = true })!.Dispose();
        }

        await over.CancelAsync();
        await looking;
    }

    [Fact]
    public void Run_of_another_host_with_this_process_id_is_not_ours()
    {
        using var first = Folder.Begin(_store.Info, s_domain, new())!;
        var mark = Path.Combine(_path, first.Id + ".run");
        File.WriteAllText(mark, File.ReadAllText(mark).Replace($"\"host\":\"{Environment.MachineName}\"", "\"host\":\"elsewhere\"", StringComparison.Ordinal));
        Assert.Equal(ErrorIds.RunUnderWay, Assert.Throws<MailPassException>(() => Folder.Begin(_store.Info, s_domain, new())).ErrorId);
    }

    [Fact]
    public void Undone_run_is_not_resumed_and_keeps_no_other_away()
    {
        Crash();
        Folder.NoteRestored(Folder.List()[0], "20260101-000000-abcdef");
        Assert.Empty(Folder.InterruptedOn(_store.Info));
        Assert.Equal((RunState.Restored, "20260101-000000-abcdef"), (Folder.List()[0].State, Folder.List()[0].RestoredBy));
        using var next = Folder.Begin(_store.Info, s_domain, new() { Resume = true })!;
        Assert.Null(next.Resumed);
    }

    [Fact]
    public async Task Torn_end_is_removed_when_the_run_resumes()
    {
        Crash();
        var journal = Folder.List()[0].Journal;
        await File.AppendAllTextAsync(journal, new string('x', 3000));
        using (var resumed = Folder.Begin(_store.Info, s_domain, new() { Resume = true })!)
        {
            Assert.NotNull(resumed.Resumed);
        }

        Assert.False((await JournalFile.OpenAsync(journal)).IsTorn);
        Assert.DoesNotContain(new string('x', 12), await File.ReadAllTextAsync(journal), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_command_does_not_resume_an_interrupted_run()
    {
        Crash();
        using var other = Folder.Begin(_store.Info, s_domain with { Command = "set" }, new() { Resume = true })!;
        Assert.Null(other.Resumed);
    }

    [Fact]
    public void Run_under_way_is_not_removed()
    {
        var run = Folder.Begin(_store.Info, s_domain, new())!;
        Record(run);
        Assert.Equal(ErrorIds.RunUnderWay, Assert.Throws<MailPassException>(() => Folder.Remove(Folder.Find(run.Id!))).ErrorId);
        Assert.True(File.Exists(run.Path));
        run.Dispose();
        Folder.Remove(Folder.Find(run.Id!));
        Assert.Empty(Directory.GetFiles(_path, "*.journal*"));
        Assert.Empty(Folder.List());
    }

    [Fact]
    public void Ambiguous_beginning_of_an_id_finds_no_run()
    {
        var ids = new[] { Finished(), Finished() };
        var common = string.Concat(ids[0].TakeWhile((c, i) => c == ids[1][i]));
        Assert.Equal(ErrorIds.RunNotFound, Assert.Throws<MailPassException>(() => Folder.Find(common[..4])).ErrorId);
        Assert.Equal(ids[1], Folder.Find(ids[1]).Id);
    }

    [Theory]
    [InlineData("1/2", "2/2", false)]
    [InlineData("1/2", "1/2", true)]
    [InlineData("1/2", "2/3", true)]
    [InlineData("1/2", null, true)]
    public void Shards_of_one_count_cannot_meet(string first, string? second, bool may) =>
        Assert.Equal(may, new RunScope(RunScopeKind.Domain, ["example.com"], first).MayMeet(new(RunScopeKind.Domain, ["example.com"], second)));

    [Fact]
    public void Crashed_run_blocks_no_other_and_is_named()
    {
        Crash();
        Assert.Equal(s_domain.Scope.ToString(), Assert.Single(Folder.InterruptedOn(_store.Info)).Header.Scope.ToString());
        Folder.Begin(_store.Info, s_domain with { Scope = RunScope.Of(["anna@example.com"]) }, new())!.Dispose();
        var fault = Assert.Throws<MailPassException>(() => Folder.Begin(_store.Info, s_domain, new()));
        Assert.Equal(ErrorIds.RunInterrupted, fault.ErrorId);
        Assert.Contains("--resume", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupted_restore_does_not_block_the_next()
    {
        var restore = s_domain with { Command = "restore", Scope = new(RunScopeKind.Journal, ["20260101-000000-abcdef"]) };
        using (var run = Folder.Begin(_store.Info, restore, new())!)
        {
            Record(run);
        }

        Assert.Single(Folder.InterruptedOn(_store.Info));
        Folder.Begin(_store.Info, restore, new())!.Discard();
        Assert.Empty(Folder.InterruptedOn(_store.Info));
        Assert.Equal(RunState.Interrupted, Assert.Single(Folder.List()).State);
    }

    [Fact]
    public async Task Resumed_run_changes_each_mailbox_once_and_has_every_password()
    {
        string[] mailboxes = [.. Enumerable.Range(0, 60).Select(i => $"user{i}@example.com")];
        foreach (var mailbox in mailboxes)
        {
            _store.Add(mailbox, "{SSHA512}before");
        }

        using (var first = Folder.Begin(_store.Info, s_domain, new())!)
        {
            await RunAsync(first, mailboxes[..40]);
        }

        // As if the process had died before one was written, and a user had been quick.
        _store.SetHash(mailboxes[3], "{SSHA512}before");
        _store.SetHash(mailboxes[5], "{SSHA512}by the user");
        var written = _store.HashOf(mailboxes[0]);

        using var second = Folder.Begin(_store.Info, s_domain, new() { Resume = true })!;
        Assert.NotNull(second.Resumed);
        var rows = await RunAsync(second, mailboxes);
        second.Finish();
        Assert.Equal(mailboxes, rows.Select(row => row.Mailbox));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.WriteConflict), (rows[5].Status, rows[5].ErrorId));
        Assert.Equal("{SSHA512}by the user", _store.HashOf(mailboxes[5]));
        Assert.Equal(written, _store.HashOf(mailboxes[0]));
        Assert.All(rows.Where((_, i) => i != 5), row => Assert.True(StoredHash.Parse(_store.HashOf(row.Mailbox)!).Verify(row.Password!), row.Mailbox));
        Assert.Equal(RunState.Finished, Folder.List()[0].State);
        Assert.Empty(await Folder.VerifyAsync());

        // Delivered is delivered.
        Assert.Null(Folder.Begin(_store.Info, s_domain, new() { Resume = true, ResumeRun = second.Id }));
        Folder.Begin(_store.Info, s_domain, new() { Resume = true })!.Dispose();
    }

    [Fact]
    public async Task Password_given_again_on_resume_is_overwritten()
    {
        _store.Add("anna@example.com", "{SSHA512}before");
        using (var first = Folder.Begin(_store.Info, s_domain, new())!)
        {
            await RunAsync(first, ["anna@example.com"]);
        }

        var written = _store.HashOf("anna@example.com");
        using var second = Folder.Begin(_store.Info, s_domain, new() { Resume = true })!;
        var request = new ChangeRequest { Identity = "anna@example.com", Password = Secret.FromChars("N3w-Passw0rd!") };
        await using var run = new ChangeRun(_store, Options(second));
        var row = Assert.Single(await run.ExecuteAsync(new[] { request }.ToAsyncEnumerable()).ToListAsync());
        Assert.Equal((ChangeStatus.Changed, written), (row.Status, _store.HashOf("anna@example.com")));
        Assert.Throws<ObjectDisposedException>(() => request.Password!.Reveal());
    }

    [Fact]
    public async Task Resumed_run_has_rows_for_mailboxes_missing_in_the_input()
    {
        string[] mailboxes = [.. Enumerable.Range(0, 40).Select(i => $"user{i}@example.com")];
        foreach (var mailbox in mailboxes)
        {
            _store.Add(mailbox, "{SSHA512}before");
        }

        // One pipeline of forty is interrupted; another one, of three, says -Resume.
        var pipeline = s_domain with { Scope = RunScope.Unknown };
        using (var first = Folder.Begin(_store.Info, pipeline, new())!)
        {
            await RunAsync(first, mailboxes);
        }

        _store.SetHash(mailboxes[7], "{SSHA512}before");
        using var second = Folder.Begin(_store.Info, pipeline, new() { Resume = true })!;
        var rows = await RunAsync(second, [mailboxes[2], "nobody@example.com", mailboxes[39]]);
        second.Finish();
        Assert.Equal(41, rows.Count);
        Assert.Equal([mailboxes[2], "nobody@example.com", mailboxes[39]], rows.Take(3).Select(row => row.Mailbox));
        Assert.Equal(mailboxes.Length, rows.Select(row => row.Mailbox).Where(mailboxes.Contains).Distinct().Count());
        var left = rows.Single(row => row.Mailbox == mailboxes[7]);
        Assert.Equal((ChangeStatus.Skipped, "{SSHA512}before"), (left.Status, _store.HashOf(mailboxes[7])));
        Assert.All(rows.Where(row => row.Status is ChangeStatus.Changed), row => Assert.True(StoredHash.Parse(_store.HashOf(row.Mailbox)!).Verify(row.Password!), row.Mailbox));
        Assert.Equal(39, rows.Count(row => row.Status is ChangeStatus.Changed));
    }

    [Fact]
    public void Pipeline_does_not_resume_the_run_of_a_domain()
    {
        Crash();
        using var other = Folder.Begin(_store.Info, s_domain with { Scope = RunScope.Unknown }, new() { Resume = true })!;
        Assert.Null(other.Resumed);
    }

    [Fact]
    public async Task Run_killed_between_its_end_and_the_index_counts_as_finished()
    {
        string id;
        using (var run = Folder.Begin(_store.Info, s_domain, new())!)
        {
            id = run.Id!;
            ((FileJournal)run.Journal!).Finish(new RunSummary { Changed = 2, Ended = DateTimeOffset.UtcNow });
        }

        // The key, as if it had not come to that either.
        await File.WriteAllBytesAsync(Path.Combine(_path, id + ".journal.key"), new byte[32]);
        Assert.Empty(Folder.InterruptedOn(_store.Info));
        Assert.Equal((RunState.Finished, 2), (Folder.List()[0].State, Folder.List()[0].Changed));
        Folder.Begin(_store.Info, s_domain, new())!.Discard();
        Assert.False(File.Exists(Path.Combine(_path, id + ".journal.key")));
        Assert.Equal(RunState.Finished, Folder.Find(id).State);
        Assert.Empty(await Folder.VerifyAsync());
    }

    [Fact]
    public void Resumed_run_reports_others_that_it_may_meet()
    {
        Crash();
        var other = Folder.Begin(_store.Info, s_domain with { Scope = RunScope.Of(["anna@example.com"]) }, new())!;
        var mark = Path.Combine(_path, other.Id + ".run");
        File.WriteAllText(mark, File.ReadAllText(mark).Replace($"\"process\":{Environment.ProcessId}", "\"process\":1", StringComparison.Ordinal));
        Assert.Equal(ErrorIds.RunUnderWay, Assert.Throws<MailPassException>(() => Folder.Begin(_store.Info, s_domain, new() { Resume = true })).ErrorId);
        other.Discard();
        using var resumed = Folder.Begin(_store.Info, s_domain, new() { Resume = true })!;
        Assert.NotNull(resumed.Resumed);
    }

    [Fact]
    public void Run_of_which_the_store_may_have_a_change_is_not_forgotten()
    {
        using var run = Folder.Begin(_store.Info, s_domain, new())!;
        Record(run);
        Assert.False(run.Discard());
        run.Dispose();
        Assert.Single(Folder.InterruptedOn(_store.Info));
    }

    [Fact]
    public async Task Index_line_that_does_not_fit_is_not_believed()
    {
        Finished();
        var index = Path.Combine(_path, "index");
        await File.WriteAllTextAsync(index, (await File.ReadAllTextAsync(index)).Replace("\"totals\":[3,", "\"totals\":[8,", StringComparison.Ordinal));
        var faults = new List<string>();
        Assert.Equal(3, Folder.List(faults)[0].Changed);
        Assert.Single(faults);
    }

    [Fact]
    public async Task Verify_notices_a_removed_an_exchanged_and_a_changed_journal()
    {
        Finished();
        Finished();
        Finished();
        Assert.Empty(await Folder.VerifyAsync());
        var runs = Folder.List();
        File.Copy(runs[0].Journal, runs[1].Journal, overwrite: true);
        File.Delete(runs[2].Journal);
        await File.WriteAllTextAsync(runs[0].Journal, (await File.ReadAllTextAsync(runs[0].Journal)).Replace("\"run\"", "\"ruN\"", StringComparison.Ordinal));
        var faults = await Folder.VerifyAsync();
        Assert.Equal(3, faults.Count);
        Assert.All(runs, run => Assert.Contains(faults, fault => fault.Contains(run.Id, StringComparison.Ordinal)));
        Assert.Contains(faults, fault => fault.Contains(runs[2].Id, StringComparison.Ordinal) && fault.Contains("gone", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains(runs[1].Id, StringComparison.Ordinal) && fault.Contains("replaced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_notices_every_line_that_is_missing_from_the_index()
    {
        Finished();
        Finished();
        var index = Path.Combine(_path, "index");
        var lines = await File.ReadAllLinesAsync(index);
        for (var i = 0; i < lines.Length - 1; i++)
        {
            await File.WriteAllTextAsync(index, string.Concat(lines.Where((_, at) => at != i).Select(line => line + "\n")));
            Assert.NotEmpty(await Folder.VerifyAsync());
        }
    }

    [Fact]
    public void Journal_kept_for_no_day_is_removed_at_its_end()
    {
        var folder = new RunFolder(_path, keepDays: 0);
        using (var run = folder.Begin(_store.Info, s_domain, new())!)
        {
            run.Finish();
        }

        Assert.Empty(folder.List());
        Assert.Empty(Directory.GetFiles(_path, "*.journal"));
    }

    [Fact]
    public void Journal_of_a_recent_run_is_kept_whatever_its_files_date()
    {
        var id = Finished();
        var journal = Folder.Find(id).Journal;
        File.SetLastWriteTimeUtc(journal, DateTime.UtcNow.AddDays(-91));
        Finished();
        Assert.True(File.Exists(journal));
    }

    [Fact]
    public void Journal_of_a_run_that_ended_long_ago_is_removed()
    {
        string id, journal;
        using (var run = Folder.Begin(_store.Info, s_domain, new())!)
        {
            (id, journal) = (run.Id!, run.Path!);
            ((FileJournal)run.Journal!).Finish(new RunSummary { Changed = 1, Ended = DateTimeOffset.UtcNow.AddDays(-91) });
        }

        // The first run that begins notes its end.
        Folder.Begin(_store.Info, s_domain, new())!.Discard();
        Assert.Equal(RunState.Finished, Folder.Find(id).State);
        File.SetLastWriteTimeUtc(journal, DateTime.UtcNow.AddDays(-91));
        Folder.Begin(_store.Info, s_domain, new())!.Discard();
        Assert.False(File.Exists(journal));
        Assert.DoesNotContain(Folder.List(), run => run.Id == id);
    }

    [Fact]
    public void Old_journal_of_a_run_without_a_mark_is_removed()
    {
        Crash();
        var interrupted = Directory.GetFiles(_path, "*.journal").Single();
        var orphan = Path.Combine(_path, "20260101-000000-abcdef.journal");
        File.Copy(interrupted, orphan);
        File.WriteAllBytes(orphan + ".key", new byte[32]);
        File.SetLastWriteTimeUtc(interrupted, DateTime.UtcNow.AddDays(-91));
        Folder.Begin(_store.Info, s_domain, new() { AllowConcurrent = true })!.Discard();
        Assert.True(File.Exists(orphan), "It is not old.");
        File.SetLastWriteTimeUtc(orphan, DateTime.UtcNow.AddDays(-91));
        Folder.Begin(_store.Info, s_domain, new() { AllowConcurrent = true })!.Discard();
        Assert.False(File.Exists(orphan));
        Assert.False(File.Exists(orphan + ".key"));
        Assert.True(File.Exists(interrupted), "An interrupted run is kept however old.");
    }

    [Fact]
    public void Run_that_changed_nothing_can_be_forgotten()
    {
        using var run = Folder.Begin(_store.Info, s_domain, new())!;
        Assert.True(run.Discard());
        Assert.Empty(Folder.List());
        Assert.Empty(Folder.InterruptedOn(_store.Info));
    }

    [Fact]
    public async Task Report_names_operator_reason_and_errors_and_no_mailbox()
    {
        var html = (await RunReport.ReadAsync(Folder.Find(Finished("<script>alert(1)</script>")))).ToHtml();
        Assert.Contains(Environment.UserName, html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.Contains(ErrorIds.MailboxNotFound, html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@example.com", html, StringComparison.Ordinal);
    }

    private string Finished(string reason = "breach")
    {
        using var run = Folder.Begin(_store.Info, s_domain with { Reason = reason }, new())!;
        for (var i = 0; i < 3; i++)
        {
            run.Summary.Count(new ChangeResult { Mailbox = $"user{i}@example.com", Status = ChangeStatus.Changed, Time = DateTimeOffset.UtcNow });
        }

        run.Summary.Count(new ChangeResult { Mailbox = "nobody@example.com", Status = ChangeStatus.Failed, ErrorId = ErrorIds.MailboxNotFound });
        run.Finish();
        return run.Id!;
    }

    private void Crash()
    {
        using var run = Folder.Begin(_store.Info, s_domain, new())!;
        Record(run);
    }

    private static void Record(OpenRun run) =>
        run.Journal!.RecordAsync([new JournalEntry(new MailboxAccount { Address = MailboxAddress.Parse("anna@example.com"), StoreKey = "anna", PasswordHash = "{SSHA512}x" }, null, "{SSHA512}y")], default).AsTask().GetAwaiter().GetResult();

    private async Task<List<ChangeResult>> RunAsync(OpenRun open, IEnumerable<string> mailboxes)
    {
        var rows = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, Options(open) with { BatchSize = 20 });
        await foreach (var row in run.ExecuteAsync(mailboxes.Select(mailbox => new ChangeRequest { Identity = mailbox }).ToAsyncEnumerable()))
        {
            open.Summary.Count(row);
            rows.Add(row);
        }

        return rows;
    }

    private static ChangeRunOptions Options(OpenRun run) => new()
    {
        Generator = new PasswordGenerator(PasswordPolicy.Default),
        Settings = new HashSettings("SSHA512"),
        Journal = run.Journal,
        Recorded = run.Recorded,
    };
}
