using MailPass.Lab.Databases;
using MailPass.Lab.Mail;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;

namespace MailPass.Mail.Tests;

/// <summary>The lab itself, on which the other tests depend: it must see every difference, and tell right passwords from wrong ones.</summary>
[Collection(LabServersGroup.Name)]
public sealed class LabTests(LabServers servers)
{
    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    [InlineData("sqlite")]
    public async Task A_snapshot_sees_every_change_and_nothing_else(string engine)
    {
        var server = await servers.GetAsync(engine);
        var database = server.NewDatabaseName("snapshot");
        await server.CreateDatabaseAsync(database);
        await server.ExecuteAsync(database, "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b TEXT); INSERT INTO t VALUES (1, NULL, 'x'), (2, '<&>	\"é', 'x'), (3, '', 'x')");
        var before = await server.SnapshotAsync(database);
        Assert.Empty(before.DifferencesTo(await server.SnapshotAsync(database)));

        await server.ExecuteAsync(database, "UPDATE t SET a = '' WHERE id = 1; UPDATE t SET a = 'É' WHERE id = 3; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (4, NULL, '<&>	\"é')");

        Assert.Equal(
            ["t[id=1].a: NULL → ", "t - id=2, a=<&>	\"é, b=x", "t[id=3].a:  → É", "t + id=4, a=NULL, b=<&>	\"é"],
            before.DifferencesTo(await server.SnapshotAsync(database)).Select(difference => difference.ToString()));
    }

    [SkippableTheory]
    [InlineData("mailcow", "mysql")]
    [InlineData("iredmail", "postgresql")]
    public async Task Lab_run_by_hand_prints_its_addresses(string name, string engine)
    {
        // The servers are there, or the test is skipped.
        await servers.GetAsync(engine);
        var program = Path.Combine(Pages.Heads.Repository, "tests", "lab", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "MailPass.Lab.dll");
        var told = await Command.TryAsync(LabTools.Require("dotnet", "dotnet-sdk"), [program, name, engine], string.Empty);
        Assert.True(told.ExitCode == 0, told.Output + told.Error);
        Assert.Equal(["store", "password", "imap", "submission", "doveadm"], told.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).Take(5));
    }

    [SkippableTheory]
    [InlineData("mailcow", "mysql")]
    [InlineData("iredmail", "postgresql")]
    [InlineData("postfixadmin", "sqlite")]
    public async Task Dovecot_accepts_whom_the_mail_system_accepts(string name, string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync(name, server));
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(await DovecotSetup.ForAsync(system)));

        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "anna@alpha.example", MailSystem.OldPassword));
        Assert.True(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, "anna@alpha.example", MailSystem.OldPassword));

        // Dovecot delays each refusal by half a second, so all logins run at once.
        Assert.All(
            await Task.WhenAll(
                MailLogin.ImapAsync(dovecot.ImapPort, "anna@alpha.example", "wrong"),
                MailLogin.SubmissionAsync(dovecot.SubmissionPort, "anna@alpha.example", "wrong"),
                MailLogin.ImapAsync(dovecot.ImapPort, "disa@alpha.example", MailSystem.OldPassword),
                MailLogin.ImapAsync(dovecot.ImapPort, "nobody@alpha.example", MailSystem.OldPassword)),
            Assert.False);
    }

    [SkippableFact]
    public async Task Server_that_is_left_ends_and_removes_its_folder()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The lab runs on Linux only.");
        using var folder = new LabFolder("leave");
        var process = await ServerProcess.StartAsync("/bin/sleep", ["1000"], folder.At("log"), () => Task.FromResult(true));
        var id = process.Id;

        process.Leave();

        while (Directory.Exists($"/proc/{id}") || Directory.Exists(folder.Path))
        {
            await Task.Delay(10);
        }
    }

    [SkippableFact]
    public async Task A_server_ends_with_the_object_that_started_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The lab runs on Linux only.");
        using var folder = new LabFolder("stop");
        var process = await ServerProcess.StartAsync("/bin/sleep", ["1000"], folder.At("log"), () => Task.FromResult(true));
        var id = process.Id;
        Assert.True(IsRunning(id));

        await process.DisposeAsync();

        Assert.False(IsRunning(id));
    }

    // A process that has ended has no command line, even before its parent has noticed.
    private static bool IsRunning(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Length != 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
