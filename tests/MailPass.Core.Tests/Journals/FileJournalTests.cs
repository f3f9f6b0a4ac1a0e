using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailPass.Changes;
using MailPass.Core.Tests.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Core.Tests.Journals;

public sealed class FileJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-").FullName;
    private readonly MemoryStore _store = new();

    private string File_ => Path.Combine(_folder, "run.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Recorded_changes_are_read_back_exactly()
    {
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync([Entry("jörg@example.com", "pä\"ss\\wörd\u20ac"), Entry("b@example.com", null)], default);
            await journal.SettleAsync([Entry("jörg@example.com", null), Entry("b@example.com", null)], [true, false]);
            await journal.RecordAsync([Entry("c@example.com", "{PLAIN}x")], default);
        }

        var read = await ReadAsync();
        Assert.Equal(["jörg@example.com", "b@example.com", "c@example.com"], read.Select(entry => entry.Account.Address.Value));
        Assert.Equal(["pä\"ss\\wörd\u20ac", null, "{PLAIN}x"], read.Select(entry => entry.Password?.Reveal()));
        Assert.All(read, entry => Assert.Equal("{SSHA512}old+/=", entry.Account.PasswordHash));
    }

    [Theory]
    [InlineData("\"names\":", "\"nomes\":")]
    [InlineData("\"host\":\"", "\"host\":null,\"x\":\"")]
    [InlineData("\"kind\":\"Domain\",\"names\":[\"example.com\"]", "\"kind\":\"Csv\",\"names\":[]")]
    [InlineData("\"scope\":{", "\"scope\":null,\"x\":{")]
    [InlineData(",\"run\":{", "}\t{")]
    public async Task Incomplete_header_with_a_right_digest_is_refused(string good, string bad)
    {
        await using (FileJournal.Create(File_, _store.Info, new RunDescription { Scope = new RunScope(RunScopeKind.Domain, ["example.com"]) }))
        {
        }

        var json = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(File_)).Split('\t')[0];
        Assert.Contains(good, json, StringComparison.Ordinal);
        using (var buffer = new ZeroingBuffer())
        {
            var bytes = Encoding.UTF8.GetBytes(json.Replace(good, bad, StringComparison.Ordinal));
            bytes.CopyTo(buffer.GetSpan(bytes.Length));
            buffer.Advance(bytes.Length);
            new DigestChain().EndLine(buffer, 0);
            await File.WriteAllBytesAsync(File_, buffer.Written.ToArray());
        }

        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await JournalFile.OpenAsync(File_));
        Assert.Equal(ErrorIds.JournalUnreadable, fault.ErrorId);
    }

    [Fact]
    public async Task Restore_ends_with_the_lost_store_after_its_rows()
    {
        var mailboxes = Enumerable.Range(0, 2500).Select(i => $"u{i:0000}@example.com").ToArray();
        Array.ForEach(mailboxes, mailbox => _store.Add(mailbox, "{SSHA512}before"));
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await RunAsync(journal, mailboxes);
        }

        var writes = 0;
        _store.BeforeWrite = batch => ++writes < 2
            ? Task.CompletedTask
            : throw new InterruptedWriteException(new MailPassException(ErrorIds.StoreUnreachable, "The store is gone."), [.. batch.Select((_, i) => i < 500 ? new WriteOutcome(WriteStatus.Written) : (WriteOutcome?)null)]);
        var replay = new JournalReplay(_store, File_);
        var rows = new List<ChangeResult>();
        var fault = await Assert.ThrowsAsync<MailPassException>(async () =>
        {
            await foreach (var row in replay.RestoreAsync())
            {
                rows.Add(row);
            }
        });

        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(2500, replay.Total);
        Assert.Equal((1500, 500), (rows.Count(row => row.Status is ChangeStatus.Changed), rows.Count(RunFaults.IsCauseOf)));
        Assert.Equal(2000, rows.Count);
    }

    [Fact]
    public async Task A_batch_is_on_the_disk_when_the_store_hears_of_it()
    {
        _store.Add("a@example.com", "{SSHA512}before");
        var journal = FileJournal.Create(File_, _store.Info);
        _store.BeforeWrite = batch =>
        {
            // Another program's view of the file, as after a kill: no buffer of ours counts.
            Assert.Contains(batch[0].NewHash, ReadWithAnotherProgram(), StringComparison.Ordinal);
            return Task.CompletedTask;
        };
        var results = await RunAsync(journal, "a@example.com");
        Assert.Equal(ChangeStatus.Changed, results[0].Status);
        await journal.DisposeAsync();
    }

    [SkippableFact]
    public async Task Nobody_else_may_read_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no file modes; the access list has a test of its own.");
        await using var journal = FileJournal.Create(File_, _store.Info);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
    }

    [Fact]
    public async Task Creating_never_replaces_another_journal()
    {
        await File.WriteAllTextAsync(File_, "precious");
        Assert.Equal(ErrorIds.JournalUnwritable, Assert.Throws<MailPassException>(() => FileJournal.Create(File_, _store.Info)).ErrorId);
        Assert.Equal("precious", await File.ReadAllTextAsync(File_));
    }

    [Fact]
    public async Task A_mailbox_recorded_twice_has_one_row_and_its_last_hash()
    {
        // Its first write conflicted with another change, so the run finally replaced that change's hash.
        const int Batch = 2500;
        var batch = Enumerable.Range(0, Batch).Select(i => Entry($"user{i}@example.com", $"Passw0rd!{i}")).ToList();
        batch.ForEach(entry => _store.Add(entry.Account.Address.Value, entry.NewHash));
        var again = new[] { 0, 7 }.Select(i => batch[i] with { Account = new MailboxAccount { Address = batch[i].Account.Address, StoreKey = batch[i].Account.StoreKey, PasswordHash = "{SSHA512}another's" } }).ToList();
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync(batch, default);
            await journal.SettleAsync(batch, [.. batch.Select((_, i) => i is not (0 or 7 or 9))]);
            await journal.RecordAsync(again, default);
            await journal.SettleAsync(again, [true, false]);
            await journal.RecordAsync([again[1] with { Password = Secret.FromChars("Third-t1me") }], default);
        }

        var replay = new JournalReplay(_store, File_);
        var chunks = await replay.ReadAsync().ToListAsync();
        Assert.All(chunks, chunk => Assert.InRange(chunk.Count, 1, 1000));
        Assert.Equal([.. Enumerable.Range(0, Batch).Where(i => i is not (0 or 7)), 0, 7], chunks.SelectMany(chunk => chunk).Select(entry => int.Parse(entry.Account.Address.Value[4..^12], CultureInfo.InvariantCulture)));
        Assert.Equal("Third-t1me", chunks[^1][^1].Password!.Reveal());

        var recovered = await replay.RecoverAsync().ToListAsync();
        Assert.Equal((Batch, Batch), (recovered.Count, recovered.Select(result => result.Mailbox).Distinct().Count()));
        Assert.All(recovered, result => Assert.Equal(ChangeStatus.Changed, result.Status));

        var restored = await replay.RestoreAsync().ToListAsync();
        Assert.Equal(Batch, restored.Count);
        Assert.All(restored, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        Assert.Equal(["{SSHA512}another's", "{SSHA512}old+/=", "{SSHA512}another's", "{SSHA512}old+/="], new[] { 0, 1, 7, 9 }.Select(i => _store.HashOf($"user{i}@example.com")));
    }

    [Fact]
    public async Task Refused_batch_with_long_names_is_read()
    {
        var local = new string('l', 60);
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 60), 3)) + ".example";
        var batch = Enumerable.Range(0, 1000).Select(i => Entry($"{local}{i:000}@{domain}", null)).ToList();
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync(batch, default);
            await journal.SettleAsync(batch, [.. batch.Select(_ => false)]);
            await journal.RecordAsync([Entry("after@example.com", null)], default);
        }

        Assert.Equal(1001, (await ReadAsync()).Count);
        Assert.Equal(1001, (await new JournalReplay(_store, File_).RecoverAsync().ToListAsync()).Count);
    }

    [Fact]
    public async Task Journal_cut_anywhere_gives_every_whole_line_before_the_cut()
    {
        await WriteThreeAsync();
        var whole = await File.ReadAllBytesAsync(File_);
        for (var length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(File_, whole[..length]);
            var lines = whole[..length].Count(b => b == '\n');
            if (lines == 0)
            {
                Assert.Equal(ErrorIds.JournalUnreadable, (await Assert.ThrowsAsync<MailPassException>(ReadAsync)).ErrorId);
                continue;
            }

            var journal = await JournalFile.OpenAsync(File_);
            Assert.Equal(Math.Min(3, lines - 1), journal.Count);
            Assert.True(journal.Summary is null, "A journal that was cut must not look like one that ended.");
        }
    }

    [Fact]
    public async Task Journal_cut_after_its_end_was_indexed_is_refused()
    {
        var digest = await WriteThreeAsync();
        var whole = await File.ReadAllBytesAsync(File_);
        await JournalFile.OpenAsync(File_, lastDigest: digest);
        await File.WriteAllBytesAsync(File_, whole[..(whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1)]);
        Assert.Equal(ErrorIds.JournalUnreadable, (await Assert.ThrowsAsync<MailPassException>(() => JournalFile.OpenAsync(File_, lastDigest: digest).AsTask())).ErrorId);
    }

    [Fact]
    public async Task Journal_that_failed_once_takes_no_more()
    {
        await using var journal = FileJournal.OverStream(new FaultyFile(File_, 1), JournalHeader.Begin(_store.Info, new()), JournalKey.Draw());
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(ErrorIds.JournalUnwritable, (await Assert.ThrowsAsync<MailPassException>(async () => await journal.RecordAsync([Entry("a@example.com", null)], default))).ErrorId);
        }

        Assert.Equal(0, new FileInfo(File_).Length);
    }

    [Fact]
    public async Task Scope_without_restore_undoes_nothing()
    {
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync([Entry("a@example.com", null)], default);
        }

        var store = new MemoryStore { Info = _store.Info with { Scope = MailboxScope.Create("helpdesk", null, null, ["recover"]) } };
        store.Add("a@example.com", "{SSHA512}new+/=");
        Assert.Equal(ErrorIds.OutOfScope, Assert.Single(await new JournalReplay(store, File_).RestoreAsync().ToListAsync()).ErrorId);
        Assert.Equal("{SSHA512}new+/=", store.HashOf("a@example.com"));
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await new JournalReplay(store, File_).RecoverAsync().ToListAsync()).Status);
    }

    [Fact]
    public async Task Password_that_does_not_hold_any_more_is_overwritten()
    {
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync([Entry("a@example.com", "Passw0rd!1"), Entry("b@example.com", "Passw0rd!2")], default);
        }

        _store.Add("a@example.com", "{SSHA512}new+/=");
        _store.Add("b@example.com", "{SSHA512}another");
        var replay = new JournalReplay(_store, File_);
        var entries = Assert.Single(await replay.ReadAsync().ToListAsync());
        var rows = await replay.RecoverAsync(entries);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Skipped], rows.Select(row => row.Status));
        Assert.Equal("Passw0rd!1", rows[0].Password!.Reveal());
        Assert.Throws<ObjectDisposedException>(() => entries[1].Password!.Reveal());
    }

    [Fact]
    public async Task Line_after_the_end_is_refused_although_its_digest_fits()
    {
        await WriteThreeAsync();
        Assert.Contains("after the end of the run", (await AppendAsync("{\"settled\":1,\"refused\":[]}")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"end\":null}")]
    [InlineData("{\"end\":{\"changed\":3}}")]
    [InlineData("{\"end\":{\"errors\":{},\"sessions\":{\"dovecot\":null},\"stillOpen\":[],\"points\":[]}}")]
    [InlineData("{\"end\":{\"errors\":{},\"sessions\":{},\"stillOpen\":[null],\"points\":[]}}")]
    public async Task End_that_lacks_something_is_refused_although_its_digest_fits(string end)
    {
        await using (FileJournal.Create(File_, _store.Info))
        {
        }

        Assert.Contains("A field is missing", (await AppendAsync(end)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"m.changed\":\"1700000000\"}")]
    [InlineData("\"{\\\"m.changed\\\":\\\"1700000000\\\"}\"")]
    public async Task Old_dates_are_read_as_an_object_and_as_a_text_of_one(string dates)
    {
        await using (FileJournal.Create(File_, _store.Info))
        {
        }

        await AppendWholeAsync($"{{\"changes\":[[\"anna@example.com\",null,\"{{SSHA512}}old\",{dates},\"{{SSHA512}}new\"]]}}");
        var entry = Assert.Single((await JournalFile.OpenAsync(File_)).ReadEntriesAsync(default).ToBlockingEnumerable());
        Assert.Equal(new Bookkeeping(["m.changed"], ["1700000000"]), entry.Account.Bookkeeping);
    }

    private async Task<MailPassException> AppendAsync(string line)
    {
        await AppendWholeAsync(line);
        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await JournalFile.OpenAsync(File_));
        Assert.Equal(ErrorIds.JournalUnreadable, fault.ErrorId);
        return fault;
    }

    private async Task AppendWholeAsync(string line)
    {
        using var buffer = new ZeroingBuffer();
        var bytes = Encoding.UTF8.GetBytes(line);
        bytes.CopyTo(buffer.GetSpan(bytes.Length));
        buffer.Advance(bytes.Length);
        (await JournalFile.OpenAsync(File_)).Chain.EndLine(buffer, 0);
        await File.AppendAllBytesAsync(File_, buffer.Written.ToArray());
    }

    [Fact]
    public async Task Every_flipped_bit_is_noticed()
    {
        var digest = await WriteThreeAsync();
        var whole = await File.ReadAllBytesAsync(File_);
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= (byte)(1 << (i % 8));
            await File.WriteAllBytesAsync(File_, damaged);
            var fault = await Record.ExceptionAsync(async () => await JournalFile.OpenAsync(File_, lastDigest: digest));
            Assert.True(fault is MailPassException { ErrorId: ErrorIds.JournalUnreadable }, $"The flip in byte {i} was not noticed: {fault}");
        }
    }

    [Fact]
    public async Task Damaged_lines_are_noticed_and_the_rest_can_be_salvaged()
    {
        await WriteThreeAsync();
        var lines = await File.ReadAllLinesAsync(File_);
        string[][] damaged = [[.. lines[..2], .. lines[3..]], [.. lines[..2], lines[1], .. lines[2..]], [lines[0], lines[2], lines[1], .. lines[3..]]];
        foreach (var some in damaged)
        {
            await File.WriteAllTextAsync(File_, string.Concat(some.Select(line => line + "\n")));
            var fault = await Assert.ThrowsAsync<MailPassException>(async () => await new JournalReplay(_store, File_).OpenAsync());
            Assert.Equal(ErrorIds.JournalUnreadable, fault.ErrorId);
            Assert.Contains("--salvage", fault.Remedy, StringComparison.Ordinal);
            var salvaged = new JournalReplay(_store, File_) { Salvage = true };
            await salvaged.OpenAsync();
            Assert.Contains("damaged", salvaged.Remarks[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Journal_of_format_2_is_read_and_resumed()
    {
        await File.WriteAllTextAsync(File_, """
            {"mailpass-journal":2,"run":{"run":"20261126-175134-cc4663","started":"2026-11-26T17:51:34.5048573+00:00","operator":"root","host":"vm","process":16717,"head":"","version":"0.1.0","kind":"memory","store":"memory","schema":"none","command":"reset","scope":{"kind":"Pipeline","names":[]}}}	9xJnBLTxQbaFlfje4BflrFb9+WdT4FOyeQxn8G9zqcw=
            {"m":"jörg@example.com","k":"jörg@example.com","o":"{SSHA512}old+/=","n":"{SSHA512}new+/=","p":"e3JchudTAPA+2Emzlp1iNhzIm8sf1Iy5nYm8VBRyhXGTukmX0s2sVQ=="}	3SkNEG5cNHX3pGCmWCQzxlTxUw1NmTBq84xr/Ked+Xs=
            {"m":"b@example.com","k":"b@example.com","o":"{SSHA512}old+/=","n":"{SSHA512}new+/="}	SK5E6eomGPRLG6iehEuMCHHlC6p5iuzD1tEcNz+8wgQ=

            """.ReplaceLineEndings("\n"));
        await File.WriteAllBytesAsync(File_ + ".key", Convert.FromBase64String("u9x2ZHj2AqhMmf7Tl9+1nCcXIMsV+Ar4WJgFZM1KRxM="));
        var before = await JournalFile.OpenAsync(File_);
        await using (var journal = FileJournal.Continue(before, before.Key!.Clone()))
        {
            await journal.RecordAsync([.. Enumerable.Range(0, 40).Select(i => Entry($"user{i}@example.com", $"Passw0rd!{i}"))], default);
        }

        var read = await ReadAsync();
        Assert.Equal(["jörg@example.com", "b@example.com", .. Enumerable.Range(0, 40).Select(i => $"user{i}@example.com")], read.Select(entry => entry.Account.Address.Value));
        Assert.Equal(["Passw0rd!\u20ac", null, .. Enumerable.Range(0, 40).Select(i => $"Passw0rd!{i}")], read.Select(entry => entry.Password?.Reveal()));
        Assert.Equal("user39@example.com", read[^1].Account.StoreKey);
    }

    [Fact]
    public async Task Mailboxes_asked_for_in_any_order_get_their_own_password()
    {
        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await journal.RecordAsync([.. Enumerable.Range(0, 100).Select(i => Entry($"user{i}@example.com", i % 3 == 0 ? null : $"Passw0rd!{i}"))], default);
        }

        var read = await JournalFile.OpenAsync(File_);
        var order = Enumerable.Range(0, 100).Select(i => i * 37 % 100).ToList();
        for (var time = 0; time < 2; time++)
        {
            var found = read.Find([.. order.Select(i => MailboxAddress.Parse($"USER{i}@example.com"))]);
            Assert.Equal(order.Select(i => i % 3 == 0 ? null : $"Passw0rd!{i}"), found.Select(change => change!.Entry.Password?.Reveal()));
        }

        Assert.All(read.Find([MailboxAddress.Parse("user1@example.com"), MailboxAddress.Parse("user1@example.com")]), change => Assert.Equal("Passw0rd!1", change!.Entry.Password!.Reveal()));
    }

    [Fact]
    public async Task Finished_journal_has_no_password_and_no_key()
    {
        await WriteThreeAsync();
        Assert.False(File.Exists(File_ + ".key"));
        Assert.DoesNotContain("Passw0rd", await File.ReadAllTextAsync(File_), StringComparison.Ordinal);
        Assert.All(await ReadAsync(), entry => Assert.True(entry is { Password: null, IsGenerated: true }));
    }

    [Fact]
    public async Task Password_is_sealed_to_a_recipient_whose_key_opens_it()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=escrow", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using (var journal = FileJournal.Create(File_, _store.Info, recipients: [certificate]))
        {
            await journal.RecordAsync([Entry("a@example.com", "Passw0rd!1")], default);
        }

        Assert.False(File.Exists(File_ + ".key"));
        Assert.Null((await ReadAsync())[0].Password);
        var opened = await JournalFile.OpenAsync(File_, certificates: [certificate]);
        Assert.Equal("Passw0rd!1", (await opened.ReadEntriesAsync(default).ToListAsync())[0].Password!.Reveal());
    }

    [Fact]
    public async Task Failed_write_leaves_a_journal_readable_up_to_it()
    {
        for (var broken = 3; broken < 9; broken++)
        {
            var path = Path.Combine(_folder, $"faulty{broken}.journal");
            using var key = JournalKey.Draw();
            key.Save(path);
            var journal = FileJournal.OverStream(new FaultyFile(path, broken), JournalHeader.Begin(_store.Info, new()), key.Clone());
            var recorded = 0;
            for (var i = 0; i < 4; i++)
            {
                try
                {
                    await journal.RecordAsync([Entry($"user{i}@example.com", $"Passw0rd!{i}")], default);
                    recorded++;
                }
                catch (MailPassException fault)
                {
                    Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
                }
            }

            await journal.DisposeAsync();
            Assert.InRange(recorded, 0, 3);
            var read = await (await JournalFile.OpenAsync(path)).ReadEntriesAsync(default).ToListAsync();
            Assert.Equal(Enumerable.Range(0, recorded).Select(i => $"Passw0rd!{i}"), read.Take(recorded).Select(entry => entry.Password!.Reveal()));
        }
    }

    [SkippableFact]
    public async Task Irregular_file_is_refused_at_once()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no such files.");
        var pipe = Path.Combine(_folder, "pipe");
        using (var made = Process.Start("mkfifo", [pipe]))
        {
            await made.WaitForExitAsync();
        }

        await File.WriteAllBytesAsync(File_, new byte[20_000_000]);
        foreach (var path in new[] { pipe, _folder, "/dev/zero", File_ })
        {
            Assert.Equal(ErrorIds.JournalUnreadable, (await Assert.ThrowsAsync<MailPassException>(async () => await JournalFile.OpenAsync(path))).ErrorId);
        }
    }

    [Theory]
    [InlineData("not a journal\n", "does not begin as a journal does")]
    [InlineData("{\"mailpass-journal\":9}\n", "format is 9")]
    [InlineData("{\"mailpass-journal\":1,\"run\":\"x\"}\n{\"m\":\"a@example.com\",\"p\":\"S3cret!x\"}\n", "format is 1")]
    [InlineData("", "does not begin")]
    public async Task Foreign_file_is_refused_without_quoting_it(string text, string named)
    {
        await File.WriteAllTextAsync(File_, text);
        var fault = await Assert.ThrowsAsync<MailPassException>(ReadAsync);
        Assert.Equal(ErrorIds.JournalUnreadable, fault.ErrorId);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_run_is_recovered_and_can_be_undone()
    {
        foreach (var name in new[] { "done", "undone", "later" })
        {
            _store.Add($"{name}@example.com", "{SSHA512}before");
        }

        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await RunAsync(journal, "done@example.com", "undone@example.com", "later@example.com");
        }

        // As if the process had died before this one was written, and the user of that one had been quick.
        _store.SetHash("undone@example.com", "{SSHA512}before");
        _store.SetHash("later@example.com", "{SSHA512}by the user");
        var replay = new JournalReplay(_store, File_);
        var recovered = await replay.RecoverAsync().ToListAsync();
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Skipped, ChangeStatus.Skipped], recovered.Select(result => result.Status));
        Assert.True(StoredHash.Parse(_store.HashOf("done@example.com")!).Verify(recovered[0].Password!));
        Assert.All(recovered.Skip(1), result => Assert.Null(result.Password));

        var restored = await replay.RestoreAsync().ToListAsync();
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Skipped, ChangeStatus.Skipped], restored.Select(result => result.Status));
        Assert.Equal("{SSHA512}before", _store.HashOf("done@example.com"));
        Assert.Equal("{SSHA512}by the user", _store.HashOf("later@example.com"));
    }

    [Fact]
    public async Task A_dry_run_writes_nothing_and_a_name_selects_one_mailbox()
    {
        foreach (var name in new[] { "a", "b", "later" })
        {
            _store.Add($"{name}@example.com", "{SSHA512}before");
        }

        await using (var journal = FileJournal.Create(File_, _store.Info))
        {
            await RunAsync(journal, "a@example.com", "b@example.com", "later@example.com");
        }

        _store.SetHash("later@example.com", "{SSHA512}by the user");
        var (a, b) = (_store.HashOf("a@example.com"), _store.HashOf("b@example.com"));
        var dry = await new JournalReplay(_store, File_).RestoreAsync(whatIf: true).ToListAsync();
        Assert.All(dry, result => Assert.Equal(ChangeStatus.Skipped, result.Status));
        Assert.Equal(2, dry.Count(result => result.Message!.StartsWith("Would get back", StringComparison.Ordinal)));
        Assert.Equal((a, b), (_store.HashOf("a@example.com"), _store.HashOf("b@example.com")));

        var some = new JournalReplay(_store, File_) { Only = new HashSet<MailboxAddress> { MailboxAddress.Parse("B@example.com"), MailboxAddress.Parse("nobody@example.com") } };
        var restored = await some.RestoreAsync().ToListAsync();
        Assert.Equal([("b@example.com", ChangeStatus.Changed, null), ("nobody@example.com", ChangeStatus.Failed, ErrorIds.MailboxNotFound)], restored.Select(result => (result.Mailbox, result.Status, result.ErrorId)));
        Assert.Equal((a, "{SSHA512}before"), (_store.HashOf("a@example.com"), _store.HashOf("b@example.com")));
    }

    [SkippableFact]
    public async Task A_full_disk_stops_the_run_before_the_store_hears_of_it()
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full.");
        _store.Add("a@example.com", "{SSHA512}before");
        await using var journal = FileJournal.OverStream(
            new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0), JournalHeader.Begin(_store.Info, new()), JournalKey.Draw());
        var fault = await Assert.ThrowsAsync<MailPassException>(() => RunAsync(journal, "a@example.com"));
        Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
        Assert.Equal("{SSHA512}before", _store.HashOf("a@example.com"));
    }

    private async Task<string> WriteThreeAsync()
    {
        var journal = FileJournal.Create(File_, _store.Info, new RunDescription { Command = "reset", Reason = "test" });
        for (var i = 0; i < 3; i++)
        {
            await journal.RecordAsync([Entry($"user{i}@example.com", $"Passw0rd!{i}")], default);
        }

        journal.Finish(new RunSummary { Changed = 3 });
        return journal.Digest;
    }

    /// <summary>A file whose n-th write or flush fails.</summary>
    private sealed class FaultyFile(string path, int broken) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 0)
    {
        private int _calls;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (++_calls == broken)
            {
                // Half of it reaches the disk.
                base.Write(buffer[..(buffer.Length / 2)]);
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }

        public override void Flush(bool flushToDisk)
        {
            if (++_calls == broken)
            {
                throw new IOException("Input/output error");
            }

            base.Flush(flushToDisk);
        }
    }

    private static JournalEntry Entry(string address, string? password)
    {
        var parsed = MailboxAddress.Parse(address);
        return new JournalEntry(
            new MailboxAccount { Address = parsed, StoreKey = parsed.Value, PasswordHash = "{SSHA512}old+/=" },
            password is null ? null : Secret.FromChars(password),
            "{SSHA512}new+/=");
    }

    private string ReadWithAnotherProgram()
    {
        if (OperatingSystem.IsWindows())
        {
            // As a backup program opens it: it takes no offence at who writes.
            using var reader = new StreamReader(new FileStream(File_, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }

        using var cat = Process.Start(new ProcessStartInfo("cat", [File_]) { RedirectStandardOutput = true })!;
        return cat.StandardOutput.ReadToEnd();
    }

    private async Task<List<JournalEntry>> ReadAsync() => await (await JournalFile.OpenAsync(File_)).ReadEntriesAsync(default).ToListAsync();

    private async Task<List<ChangeResult>> RunAsync(IChangeJournal journal, params string[] identities)
    {
        await using var run = new ChangeRun(_store, new ChangeRunOptions
        {
            Settings = new HashSettings("SSHA512"),
            Generator = new PasswordGenerator(PasswordPolicy.Default),
            Journal = journal,
        });
        return await run.ExecuteAsync(identities.Select(identity => new ChangeRequest { Identity = identity }).ToAsyncEnumerable()).ToListAsync();
    }
}
