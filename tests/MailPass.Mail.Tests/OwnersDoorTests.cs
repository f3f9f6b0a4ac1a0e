using System.Net.Sockets;
using System.Text;
using MailPass.Core.Tests.Sessions;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Lab.Web;
using MailPass.Mail.Tests.Pages;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>
/// The owner's door with Debian's Roundcube in a real browser: its password plugin, <c>mailpass poppassd</c>, and a Dovecot with
/// its authentication cache on. With <c>MAILPASS_REWRITE_PAGES=1</c> the pictures of docs/poppassd.md are taken.
/// </summary>
public sealed class OwnersDoorTests
{
    private const string Mailbox = "anna@alpha.example";
    private const string OldPassword = "Old-Passw0rd!";
    private const string NewPassword = "Blue-Kettle 27 & <co>";

    // Of the old password, by doveadm pw.
    private const string OldHash = "{SSHA512}aNnScb8TOVL3qZXW9xb6EtZReS4dzyRWvcAjPOKMlA0ysMsNHvBxdm54+Exn1WnFJfpmdc6ionl2ARGdJ1B2Syxm/is=";

    private const string Policy =
        "The password for anna@alpha.example breaks the policy: The password must have at least 8 characters; it has 4. "
        + "The password must have at least one upper-case letter. The password must have at least one digit. "
        + "The password must have at least one special character, such as , . / ! @ # $ % ^ & *.";

    [SkippableTheory]
    [InlineData("--keep-webmail")]
    [InlineData("--end-webmail")]
    public async Task Roundcube_changes_a_password_and_logs_out_the_others(string webmail)
    {
        var absence = RoundcubeServer.Absence() ?? (RoundcubeServer.HasPlugin("password") ? null : "Roundcube's password plugin is not installed (Debian package roundcube-plugins).");
        Skip.IfNot(absence is null, absence);
        using var folder = new LabFolder("door");
        var (store, logins) = await MakeStoreAsync(folder);
        await using var dovecot = await InTheLab.TryAsync(() => DovecotServer.StartAsync(logins));
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");
        await using var browser = await InTheLab.TryAsync(ChromiumBrowser.StartAsync);
        var port = FreePort.Take();
        await using var roundcube = await RoundcubeServer.StartAsync(
            dovecot.ImapPort,
            $"'password_driver' => 'poppassd', 'password_pop_host' => '127.0.0.1', 'password_pop_port' => {port}, 'password_confirm_current' => true, 'password_minimum_length' => 0,",
            "password");
        await using var door = await StartDoorAsync(folder, store, port, dovecot, roundcube, webmail);

        // Two browsers, a phone and a mail program.
        var own = await LogInAsync(browser, roundcube, OldPassword);
        var other = await LogInAsync(browser, roundcube, OldPassword);
        using var phone = await dovecot.LoginAsync(Mailbox, OldPassword);
        await phone.IdleAsync();
        using var program = await SubmissionAsync(dovecot.SubmissionPort, OldPassword);

        await SaveAsync(own, roundcube, "weak");
        Assert.Equal("Could not save new password. " + Policy, await MessageAsync(own, "error"));
        await PictureAsync(own, "poppassd-weak.png");
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Mailbox, OldPassword));

        await SaveAsync(own, roundcube, NewPassword);
        Assert.Equal("Successfully saved.", await MessageAsync(own, "confirmation"));
        await PictureAsync(own, "poppassd-saved.png");

        // From the moment that the page says so, the old password logs nobody in.
        await phone.UntilClosedAsync();
        await UntilClosedAsync(program);
        Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, Mailbox, OldPassword));
        Assert.False(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, Mailbox, OldPassword));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Mailbox, NewPassword));
        await other.GoAsync(Address(roundcube, "?_task=mail"));
        Assert.Equal("task-login", await TaskAsync(other));
        await PictureAsync(other, "poppassd-other.png");

        // The browser in which it was changed stays logged in with the new password, or not, as requested.
        if (webmail == "--end-webmail")
        {
            while (!(await File.ReadAllTextAsync(folder.At("door/door.log"))).Contains("webmail sessions", StringComparison.Ordinal))
            {
                await Task.Delay(100);
            }
        }

        await own.GoAsync(Address(roundcube, "?_task=mail"));
        Assert.Equal(webmail == "--end-webmail" ? "task-login" : "task-mail", await TaskAsync(own));
        var again = await LogInAsync(browser, roundcube, NewPassword);
        Assert.Equal("task-mail", await TaskAsync(again));

        var log = await File.ReadAllTextAsync(folder.At("door/door.log"));
        Assert.Contains($"The password of {Mailbox} was changed by its owner, from 127.0.0.1", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Kettle", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Passw0rd", log, StringComparison.Ordinal);
    }

    private static async Task<(string File, DovecotSetup Logins)> MakeStoreAsync(LabFolder folder)
    {
        // Dovecot reads it as a user of its own.
        var file = Path.Combine(folder.Folder("store"), "mail.db");
        File.SetUnixFileMode(folder.At("store"), (UnixFileMode)0b111_111_111);
        await MailStore.CreateAsync(file, new[] { new NewMailbox { Identity = Mailbox, PasswordHash = OldHash } }.ToAsyncEnumerable());
        File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        return (file, new DovecotSetup
        {
            Database = new LoginDatabase("sqlite", file),
            Passwords = [new("SELECT address_key AS user, password_hash AS password FROM mailbox WHERE address_key = '%u' AND active = 1")],
            AuthCacheSize = "10M",
        });
    }

    private static async Task<ServerProcess> StartDoorAsync(LabFolder folder, string store, int port, DovecotServer dovecot, RoundcubeServer roundcube, string webmail)
    {
        folder.Folder("door");
        var key = folder.Write("door/key", dovecot.DoveadmApiKey);
        return await ServerProcess.StartAsync(
            LabTools.Require("env", "coreutils"),
            [
                $"XDG_STATE_HOME={folder.At("door")}", LabTools.Require("dotnet", "dotnet-sdk"), Heads.Program, "poppassd", "--listen", $"127.0.0.1:{port}",
                "--store", store, "--doveadm", $"http://127.0.0.1:{dovecot.DoveadmPort}", "--doveadm-key-file", key,
                "--webmail", "roundcube", "--webmail-store", roundcube.DatabaseFile, webmail,
            ],
            folder.At("door/door.log"),
            () => ServerProcess.ListensAsync(port));
    }

    private static Uri Address(RoundcubeServer roundcube, string query) => new($"http://127.0.0.1:{roundcube.Port}/{query}");

    private static async Task<ChromiumPage> LogInAsync(ChromiumBrowser browser, RoundcubeServer roundcube, string password)
    {
        var page = await browser.OpenAsync(Address(roundcube, string.Empty));
        await page.FollowAsync($"document.querySelector('[name=_user]').value = '{Mailbox}', document.querySelector('[name=_pass]').value = '{password}', document.querySelector('#rcmloginsubmit').click()");
        Assert.Equal("task-mail", await TaskAsync(page));
        return page;
    }

    private static async Task SaveAsync(ChromiumPage page, RoundcubeServer roundcube, string password)
    {
        await page.GoAsync(Address(roundcube, "?_task=settings&_action=plugin.password"));
        await page.FollowAsync(
            $"document.querySelector('#curpasswd').value = '{OldPassword}', document.querySelector('#newpasswd').value = document.querySelector('#confpasswd').value = '{password}', rcmail.command('plugin.password-save')");
    }

    private static async Task<string> MessageAsync(ChromiumPage page, string kind)
    {
        await page.UntilAsync($"document.querySelector('#messagestack .{kind}, #messagestack .alert') !== null");
        return (await page.EvaluateAsync("document.querySelector('#messagestack').innerText")).Trim();
    }

    private static Task<string> TaskAsync(ChromiumPage page) => page.EvaluateAsync("[...document.body.classList].find(name => name.startsWith('task-'))");

    private static async Task PictureAsync(ChromiumPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MAILPASS_REWRITE_PAGES") == "1")
        {
            await File.WriteAllBytesAsync(Path.Combine(Heads.Repository, "docs", "pictures", name), await page.PictureAsync());
        }
    }

    /// <summary>A mail program that stays connected to the submission service.</summary>
    private static async Task<StreamReader> SubmissionAsync(int port, string password)
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await SayAsync(null, "220 ");
        await SayAsync("EHLO lab.example", "250 ");
        await SayAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Mailbox}\0{password}")), "235 ");
        return reader;

        async Task SayAsync(string? line, string answer)
        {
            if (line is not null)
            {
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"));
            }

            string? heard;
            do
            {
                heard = await reader.ReadLineAsync();
            }
            while (heard?.StartsWith(answer, StringComparison.Ordinal) == false);
            Assert.NotNull(heard);
        }
    }

    // Dovecot may give a reason before it ends the connection.
    private static async Task UntilClosedAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync() is not null)
            {
            }
        }
        catch (IOException)
        {
            // Cut off.
        }
    }
}
