using MailPass.Changes;
using MailPass.Core.Tests.Changes;
using MailPass.Core.Tests.Stores;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.GroupOffice;
using MailPass.Stores;

namespace MailPass.Core.Tests.Sessions;

/// <summary>The mailbox passwords that Group-Office keeps: replaced with the change, put back with it, and never given to another server.</summary>
public sealed class GroupOfficePasswordTests : IDisposable
{
    private const string Tables = PanelAuthorityTests.GroupOffice + """

        DELETE FROM em_accounts;
        ALTER TABLE em_accounts ADD COLUMN host varchar(100);
        ALTER TABLE em_accounts ADD COLUMN smtp_host varchar(100);
        ALTER TABLE em_accounts ADD COLUMN password_encrypted tinyint NOT NULL DEFAULT 0;
        INSERT INTO em_accounts VALUES
          (1, 1, 'Anna@x.test', '$old', 'anna@x.test', '{GOCRYPT}older', 'Mail.x.test', 'mail.x.test', 1),
          (2, 3, 'anna@x.test', 'plain', 'carl@x.test', '$old', 'elsewhere.test', 'mail.x.test', 0),
          (3, 3, 'anna@x.test', '$other', NULL, '', 'mail.x.test', NULL, 2),
          (4, 3, 'anna@x.test', '', NULL, '', 'mail.x.test', NULL, 0);
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly string _key;
    private readonly SessionTables _tables = new(Tables.Replace("$old", GroupOfficeCrypt.SecretByTheLibrary, StringComparison.Ordinal).Replace("$other", GroupOfficeCrypt.SecretOfAnotherKey, StringComparison.Ordinal));

    public GroupOfficePasswordTests() => _key = GroupOfficeCrypt.WriteKeyFile(_folder["key.txt"]);

    public void Dispose()
    {
        _tables.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task A_new_password_takes_the_old_ones_place()
    {
        var before = Kept();
        await using var authority = Authority(new() { KeyFile = _key });
        Assert.True(authority.KeepsPasswords);
        var receipt = Assert.Single(await ChangeAsync(authority, "anna@x.test", "Ünïque-Secret-33"));
        Assert.Contains("3 stored passwords of its e-mail accounts were replaced with the new one.", receipt.Reason);
        Assert.Contains("1 stored password of its e-mail accounts was encrypted under another key", receipt.Reason);
        Assert.Contains("1 stored password of its e-mail accounts was left as it is", receipt.Reason);
        Assert.DoesNotContain("Secret-33", receipt.ToString());

        var after = Kept();
        Assert.Equal(["Ünïque-Secret-33", "Ünïque-Secret-33", "Ünïque-Secret-33"], await GroupOfficeCrypt.OpenAsync(after[0].Password, after[0].SmtpPassword, after[1].Password));
        Assert.Equal(before[1].SmtpPassword, after[1].SmtpPassword);
        Assert.Equal(before[2..], after[2..]);
        Assert.Equal(["2", "2", "2", "0"], _tables.Rows("SELECT password_encrypted FROM em_accounts ORDER BY id"));
    }

    [SkippableFact]
    public async Task An_account_on_another_server_never_gets_it()
    {
        await using var authority = Authority(new() { KeyFile = _key, MailServers = ["mail.x.test", "localhost"], BlankStoredPassword = true });
        var receipt = Assert.Single(await ChangeAsync(authority, "anna@x.test", "New-Secret-33"));
        Assert.Contains("2 stored passwords of its e-mail accounts were replaced", receipt.Reason);
        Assert.Contains("1 stored password of its e-mail accounts was blanked", receipt.Reason);
        var kept = Kept();
        Assert.Equal("plain", kept[1].Password);
        Assert.Equal(string.Empty, kept[2].Password);
    }

    [Fact]
    public async Task Without_a_new_password_nothing_is_replaced()
    {
        var before = Kept();
        await using (var authority = Authority(new() { KeyFile = _key }))
        {
            Assert.Contains("4 stored passwords of its e-mail accounts were left as they are", Assert.Single(await SessionTables.RevokeAsync(authority, "anna@x.test")).Reason);
        }

        Assert.Equal(before, Kept());
        await using var blanking = Authority(new() { KeyFile = _key, BlankStoredPassword = true });
        Assert.Contains("4 stored passwords of its e-mail accounts were blanked", Assert.Single(await SessionTables.RevokeAsync(blanking, "anna@x.test")).Reason);
        Assert.All(Kept(), row => Assert.Equal(string.Empty, row.Password));
    }

    [Fact]
    public async Task Without_the_key_no_password_is_asked_for()
    {
        await using var authority = Authority(new() { BlankStoredPassword = true });
        Assert.False(authority.KeepsPasswords);
    }

    [SkippableFact]
    public async Task A_run_replaces_what_it_changed_and_nothing_else()
    {
        var store = Store("anna@x.test", "carl@x.test");
        await using var authority = Authority(new() { KeyFile = _key });
        var before = Kept();
        var run = new ChangeRun(store, Options(authority));
        var results = await run.ExecuteAsync(Requests("anna@x.test", "nobody@x.test")).ToListAsync();
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed], results.Select(result => result.Status));
        Assert.Contains("3 stored passwords", results[0].Sessions);
        Assert.Equal([results[0].Password!.Reveal()], await GroupOfficeCrypt.OpenAsync(Kept()[0].Password));
        Assert.Equal(before[1].SmtpPassword, Kept()[1].SmtpPassword);
        await run.DisposeAsync();

        // Nobody got the row: the mailbox has its old password again, and so has the webmail.
        Assert.Empty(await run.TakeBackAsync(results));
        Assert.Equal("{SSHA512}anna@x.test", store.HashOf("anna@x.test"));
        Assert.Equal(before, Kept());
    }

    [SkippableFact]
    public async Task Restore_puts_copies_back_and_the_journal_has_none_in_clear()
    {
        var path = _folder["run.journal"];
        var before = Kept();
        var store = Store("anna@x.test", "carl@x.test");
        await using var authority = Authority(new() { KeyFile = _key });
        await using (var journal = FileJournal.Create(path, store.Info))
        {
            await using var run = new ChangeRun(store, Options(authority) with { Journal = journal });
            var results = await run.ExecuteAsync(Requests("anna@x.test", "carl@x.test")).ToListAsync();
            Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        }

        Assert.DoesNotContain("\"plain\"", await File.ReadAllTextAsync(path), StringComparison.Ordinal);
        Assert.Equal(2, (await JournalFile.OpenAsync(path)).Count);
        _tables.Execute("UPDATE em_accounts SET smtp_password = 'by hand' WHERE id = 1");

        // Without Group-Office the rows report what is left there, and a second restore with it completes the rest.
        var alone = await new JournalReplay(store, path).RestoreAsync().ToListAsync();
        Assert.All(alone, row => Assert.Equal((ChangeStatus.Changed, ErrorIds.SessionAuthorityUnreachable), (row.Status, row.ErrorId)));
        Assert.Contains("3 stored passwords of its e-mail accounts were not put back, because that system is not connected", alone[0].Message);
        Assert.Equal("{SSHA512}anna@x.test", store.HashOf("anna@x.test"));

        // The key is needed by nobody who puts back.
        await using var keyless = Authority(new());
        var restored = await new JournalReplay(store, path) { SessionAuthorities = [keyless] }.RestoreAsync().ToListAsync();
        Assert.All(restored, row => Assert.Equal((ChangeStatus.Changed, null), (row.Status, row.ErrorId)));
        Assert.Contains("2 stored passwords of its e-mail accounts were put back.", restored[0].Message);
        Assert.Contains("1 stored password of its e-mail accounts was changed since and left as it is.", restored[0].Message);
        var after = Kept();
        Assert.Equal(before, [(after[0].Password, before[0].SmtpPassword), (before[1].Password, after[1].SmtpPassword), .. after[2..]]);
        Assert.Equal("by hand", after[0].SmtpPassword);
        Assert.Equal(["plain"], await GroupOfficeCrypt.OpenAsync(after[1].Password));

        // Once is enough, and once more does no harm.
        var again = await new JournalReplay(store, path) { SessionAuthorities = [keyless] }.RestoreAsync().ToListAsync();
        Assert.Contains("2 stored passwords of its e-mail accounts were put back.", again[0].Message);
        Assert.Equal(after, Kept());

        _tables.Execute("DROP TABLE em_accounts");
        var broken = await new JournalReplay(store, path) { SessionAuthorities = [keyless], Only = new HashSet<MailboxAddress> { MailboxAddress.Parse("carl@x.test") } }.RestoreAsync().ToListAsync();
        Assert.Equal(ErrorIds.SessionAuthorityUnreachable, Assert.Single(broken).ErrorId);
        Assert.Contains("could not be asked", broken[0].Message);
    }

    [Fact]
    public async Task A_mailbox_in_many_accounts_gets_all_its_copies_back()
    {
        _tables.Execute("DELETE FROM em_accounts");
        _tables.Execute(string.Concat(Enumerable.Range(1, 100).Select(i => $"INSERT INTO em_accounts VALUES ({i}, {i}, 'anna@x.test', '{{GOCRYPT}}{new string('x', 2000)}', NULL, '', 'mail.x.test', NULL, 1);")));
        var path = _folder["run.journal"];
        var before = Kept();
        var store = Store("anna@x.test");
        await using var authority = Authority(new() { KeyFile = _key });
        await using (var journal = FileJournal.Create(path, store.Info))
        {
            await using var run = new ChangeRun(store, Options(authority) with { Journal = journal });
            Assert.Contains("100 stored passwords of its e-mail accounts were replaced", Assert.Single(await run.ExecuteAsync(Requests("anna@x.test")).ToListAsync()).Sessions);
        }

        var row = Assert.Single(await new JournalReplay(store, path) { SessionAuthorities = [authority] }.RestoreAsync().ToListAsync());
        Assert.EndsWith("100 stored passwords of its e-mail accounts were put back.", row.Message);
        Assert.Equal(before, Kept());
    }

    [Fact]
    public async Task Restore_opens_the_database_again_only_after_a_fault()
    {
        string[] users = ["anna", "bert", "carl", "dora", "emil"];
        _tables.Execute("DELETE FROM em_accounts");
        _tables.Execute(string.Concat(users.Select((user, i) => $"INSERT INTO em_accounts VALUES ({i + 1}, {i + 1}, '{user}@x.test', '{{GOCRYPT}}{user}', NULL, '', 'mail.x.test', NULL, 1);")));
        var path = _folder["run.journal"];
        var before = Kept();
        string[] mailboxes = [.. users.Select(user => $"{user}@x.test")];
        var store = Store(mailboxes);
        var opened = 0;
        var database = _tables.Database;
        database.Connecting = () => opened++;
        await using var authority = new GroupOfficeAuthority(database, new() { KeyFile = _key });
        await using (var journal = FileJournal.Create(path, store.Info))
        {
            await using var run = new ChangeRun(store, Options(authority) with { Journal = journal });
            var results = await run.ExecuteAsync(Requests(mailboxes)).ToListAsync();
            Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        }

        // Only the refused one fails.
        _tables.Execute("CREATE TRIGGER no_bert BEFORE UPDATE ON em_accounts WHEN old.id = 2 BEGIN SELECT RAISE(ABORT, 'bert is protected'); END");
        opened = 0;
        var restored = await new JournalReplay(store, path) { SessionAuthorities = [authority] }.RestoreAsync().ToListAsync();
        Assert.Equal(2, opened);
        Assert.Equal([null, ErrorIds.SessionAuthorityUnreachable, null, null, null], restored.Select(row => row.ErrorId));
        Assert.Contains("bert is protected", restored[1].Message);
        Assert.All(restored.Where(row => row.ErrorId is null), row => Assert.EndsWith("1 stored password of its e-mail accounts was put back.", row.Message));
        _tables.Execute("DROP TRIGGER no_bert");

        opened = 0;
        await new JournalReplay(store, path) { SessionAuthorities = [authority] }.RestoreAsync().ToListAsync();
        Assert.Equal(1, opened);
        Assert.Equal(before, Kept());
    }

    [Fact]
    public async Task A_database_that_is_gone_is_tried_once_when_a_run_is_undone()
    {
        var tried = 0;
        var database = _tables.Database;
        database.Connecting = () =>
        {
            tried++;
            throw new MailPassException(ErrorIds.StoreUnreachable, "gone");
        };
        await using var authority = new GroupOfficeAuthority(database);
        ReplacedCopy[] copies = [new(1L, "password", "before", "after")];
        var answers = await ((ISessionAuthority)authority).PutBackAsync([copies, copies, copies]);
        Assert.Equal(1, tried);
        Assert.All(answers, answer =>
        {
            Assert.Equal(0, answer.Back);
            Assert.Contains("gone", answer.Fault);
        });
    }

    [Fact]
    public async Task A_journal_that_is_full_leaves_the_copies_as_they_are()
    {
        var before = Kept();
        await using var authority = Authority(new() { KeyFile = _key });
        using var secret = Secret.FromChars("New-Secret-33");
        var receipts = await ((ISessionAuthority)authority).RevokeRecordedAsync(
            [new ChangedPassword(MailboxAddress.Parse("anna@x.test"), secret)],
            RevocationScope.Everything,
            (_, _) => throw new MailPassException(ErrorIds.JournalUnwritable, "No space left."));
        Assert.Equal((ReceiptStatus.Unreachable, "No space left."), (receipts[0].Status, receipts[0].Reason));
        Assert.Equal(before, Kept());
    }

    [Fact]
    public async Task Unread_changes_are_put_back_too()
    {
        var before = Kept();
        var store = Store("anna@x.test", "carl@x.test");
        await using var authority = Authority(new() { KeyFile = _key });
        var run = new ChangeRun(store, Options(authority));
        await foreach (var result in run.ExecuteAsync(Requests("carl@x.test", "anna@x.test")))
        {
            Assert.Equal("carl@x.test", result.Mailbox);
            break;
        }

        await run.DisposeAsync();
        Assert.Empty(run.LeftBehind);
        Assert.Equal("{SSHA512}anna@x.test", store.HashOf("anna@x.test"));
        var after = Kept();
        Assert.NotEqual(before[1].SmtpPassword, after[1].SmtpPassword);
        Assert.Equal(before, [after[0], after[1] with { SmtpPassword = before[1].SmtpPassword }, .. after[2..]]);
    }

    [Fact]
    public async Task Copy_for_sending_does_not_mark_the_other_as_encrypted()
    {
        await using var authority = Authority(new() { KeyFile = _key });
        Assert.Contains("1 stored password of its e-mail accounts was replaced", Assert.Single(await ChangeAsync(authority, "carl@x.test", "New-Secret-33")).Reason);
        Assert.Equal("plain", Kept()[1].Password);
        Assert.Equal(["1", "0", "2", "0"], _tables.Rows("SELECT password_encrypted FROM em_accounts ORDER BY id"));
    }

    [Fact]
    public async Task Copies_put_back_twice_are_back()
    {
        await using var authority = Authority(new() { KeyFile = _key });
        var replaced = Assert.Single(await ChangeAsync(authority, "anna@x.test", "New-Secret-33")).Replaced;
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal((3, null), Assert.Single(await ((ISessionAuthority)authority).PutBackAsync([replaced])));
        }
    }

    [Fact]
    public async Task Copy_that_its_user_changes_meanwhile_stays_theirs()
    {
        _tables.Execute("CREATE TRIGGER quick AFTER UPDATE OF password ON em_accounts WHEN NEW.id = 1 BEGIN UPDATE em_accounts SET password = 'by hand' WHERE id = 2; END");
        await using var authority = Authority(new() { KeyFile = _key });
        var receipt = Assert.Single(await ChangeAsync(authority, "anna@x.test", "New-Secret-33"));
        Assert.Equal("by hand", Kept()[1].Password);
        Assert.Contains("2 stored passwords of its e-mail accounts were replaced", receipt.Reason);
        Assert.Contains("2 stored passwords of its e-mail accounts were left as they are", receipt.Reason);
        Assert.Equal(2, receipt.Replaced.Count);
    }

    [Fact]
    public async Task A_copy_that_somebody_changed_since_is_not_put_back()
    {
        await using var authority = Authority(new() { KeyFile = _key });
        var receipts = await ChangeAsync(authority, "anna@x.test", "New-Secret-33");
        _tables.Execute("UPDATE em_accounts SET password = 'by hand' WHERE id = 1");
        await authority.TakeBackAsync(receipts);
        Assert.Equal(("by hand", "{GOCRYPT}older"), (Kept()[0].Password, Kept()[0].SmtpPassword));
        Assert.Equal("plain", Kept()[1].Password);
    }

    [Fact]
    public async Task Devices_are_named_and_denied_only_on_request()
    {
        _tables.Execute("""
            INSERT INTO core_client (id, deviceId, status, userId) VALUES (1, '-', 'allowed', 1), (2, 'phone1', 'allowed', 1), (3, 'phone2', 'new', 1), (4, 'phone3', 'denied', 1), (5, 'phone4', 'allowed', 3);
            DELETE FROM core_auth_token WHERE expiresAt IS NOT NULL; DELETE FROM core_auth_remember_me; DELETE FROM em_accounts;
            """);
        await using (var named = Authority(new()))
        {
            var receipts = await SessionTables.RevokeAsync(named, "anna@x.test", "carl@x.test", "bert@x.test");
            Assert.Equal(["2 ActiveSync devices stay allowed, and need the new password.", "1 ActiveSync device stays allowed, and needs the new password.", null], receipts.Select(receipt => receipt.Reason));
            Assert.All(receipts, receipt => Assert.Equal(ReceiptStatus.NoneFound, receipt.Status));
        }

        await using var denying = Authority(new() { DenyDevices = true });
        var denied = Assert.Single(await SessionTables.RevokeAsync(denying, "anna@x.test"));
        Assert.Equal((ReceiptStatus.Revoked, 2, "2 ActiveSync devices denied until allowed again in Group-Office."), (denied.Status, denied.Count, denied.Reason));
        Assert.Equal(["1|allowed|0", "2|denied|1", "3|denied|1", "4|denied|0", "5|allowed|0"], _tables.Rows("SELECT id, status, needResync FROM core_client ORDER BY id"));
        Assert.Equal(ReceiptStatus.NoneFound, Assert.Single(await SessionTables.RevokeAsync(denying, "anna@x.test")).Status);
        _tables.Execute("DROP TABLE core_client");
        Assert.Contains("not denied", Assert.Single(await SessionTables.RevokeAsync(denying, "anna@x.test")).Reason);
    }

    private static async Task<IReadOnlyList<RevocationReceipt>> ChangeAsync(GroupOfficeAuthority authority, string mailbox, string password)
    {
        using var secret = Secret.FromChars(password);
        return await authority.RevokeChangedAsync([new ChangedPassword(MailboxAddress.Parse(mailbox), secret)], RevocationScope.Everything);
    }

    private GroupOfficeAuthority Authority(GroupOfficeOptions options) => new(_tables.Database, options);

    private List<(string Password, string SmtpPassword)> Kept() =>
        _tables.Rows("SELECT password, smtp_password FROM em_accounts ORDER BY id").ConvertAll(row => (row.Split('|')[0], row.Split('|')[1]));

    private static MemoryStore Store(params string[] mailboxes)
    {
        var store = new MemoryStore();
        foreach (var mailbox in mailboxes)
        {
            store.Add(mailbox, "{SSHA512}" + mailbox);
        }

        return store;
    }

    private static ChangeRunOptions Options(ISessionAuthority authority) => new()
    {
        Generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions()),
        Settings = new HashSettings("SSHA512"),
        SessionAuthorities = [authority],
    };

    private static IAsyncEnumerable<ChangeRequest> Requests(params string[] mailboxes) =>
        mailboxes.Select(mailbox => new ChangeRequest { Identity = mailbox }).ToAsyncEnumerable();
}
