using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.PasswdFile;

public abstract class PasswdFileContract(string scheme, char separator) : StoreContract
{
    protected TemporaryFolder Folder { get; } = new();

    protected string Path => Folder["users"];

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        await File.WriteAllLinesAsync(Path, mailboxes.Select(box => $"{box.Address}{separator}{OldHash}{(box.Active ? string.Empty : Inactive)}"));
        return await OpenAgainAsync();
    }

    protected abstract string Inactive { get; }

    protected override Task<IMailboxStore> OpenAgainAsync() => MailStore.OpenAsync(StoreLocation.Parse($"{scheme}:{Path}"), new StoreOpenOptions());

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Folder.Dispose();
    }

    protected static async Task<WriteOutcome> ChangeAsync(IMailboxStore store, string address, string hash)
    {
        var account = Assert.Single(await store.FindAsync([MailboxAddress.Parse(address)], None))!;
        return Assert.Single(await store.WriteAsync([new HashWrite { Account = account, NewHash = hash }], None));
    }
}

public sealed class PasswdFileStoreTests() : PasswdFileContract("passwd-file", ':')
{
    protected override string Inactive => "::::::nologin";

    private static readonly string[] s_lines =
    [
        "anna@example.org:{SSHA512}b2xk:5000:5000::/var/mail/anna::userdb_quota_rule=*:storage=1G allow_nets=10.0.0.0/8",
        "bert@example.org:{SSHA512}b2xk",
        "carla@example.org:",
        "dora@example.org",
        "nodomain:{SSHA512}b2xk:5000:5000::/home/nodomain",
        "# anna@example.org:{SSHA512}b2xk",
        "",
        ":no user",
        "   ",
        "emil@example.org:!{SSHA512}b2xk:::Emil Émile::",
        "bad\u00a0user:x",
    ];

    [Fact]
    public async Task Lines_that_differ_in_case_are_not_written()
    {
        await File.WriteAllTextAsync(Path, "Anna@example.org:{SSHA512}old\nben@example.org:{SSHA512}old\nanna@example.org:{SSHA512}old\nben@example.org:{SSHA512}other\n");
        await using var store = await OpenAgainAsync();
        var found = await store.FindAsync([MailboxAddress.Parse("anna@example.org"), MailboxAddress.Parse("ben@example.org")], None);
        Assert.Contains("two rows that differ only in case, Anna@example.org and anna@example.org", found[0]!.WriteRefusal, StringComparison.Ordinal);

        // Of two lines with the same name Dovecot takes the first.
        Assert.Equal((null, "{SSHA512}old"), (found[1]!.WriteRefusal, found[1]!.PasswordHash));
        var listed = await store.ListAsync(new MailboxQuery(), None).ToListAsync();
        Assert.Equal([true, false, true, false], listed.Select(account => account.WriteRefusal is not null));
    }

    [Theory]
    [InlineData(" anna@example.org:{SSHA512}old", null)]
    [InlineData("anna@example.org :{SSHA512}old", null)]
    [InlineData("anna@example.org:{SSHA512}old::::::nologin=no", MailboxState.Disabled)]
    [InlineData("anna@example.org:{CRYPT}!$6$salt$old", MailboxState.Disabled)]
    [InlineData("anna@example.org:{SHA512-CRYPT}*", MailboxState.Disabled)]
    [InlineData("anna@example.org:{PLAIN}!secret", MailboxState.Active)]
    public async Task Lines_are_read_as_Dovecot_reads_them(string line, MailboxState? state)
    {
        await File.WriteAllTextAsync(Path, line + "\n");
        await using var store = await OpenAgainAsync();
        Assert.Equal(state, (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]?.State);
    }

    [Fact]
    public async Task Name_with_capitals_gets_a_note()
    {
        await File.WriteAllTextAsync(Path, "Anna@example.org:{SSHA512}old\n");
        await using var store = await OpenAgainAsync();
        var account = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        Assert.Equal(MailboxState.Active, account.State);
        Assert.Contains("auth_username_format", account.StateReason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task File_with_a_second_name_changes_under_both()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The second name is made by ln.");
        await File.WriteAllTextAsync(Path, "anna@example.org:{SSHA512}old\n");
        using (var link = System.Diagnostics.Process.Start("ln", [Path, Folder["second"]]))
        {
            await link.WaitForExitAsync();
        }

        await using var store = await OpenAgainAsync();
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "anna@example.org", "{SSHA512}new")).Status);
        Assert.Equal("anna@example.org:{SSHA512}new\n", await File.ReadAllTextAsync(Folder["second"]));
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "anna@example.org", "{SSHA}n")).Status);
        Assert.Equal("anna@example.org:{SSHA}n\n", await File.ReadAllTextAsync(Folder["second"]));
        Assert.False(File.Exists(Path + ".mailpass-old"));
    }

    [Fact]
    public async Task Change_by_another_program_meanwhile_is_not_lost()
    {
        const string Bert = "bert@example.org:{SSHA512}old\n";
        const string Anna = "anna@example.org:{SSHA512}old\n";
        await File.WriteAllTextAsync(Path, Bert + Anna);
        File.SetLastWriteTimeUtc(Path, DateTime.UtcNow.AddMinutes(-1));
        await using var store = await OpenAgainAsync();
        var account = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
        var asked = 0;
        var batch = new ActingBatch(new HashWrite { Account = account, NewHash = "{SSHA512}new" }, () =>
        {
            // Asked for the third time at Anna's line: Bert's has been copied by then.
            if (++asked == 3)
            {
                File.WriteAllText(Path, Bert.Replace("old", "odd", StringComparison.Ordinal) + Anna);
            }
        });
        Assert.Equal(WriteStatus.Written, Assert.Single(await store.WriteAsync(batch, None)).Status);
        Assert.Equal("bert@example.org:{SSHA512}odd\nanna@example.org:{SSHA512}new\n", await File.ReadAllTextAsync(Path));
    }

    /// <summary>One change, and something that happens whenever it is asked for.</summary>
    private sealed class ActingBatch(HashWrite write, Action act) : IReadOnlyList<HashWrite>
    {
        public int Count => 1;

        public HashWrite this[int index]
        {
            get
            {
                act();
                return write;
            }
        }

        public IEnumerator<HashWrite> GetEnumerator() => Enumerable.Repeat(write, 1).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public async Task Two_changes_in_one_second_differ_for_Dovecot()
    {
        await File.WriteAllTextAsync(Path, "anna@example.org:{SSHA512}old1\n");
        using var _ = new Cleanup(Path);
        var seconds = new HashSet<long> { Second() };
        var store = await OpenAgainAsync();
        foreach (var hash in new[] { "{SSHA512}new2", "{SSHA512}new3", "{SSHA512}new4" })
        {
            var account = (await store.FindAsync([MailboxAddress.Parse("anna@example.org")], None))[0]!;
            await store.WriteAsync([new HashWrite { Account = account, NewHash = hash }], None);
            Assert.True(seconds.Add(Second()));
        }

        long Second() => File.GetLastWriteTimeUtc(Path).Ticks / TimeSpan.TicksPerSecond;
    }

    [Fact]
    public void Only_the_hash_of_the_changed_mailboxes_differs_to_the_byte()
    {
        var line = Gen.Zip(Gen.Elements(s_lines), Gen.Elements("\n", "\r\n", "\n", "\r\n\n"));
        var files = Gen.Zip(line.ListOf(), Gen.Elements("", "last@example.org:{SSHA512}b2xk", "# no end"));
        Prop.ForAll(files.ToArbitrary(), file =>
        {
            var text = string.Concat(file.Item1.Select(one => one.Item1 + one.Item2)) + file.Item2;
            File.WriteAllText(Path, text, new UTF8Encoding(false));
            using var _ = new Cleanup(Path);
            var store = OpenAgainAsync().GetAwaiter().GetResult();
            string[] all = ["anna@example.org", "bert@example.org", "last@example.org"];
            var there = store.FindAsync(all.Select(MailboxAddress.Parse).ToArray(), None).AsTask().GetAwaiter().GetResult().OfType<MailboxAccount>().ToArray();
            var outcomes = store.WriteAsync(there.Select(account => new HashWrite { Account = account, NewHash = "{SHA512-CRYPT}$6$new$" + account.Address.LocalPart }).ToArray(), None)
                .AsTask().GetAwaiter().GetResult();
            Assert.All(outcomes, outcome => Assert.Equal(WriteStatus.Written, outcome.Status));
            Assert.Equal(Expected(text, there), File.ReadAllText(Path));
        }).QuickCheckThrowOnFailure();

        // By plain text replacement of the first line of each name.
        static string Expected(string text, MailboxAccount[] changed)
        {
            foreach (var account in changed)
            {
                var at = ("\n" + text).IndexOf($"\n{account.StoreKey}:", StringComparison.Ordinal) + account.StoreKey.Length + 1;
                text = string.Concat(text.AsSpan(0, at), "{SHA512-CRYPT}$6$new$" + account.Address.LocalPart, text.AsSpan(at + account.PasswordHash!.Length));
            }

            return text;
        }
    }

    [Fact]
    public async Task A_line_describes_its_mailbox()
    {
        await File.WriteAllTextAsync(Path, string.Join('\n', s_lines));
        await using var store = await OpenAgainAsync();
        var all = await store.ListAsync(new MailboxQuery(), None).ToListAsync();
        Assert.Equal(
            [("anna", MailboxState.Active), ("bert", MailboxState.Active), ("carla", MailboxState.Disabled), ("dora", MailboxState.Disabled), ("emil", MailboxState.Disabled)],
            all.Select(account => (account.Address.LocalPart, account.State)));
        Assert.Equal("Emil Émile", all[4].DisplayName);
    }

    [Fact]
    public async Task A_line_with_only_a_name_gets_its_hash()
    {
        await File.WriteAllTextAsync(Path, "dora@example.org\r\nlast@example.org");
        await using var store = await OpenAgainAsync();
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "dora@example.org", "{SSHA512}bmV3")).Status);
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "last@example.org", "{SSHA512}bmV3")).Status);
        Assert.Equal("dora@example.org:{SSHA512}bmV3\r\nlast@example.org:{SSHA512}bmV3", await File.ReadAllTextAsync(Path));
    }

    [Fact]
    public async Task A_hash_that_would_break_the_line_is_refused()
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        var before = await File.ReadAllTextAsync(Path);
        foreach (var hash in (string[])["{PLAIN}a:b", "{PLAIN}a\nroot:{PLAIN}x"])
        {
            var outcome = await ChangeAsync(store, "anna@example.org", hash);
            Assert.Equal((WriteStatus.Failed, ErrorIds.WriteFailed), (outcome.Status, outcome.ErrorId));
        }

        Assert.Equal(before, await File.ReadAllTextAsync(Path));
    }

    [SkippableFact]
    public async Task Mode_owner_and_link_are_kept()
    {
        Skip.If(OperatingSystem.IsWindows(), "Modes and owners are Unix's.");
        await MakeAsync([("anna@example.org", true)]);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        if (Environment.IsPrivilegedProcess)
        {
            Program.Run("chown", ["12345:54321", Path]);
        }

        var link = Folder["link"];
        File.CreateSymbolicLink(link, "users");
        var before = Program.Run("stat", ["-c", "%a %u %g", Path]);
        await using var store = await MailStore.OpenAsync(StoreLocation.Parse("passwd-file:" + link), new StoreOpenOptions());
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "anna@example.org", "{SSHA512}bmV3")).Status);

        Assert.Equal(before, Program.Run("stat", ["-c", "%a %u %g", Path]));
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Contains("bmV3", await File.ReadAllTextAsync(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_a_killed_run_are_cleared()
    {
        await using var store = await MakeAsync([("anna@example.org", true)]);
        await File.WriteAllTextAsync(Path + ".mailpass-new", "half a file");
        await File.WriteAllTextAsync(Path + ".lock", string.Empty);
        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "anna@example.org", "{SSHA512}bmV3")).Status);
        Assert.Equal(["users", "users.lock"], Directory.GetFiles(Folder.Root).Select(System.IO.Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_lock_of_others_is_waited_for_and_then_reported()
    {
        await MakeAsync([("anna@example.org", true)]);
        await using var store = await MailStore.OpenAsync(StoreLocation.Parse("passwd-file:" + Path), new StoreOpenOptions { CommandTimeout = TimeSpan.FromMilliseconds(150) });
        using (new FileStream(Path + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            var fault = await Assert.ThrowsAsync<MailPassException>(() => ChangeAsync(store, "anna@example.org", "{SSHA512}bmV3"));
            Assert.Equal(ErrorIds.StoreUnreachable, fault.ErrorId);
        }

        Assert.Equal(WriteStatus.Written, (await ChangeAsync(store, "anna@example.org", "{SSHA512}bmV3")).Status);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_unreachable()
    {
        Assert.Equal(ErrorIds.StoreUnreachable, (await Assert.ThrowsAsync<MailPassException>(OpenAgainAsync)).ErrorId);
    }

    private sealed class Cleanup(string path) : IDisposable
    {
        public void Dispose() => File.Delete(path);
    }
}

public sealed class PostfixAccountsStoreTests() : PasswdFileContract("postfix-accounts", '|')
{
    protected override string Inactive => string.Empty;

    protected override string HashOfInactive => "!" + OldHash;

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        await File.WriteAllLinesAsync(Path, mailboxes.Select(box => $"{box.Address}|{(box.Active ? string.Empty : "!")}{OldHash}|userdb_mail=mbox:~/mail"));
        return await OpenAgainAsync();
    }

    [Fact]
    public async Task The_third_field_and_comments_are_kept()
    {
        const string Before = "# users\n\n  # more\nanna@example.org|{SHA512-CRYPT}$6$old|userdb_mail=mbox:~/mail\nbert@example.org|{SHA512-CRYPT}$6$old\n";
        await File.WriteAllTextAsync(Path, Before);
        await using var store = await OpenAgainAsync();
        await ChangeAsync(store, "anna@example.org", "{SSHA512}bmV3");
        Assert.Equal(Before.Replace("anna@example.org|{SHA512-CRYPT}$6$old", "anna@example.org|{SSHA512}bmV3", StringComparison.Ordinal), await File.ReadAllTextAsync(Path));
    }
}
