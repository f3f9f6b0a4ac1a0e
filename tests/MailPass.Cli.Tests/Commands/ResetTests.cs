using MailPass.Changes;
using MailPass.Cli.Output;
using MailPass.Journals;
using MailPass.Stores;

namespace MailPass.Cli.Tests.Commands;

public sealed class ResetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_domain_gets_new_passwords_and_the_others_keep_theirs()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com", "!off@example.com", "c@example.net");
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "EXAMPLE.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv"));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Contains("off@example.com", run.Error, StringComparison.Ordinal);
        var rows = CsvText.Read(File.ReadAllText(_folder.Path("new.csv")));
        Assert.Equal(3, rows.Count);
        await StoreProbe.EveryChangeHasItsRowAsync(store, rows);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "c@example.net"));
        Assert.All(rows.Where(row => row["Status"] == "Changed"), row => Assert.DoesNotContain(row["Password"], run.Error, StringComparison.Ordinal));
        Assert.False(File.Exists(_folder.Path("new.csv.journal")));
    }

    [Theory]
    [InlineData("reset", false)]
    [InlineData("reset", true)]
    [InlineData("set", false)]
    public async Task Forced_change_is_refused_where_the_store_knows_none(string command, bool whatIf)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.WithInput("New-pa55word!\n", [command, "--store", store, "--mailbox", "a@example.com", "--force-change", .. whatIf ? (string[])["--what-if"] : []]);
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains("the schema mailpass has no column or setting for that", run.Error, StringComparison.Ordinal);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public async Task Rows_have_the_display_name(string format)
    {
        var store = _folder.Path("names.db");
        var boxes = _folder.Write("names.csv", "Mailbox,DisplayName\na@example.com,Anna Haas\nb@example.com,\n");
        Assert.Equal(0, (await MailPassRun.Of("init", "--store", store, "--csv", boxes)).ExitCode);
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--format", format);
        Assert.Equal(0, run.ExitCode);
        if (format == "csv")
        {
            Assert.Equal(["Anna Haas", string.Empty], run.Rows.Select(row => row["DisplayName"]));
        }
        else
        {
            Assert.Contains("\"DisplayName\":\"Anna Haas\"", run.Output.Replace(": ", ":", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Exclusions_keep_their_passwords_and_are_counted()
    {
        var store = await _folder.StoreAsync("a@example.com", "svc-1@example.com", "svc-2@example.net", "c@example.net");
        var never = _folder.Write("never.txt", "# never\nC@example.net\n");
        string[] call = ["reset", "--store", store, "--domain", "*", "--exclude", "svc-*", "--exclude", "@" + never, "--exclude", "scv@example.com", "--scheme", "SSHA512", "--format", "csv"];
        var dry = await MailPassRun.Of([.. call, "--what-if"]);
        Assert.Contains("the one mailbox of one domain (3 excluded)", dry.Error, StringComparison.Ordinal);
        var run = await MailPassRun.Of(call);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a@example.com"], run.Rows.Select(row => row["Mailbox"]));
        Assert.Contains("3 mailboxes were excluded", run.Error, StringComparison.Ordinal);
        Assert.Contains("scv@example.com matches no mailbox", run.Error, StringComparison.Ordinal);
        await StoreProbe.EveryChangeHasItsRowAsync(store, run.Rows);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "svc-2@example.net"));
    }

    [Theory]
    [InlineData("--csv")]
    [InlineData("--mailbox")]
    public async Task Exclusions_apply_to_every_source_of_mailboxes(string way)
    {
        var store = await _folder.StoreAsync("a@example.com", "svc@example.com");
        var csv = _folder.Write("boxes.csv", "Mailbox\nSVC@example.com\na@example.com\n");
        string[] mailboxes = way == "--csv" ? [way, csv] : [way, "SVC@example.com", way, "a@example.com"];
        var run = await MailPassRun.Of(["reset", "--store", store, .. mailboxes, "--exclude", "svc@example.com", "--scheme", "SSHA512", "--format", "csv"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["a@example.com"], run.Rows.Select(row => row["Mailbox"]));
        Assert.Contains("1 mailbox was excluded", run.Error, StringComparison.Ordinal);
        var set = await MailPassRun.WithInput("Mailbox,Password\nsvc@example.com,New-pa55word!\na@example.com,New-pa55word!\n", "set", "--store", store, "--csv", "-", "--exclude", "svc*", "--format", "csv");
        Assert.Equal(["a@example.com"], set.Rows.Select(row => row["Mailbox"]));
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "svc@example.com"));
    }

    [Theory]
    [InlineData("missing.txt")]
    [InlineData("svc")]
    [InlineData("@missing.txt")]
    public async Task Exclusion_that_cannot_be_read_changes_nothing(string exclusion)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--exclude", exclusion);
        Assert.Equal(ExitCodes.Refused, run.ExitCode);
        Assert.Contains(ErrorIds.InputInvalid, run.Error, StringComparison.Ordinal);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Fact]
    public async Task List_knows_all_domains_patterns_and_exclusions()
    {
        var store = await _folder.StoreAsync("a@example.com", "svc@example.com", "b@mail.example.com", "c@example.net");
        Assert.Equal(4, (await MailPassRun.Of("list", "--store", store, "--domain", "*", "--format", "csv")).Rows.Count);
        Assert.Equal(["b@mail.example.com"], (await MailPassRun.Of("list", "--store", store, "--domain", "*.example.com", "--format", "csv")).Rows.Select(row => row["Mailbox"]));
        Assert.Equal(["a@example.com"], (await MailPassRun.Of("list", "--store", store, "--domain", "example.com", "--exclude", "svc*", "--format", "csv")).Rows.Select(row => row["Mailbox"]));
        Assert.Equal(["b@mail.example.com"], (await MailPassRun.Of("list", "--store", store, "--domain", "*.example.com", "--mailbox", "b*", "--format", "csv")).Rows.Select(row => row["Mailbox"]));
    }

    [Fact]
    public async Task Runs_that_begin_together_have_a_record_each()
    {
        var stores = new List<string>();
        var folders = Enumerable.Range(0, 8).Select(_ => new TempFolder()).ToList();
        foreach (var folder in folders)
        {
            stores.Add(await folder.StoreAsync("a@example.com"));
        }

        var runs = await Task.WhenAll(stores.Select(store => Task.Run(() => MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--format", "csv"))));
        Assert.All(runs, run => Assert.True(run.ExitCode == 0, run.ToString()));
        var records = (await MailPassRun.Of("runs", "--format", "csv")).Rows;
        Assert.All(stores, store => Assert.Single(records, record => record["Store"] == store));
        folders.ForEach(folder => folder.Dispose());
    }

    [Fact]
    public async Task Lost_store_is_reported_once()
    {
        var mailboxes = Enumerable.Range(1, 50).Select(i => $"u{i}@example.com").ToList();
        var users = _folder.Write("users", string.Concat(mailboxes.Select(mailbox => $"{mailbox}:{TempFolder.OldHash}::::::\n")));

        // The store is open by the time that the input is read.
        using var input = new InputThatActs("Mailbox\n" + string.Join('\n', mailboxes), () => File.Delete(users));
        var run = await MailPassRun.RunAsync(input, ["reset", "--store", "passwd-file:" + users, "--csv", "-", "--format", "csv"]);
        Assert.Equal(ExitCodes.Unreachable, run.ExitCode);
        Assert.NotEmpty(run.Rows);
        Assert.All(run.Rows, row => Assert.Contains(row["ErrorId"], new[] { ErrorIds.StoreUnreachable, ErrorIds.Stopped }));
        Assert.Single(run.Error.Split('\n'), line => line.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restore_reports_a_lost_store_once()
    {
        var mailboxes = Enumerable.Range(1, 1500).Select(i => $"u{i}@example.com").ToList();
        var users = _folder.Write("users", string.Concat(mailboxes.Select(mailbox => $"{mailbox}:{TempFolder.OldHash}::::::\n")));
        var journal = _folder.Path("journal");
        var reset = await MailPassRun.Of("reset", "--store", "passwd-file:" + users, "--domain", "example.com", "--yes", "--scheme", "SSHA512", "--journal", journal, "--out", _folder.Path("new.csv"));
        Assert.True(reset.ExitCode == 0, reset.ToString());

        // The store goes away when the first rows arrive.
        using var rows = new OutputThatActs(() => File.Delete(users));
        var run = await MailPassRun.RunAsync(new MemoryStream(), ["restore", "--store", "passwd-file:" + users, "--journal", journal, "--format", "csv"], new StreamTarget(rows));
        Assert.Equal(ExitCodes.Unreachable, run.ExitCode);
        Assert.Equal(1001, System.Text.Encoding.UTF8.GetString(rows.ToArray()).TrimEnd().Split('\n').Length);
        Assert.Single(run.Error.Split('\n'), line => line.Contains("cannot be read", StringComparison.Ordinal));
        Assert.Contains("1,000 changed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_restore_reports_what_it_did()
    {
        var store = await _folder.StoreAsync([.. Enumerable.Range(1, 1500).Select(i => $"u{i:0000}@example.com")]);
        var reset = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--yes", "--scheme", "SSHA512", "--journal", _folder.Path("journal"), "--out", _folder.Path("new.csv"));
        Assert.True(reset.ExitCode == 0, reset.ToString());
        using var stop = new CancellationTokenSource();
        using var rows = new OutputThatActs(stop.Cancel);
        var run = await MailPassRun.RunAsync(new MemoryStream(), ["restore", "--store", store, "--journal", _folder.Path("journal"), "--format", "csv"], new StreamTarget(rows), cancellationToken: stop.Token);
        Assert.Equal(ExitCodes.Stopped, run.ExitCode);
        Assert.Contains("stopped: 1,000 changed", run.Error, StringComparison.Ordinal);
        Assert.Equal(1000, (await StoreProbe.HashesAsync(store)).Values.Count(hash => hash == TempFolder.OldHash));
    }

    [Theory]
    [InlineData(ErrorIds.CanaryFailed, "changed although the login server refused the new password", 0)]
    [InlineData(ErrorIds.SessionNotPurged, "changed but perhaps still logged in somewhere", 1)]
    [InlineData(ErrorIds.Superseded, null, 0)]
    public void Closing_line_counts_what_was_not_finished(string errorId, string? words, long notLoggedOut)
    {
        var tally = new RunTally();
        tally.Count(new ChangeResult { Mailbox = "a@example.com", Domain = "example.com", Status = ChangeStatus.Changed, ErrorId = errorId, Time = DateTimeOffset.UtcNow });
        Assert.Equal(notLoggedOut, tally.NotLoggedOut);
        Assert.StartsWith(words is null ? "1 changed, in " : $"1 changed, 1 {words}, in ", tally.ToString(), StringComparison.Ordinal);
    }

    private sealed class OutputThatActs(Action act) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            act();
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, count);
            act();
        }
    }

    /// <summary>Acts when the first part was read to its end.</summary>
    private sealed class InputInTwoParts(string first, string second, Func<Task> act) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(first + second))
    {
        private Func<Task>? _act = act;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == first.Length && _act is { } once)
            {
                _act = null;
                await once();
            }

            return await base.ReadAsync(Position < first.Length ? buffer[..Math.Min(buffer.Length, first.Length - (int)Position)] : buffer, cancellationToken);
        }
    }

    private sealed class InputThatActs(string text, Action act) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            act();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }

    [SkippableFact]
    public async Task Output_and_journal_are_readable_by_their_owner_only()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access lists instead of modes.");
        var store = await _folder.StoreAsync("a@example.com");
        await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv"), "--journal", _folder.Path("j"));
#pragma warning disable CA1416 // Skipped above.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.Path("new.csv")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.Path("j")));
#pragma warning restore CA1416
    }

    [SkippableFact]
    public async Task Windows_null_device_takes_rows_and_gets_no_journal()
    {
        Skip.IfNot(OperatingSystem.IsWindows(), "Elsewhere NUL is a file like any other.");
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--out", "NUL");
        Assert.Equal(0, run.ExitCode);
        Assert.NotEqual(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
        Assert.False(File.Exists(Path.GetFullPath("NUL.journal")));
    }

    [Fact]
    public async Task An_existing_file_is_kept_unless_told_otherwise()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var path = _folder.Write("new.csv", "precious");
        string[] args = ["reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--out", path];
        var refused = await MailPassRun.Of(args);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));

        Assert.Equal(0, (await MailPassRun.Of([.. args, "--force"])).ExitCode);
        await StoreProbe.EveryChangeHasItsRowAsync(store, CsvText.Read(File.ReadAllText(path)));
    }

    [Theory]
    [InlineData("nowhere/new.csv")]
    [InlineData(".")]
    public async Task Output_that_cannot_be_created_changes_nothing(string name)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--out", _folder.Path(name));
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Fact]
    public async Task A_missing_domain_is_an_error()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "exmaple.com", "--out", _folder.Path("new.csv"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("exmaple.com", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path("new.csv")));
        Assert.False(File.Exists(_folder.Path("new.csv.journal")));
    }

    [Fact]
    public async Task Output_has_no_formulas_and_is_valid_input()
    {
        var store = await _folder.StoreAsync("u@example.com");
        var csv = _folder.Write("in.csv", "Mailbox\n=sum@example.com\n=cmd|' /C calc'!A0\n@SUM(1)\n+1\n-1\n\"\t1\"\nu@example.com\n'=x\n");
        var run = await MailPassRun.Of("reset", "--store", store, "--csv", csv, "--what-if");
        Assert.Equal(8, run.Rows.Count);
        Assert.All(run.Rows, row => Assert.All(row.Where(field => field.Key != "Password"), field => Assert.DoesNotMatch(@"^[=+\-@\t\r]", field.Value)));
        var again = await MailPassRun.Of("reset", "--store", store, "--csv", _folder.Write("again.csv", run.Output), "--what-if");
        Assert.Equal(run.Rows.Select(row => row["Mailbox"]), again.Rows.Select(row => row["Mailbox"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(137)]
    public async Task Rows_that_cannot_be_written_are_taken_back(int accepted)
    {
        string[] mailboxes = [.. Enumerable.Range(0, 300).Select(i => $"u{i:000}@example.com")];
        var store = await _folder.StoreAsync(mailboxes);
        using var target = new FullTarget(accepted);
        var run = await MailPassRun.RunAsync(Stream.Null, ["reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512"], target);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(ErrorIds.OutputUnwritable, run.Error, StringComparison.Ordinal);
        await StoreProbe.EveryChangeHasItsRowAsync(store, accepted == 0 ? [] : CsvText.Read(target.Text));
    }

    [Fact]
    public async Task Undeliverable_password_is_kept_in_a_file()
    {
        var users = _folder.Write("users", $"a@example.com:{TempFolder.OldHash}::::::\n");
        var written = string.Empty;
        using var target = new FullTarget(0, () =>
        {
            written = File.ReadAllText(users);
            File.Delete(users);
        });
        var run = await MailPassRun.RunAsync(Stream.Null, ["reset", "--store", "passwd-file:" + users, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--no-journal"], target);
        Assert.Equal(1, run.ExitCode);
        var file = System.Text.RegularExpressions.Regex.Match(run.Error, "are in (.+), which only you can read").Groups[1].Value;
        Assert.True(File.Exists(file), run.ToString());
        var password = CsvText.Read(await File.ReadAllTextAsync(file)).Single()["Password"];
        File.Delete(file);
        File.WriteAllText(users, written);
        Assert.True(await StoreProbe.AcceptsAsync("passwd-file:" + users, "a@example.com", password));
    }

    [Fact]
    public async Task A_run_is_undone_except_for_later_changes()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv"), "--journal", _folder.Path("run.journal"));

        // Delivered, it shows what was changed and no password.
        var recovered = await MailPassRun.Of("recover", "--store", store, "--journal", _folder.Path("run.journal"));
        Assert.Equal(1, recovered.ExitCode);
        Assert.All(recovered.Rows, row => Assert.Equal(("Changed", ""), (row["Status"], row["Password"])));
        await MailPassRun.WithInput("Third-Secret-3\n", "set", "--store", store, "--mailbox", "b@example.com", "--scheme", "SSHA512");
        var restored = await MailPassRun.Of("restore", "--store", store, "--journal", _folder.Path("run.journal"));
        Assert.Equal(0, restored.ExitCode);
        Assert.Equal(["Changed", "Skipped"], restored.Rows.OrderBy(row => row["Mailbox"]).Select(row => row["Status"]));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", "Third-Secret-3"));
    }

    [Fact]
    public async Task One_mailbox_alone_is_restored_and_a_dry_run_restores_none()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        string[] record = ["--store", store, "--journal", _folder.Path("run.journal")];
        var run = await MailPassRun.Of((string[])["reset", .. record, "--domain", "example.com", "--yes", "--scheme", "SSHA512"]);
        var dry = await MailPassRun.Of((string[])["restore", .. record, "--what-if"]);
        Assert.Equal(["Skipped", "Skipped"], dry.Rows.Select(row => row["Status"]));
        await StoreProbe.EveryChangeHasItsRowAsync(store, run.Rows);

        var restored = await MailPassRun.Of((string[])["restore", .. record, "--mailbox", "a@example.com"]);
        Assert.Equal(("a@example.com", "Changed"), (restored.Rows.Single()["Mailbox"], restored.Rows[0]["Status"]));
        Assert.Equal("Finished", (await MailPassRun.Of("runs")).Rows.Single(row => row["Journal"] == _folder.Path("run.journal"))["State"]);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
        Assert.Equal("Changed", (await MailPassRun.Of((string[])["recover", .. record, "--mailbox", "b@example.com"])).Rows.Single()["Status"]);

        var nobody = await MailPassRun.Of((string[])["recover", .. record, "--mailbox", "nobody@example.com"]);
        Assert.Equal((1, "MailboxNotFound"), (nobody.ExitCode, nobody.Rows.Single()["ErrorId"]));
    }

    [Fact]
    public async Task Salvage_uses_the_intact_lines_of_a_damaged_journal()
    {
        // Two lines of changes, of which the second is damaged.
        var store = await _folder.StoreAsync([.. Enumerable.Range(0, 20).Select(i => $"u{i:00}@example.com")]);
        string[] record = ["--store", store, "--journal", _folder.Path("run.journal")];
        await MailPassRun.Of((string[])["reset", .. record, "--domain", "example.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv")]);
        var journal = await File.ReadAllTextAsync(_folder.Path("run.journal"));
        await File.WriteAllTextAsync(_folder.Path("run.journal"), journal.Replace("u19@example.com", "u18@example.com", StringComparison.Ordinal));

        Assert.Equal(ExitCodes.Refused, (await MailPassRun.Of((string[])["recover", .. record])).ExitCode);
        var intact = Enumerable.Range(0, 16).Select(i => $"u{i:00}@example.com");
        var recovered = await MailPassRun.Of((string[])["recover", .. record, "--salvage"]);
        Assert.Equal(intact, recovered.Rows.Select(row => row["Mailbox"]).Order());
        Assert.Contains("The journal is damaged", recovered.Error, StringComparison.Ordinal);

        // A file that is there is kept, and another store is said to be another.
        Assert.Equal(ExitCodes.Refused, (await MailPassRun.Of((string[])["restore", .. record, "--salvage", "--out", _folder.Path("new.csv")])).ExitCode);
        Assert.DoesNotContain((await MailPassRun.Of("runs")).Rows, row => row["Store"] == store && row["Command"] == "restore");
        using var elsewhere = new TempFolder();
        var other = await MailPassRun.Of("recover", "--store", await elsewhere.StoreAsync("u00@example.com"), "--journal", _folder.Path("run.journal"), "--salvage");
        Assert.Contains("the run was on ", other.Error, StringComparison.Ordinal);
        var restored = await MailPassRun.Of((string[])["restore", .. record, "--salvage"]);
        Assert.True(restored.ExitCode == 0, restored.ToString());
        Assert.Equal(intact, (await StoreProbe.HashesAsync(store)).Where(pair => pair.Value == TempFolder.OldHash).Select(pair => pair.Key).Order());
    }

    [Fact]
    public async Task Mailbox_that_is_twice_in_the_input_is_reset_once()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--csv", _folder.Write("in.csv", "Mailbox\na@example.com\nA@Example.com\n"), "--scheme", "SSHA512");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal([("Changed", ""), ("Failed", ErrorIds.AddressDuplicate)], run.Rows.Select(row => (row["Status"], row["ErrorId"])));
        await StoreProbe.EveryChangeHasItsRowAsync(store, run.Rows);
    }

    [Theory]
    [InlineData(false, "Changed")]
    [InlineData(true, "Failed")]
    public async Task Keep_newer_keeps_a_password_that_its_owner_set_meanwhile(bool keepNewer, string status)
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        using var input = new InputInTwoParts("Mailbox\na@example.com\n", "b@example.com\n", async () =>
        {
            while (await StoreProbe.HashAsync(store, "a@example.com") == TempFolder.OldHash)
            {
                await Task.Delay(20);
            }

            var owner = await MailPassRun.WithInput("By-its-0wner\n", "set", "--store", store, "--mailbox", "b@example.com", "--scheme", "SSHA512");
            Assert.True(owner.ExitCode == 0, owner.ToString());
        });
        var run = await MailPassRun.RunAsync(input, ["reset", "--store", store, "--csv", "-", "--scheme", "SSHA512", .. keepNewer ? (string[])["--keep-newer"] : []]);
        Assert.Equal((status, ErrorIds.Superseded), (run.Rows[1]["Status"], run.Rows[1]["ErrorId"]));
        Assert.Equal(keepNewer, await StoreProbe.AcceptsAsync(store, "b@example.com", "By-its-0wner"));
    }

    [Fact]
    public async Task Runs_are_listed_proven_reported_and_removed()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var state = new Dictionary<string, string> { ["XDG_STATE_HOME"] = _folder.Path("state") };
        Task<MailPassRun> OfAsync(params string[] args) => MailPassRun.RunAsync(Stream.Null, args, environment: state);
        await OfAsync("reset", "--store", store, "--csv", _folder.Write("in.csv", "Mailbox\na@example.com\nnobody@example.com\n"), "--scheme", "SSHA512", "--reason", "breach of May", "--out", _folder.Path("new.csv"));
        var run = (await OfAsync("runs", "--format", "csv")).Rows.Single();
        Assert.Equal(("Finished", "breach of May", "reset", "1", "1"), (run["State"], run["Reason"], run["Command"], run["Changed"], run["Failed"]));
        Assert.Equal(0, (await OfAsync("runs", "--verify")).ExitCode);
        Assert.Equal(0, (await OfAsync("report", run["Run"], "--out", _folder.Path("report.html"))).ExitCode);
        var html = File.ReadAllText(_folder.Path("report.html"));
        Assert.Contains("breach of May", html, StringComparison.Ordinal);
        Assert.DoesNotContain(CsvText.Read(File.ReadAllText(_folder.Path("new.csv")))[0]["Password"], html, StringComparison.Ordinal);

        // Nothing is shown from a journal that was changed.
        var journal = File.ReadAllText(run["Journal"]);
        File.WriteAllText(run["Journal"], journal.Replace("{SSHA512}", "{SSHA513}", StringComparison.Ordinal));
        Assert.Equal(1, (await OfAsync("runs", "--verify")).ExitCode);
        foreach (var command in new[] { "recover", "restore" })
        {
            var refused = await OfAsync(command, "--store", store, run["Run"]);
            Assert.Equal((2, 0), (refused.ExitCode, refused.Rows.Count));
            Assert.Contains(ErrorIds.JournalUnreadable, refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await OfAsync("runs", "--remove", run["Run"])).ExitCode);
        Assert.Empty((await OfAsync("runs", "--format", "csv")).Rows);
        Assert.False(File.Exists(run["Journal"]));
    }

    [Fact]
    public async Task Old_journals_are_removed_and_index_damage_is_reported()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var state = new Dictionary<string, string> { ["XDG_STATE_HOME"] = _folder.Path("state") };
        Task<MailPassRun> OfAsync(params string[] args) => MailPassRun.RunAsync(Stream.Null, args, environment: state);
        await OfAsync("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv"));
        Assert.Equal(0, (await OfAsync("runs", "--older-than", "1h")).ExitCode);
        var run = (await OfAsync("runs")).Rows.Single();
        await File.AppendAllTextAsync(Path.Combine(Path.GetDirectoryName(run["Journal"])!, "index"), "nonsense\n");
        Assert.Contains("Line 3 of ", (await OfAsync("runs")).Error, StringComparison.Ordinal);

        // It ended before now.
        Assert.Contains($"run {run["Run"]} was removed", (await OfAsync("runs", "--older-than", "0s")).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(run["Journal"]));
    }

    [Fact]
    public async Task Concurrent_run_is_refused_unless_allowed()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var runs = new RunFolder(_folder.Path("runs"));
        var profile = _folder.Profile($$"""{ "store": "{{store}}", "scheme": "SSHA512", "journal": "runs" }""");
        await using var open = await MailStore.OpenAsync(StoreLocation.Parse(store), new StoreOpenOptions());
        using var other = runs.Begin(open.Info, new RunDescription { Command = "set", Scope = new(RunScopeKind.Domain, ["example.com"]), Head = "mailpass" }, new RunOptions())!;

        // Within one process runs may meet; to the folder this one is another process's.
        var mark = Path.Combine(runs.Path, other.Id + ".run");
        await File.WriteAllTextAsync(mark, (await File.ReadAllTextAsync(mark)).Replace($"\"process\":{Environment.ProcessId}", "\"process\":1", StringComparison.Ordinal));
        var refused = await MailPassRun.Of("reset", "--profile", profile, "--domain", "example.com");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(ErrorIds.RunUnderWay, refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await MailPassRun.Of("reset", "--profile", profile, "--domain", "example.com", "--allow-concurrent")).ExitCode);
    }

    [Fact]
    public async Task Shard_and_active_only_limit_a_reset()
    {
        string[] mailboxes = [.. Enumerable.Range(0, 20).Select(i => $"u{i:00}@example.com")];
        var store = await _folder.StoreAsync([.. mailboxes, "!off@example.com"]);
        var seen = new List<string>();
        foreach (var part in new[] { "1/2", "2/2" })
        {
            var run = await MailPassRun.Of((string[])["reset", "--store", store, .. mailboxes.SelectMany(mailbox => new[] { "--mailbox", mailbox }), "--shard", part, "--scheme", "SSHA512"]);
            Assert.InRange(run.Rows.Count, 1, mailboxes.Length - 1);
            seen.AddRange(run.Rows.Select(row => row["Mailbox"]));
        }

        Assert.Equal(mailboxes, seen.Order());
        var active = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--active-only", "--scheme", "SSHA512");
        Assert.Equal((0, mailboxes.Length), (active.ExitCode, active.Rows.Count));
    }

    [Fact]
    public async Task Waves_are_wave_delay_apart()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--wave-size", "1", "--wave-delay", "2s");
        Assert.Equal(0, run.ExitCode);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData("table")]
    [InlineData("csv")]
    public async Task Control_characters_of_the_input_do_not_reach_the_terminal(string format)
    {
        var store = await _folder.StoreAsync("a@example.com");
        using var rows = new MemoryStream();
        var csv = _folder.Write("in.csv", "Mailbox\nno\u001b[2Jmailbox\n");
        var run = await MailPassRun.RunAsync(Stream.Null, ["reset", "--store", store, "--csv", csv, "--format", format], new StreamTarget(rows), toTerminal: true);
        var text = System.Text.Encoding.UTF8.GetString(rows.ToArray());
        Assert.Contains("mailbox", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", text + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_failures_stop_a_run()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var input = "Mailbox\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"nobody{i}@example.com\n")) + "a@example.com\n";
        var run = await MailPassRun.Of("reset", "--store", store, "--csv", _folder.Write("in.csv", input), "--scheme", "SSHA512", "--max-failure", "10", "--out", _folder.Path("new.csv"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(ErrorIds.TooManyFailures, run.Error, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [Fact]
    public async Task Canary_without_a_server_leaves_every_password()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com", "c@example.com");

        // Nobody listens there.
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--yes", "--canary", "2", "--login-server", "imap://127.0.0.1:9", "--out", _folder.Path("new.csv"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(ErrorIds.CanaryFailed, run.Error, StringComparison.Ordinal);
        foreach (var mailbox in new[] { "a", "b", "c" })
        {
            Assert.True(await StoreProbe.AcceptsAsync(store, mailbox + "@example.com", TempFolder.OldPassword));
        }

        Assert.All(CsvText.Read(File.ReadAllText(_folder.Path("new.csv"))), row => Assert.Equal("", row["Password"]));
    }

    [Fact]
    public async Task Json_has_the_same_rows()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        var run = await MailPassRun.Of("reset", "--store", store, "--csv", _folder.Write("in.csv", "Mailbox\na@example.com\nx\n"), "--scheme", "SSHA512", "--format", "json");
        using var json = System.Text.Json.JsonDocument.Parse(run.Output);
        var rows = json.RootElement;
        Assert.Equal(2, rows.GetArrayLength());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", rows[0].GetProperty("Password").GetString()!));
        Assert.Equal(ErrorIds.AddressInvalid, rows[1].GetProperty("ErrorId").GetString());
        Assert.Equal(3, rows[1].GetProperty("Line").GetInt32());
        Assert.InRange(rows[0].GetProperty("Time").GetDateTimeOffset(), before, DateTimeOffset.UtcNow);
    }

    [Theory]
    [InlineData("--length", "5")]
    [InlineData("--scheme", "NONSENSE")]
    [InlineData("--scheme", "MD5-CRYPT")]
    [InlineData("--cost", "10")]
    [InlineData("--max-memory", "0")]
    [InlineData("--max-memory", "64 apples")]
    [InlineData("--shard", "9/8")]
    [InlineData("--policy", "/nowhere/policy.json")]
    [InlineData("--nonsense", "x")]
    [InlineData("--domain", "example.com")]
    public async Task Invalid_option_value_changes_nothing(string option, string value)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", option, value);
        Assert.Equal(2, run.ExitCode);
        Assert.NotEqual("", run.Error);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Theory]
    [InlineData("64")]
    [InlineData("64M")]
    [InlineData("1GB")]
    public async Task The_memory_for_hashes_can_be_limited(string memory)
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com", "c@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "ARGON2ID", "--max-memory", memory, "--yes");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("{ARGON2ID}$argon2id$", await StoreProbe.HashAsync(store, "b@example.com"));
    }

    /// <summary>Takes some rows and then no more, as a disk does that fills up.</summary>
    private sealed class FullTarget(int accepted, Action? onDelivery = null) : OutputTarget
    {
        private readonly MemoryStream _taken = new();
        private int _left = accepted;

        public string Text => System.Text.Encoding.UTF8.GetString(_taken.ToArray());

        public override string Name => "a small disk";

        public override int Deliver(ReadOnlySpan<byte> bytes, IReadOnlyList<int> rowEnds, out IOException? fault)
        {
            onDelivery?.Invoke();
            var rows = Math.Min(_left, rowEnds.Count);
            _left -= rows;
            _taken.Write(rows == 0 ? [] : bytes[..rowEnds[rows - 1]]);
            fault = rows < rowEnds.Count ? new IOException("No space left on device") : null;
            return rows;
        }
    }
}
