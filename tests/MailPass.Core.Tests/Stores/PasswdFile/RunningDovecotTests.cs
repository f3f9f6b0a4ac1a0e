using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.PasswdFile;

/// <summary>A passwd-file that a running Dovecot reads while MailPass writes it.</summary>
public sealed class RunningDovecotTests
{
    private const string OldPassword = "Old-Passw0rd!";
    private static readonly string[] s_users = ["anna@example.org", "bert@example.org", "carla@example.org"];

    [SkippableFact]
    public async Task New_passwords_log_in_old_ones_do_not_others_are_untouched()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Dovecot runs on Linux.");
        using var folder = new LabFolder("passwd");
        await folder.GiveToAsync("passwords", "dovecot");
        var file = folder.Write("passwords/users", string.Concat(s_users.Select(user => $"{user}:{{PLAIN}}{OldPassword}::::::allow_nets=127.0.0.1/32\n")));
        // Dovecot's own user reads it, as on a real server; the new file must keep that.
        await Command.RunAsync("/bin/chmod", ["0640", file]);
        if (LabTools.IsRoot)
        {
            await Command.RunAsync("/bin/chown", ["root:dovecot", file]);
        }

        await using var dovecot = await StartAsync(file);
        foreach (var user in s_users)
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, user, OldPassword));
        }

        await using var store = await MailStore.OpenAsync(new StoreLocation(StoreProvider.PasswdFile, file), new StoreOpenOptions());
        await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Settings = new HashSettings("SHA512-CRYPT") });
        var results = await run.ExecuteAsync(s_users[..2].Select(user => new ChangeRequest { Identity = user }).ToAsyncEnumerable()).ToListAsync();
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Changed], results.Select(result => result.Status));

        // Dovecot looks at the file's time once in a second.
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        foreach (var result in results)
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, result.Password!.Reveal()));
            Assert.True(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, result.Mailbox, result.Password!.Reveal()));
            Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, result.Mailbox, OldPassword));
            Assert.False(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, result.Mailbox, OldPassword));
        }

        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, s_users[2], OldPassword));
    }

    [SkippableFact]
    public async Task Logins_during_repeated_writes_are_never_refused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Dovecot runs on Linux.");
        using var folder = new LabFolder("passwd");
        await folder.GiveToAsync("passwords", "dovecot");
        var file = folder.Write("passwords/users", string.Concat(Enumerable.Range(0, 2000).Select(i => $"user{i}@example.org:{{PLAIN}}{OldPassword}::::::\n")));
        await Command.RunAsync("/bin/chmod", ["0644", file]);
        await using var dovecot = await StartAsync(file);
        await using var store = await MailStore.OpenAsync(new StoreLocation(StoreProvider.PasswdFile, file), new StoreOpenOptions());

        var writing = Task.Run(async () =>
        {
            for (var round = 0; round < 40; round++)
            {
                await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Settings = new HashSettings("SSHA512") });
                var result = Assert.Single(await run.ExecuteAsync(new[] { new ChangeRequest { Identity = $"user{round}@example.org" } }.ToAsyncEnumerable()).ToListAsync());
                Assert.Equal(ChangeStatus.Changed, result.Status);
            }
        });
        var logins = 0;
        do
        {
            // The last line: in a file that is half written it would not be there yet.
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "user1999@example.org", OldPassword));
            logins++;
        }
        while (!writing.IsCompleted);

        await writing;
        Assert.True(logins > 1);
    }

    private static Task<DovecotServer> StartAsync(string passwdFile) => InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup { PasswdFile = passwdFile }));
}
