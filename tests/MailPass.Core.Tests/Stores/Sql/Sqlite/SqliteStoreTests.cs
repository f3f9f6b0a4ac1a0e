using System.Runtime.Versioning;
using MailPass.Mailboxes;
using MailPass.Stores;
using Microsoft.Data.Sqlite;

namespace MailPass.Core.Tests.Stores.Sql.Sqlite;

public sealed class SqliteStoreTests : StoreContract
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder["mail.db"];

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        var creation = await MailStore.CreateAsync(Path, Boxes(mailboxes), None);
        Assert.Equal(mailboxes.Count, creation.Created);
        return await OpenAgainAsync();
    }

    protected override Task<IMailboxStore> OpenAgainAsync() => OpenAsync(Path);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private static Task<IMailboxStore> OpenAsync(string path, StoreOpenOptions? options = null) =>
        MailStore.OpenAsync(StoreLocation.Parse(path), options ?? new StoreOpenOptions());

    private static IAsyncEnumerable<NewMailbox> Boxes(IEnumerable<(string Address, bool Active)> mailboxes) =>
        mailboxes.Select(mailbox => new NewMailbox { Identity = mailbox.Address, Active = mailbox.Active, PasswordHash = OldHash }).ToAsyncEnumerable();

    [UnsupportedOSPlatform("windows")]
    private static void OwnerOnly(string file) => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

    private void Sql(string statement, string? path = null)
    {
        using var connection = new SqliteConnection($"Data Source={path ?? Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_file_and_those_beside_it()
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        await store.WriteAsync([new HashWrite { Account = anna, NewHash = "x" }], None);
        Assert.Equal(["mail.db", "mail.db-shm", "mail.db-wal"], Directory.GetFiles(_folder.Root).Select(System.IO.Path.GetFileName).Order());
        if (!OperatingSystem.IsWindows())
        {
            Assert.All(Directory.GetFiles(_folder.Root), OwnerOnly);
        }
    }

    [Theory]
    [InlineData("!")]
    [InlineData("*")]
    [InlineData("!{SHA512-CRYPT}$6$saltstring$x")]
    public async Task Locked_password_is_reported_as_in_a_file(string mark)
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        Sql($"UPDATE mailbox SET password_hash = '{mark}'");
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        Assert.Equal(MailboxState.Disabled, anna.State);
        Assert.Contains("locked", anna.StateReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Creating_refuses_an_existing_file_and_leaves_it()
    {
        await File.WriteAllTextAsync(Path, "precious");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.CreateAsync(Path, Boxes([]), None));
        Assert.Equal(ErrorIds.StoreExists, fault.ErrorId);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path));
        Assert.Single(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public async Task Creating_refuses_leftover_changes_of_a_deleted_store()
    {
        // Deleted while it was open, as somebody does who thinks that a store is one file.
        await using (var gone = await MakeAsync([("anna@example.org", true)]))
        {
            var anna = (await gone.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
            await gone.WriteAsync([new HashWrite { Account = anna, NewHash = "x" }], None);
            File.Copy(Path + "-wal", Path + ".kept");
        }

        File.Delete(Path);
        File.Move(Path + ".kept", Path + "-wal");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.CreateAsync(Path, Boxes([]), None));
        Assert.Equal(ErrorIds.StoreExists, fault.ErrorId);
        Assert.Contains("mail.db-wal", fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task Creating_refuses_invalid_and_duplicate_mailboxes_singly()
    {
        NewMailbox[] mailboxes = [new() { Identity = "anna@example.org", Line = 2 }, new() { Identity = "no address", Line = 3 }, new() { Identity = "ANNA@example.ORG", Line = 4 }];
        var creation = await MailStore.CreateAsync(Path, mailboxes.ToAsyncEnumerable(), None);
        Assert.Equal(1, creation.Created);
        Assert.Equal([(ErrorIds.AddressInvalid, 3L), (ErrorIds.AddressDuplicate, 4L)], creation.Refused.Select(refused => (refused.ErrorId, refused.Line!.Value)));
    }

    [Fact]
    public async Task Creating_that_is_stopped_or_fails_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => MailStore.CreateAsync(Path, Failing(), None));
        Assert.Empty(Directory.GetFiles(_folder.Root));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => MailStore.CreateAsync(Path, Stopping(stop), stop.Token));
        Assert.Empty(Directory.GetFiles(_folder.Root));

        static async IAsyncEnumerable<NewMailbox> Failing()
        {
            await Task.Yield();
            yield return new NewMailbox { Identity = "anna@example.org" };
            throw new InvalidOperationException("The input broke off.");
        }

        static async IAsyncEnumerable<NewMailbox> Stopping(CancellationTokenSource stop)
        {
            yield return new NewMailbox { Identity = "anna@example.org" };
            await stop.CancelAsync();
            yield return new NewMailbox { Identity = "bert@example.org" };
        }
    }

    [Fact]
    public async Task Creating_in_a_missing_folder_is_reported()
    {
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.CreateAsync(_folder["no/such/mail.db"], Boxes([]), None));
        Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
    }

    [Fact]
    public async Task Text_that_is_not_a_store_is_refused()
    {
        Assert.Equal(ErrorIds.StoreUnreachable, (await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder["nosuch.db"]))).ErrorId);
        Assert.Equal(ErrorIds.StoreUnreachable, (await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder.Root))).ErrorId);
        await File.WriteAllTextAsync(_folder["text.db"], new string('x', 5000));
        Assert.Equal(ErrorIds.StoreInvalid, (await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder["text.db"]))).ErrorId);
        await File.WriteAllTextAsync(_folder["empty.db"], string.Empty);
        Assert.Equal(ErrorIds.SchemaNotDetected, (await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder["empty.db"]))).ErrorId);
        Sql("CREATE TABLE recipes (id INTEGER)", _folder["other.db"]);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder["other.db"]));
        Assert.Equal(ErrorIds.SchemaNotDetected, fault.ErrorId);
        Assert.Contains("recipes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_format_is_refused()
    {
        await MailStore.CreateAsync(Path, Boxes([]), None);
        Sql("PRAGMA user_version = 99");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(Path));
        Assert.Equal(ErrorIds.StoreInvalid, fault.ErrorId);
        Assert.Contains("99", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_locked_database_is_waited_for_and_then_reported()
    {
        await using (await MakeAsync([("anna@example.org", true)]))
        {
            await using var store = await OpenAsync(Path, new StoreOpenOptions { CommandTimeout = TimeSpan.FromMilliseconds(200) });
            var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
            using var other = new SqliteConnection($"Data Source={Path};Pooling=False");
            other.Open();
            using var command = other.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            command.ExecuteNonQuery();

            var fault = await Assert.ThrowsAsync<MailPassException>(async () => await store.WriteAsync([new HashWrite { Account = anna, NewHash = "new" }], None));
            Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
            Assert.Contains("locked", fault.Message, StringComparison.Ordinal);

            command.CommandText = "ROLLBACK";
            command.ExecuteNonQuery();
            Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync([new HashWrite { Account = anna, NewHash = "new" }], None)).Status);
        }
    }

    [Theory]
    [InlineData("''")]
    [InlineData("NULL")]
    [InlineData("'{PLAIN}ü€😀' || printf('%.*c', 900, 'x')")]
    public async Task Replaces_any_old_hash_only_while_it_is_there(string old)
    {
        await using var store = await MakeAsync([("anna@example.org", true), ("bert@example.org", true)]);
        Sql($"UPDATE mailbox SET password_hash = {old}");
        var accounts = await store.FindAsync([MailboxAddress.Parse("anna@example.org"), MailboxAddress.Parse("bert@example.org")], None);
        Sql("UPDATE mailbox SET password_hash = 'other' WHERE address = 'bert@example.org'");
        var outcomes = await store.WriteAsync([new HashWrite { Account = accounts[0]!, NewHash = "new" }, new HashWrite { Account = accounts[1]!, NewHash = "new" }], None);
        Assert.Equal([WriteStatus.Written, WriteStatus.Conflict], outcomes.Select(outcome => outcome.Status));
        Assert.Equal(["new", "other"], (await store.FindAsync([accounts[0]!.Address, accounts[1]!.Address], None)).Select(account => account!.PasswordHash));
    }

    [Theory]
    [InlineData("RAISE(ABORT, 'bert is protected')", "bert is protected")]
    [InlineData("zeroblob(2000000000)", "too big")]
    public async Task A_row_that_the_database_refuses_leaves_the_others(string does, string told)
    {
        await using var store = await MakeAsync([("anna@example.org", true), ("bert@example.org", true), ("carla@example.org", true)]);
        Sql($"CREATE TRIGGER no_bert BEFORE UPDATE ON mailbox WHEN old.address_key LIKE 'bert%' BEGIN SELECT {does}; END");
        var accounts = await store.FindAsync(((string[])["anna@example.org", "bert@example.org", "carla@example.org"]).Select(MailboxAddress.Parse).ToArray(), None);
        var outcomes = await store.WriteAsync(accounts.Select(account => new HashWrite { Account = account!, NewHash = "new" }).ToArray(), None);
        Assert.Equal([WriteStatus.Written, WriteStatus.Failed, WriteStatus.Written], outcomes.Select(outcome => outcome.Status));
        Assert.Contains(told, outcomes[1].Message, StringComparison.Ordinal);
        Assert.Equal(ErrorIds.WriteFailed, outcomes[1].ErrorId);
    }

    [Fact]
    public async Task Fault_in_a_batch_rolls_all_of_it_back()
    {
        await using var store = await MakeAsync([("anna@example.org", true), ("bert@example.org", true)]);
        Sql("CREATE TRIGGER overflows BEFORE UPDATE ON mailbox WHEN new.password_hash = 'bad' BEGIN SELECT abs(-9223372036854775807 - 1); END");
        var addresses = ((string[])["anna@example.org", "bert@example.org"]).Select(MailboxAddress.Parse).ToArray();
        var accounts = await store.FindAsync(addresses, None);

        // Exactly this type: an InterruptedWriteException would say that anna's new hash was written.
        await Assert.ThrowsAsync<MailPassException>(
            async () => await store.WriteAsync([new HashWrite { Account = accounts[0]!, NewHash = "new" }, new HashWrite { Account = accounts[1]!, NewHash = "bad" }], None));

        Assert.Equal([OldHash, OldHash], (await store.FindAsync(addresses, None)).Select(account => account!.PasswordHash));
        var again = await store.WriteAsync(accounts.Select(account => new HashWrite { Account = account!, NewHash = "new" }).ToArray(), None);
        Assert.All(again, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
    }

    [Fact]
    public async Task Trigger_that_rolls_back_ends_the_batch_with_its_reason()
    {
        await using var store = await MakeAsync([("anna@example.org", true), ("bert@example.org", true)]);
        Sql("CREATE TRIGGER no_bert BEFORE UPDATE ON mailbox WHEN old.address_key LIKE 'bert%' BEGIN SELECT RAISE(ROLLBACK, 'bert is protected'); END");
        var addresses = ((string[])["anna@example.org", "bert@example.org"]).Select(MailboxAddress.Parse).ToArray();
        var accounts = await store.FindAsync(addresses, None);

        var fault = await Assert.ThrowsAsync<MailPassException>(
            async () => await store.WriteAsync(accounts.Select(account => new HashWrite { Account = account!, NewHash = "new" }).ToArray(), None));

        Assert.Contains("bert is protected", fault.Message, StringComparison.Ordinal);
        Assert.Equal([OldHash, OldHash], (await store.FindAsync(addresses, None)).Select(account => account!.PasswordHash));
    }

    [Fact]
    public async Task Each_batch_forces_or_puts_back_what_it_asks_for()
    {
        await (await MakeAsync([("anna@example.org", true)])).DisposeAsync();
        Sql("ALTER TABLE mailbox ADD COLUMN must_change INTEGER NOT NULL DEFAULT 7");
        var schema = _folder["forces.json"];
        await File.WriteAllTextAsync(schema, """
            {
              "name": "forces", "title": "Forces", "engines": ["sqlite"],
              "detect": [ { "table": "mailbox", "columns": ["address_key"] } ],
              "mailbox": { "table": "mailbox", "as": "m", "key": "m.address_key", "address": "m.address", "domain": "m.domain" },
              "hash": { "column": "m.password_hash", "prefix": "always" },
              "options": { "force-change": "The person must choose another password." },
              "write": {
                "set": [ { "column": "must_change", "to": { "literal": "0" }, "putBack": true } ],
                "update": [
                  { "table": "mailbox", "set": [ { "column": "must_change", "to": { "literal": "1" }, "putBack": true } ], "where": { "address_key": { "column": "m.address_key" } }, "option": "force-change" }
                ]
              }
            }
            """);
        await using var store = await OpenAsync(Path, new StoreOpenOptions { Schema = schema });
        var before = await AnnaAsync();

        Assert.Equal("0", await WrittenAsync(new HashWrite { Account = before, NewHash = "first" }));
        Assert.Equal("1", await WrittenAsync(new HashWrite { Account = await AnnaAsync(), NewHash = "second", ForceChange = true }));
        Assert.Equal("7", await WrittenAsync(new HashWrite { Account = await AnnaAsync(), NewHash = OldHash, PutBack = before.Bookkeeping }));
        Assert.Equal("0", await WrittenAsync(new HashWrite { Account = await AnnaAsync(), NewHash = "third" }));

        async Task<MailboxAccount> AnnaAsync() => (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;

        async Task<string?> WrittenAsync(HashWrite write)
        {
            Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync([write], None)).Status);
            return Assert.Single((await AnnaAsync()).Bookkeeping!.Values);
        }
    }

    [Theory]
    [InlineData("UPDATE mailbox SET active = 0 WHERE address_key = old.address_key", "would not log in as before: The mailbox is disabled.")]
    [InlineData("UPDATE mailbox SET password_hash = upper(password_hash) WHERE address_key = old.address_key", "altered the hash")]
    [InlineData("DELETE FROM mailbox WHERE address_key = old.address_key", "removed the row")]
    public async Task Row_that_a_trigger_spoils_is_rolled_back(string does, string told)
    {
        await using var store = await MakeAsync([("anna@example.org", true), ("bert@example.org", true), ("carla@example.org", true)]);
        Sql($"CREATE TRIGGER spoils AFTER UPDATE OF password_hash ON mailbox WHEN old.address_key LIKE 'bert%' BEGIN {does}; END");
        var addresses = ((string[])["anna@example.org", "bert@example.org", "carla@example.org"]).Select(MailboxAddress.Parse).ToArray();
        var accounts = await store.FindAsync(addresses, None);

        var outcomes = await store.WriteAsync(accounts.Select(account => new HashWrite { Account = account!, NewHash = "new" }).ToArray(), None);

        Assert.Equal([WriteStatus.Written, WriteStatus.Failed, WriteStatus.Written], outcomes.Select(outcome => outcome.Status));
        Assert.Contains(told, outcomes[1].Message, StringComparison.Ordinal);
        var bert = (await store.FindAsync(addresses, None))[1]!;
        Assert.Equal((MailboxState.Active, accounts[1]!.PasswordHash), (bert.State, bert.PasswordHash));
    }

    [Theory]
    [InlineData(true, WriteStatus.Failed)]
    [InlineData(false, WriteStatus.Written)]
    public async Task Row_that_a_trigger_limits_to_sending_is_rolled_back(bool active, WriteStatus expected)
    {
        await (await MakeAsync([("anna@example.org", active)])).DisposeAsync();
        var schema = _folder["sends.json"];
        await File.WriteAllTextAsync(schema, """
            {
              "name": "sends", "title": "Sends", "engines": ["sqlite"],
              "detect": [ { "table": "mailbox", "columns": ["address_key"] } ],
              "mailbox": { "table": "mailbox", "as": "m", "key": "m.address_key", "address": "m.address", "domain": "m.domain" },
              "hash": { "column": "m.password_hash", "prefix": "always" },
              "login": [
                { "column": "m.active", "in": ["1"], "or": [ { "column": "m.domain", "notIn": ["none"] } ], "else": "disabled", "because": "It is disabled." },
                { "column": "m.active", "in": ["1"], "else": "active", "because": "It only sends." }
              ]
            }
            """);
        await using var store = await OpenAsync(Path, new StoreOpenOptions { Schema = schema });
        Sql("CREATE TRIGGER spoils AFTER UPDATE OF password_hash ON mailbox BEGIN UPDATE mailbox SET active = 0 WHERE address_key = old.address_key; END");
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        var outcome = Assert.Single(await store.WriteAsync([new HashWrite { Account = anna, NewHash = "new" }], None));
        Assert.Equal(expected, outcome.Status);
        Assert.Equal(active, outcome.Message?.Contains("It only sends.", StringComparison.Ordinal) is true);
    }

    [Fact]
    public async Task Keeps_when_a_password_was_changed()
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        Assert.Null(anna.PasswordChanged);
        var time = DateTimeOffset.FromUnixTimeSeconds(1_777_777_777);
        await store.WriteAsync([new HashWrite { Account = anna, NewHash = "new", Time = time }], None);
        Assert.Equal(time, (await store.FindAsync([anna.Address], None))[0]!.PasswordChanged);
    }

    [SkippableFact]
    public async Task The_sqlite3_program_reads_what_was_written()
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        await store.WriteAsync([new HashWrite { Account = anna, NewHash = "{SSHA512}bmV3" }], None);
        var seen = Program.Run("sqlite3", [Path, "PRAGMA integrity_check; PRAGMA journal_mode; SELECT address, password_hash, active FROM mailbox"]);
        Assert.Equal("ok\nwal\nanna@example.org|{SSHA512}bmV3|1\n", seen);
    }

    [SkippableFact]
    public async Task A_file_without_write_permission_is_read_only()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "The superuser may write everything.");
        await (await MakeAsync([("anna@example.org", true)])).DisposeAsync();
        File.SetAttributes(Path, FileAttributes.ReadOnly);
        await using var store = await OpenAsync(Path);
        Assert.True(store.Info.IsReadOnly);
        var anna = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        var fault = await Assert.ThrowsAsync<MailPassException>(async () => await store.WriteAsync([new HashWrite { Account = anna, NewHash = "new" }], None));
        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
    }
}
