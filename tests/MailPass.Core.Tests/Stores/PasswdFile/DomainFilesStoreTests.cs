using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.PasswdFile;

/// <summary>One passwd-file per domain as one store.</summary>
public sealed class DomainFilesStoreTests : StoreContract
{
    private readonly TemporaryFolder _folder = new();

    private string Pattern => _folder["virtual/%d/passwd"];

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        foreach (var domain in mailboxes.GroupBy(box => box.Address[(box.Address.LastIndexOf('@') + 1)..]))
        {
            Write(MailDomain.TryNormalize(domain.Key, out var name, out _) ? name : domain.Key, [.. domain.Select(box => $"{box.Address[..box.Address.LastIndexOf('@')]}:{OldHash}{(box.Active ? string.Empty : "::::::nologin")}")]);
        }

        return await OpenAgainAsync();
    }

    protected override Task<IMailboxStore> OpenAgainAsync() => OpenAsync(Pattern);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Bare_names_belong_to_the_files_domain()
    {
        Write("example.org", "anna:x", "bert@example.org:x", "carla@example.net:x");
        Write("xn--mnchen-3ya.example", "ivo:x");
        Directory.CreateDirectory(_folder["virtual/no file"]);
        await using var store = await OpenAgainAsync();
        Assert.Equal(["anna@example.org", "bert@example.org", "ivo@xn--mnchen-3ya.example"], (await AllAsync(store)).Select(account => account.Address.Value));
        Assert.NotNull((await store.FindAsync([MailboxAddress.Parse("ivo@münchen.example")], None))[0]);
    }

    [Fact]
    public async Task File_that_is_new_since_opening_is_found()
    {
        Write("example.org", "anna:x");
        await using var store = await OpenAgainAsync();
        Write("example.net", "bert:x");
        var account = (await store.FindAsync([MailboxAddress.Parse("bert@example.net")], None))[0]!;
        Assert.Equal(WriteStatus.Written, (await store.WriteAsync([new HashWrite { Account = account, NewHash = "new" }], None))[0].Status);
        Assert.Equal("bert:new\n", await File.ReadAllTextAsync(_folder["virtual/example.net/passwd"]));
    }

    [Fact]
    public async Task Equal_names_of_two_domains_stay_apart()
    {
        Write("example.org", "anna:x");
        Write("example.net", "anna:x");
        await using var store = await OpenAgainAsync();
        var found = await store.FindAsync([MailboxAddress.Parse("anna@example.org"), MailboxAddress.Parse("anna@example.net")], None);
        await store.WriteAsync([new HashWrite { Account = found[0]!, NewHash = "org" }, new HashWrite { Account = found[1]!, NewHash = "net" }], None);
        Assert.Equal(("anna:org\n", "anna:net\n"), (await File.ReadAllTextAsync(_folder["virtual/example.org/passwd"]), await File.ReadAllTextAsync(_folder["virtual/example.net/passwd"])));
    }

    [Fact]
    public async Task File_gone_in_between_is_its_own_mailboxes_outcome()
    {
        Write("example.org", "anna:x");
        Write("example.net", "anna:x");
        await using var store = await OpenAgainAsync();
        var found = await store.FindAsync([MailboxAddress.Parse("anna@example.org"), MailboxAddress.Parse("anna@example.net")], None);
        Directory.Delete(_folder["virtual/example.org"], recursive: true);
        var outcomes = await store.WriteAsync([new HashWrite { Account = found[0]!, NewHash = "org" }, new HashWrite { Account = found[1]!, NewHash = "net" }], None);
        Assert.Equal([WriteStatus.NotFound, WriteStatus.Written], outcomes.Select(outcome => outcome.Status));
    }

    [Fact]
    public async Task Two_files_of_one_domain_are_refused()
    {
        foreach (var user in (string[])["one", "two"])
        {
            Directory.CreateDirectory(_folder[$"{user}/etc/example.org"]);
            await File.WriteAllTextAsync(_folder[$"{user}/etc/example.org/shadow"], "anna:x\n");
        }

        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder["*/etc/%d/shadow"]));
        Assert.Equal(ErrorIds.StoreInvalid, fault.ErrorId);
        await using var store = await OpenAsync(_folder["o*/etc/%d/shadow"]);
        Assert.Equal("anna@example.org", Assert.Single(await AllAsync(store)).Address.Value);
    }

    [Theory]
    [InlineData("%n/passwd", ErrorIds.StoreInvalid)]
    [InlineData("%d/passwd?domain=example.org", ErrorIds.StoreInvalid)]
    [InlineData("%d/no-such", ErrorIds.StoreUnreachable)]
    public async Task Wrong_path_is_refused(string path, string error) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(_folder[path]))).ErrorId);

    [Fact]
    public async Task Single_file_takes_its_domain_from_the_location()
    {
        await File.WriteAllTextAsync(_folder["users"], $"anna:{OldHash}\n");
        await using (var without = await OpenAsync(_folder["users"]))
        {
            Assert.Empty(await AllAsync(without));
            Assert.Contains(without.Info.Warnings, warning => warning.Contains("?domain=", StringComparison.Ordinal));
        }

        await using var store = await OpenAsync(_folder["users"] + "?domain=example.org");
        Assert.Empty(store.Info.Warnings);
        Assert.Equal("anna@example.org", Assert.Single(await AllAsync(store)).Address.Value);
    }

    [SkippableFact]
    public async Task Running_Dovecot_takes_the_new_passwords()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Dovecot runs on Linux.");
        using var folder = new LabFolder("domains");
        await folder.GiveToAsync("virtual", "dovecot");
        string[] users = ["anna@example.org", "anna@example.net", "bert@example.net"];
        foreach (var user in users)
        {
            Directory.CreateDirectory(folder.At($"virtual/{user.Split('@')[1]}"));
            await File.AppendAllTextAsync(folder.At($"virtual/{user.Split('@')[1]}/passwd"), $"{user.Split('@')[0]}:{{PLAIN}}Old-Passw0rd!::::::\n");
        }

        await Command.RunAsync("/bin/chmod", ["-R", "a+rX", folder.At("virtual")]);
        await using var dovecot = await InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup { PasswdFile = $"username_format=%n {folder.At("virtual/%d/passwd")}" }));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, users[0], "Old-Passw0rd!"));
        await using var store = await OpenAsync(folder.At("virtual/%d/passwd"));
        await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Settings = new HashSettings("SHA512-CRYPT") });
        var results = await run.ExecuteAsync(users[..2].Select(user => new ChangeRequest { Identity = user }).ToAsyncEnumerable()).ToListAsync();
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Changed], results.Select(result => result.Status));

        // Dovecot looks at a file's time once in a second.
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        foreach (var result in results)
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, result.Password!.Reveal()));
            Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, "Old-Passw0rd!"));
        }

        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, users[2], "Old-Passw0rd!"));
    }

    private void Write(string domain, params string[] lines)
    {
        Directory.CreateDirectory(_folder["virtual/" + domain]);
        File.WriteAllText(_folder[$"virtual/{domain}/passwd"], string.Concat(lines.Select(line => line + "\n")));
    }

    private static Task<IMailboxStore> OpenAsync(string path) => MailStore.OpenAsync(StoreLocation.Parse("passwd-file:" + path), new StoreOpenOptions());

    private static ValueTask<List<MailboxAccount>> AllAsync(IMailboxStore store) => store.ListAsync(new MailboxQuery(), None).ToListAsync();
}
