using System.Text.Json;
using MailPass.Changes;
using MailPass.Lab.Mail;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Secrets;

namespace MailPass.Mail.Tests;

/// <summary>A real Dovecot over the same tables accepts only the new password.</summary>
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
        // Dovecot delays each refusal by half a second, so all logins run at once.
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

    // Dovecot itself cannot verify these systems' hashes. A small program does, by each system's own rule.
    [SkippableTheory]
    [InlineData("hmailserver", "mysql", "SELECT accountaddress AS u, accountpassword AS h FROM hm_accounts")]
    [InlineData("hmailserver", "postgresql", "SELECT accountaddress AS u, accountpassword AS h FROM hm_accounts")]
    [InlineData("kopano", "mysql", "SELECT e.value AS u, p.value AS h FROM objectproperty e JOIN objectproperty p ON p.objectid = e.objectid AND p.propname = 'password' WHERE e.propname = 'emailaddress'")]
    [InlineData("mailu", "mysql", "SELECT email AS u, password AS h FROM `user`")]
    [InlineData("mailu", "postgresql", "SELECT email AS u, password AS h FROM \"user\"")]
    [InlineData("mailu", "sqlite", "SELECT email AS u, password AS h FROM user")]
    public async Task New_password_alone_logs_in_by_the_systems_own_rule(string schema, string engine, string query)
    {
        const string Judge = """
            #!/usr/bin/python3
            import hashlib, json, os, re, sys, warnings
            warnings.simplefilter('ignore')
            user, password = (part.decode() for part in os.read(3, 4096).split(b'\0')[:2])
            schema, hashes = json.load(open(os.path.dirname(os.path.abspath(__file__)) + '/hashes'))
            stored = hashes.get(user, '')

            def salted(size, digest):
                return digest((stored[:size] + password).encode()).hexdigest() == stored[size:]

            def passlib_takes():
                import passlib.context, passlib.registry
                schemes = [s for s in passlib.registry.list_crypt_handlers() if not (s == 'scrypt' or s.endswith('plaintext'))]
                bare = re.sub(r'^{(PBKDF2|BLF-CRYPT|SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|CRYPT)}', '', stored)
                return passlib.context.CryptContext(schemes=schemes).verify(password, bare)

            rules = {'hmailserver': lambda: salted(6, hashlib.sha256), 'kopano': lambda: salted(8, hashlib.md5), 'mailu': passlib_takes}
            if not stored or not rules[schema]():
                sys.exit(1)
            os.environ['USER'] = user
            os.execv(sys.argv[1], sys.argv[1:])
            """;
        Skip.If(schema == "mailu" && (await Command.TryAsync("/usr/bin/python3", ["-c", "import passlib"])).ExitCode != 0, "python3-passlib is not installed.");
        Skip.IfNot((await InTheLab.TryAsync(() => Command.TryAsync(LabTools.Require("dovecot", "dovecot-core"), ["--version"]))).Output.StartsWith("2.3.", StringComparison.Ordinal), "Dovecot 2.4 asks no programs.");
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine);
        using var folder = new LabFolder("judge");
        var program = folder.Write("judge", Judge);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await ShowAsync();
        await using var dovecot = await InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup { Extra = $"passdb {{\n  driver = checkpassword\n  args = {program}\n}}" }));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Anna, MailSystem.OldPassword));

        var result = Assert.Single(await opened.RunAsync([new ChangeRequest { Identity = Anna }]));

        Assert.Equal(ChangeStatus.Changed, result.Status);
        await ShowAsync();
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Anna, result.Password!.Reveal()));
        Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, Anna, MailSystem.OldPassword));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Bert, MailSystem.OldPassword));

        async Task ShowAsync() => folder.Write("hashes", JsonSerializer.Serialize(new object[] { schema, (await opened.System.QueryAsync(query)).Where(row => row["h"] is not null).ToDictionary(row => row["u"]!, row => row["h"]) }));
    }
}
