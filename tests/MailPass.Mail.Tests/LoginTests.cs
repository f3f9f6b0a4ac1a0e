using MailPass.Changes;
using MailPass.Lab.Mail;
using MailPass.Lab.MailSystems;
using MailPass.Secrets;

namespace MailPass.Mail.Tests;

/// <summary>The proof that counts: a real Dovecot over the same tables takes the new password and no longer the old one.</summary>
[Collection(LabServersGroup.Name)]
public sealed class LoginTests(LabServers servers)
{
    private const string Anna = "anna@alpha.example";
    private const string Bert = "bert@alpha.example";

    [SkippableTheory]
    [InlineData("postfixadmin", "mysql")]
    [InlineData("postfixadmin", "postgresql")]
    [InlineData("postfixadmin", "sqlite")]
    [InlineData("iredmail", "mysql")]
    [InlineData("iredmail", "postgresql")]
    [InlineData("mailcow", "mysql")]
    [InlineData("modoboa", "postgresql")]
    [InlineData("ispconfig", "mysql")]
    [InlineData("froxlor", "mysql")]
    [InlineData("vimbadmin", "mysql")]
    [InlineData("groupoffice-mailboxes", "mysql")]
    [InlineData("groupoffice-postfixadmin", "mysql")]
    [InlineData("mailpass", "mysql")]
    [InlineData("ispmail", "mysql")]
    [InlineData("ispmail", "postgresql")]
    [InlineData("mailinabox", "sqlite")]
    [InlineData("cyberpanel", "mysql")]
    [InlineData("stalwart", "postgresql")]
    [InlineData("stalwart", "sqlite")]
    [InlineData("stalwart", "mysql")]
    [InlineData("sogo", "mysql")]
    [InlineData("sogo", "postgresql")]
    [InlineData("mailpass", "postgresql")]
    [InlineData("modoboa", "mysql")]
    [InlineData("iredmail", "mysql-5.6")]
    [InlineData("mailcow", "mysql-5.7")]
    [InlineData("mailcow", "mysql-8.0")]
    [InlineData("mailcow", "mysql-8.4")]
    public async Task The_new_password_logs_in_and_the_old_one_does_not(string schema, string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine);
        await using var dovecot = await InTheLab.TryAsync(async () => await DovecotServer.StartAsync(await DovecotSetup.ForAsync(opened.System)));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Anna, MailSystem.OldPassword));

        var results = await opened.RunAsync(
        [
            new ChangeRequest { Identity = Anna },
            new ChangeRequest { Identity = Bert, Password = Secret.FromChars("Sch\"ö\\n-2026") },
        ]);

        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        // Dovecot owes each refusal for half a second, so all are asked for at once.
        var refusals = Task.WhenAll(new[] { Anna, Bert }.SelectMany(user => new[]
        {
            MailLogin.ImapAsync(dovecot.ImapPort, user, MailSystem.OldPassword),
            MailLogin.SubmissionAsync(dovecot.SubmissionPort, user, MailSystem.OldPassword),
        }));
        foreach (var (user, password) in new[] { (Anna, results[0].Password!.Reveal()), (Bert, "Sch\"ö\\n-2026") })
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, user, password));
            Assert.True(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, user, password));
        }

        Assert.All(await refusals, Assert.False);
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "cleo@beta.example", MailSystem.OldPassword));
    }
}
