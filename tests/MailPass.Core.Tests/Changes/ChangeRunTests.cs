using System.Threading.Channels;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Stores;

namespace MailPass.Core.Tests.Changes;

public sealed class ChangeRunTests
{
    private static readonly HashSettings _fast = new("SSHA512");
    private readonly MemoryStore _store = new();

    [Fact]
    public async Task Every_mailbox_of_a_reset_gets_its_own_password_which_its_new_hash_verifies()
    {
        Fill(500);
        var results = await RunAsync(Reset(500));
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        Assert.Equal(500, results.Select(result => result.Password!.Reveal()).Distinct().Count());
        Assert.All(results, result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
    }

    [Fact]
    public async Task Results_come_in_the_order_of_the_input_whatever_becomes_of_each()
    {
        Fill(300);
        _store.Add("off@example.com", "{SSHA512}x", MailboxState.Disabled);
        var identities = Enumerable.Range(0, 300)
            .SelectMany(i => new[] { $"user{i}@example.com", i % 3 == 0 ? "nobody@example.com" + i : i % 3 == 1 ? "off@example.com" : "no address" })
            .ToList();
        var results = await RunAsync(identities.Select((identity, i) => new ChangeRequest { Identity = identity, Line = i + 2 }), _options with { BatchSize = 7 });
        Assert.Equal(identities, results.Select(result => result.Mailbox));
        Assert.Equal(Enumerable.Range(2, 600).Select(line => (long?)line), results.Select(result => result.Line));
    }

    [Theory]
    [InlineData("nobody@example.com", ErrorIds.MailboxNotFound)]
    [InlineData("off@example.com", ErrorIds.MailboxDisabled)]
    [InlineData("ldap@example.com", ErrorIds.MailboxExternal)]
    [InlineData("no address", ErrorIds.AddressInvalid)]
    [InlineData("'; DROP TABLE mailbox; --", ErrorIds.AddressInvalid)]
    public async Task A_mailbox_that_cannot_be_changed_fails_by_name_and_the_rest_goes_on(string identity, string errorId)
    {
        Fill(2);
        _store.Add("off@example.com", "{SSHA512}x", MailboxState.Disabled);
        _store.Add("ldap@example.com", "{SSHA512}x", MailboxState.External);
        var results = await RunAsync([Request("user0@example.com"), Request(identity), Request("user1@example.com")]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal(errorId, results[1].ErrorId);
        Assert.Contains(identity, results[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hash_that_the_store_would_refuse_is_refused_before_it_is_made(bool whatIf)
    {
        Fill(1);
        _store.Add(new MailboxAccount { Address = MailboxAddress.Parse("plain@example.com"), StoreKey = "plain@example.com", PasswordHash = "{SSHA512}x", WriteRefusal = "It is kept in clear text." });
        var results = await RunAsync([Request("plain@example.com"), Request("user0@example.com")], _options with { WhatIf = whatIf });
        Assert.Equal([ErrorIds.WriteFailed, null], results.Select(result => result.ErrorId));
        Assert.Contains("clear text", results[0].Message, StringComparison.Ordinal);
        Assert.Equal(whatIf ? [] : [1], _store.Batches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_cannot_be_written_is_told_of_before_anything_is_asked(bool whatIf)
    {
        var store = new MemoryStore { Info = new StoreInfo { Kind = "memory", Location = "replica", Schema = "memory", IsReadOnly = true }, BeforeFind = () => Assert.Fail("The store was asked.") };
        await using var run = new ChangeRun(store, _options with { WhatIf = whatIf });
        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await run.ExecuteAsync(Source([Request("user0@example.com")])).GetAsyncEnumerator().MoveNextAsync());
        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
    }

    [Fact]
    public async Task The_memory_for_hashes_is_limited_as_asked()
    {
        _store.Add("a@example.com", "{SSHA512}x");
        await using (var run = new ChangeRun(_store, _options with { MaxHashingMemory = 100_000_000 }))
        {
            Assert.Equal(100_000_000, Assert.IsType<BatchHasher>(run.Hasher).MaxMemory);
        }

        await using (var run = new ChangeRun(_store, _options))
        {
            Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, Assert.IsType<BatchHasher>(run.Hasher).MaxMemory);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new ChangeRun(_store, _options with { MaxHashingMemory = 0 }));
        var results = await RunAsync([Request("a@example.com")], _options with { Settings = new HashSettings("ARGON2ID", 1, 1024), MaxHashingMemory = 1 });
        Assert.Equal(ChangeStatus.Changed, Assert.Single(results).Status);
    }

    [Fact]
    public async Task A_doubled_mailbox_counts_once_in_any_spelling()
    {
        Fill(1);
        var results = await RunAsync([Request("user0@example.com"), Request("USER0@EXAMPLE.COM"), Request("user0@example.com")]);
        Assert.Equal([null, ErrorIds.AddressDuplicate, ErrorIds.AddressDuplicate], results.Select(result => result.ErrorId));
        Assert.True(StoredHash.Parse(_store.HashOf("user0@example.com")!).Verify(results[0].Password!));
    }

    [Fact]
    public async Task A_row_that_could_not_be_read_does_not_make_a_later_one_a_double()
    {
        Fill(1);
        var faulty = new ChangeRequest { Identity = "user0@example.com", Fault = new MailPassException(ErrorIds.InputInvalid, "Line 2 has too few columns.") };
        var results = await RunAsync([faulty, Request("user0@example.com")]);
        Assert.Equal([ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.InputInvalid, results[0].ErrorId);
    }

    [Theory]
    [InlineData("", ErrorIds.PasswordMissing)]
    [InlineData("short", ErrorIds.PolicyViolation)]
    public async Task A_given_password_must_pass(string password, string errorId)
    {
        Fill(1);
        var results = await RunAsync([Request("user0@example.com", password)]);
        Assert.Equal(errorId, results[0].ErrorId);
        Assert.Empty(_store.Batches);
    }

    [Fact]
    public async Task A_password_that_looks_like_a_stored_one_is_hashed_like_any_other()
    {
        Fill(1);
        await RunAsync([Request("user0@example.com", "{PLAIN}aB1!xyzw")]);
        var stored = _store.HashOf("user0@example.com")!;
        Assert.StartsWith("{SSHA512}", stored, StringComparison.Ordinal);
        using var typed = Secret.FromChars("{PLAIN}aB1!xyzw");
        Assert.True(StoredHash.Parse(stored).Verify(typed));
    }

    [Fact]
    public async Task A_password_over_the_schemes_limit_is_refused_and_never_cut()
    {
        Fill(1);
        var results = await RunAsync(
            [Request("user0@example.com", "aB1!" + new string('x', 69))],
            _options with { Settings = new HashSettings("BLF-CRYPT", 4) });
        Assert.Equal(ErrorIds.PasswordTooLongForScheme, results[0].ErrorId);
    }

    [Fact]
    public async Task A_dry_run_draws_nothing_hashes_nothing_and_writes_nothing()
    {
        Fill(3);
        var hasher = new CountingHasher();
        var results = await RunAsync(
            [Request("user0@example.com"), Request("user1@example.com", "weak"), Request("nobody@example.com"), Request("user2@example.com", "Corr3ct!horse")],
            _options with { WhatIf = true, Hasher = hasher });
        Assert.Equal([ChangeStatus.Skipped, ChangeStatus.Failed, ChangeStatus.Failed, ChangeStatus.Skipped], results.Select(result => result.Status));
        Assert.All(results, result => Assert.Null(result.Password));
        Assert.Equal(0, hasher.Count);
        Assert.Empty(_store.Batches);
    }

    [Fact]
    public async Task A_self_service_change_needs_the_current_password()
    {
        _store.Add("a@example.com", Hash("Old-Passw0rd!"));
        _store.Add("b@example.com", Hash("Old-Passw0rd!"));
        _store.Add("c@example.com", Hash("Old-Passw0rd!"));
        var results = await RunAsync(
        [
            Request("a@example.com", "New-Passw0rd!", "Old-Passw0rd!"),
            Request("b@example.com", "New-Passw0rd!", "Wrong-Passw0rd!"),
            Request("c@example.com", "Old-Passw0rd!", "Old-Passw0rd!"),
        ]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Unchanged], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.CurrentPasswordWrong, results[1].ErrorId);
        Assert.True(Verifies("a@example.com", "New-Passw0rd!"));
        Assert.True(Verifies("b@example.com", "Old-Passw0rd!"));
    }

    [Fact]
    public async Task A_runbook_that_runs_again_leaves_equal_passwords_alone_if_told_so()
    {
        _store.Add("a@example.com", Hash("Same-Passw0rd!"));
        var before = _store.HashOf("a@example.com");
        var results = await RunAsync([Request("a@example.com", "Same-Passw0rd!")], _options with { LeaveUnchanged = true });
        Assert.Equal(ChangeStatus.Unchanged, results[0].Status);
        Assert.Equal(before, _store.HashOf("a@example.com"));
    }

    [Fact]
    public async Task The_mailboxs_own_scheme_and_cost_are_kept_and_weak_ones_give_way()
    {
        _store.Add("own@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT", 6000)));
        _store.Add("weak@example.com", "{SSHA}" + Convert.ToBase64String(new byte[24]));
        _store.Add("none@example.com", null);
        var results = await RunAsync([Request("own@example.com"), Request("weak@example.com"), Request("none@example.com")], _options with { Settings = null });
        Assert.Equal(["SHA256-CRYPT", "SHA512-CRYPT", "SHA512-CRYPT"], results.Select(result => result.Scheme));
        Assert.StartsWith("{SHA256-CRYPT}$5$rounds=6000$", _store.HashOf("own@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hash_wider_than_the_column_is_refused_before_anything_is_hashed()
    {
        var hasher = new CountingHasher();
        var narrow = new MemoryStore { Info = _store.Info with { HashColumnWidth = 64 } };
        narrow.Add("a@example.com", null);
        var results = await RunAsync([Request("a@example.com")], _options with { Hasher = hasher }, narrow);
        Assert.Equal(ErrorIds.HashTooLongForColumn, results[0].ErrorId);
        Assert.Equal(0, hasher.Count);
    }

    [Fact]
    public async Task Without_prefix_only_hashes_are_written_that_say_what_they_are()
    {
        var bare = new MemoryStore { Info = _store.Info with { Prefix = PrefixStyle.Never, BareSchemes = ["SHA256-CRYPT"] } };
        bare.Add("a@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT"))["{SHA256-CRYPT}".Length..]);
        Assert.Equal(ErrorIds.SchemeUnknown, (await RunAsync([Request("a@example.com")], _options, bare))[0].ErrorId);
        await RunAsync([Request("a@example.com")], _options with { Settings = null }, bare);
        Assert.StartsWith("$5$", bare.HashOf("a@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_schemes_that_every_reader_of_the_column_knows_are_written()
    {
        var picky = new MemoryStore { Info = _store.Info with { Schemes = ["BLF-CRYPT"], DefaultScheme = "BLF-CRYPT" } };
        picky.Add("a@example.com", Hash("Old-Passw0rd!", new HashSettings("SHA256-CRYPT")));
        var refused = (await RunAsync([Request("a@example.com")], _options, picky))[0];
        Assert.Equal(ErrorIds.SchemeUnknown, refused.ErrorId);
        Assert.Contains("BLF-CRYPT", refused.Message, StringComparison.Ordinal);
        Assert.Equal("BLF-CRYPT", (await RunAsync([Request("a@example.com")], _options with { Settings = null }, picky))[0].Scheme);
    }

    [Fact]
    public async Task Someone_elses_change_in_between_is_overwritten_by_an_admin_but_not_by_self_service()
    {
        _store.Add("admin@example.com", Hash("Old-Passw0rd!"));
        _store.Add("self@example.com", Hash("Old-Passw0rd!"));
        var once = true;
        _store.BeforeWrite = _ =>
        {
            if (once)
            {
                once = false;
                _store.SetHash("admin@example.com", Hash("Other-Passw0rd!"));
                _store.SetHash("self@example.com", Hash("Other-Passw0rd!"));
            }

            return Task.CompletedTask;
        };
        var results = await RunAsync([Request("admin@example.com", "New-Passw0rd!"), Request("self@example.com", "New-Passw0rd!", "Old-Passw0rd!")]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed], results.Select(result => result.Status));
        Assert.Equal(ErrorIds.WriteConflict, results[1].ErrorId);
        Assert.True(Verifies("admin@example.com", "New-Passw0rd!"));
        Assert.True(Verifies("self@example.com", "Other-Passw0rd!"));
        Assert.Equal(ErrorIds.Superseded, results[0].ErrorId);
        Assert.Contains("Someone else changed", results[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Superseded_row_has_time_and_password_in_force()
    {
        var before = new MailboxAccount { Address = MailboxAddress.Parse("a@example.com"), StoreKey = "a@example.com", PasswordHash = Hash("Old-Passw0rd!") };
        _store.Add(before);
        var owners = true;
        _store.BeforeWrite = _ =>
        {
            if (owners)
            {
                owners = false;
                _store.Add(new MailboxAccount
                {
                    Address = before.Address,
                    StoreKey = before.StoreKey,
                    PasswordHash = Hash("Owners-Passw0rd!"),
                    PasswordChanged = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
                });
            }

            return Task.CompletedTask;
        };
        var result = (await RunAsync([Request("a@example.com")]))[0];
        Assert.Equal((ChangeStatus.Changed, ErrorIds.Superseded), (result.Status, result.ErrorId));
        Assert.Contains("2026-03-04T05:06:07+00:00", result.Message, StringComparison.Ordinal);
        Assert.True(StoredHash.Parse(_store.HashOf("a@example.com")!).Verify(result.Password!));
    }

    [Fact]
    public async Task A_store_that_dies_ends_the_run_and_tells_of_every_mailbox_so_far()
    {
        Fill(100);
        var batches = 0;
        _store.BeforeWrite = _ => ++batches == 3 ? throw new MailPassException(ErrorIds.StoreUnreachable, "The server is gone.") : Task.CompletedTask;
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(100), results));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(20, results.Count(result => result.Status is ChangeStatus.Changed));
        Assert.All(results.Where(result => result.Status is ChangeStatus.Changed), result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
        Assert.All(results.Skip(20), result => Assert.Equal("{SSHA512}before", _store.HashOf(result.Mailbox)));
        Assert.Equal(ErrorIds.StoreUnreachable, results[20].ErrorId);
    }

    [Fact]
    public async Task A_store_that_dies_in_the_middle_of_a_batch_tells_what_is_certain()
    {
        Fill(40);
        var batches = 0;
        _store.BeforeWrite = batch =>
        {
            if (++batches < 2)
            {
                return Task.CompletedTask;
            }

            _store.SetHash(batch[0].Account.Address.Value, batch[0].NewHash);
            WriteOutcome?[] outcomes = [new(WriteStatus.Written), new(WriteStatus.Unknown), new(WriteStatus.Conflict), .. new WriteOutcome?[batch.Count - 3]];
            throw new InterruptedWriteException(new MailPassException(ErrorIds.StoreUnreachable, "The server is gone."), outcomes);
        };
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        var fault = await Assert.ThrowsAnyAsync<MailPassException>(() => CollectAsync(run, Reset(40), results));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        Assert.Equal(Enumerable.Repeat(ChangeStatus.Changed, 11), results.Take(11).Select(result => result.Status));
        Assert.All(results.Take(11), result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
        Assert.Equal((ChangeStatus.Failed, ErrorIds.WriteUnknown, true), (results[11].Status, results[11].ErrorId, results[11].Password is not null));
        Assert.All(results.Skip(12), result =>
        {
            Assert.NotEqual(ChangeStatus.Changed, result.Status);
            Assert.Null(result.Password);
            Assert.Contains("not changed", result.Message, StringComparison.Ordinal);
            Assert.Equal("{SSHA512}before", _store.HashOf(result.Mailbox));
        });
        Assert.All(results.Skip(12).Take(8), result => Assert.Equal(ErrorIds.StoreUnreachable, result.ErrorId));
    }

    [Fact]
    public async Task A_password_that_may_or_may_not_hold_is_handed_out()
    {
        Fill(1);
        _store.Outcome = _ => new WriteOutcome(WriteStatus.Unknown);
        var results = await RunAsync([Request("user0@example.com")]);
        Assert.Equal(ErrorIds.WriteUnknown, results[0].ErrorId);
        Assert.NotNull(results[0].Password);
    }

    [Theory]
    [InlineData(ReceiptStatus.Revoked, "It was logged out; should the old password hold")]
    [InlineData(ReceiptStatus.NotPurged, "It may still be logged in")]
    [InlineData(ReceiptStatus.Unreachable, "Dovecot a could not be asked to log it out: refused")]
    public async Task A_mailbox_whose_change_is_uncertain_is_logged_out_and_keeps_its_error(ReceiptStatus answer, string told)
    {
        Fill(3);
        _store.Outcome = write => write.Account.Address.Value.StartsWith("user1", StringComparison.Ordinal) ? new WriteOutcome(WriteStatus.Unknown) : null;
        var keeper = new ScriptedAuthority("webmail", ReceiptStatus.Revoked) { KeepsPasswords = true };
        var results = await RunAsync(Reset(3), _options with { SessionAuthorities = [new ScriptedAuthority("Dovecot a", answer), keeper] });
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Equal((ErrorIds.WriteUnknown, true), (results[1].ErrorId, results[1].Password is not null));
        Assert.Contains("Either the old or the new password holds", results[1].Message);
        Assert.Contains(told, results[1].Message);
        Assert.All(results, result => Assert.Equal([answer, ReceiptStatus.Revoked], result.Receipts.Select(receipt => receipt.Status)));
        Assert.All(results, result => Assert.All(result.Receipts, receipt => Assert.Equal(result.Mailbox, receipt.Mailbox.Value)));

        // What may not hold is nothing to log in with.
        Assert.Equal(["user0@example.com", "user2@example.com"], keeper.Told);
    }

    [Fact]
    public async Task Input_that_breaks_off_ends_the_run_after_the_rows_before_it()
    {
        Fill(5);
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options);
        await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Broken(), results));
        Assert.Equal(5, results.Count(result => result.Status is ChangeStatus.Changed));

        static async IAsyncEnumerable<ChangeRequest> Broken()
        {
            await Task.Yield();
            for (var i = 0; i < 5; i++)
            {
                yield return Request($"user{i}@example.com");
            }

            throw new MailPassException(ErrorIds.InputInvalid, "Line 7 ends within quotes.");
        }
    }

    [Fact]
    public async Task A_stop_ends_the_intake_and_every_row_that_was_read_has_its_result()
    {
        Fill(2000);
        using var stop = new CancellationTokenSource();
        var read = 0;
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10 });
        await foreach (var result in run.ExecuteAsync(Counted(), stop.Token))
        {
            results.Add(result);
            if (results.Count == 15)
            {
                await stop.CancelAsync();
            }
        }

        Assert.Equal(read, results.Count);
        Assert.InRange(read, 15, 1999);
        Assert.All(results, result => Assert.True(result.Status is ChangeStatus.Changed || result.ErrorId is ErrorIds.Stopped));
        Assert.All(results, result => Assert.Equal(result.Status is ChangeStatus.Changed, _store.HashOf(result.Mailbox) != "{SSHA512}before"));

        async IAsyncEnumerable<ChangeRequest> Counted()
        {
            await Task.Yield();
            foreach (var request in Reset(2000))
            {
                read++;
                yield return request;
            }
        }
    }

    [Fact]
    public async Task What_was_recorded_and_then_stopped_is_noted_as_not_written()
    {
        Fill(100);
        using var stop = new CancellationTokenSource();
        var batches = 0;
        var journal = new MemoryJournal
        {
            Recording = () =>
            {
                if (++batches == 3)
                {
                    stop.Cancel();
                }
            },
        };
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { BatchSize = 10, Journal = journal });
        await CollectAsync(run, Source(Reset(100)), results, stop.Token);

        Assert.Equal(30, journal.Recorded.Count);
        Assert.Equal(journal.Recorded, journal.Settled.Keys.ToHashSet());
        Assert.Contains(false, journal.Settled.Values);
        var hashes = Enumerable.Range(0, 100).Select(i => _store.HashOf($"user{i}@example.com")!).ToHashSet();
        Assert.All(journal.Settled, note => Assert.Equal(note.Value, hashes.Contains(note.Key)));
        Assert.Equal(journal.Settled.Values.Count(written => written), results.Count(result => result.Status is ChangeStatus.Changed));
    }

    [Fact]
    public async Task A_source_that_hears_of_no_stop_does_not_hold_the_run_up()
    {
        using var stop = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        await using var run = new ChangeRun(_store, _options);
        var collecting = CollectAsync(run, Silent(), [], stop.Token);
        await stop.CancelAsync();
        await collecting;
        never.SetResult();

        async IAsyncEnumerable<ChangeRequest> Silent()
        {
            await never.Task;
            yield break;
        }
    }

    [Fact]
    public async Task A_source_that_pauses_sees_the_results_of_what_it_gave()
    {
        Fill(2);
        var source = Channel.CreateUnbounded<ChangeRequest>();
        await using var run = new ChangeRun(_store, _options);
        await using var results = run.ExecuteAsync(source.Reader.ReadAllAsync()).GetAsyncEnumerator();
        await source.Writer.WriteAsync(Request("user0@example.com"));
        Assert.True(await results.MoveNextAsync());
        Assert.Equal("user0@example.com", results.Current.Mailbox);
        await source.Writer.WriteAsync(Request("user1@example.com"));
        Assert.True(await results.MoveNextAsync());
        source.Writer.Complete();
        Assert.False(await results.MoveNextAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(25)]
    public async Task A_reader_that_leaves_leaves_nothing_half_done(int taken)
    {
        Fill(300);
        var results = new List<ChangeResult>();
        await using (var run = new ChangeRun(_store, _options with { BatchSize = 10 }))
        {
            await foreach (var result in run.ExecuteAsync(Source(Reset(300))))
            {
                results.Add(result);
                if (results.Count == taken)
                {
                    break;
                }
            }

            await run.DisposeAsync();
            Assert.Empty(run.LeftBehind);
        }

        Assert.Equal(taken, Enumerable.Range(0, 300).Count(i => _store.HashOf($"user{i}@example.com") != "{SSHA512}before"));
        Assert.All(results, result => Assert.True(StoredHash.Parse(_store.HashOf(result.Mailbox)!).Verify(result.Password!)));
    }

    [Fact]
    public async Task What_cannot_be_taken_back_is_handed_over_with_its_password()
    {
        _store.Add("stuck@example.com", Hash("Old-Passw0rd!"));
        _store.Add("old@example.com", Hash("Old-Passw0rd!"));
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("stuck@example.com"), Request("old@example.com")]), results);
        _store.Outcome = write => write.Account.Address.LocalPart == "stuck" ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, "The row is locked.") : null;
        var one = Assert.Single(await run.TakeBackAsync(results));
        Assert.Equal("stuck@example.com", one.Mailbox);
        Assert.True(StoredHash.Parse(_store.HashOf("stuck@example.com")!).Verify(one.Password!));
        Assert.True(Verifies("old@example.com", "Old-Passw0rd!"));
    }

    [Fact]
    public async Task A_mailbox_that_had_no_password_has_none_again()
    {
        _store.Add("new@example.com", null);
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("new@example.com")]), results);
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Equal(string.Empty, _store.HashOf("new@example.com"));
    }

    [Fact]
    public async Task Taking_back_never_overwrites_what_someone_set_since()
    {
        Fill(1);
        await using var run = new ChangeRun(_store, _options);
        var results = new List<ChangeResult>();
        await CollectAsync(run, Source([Request("user0@example.com")]), results);
        _store.SetHash("user0@example.com", "{SSHA512}later");
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Equal("{SSHA512}later", _store.HashOf("user0@example.com"));
    }

    [Fact]
    public async Task A_change_stands_though_its_sessions_could_not_be_ended()
    {
        Fill(2);
        var results = await RunAsync(Reset(2), _options with { SessionAuthorities = [new ScriptedAuthority("Dovecot a", ReceiptStatus.Revoked), new ScriptedAuthority("Dovecot b", ReceiptStatus.Unreachable)] });
        Assert.All(results, result =>
        {
            Assert.Equal(ChangeStatus.Changed, result.Status);
            Assert.Equal(ErrorIds.SessionAuthorityUnreachable, result.ErrorId);
            Assert.Equal(2, result.Receipts.Count);
            Assert.NotNull(result.Password);
        });
    }

    [Fact]
    public async Task A_system_that_breaks_its_promises_costs_its_own_receipts_only()
    {
        Fill(2);
        var results = await RunAsync(Reset(2), _options with
        {
            SessionAuthorities =
            [
                new ScriptedAuthority("Dovecot a", ReceiptStatus.Revoked),
                new ScriptedAuthority("no owners", ReceiptStatus.Revoked) { OwnersFault = new InvalidOperationException("broken") },
                new ScriptedAuthority("too few", ReceiptStatus.Revoked) { Fewer = 1 },
            ],
        });
        Assert.All(results, result =>
        {
            Assert.Equal(ChangeStatus.Changed, result.Status);
            Assert.Equal([ReceiptStatus.Revoked, ReceiptStatus.NotPurged, ReceiptStatus.Unreachable], result.Receipts.Select(receipt => receipt.Status));
            Assert.Contains("Whether it owns a domain could not be read", result.Receipts[1].Reason);
            Assert.EndsWith("broken", result.Receipts[1].Reason);
        });
    }

    [Fact]
    public async Task Who_owns_domains_is_asked_until_it_is_known_and_not_with_every_batch()
    {
        Fill(6);
        var steady = new ScriptedAuthority("steady", ReceiptStatus.Revoked) { Owners = ["anna@example.com"] };
        var late = new ScriptedAuthority("late", ReceiptStatus.Revoked) { OwnersFault = new InvalidOperationException("busy"), OwnersFaults = 1, Owners = ["bert@example.org"] };
        var results = await RunAsync(Reset(6), _options with { SessionAuthorities = [steady, late], BatchSize = 2 });

        Assert.Equal((1, 2), (steady.OwnersAsked, late.OwnersAsked));
        Assert.Equal([1, 2, 2], steady.OwnersTold);
        Assert.Equal([ReceiptStatus.NotPurged, ReceiptStatus.NotPurged, ReceiptStatus.Revoked, ReceiptStatus.Revoked, ReceiptStatus.Revoked, ReceiptStatus.Revoked], results.Select(result => result.Receipts[1].Status));
    }

    [Fact]
    public async Task Credentials_end_before_sessions_and_the_scope_reaches_every_system()
    {
        Fill(1);
        var order = new List<string>();
        var scope = new RevocationScope { IncludeAppPasswords = true };
        ISessionAuthority[] systems = [new ScriptedAuthority("sessions", ReceiptStatus.Revoked) { Asked = order }, new ScriptedAuthority("credentials", ReceiptStatus.Revoked) { Asked = order, EndsCredentials = true }];
        var result = Assert.Single(await RunAsync(Reset(1), _options with { SessionAuthorities = systems, RevocationScope = scope }));
        Assert.Equal(["credentials True", "sessions True"], order);
        Assert.Equal(["sessions", "credentials"], result.Receipts.Select(receipt => receipt.System));
    }

    [Fact]
    public async Task The_journal_has_a_password_before_the_store_hears_of_it()
    {
        Fill(50);
        var journal = new MemoryJournal();
        _store.BeforeWrite = batch =>
        {
            Assert.All(batch, write => Assert.Contains(write.NewHash, journal.Recorded));
            return Task.CompletedTask;
        };
        var results = await RunAsync(Reset(50), _options with { Journal = journal });
        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
    }

    [Fact]
    public async Task What_the_journal_cannot_take_is_not_written()
    {
        Fill(50);
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(_store, _options with { Journal = new MemoryJournal { Full = true } });
        var fault = await Assert.ThrowsAsync<MailPassException>(() => CollectAsync(run, Reset(50), results));
        Assert.Equal(ErrorIds.JournalUnwritable, fault.ErrorId);
        Assert.Empty(_store.Batches);
        Assert.DoesNotContain(results, result => result.Status is ChangeStatus.Changed);
    }

    [Fact]
    public async Task Hashing_leaves_the_thread_pool_to_the_stages_that_read_and_write()
    {
        Fill(300);
        var hasher = new CountingHasher();
        await RunAsync(Reset(300), _options with { Hasher = hasher, BatchSize = 10 });
        Assert.Equal(300, hasher.Count);
        Assert.False(hasher.UsedThreadPool);
    }

    [Fact]
    public async Task One_password_that_cannot_be_hashed_does_not_take_its_neighbours_along()
    {
        Fill(20);
        var requests = Reset(20).Select((request, i) => i == 7 ? Request("user7@example.com", "Unhashable-Passw0rd!") : request);
        var results = await RunAsync(requests, _options with { Hasher = new CountingHasher { FailOn = "Unhashable-Passw0rd!" } });
        Assert.Equal(ErrorIds.Unexpected, Assert.Single(results, result => result.Status is not ChangeStatus.Changed).ErrorId);
        Assert.Equal(ErrorIds.Unexpected, results[7].ErrorId);
    }

    private static readonly ChangeRunOptions _options = new() { Settings = _fast, Generator = new PasswordGenerator(PasswordPolicy.Default), HashingThreads = 2 };

    private static ChangeRequest Request(string identity, string? password = null, string? current = null) => new()
    {
        Identity = identity,
        Password = password is null ? null : Secret.FromChars(password),
        CurrentPassword = current is null ? null : Secret.FromChars(current),
    };

    private static IEnumerable<ChangeRequest> Reset(int count) => Enumerable.Range(0, count).Select(i => Request($"user{i}@example.com"));

    private static string Hash(string password, HashSettings? settings = null)
    {
        using var secret = Secret.FromChars(password);
        settings ??= _fast;
        return PasswordSchemes.Prefix(settings) + new BatchHasher().Hash([new HashJob(secret, settings)])[0];
    }

    private static async IAsyncEnumerable<ChangeRequest> Source(IEnumerable<ChangeRequest> requests)
    {
        await Task.Yield();
        foreach (var request in requests)
        {
            yield return request;
        }
    }

    private static Task CollectAsync(ChangeRun run, IEnumerable<ChangeRequest> requests, List<ChangeResult> results) =>
        CollectAsync(run, Source(requests), results);

    private static async Task CollectAsync(ChangeRun run, IAsyncEnumerable<ChangeRequest> requests, List<ChangeResult> results, CancellationToken stop = default)
    {
        await foreach (var result in run.ExecuteAsync(requests, stop))
        {
            results.Add(result);
        }
    }

    private bool Verifies(string mailbox, string password)
    {
        using var secret = Secret.FromChars(password);
        return StoredHash.Parse(_store.HashOf(mailbox)!).Verify(secret);
    }

    private void Fill(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _store.Add($"user{i}@example.com", "{SSHA512}before");
        }
    }

    private async Task<List<ChangeResult>> RunAsync(IEnumerable<ChangeRequest> requests, ChangeRunOptions? options = null, MemoryStore? store = null)
    {
        var results = new List<ChangeResult>();
        await using var run = new ChangeRun(store ?? _store, options ?? _options);
        await CollectAsync(run, Source(requests), results);
        return results;
    }

    private sealed class CountingHasher : IBatchHasher
    {
        private readonly BatchHasher _real = new();
        private int _count;

        public int Count => _count;

        /// <summary>Whether anything was hashed on a thread of the pool.</summary>
        public bool UsedThreadPool { get; private set; }

        public string? FailOn { get; init; }

        public IReadOnlyList<string> Hash(IReadOnlyList<HashJob> batch, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref _count, batch.Count);
            UsedThreadPool |= Thread.CurrentThread.IsThreadPoolThread;
            if (FailOn is not null && batch.Any(job => job.Password.Reveal() == FailOn))
            {
                throw new InvalidOperationException("scripted");
            }

            return _real.Hash(batch, cancellationToken);
        }
    }

    private sealed class ScriptedAuthority(string name, ReceiptStatus status) : ISessionAuthority
    {
        public string Name => name;

        public bool EndsCredentials { get; init; }

        public List<string> Asked { get; init; } = [];

        public bool KeepsPasswords { get; init; }

        /// <summary>Whose new password it was told.</summary>
        public List<string> Told { get; } = [];

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeChangedAsync(IReadOnlyList<ChangedPassword> changes, RevocationScope scope, CancellationToken cancellationToken)
        {
            Told.AddRange(changes.Select(change => change.Mailbox.Value));
            return RevokeAsync([.. changes.Select(change => change.Mailbox)], scope, cancellationToken);
        }

        public Exception? OwnersFault { get; init; }

        /// <summary>How often it fails to tell who owns domains before it tells.</summary>
        public int OwnersFaults { get; init; } = int.MaxValue;

        public string[] Owners { get; init; } = [];

        public int OwnersAsked { get; private set; }

        /// <summary>The owners that it was told of with each batch.</summary>
        public List<int> OwnersTold { get; } = [];

        /// <summary>How many receipts are missing.</summary>
        public int Fewer { get; init; }

        public ValueTask<IReadOnlySet<MailboxAddress>> FindDomainOwnersAsync(CancellationToken cancellationToken) =>
            ++OwnersAsked <= OwnersFaults && OwnersFault is not null ? throw OwnersFault : new(new HashSet<MailboxAddress>(Owners.Select(MailboxAddress.Parse)));

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope, CancellationToken cancellationToken)
        {
            Asked.Add($"{name} {scope.IncludeAppPasswords}");
            OwnersTold.Add(scope.DomainOwners.Count);
            return RevokeAsync(mailboxes, cancellationToken);
        }

        public IAsyncEnumerable<MailboxSession> ListAsync(IReadOnlyCollection<MailboxAddress>? mailboxes, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<RevocationReceipt>> RevokeAsync(IReadOnlyList<MailboxAddress> mailboxes, CancellationToken cancellationToken) =>
            status is ReceiptStatus.Unreachable
                ? throw new HttpRequestException("refused")
                : ValueTask.FromResult<IReadOnlyList<RevocationReceipt>>([.. mailboxes.Skip(Fewer).Select(mailbox => new RevocationReceipt(mailbox, name, status, 1))]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class MemoryJournal : IChangeJournal
    {
        public HashSet<string> Recorded { get; } = [];

        /// <summary>What was noted of each recorded hash: whether the store has it.</summary>
        public Dictionary<string, bool> Settled { get; } = [];

        public bool Full { get; init; }

        /// <summary>Told of each batch that is recorded.</summary>
        public Action Recording { get; init; } = static () => { };

        public ValueTask RecordAsync(IReadOnlyList<JournalEntry> batch, CancellationToken cancellationToken)
        {
            Recording();
            if (Full)
            {
                throw new MailPassException(ErrorIds.JournalUnwritable, "No space left.");
            }

            Recorded.UnionWith(batch.Select(entry => entry.NewHash));
            return ValueTask.CompletedTask;
        }

        public ValueTask SettleAsync(IReadOnlyList<JournalEntry> batch, IReadOnlyList<bool> written)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Settled.Add(batch[i].NewHash, written[i]);
            }

            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
