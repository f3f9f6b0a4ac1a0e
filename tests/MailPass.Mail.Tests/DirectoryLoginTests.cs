using System.Text.Json;
using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Lab.Directories;
using MailPass.Lab.Mail;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>A real Dovecot over a real directory, with each system's own filter, accepts only the new password.</summary>
public sealed class DirectoryLoginTests
{
    private const string Old = "Old-Passw0rd!";
    private const string Anna = "anna@alpha.example";
    private const string Bert = "bert@alpha.example";

    // By schema: the attributes of its entries, and the system's own Dovecot filter.
    private static readonly Dictionary<string, (string Entry, string Filter)> s_systems = new()
    {
        ["inetorgperson"] = ("objectClass: inetOrgPerson\nobjectClass: shadowAccount\nuid: {0}\nmail: {0}\nshadowLastChange: 1\n", "(&(objectClass=inetOrgPerson)(mail=%u))"),
        ["iredmail-ldap"] = (
            "objectClass: inetOrgPerson\nobjectClass: shadowAccount\nobjectClass: mailUser\nuid: {0}\nmail: {0}\naccountStatus: active\nenabledService: mail\nenabledService: imap\nenabledService: smtp\nenabledService: submission\nshadowLastChange: 1\n",
            "(&(objectClass=mailUser)(accountStatus=active)(!(domainStatus=disabled))(enabledService=mail)(enabledService=%Ls)(|(mail=%u)(&(enabledService=shadowaddress)(shadowAddress=%u))))"),
        ["docker-mailserver-ldap"] = ("objectClass: inetOrgPerson\nobjectClass: PostfixBookMailAccount\nmail: {0}\nuniqueIdentifier: {0}\nmailEnabled: TRUE\n", "(&(objectClass=PostfixBookMailAccount)(uniqueIdentifier=%u))"),
        ["kolab"] = ("objectClass: inetOrgPerson\nobjectClass: kolabInetOrgPerson\nmail: {0}\n", "(&(objectClass=kolabInetOrgPerson)(mail=%u))"),
        ["univention"] = ("objectClass: inetOrgPerson\nobjectClass: shadowAccount\nobjectClass: univentionMail\nuid: {0}\nmail: {0}\nmailPrimaryAddress: {0}\nshadowLastChange: 1\n", "(&(objectClass=univentionMail)(mailPrimaryAddress=%u))"),
    };

    public static TheoryData<string, bool> Systems
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var system in s_systems.Keys)
            {
                data.Add(system, true);
                data.Add(system, false);
            }

            return data;
        }
    }

    [Fact]
    public void Every_directory_schema_is_tried_and_shown()
    {
        var page = File.ReadAllText(Path.Combine(Pages.Heads.Repository, "docs", "mail-systems", "ldap.md"));
        foreach (var file in Directory.GetFiles(Path.Combine(Pages.Heads.Repository, "src", "MailPass.Core", "Stores", "Ldap", "Schemas"), "*.json"))
        {
            using var schema = JsonDocument.Parse(File.ReadAllText(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var name = schema.RootElement.GetProperty("name").GetString()!;
            Assert.Equal(Path.GetFileNameWithoutExtension(file), name);
            Assert.Contains(name, s_systems.Keys);
            Assert.Contains($"`{name}`", page, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Directory_rights_of_the_page_are_enough_and_no_more()
    {
        var page = File.ReadAllText(Path.Combine(Pages.Heads.Repository, "docs", "mail-systems", "ldap.md"));
        var rights = page[(page.IndexOf("<!-- rights -->\n```\n", StringComparison.Ordinal) + "<!-- rights -->\n```\n".Length)..];
        rights = rights[..rights.IndexOf("```", StringComparison.Ordinal)].Replace("dc=example,dc=org", DirectoryServer.Base, StringComparison.Ordinal);
        const string login = "cn=mailpass," + DirectoryServer.Base;
        await using var directory = await DirectoryTests.StartAsync(
            $"dn: {login}\nobjectClass: person\ncn: mailpass\nsn: x\nuserPassword: {DirectoryServer.ManagerPassword}\n\n"
            + string.Concat(Enumerable.Range(0, 600).Select(i => $"user{i}@alpha.example").Select(mail => $"dn: {DirectoryTests.Dn(mail)}\nobjectClass: inetOrgPerson\nobjectClass: shadowAccount\nuid: x\ncn: x\nsn: x\nmail: {mail}\nshadowLastChange: 1\nuserPassword: {DirectoryTests.OldHash}\n\n")),
            new DirectorySetup { Access = rights, Global = "sizelimit 500" });
        await using var store = await DirectoryTests.OpenAsync(directory.LocationAs(login));
        var accounts = await store.ListAsync(new MailboxQuery { Domain = "alpha.example" }, default).ToListAsync();
        Assert.Equal(600, accounts.Count);
        var results = await DirectoryTests.RunAsync(store, [.. accounts.Select(account => new ChangeRequest { Identity = account.Address.Value, Account = account })]);
        Assert.All(results, result => Assert.Null(result.Message));
        Assert.True(await directory.BindsAsync(accounts[599].StoreKey, results[599].Password!.Reveal()));
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Directory_mailbox_logs_in_with_its_new_password_alone(string system, bool binds)
    {
        await using var directory = await StartAsync(system);
        await using var dovecot = await InTheLab.TryAsync(() => DovecotServer.StartAsync(new DovecotSetup
        {
            Directory = new LoginDirectory(directory.Address, DirectoryServer.Base, DirectoryServer.Manager, DirectoryServer.ManagerPassword, s_systems[system].Filter, binds),
        }));
        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, Anna, Old), dovecot.Log);
        await using var store = await DirectoryTests.OpenAsync(directory.Location);
        Assert.Equal(system, store.Info.Schema);

        var results = await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }, new ChangeRequest { Identity = Bert, Password = Secret.FromChars("Sch\"ö\\n-2026") });

        Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        foreach (var (user, password) in new[] { (Anna, results[0].Password!.Reveal()), (Bert, "Sch\"ö\\n-2026") })
        {
            Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, user, password), dovecot.Log);
            Assert.True(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, user, password));
            Assert.False(await MailLogin.ImapAsync(dovecot.ImapPort, user, Old));
            Assert.False(await MailLogin.SubmissionAsync(dovecot.SubmissionPort, user, Old));
        }

        Assert.True(await MailLogin.ImapAsync(dovecot.ImapPort, "cleo@beta.example", Old));
        if (s_systems[system].Entry.Contains("shadowLastChange", StringComparison.Ordinal))
        {
            Assert.Equal([(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 86400).ToString(System.Globalization.CultureInfo.InvariantCulture)], await directory.ReadAsync(DirectoryTests.Dn(Anna), "shadowLastChange"));
            Assert.Equal(["1"], await directory.ReadAsync(DirectoryTests.Dn("cleo@beta.example"), "shadowLastChange"));
        }
    }

    [SkippableTheory]
    [InlineData("inetorgperson", "SSHA512")]
    [InlineData("inetorgperson", "SHA256-CRYPT")]
    [InlineData("inetorgperson", "BLF-CRYPT")]
    [InlineData("inetorgperson", "SSHA256")]
    [InlineData("iredmail-ldap", "SSHA512")]
    public async Task Directory_verifies_every_scheme_that_its_schema_lists(string system, string scheme)
    {
        await using var directory = await StartAsync(system);
        await using var store = await DirectoryTests.OpenAsync(directory.Location);
        var result = Assert.Single(await Runs.ChangeAsync(store, [new ChangeRequest { Identity = Anna, Password = Secret.FromChars("N3w-Passw0rd!") }], new ChangeRunOptions { Settings = new HashSettings(scheme), AllowAnyScheme = store.Info.SchemeCaveats.ContainsKey(scheme) }));
        Assert.Equal(ChangeStatus.Changed, result.Status);
        Assert.True(await directory.BindsAsync(DirectoryTests.Dn(Anna), "N3w-Passw0rd!"));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scheme_of_a_module_is_allowed_only_if_it_occurs(bool stands)
    {
        await using var directory = await StartAsync("inetorgperson");
        if (stands)
        {
            await directory.ModifyAsync($"dn: {DirectoryTests.Dn(Bert)}\nchangetype: modify\nreplace: userPassword\nuserPassword: {{SSHA256}}G0mJnbtZpDgdRZIHOYQjCBCjsz0tTBWGHNUdAVnTnFpzYWx0\n");
        }

        await using var store = await DirectoryTests.OpenAsync(directory.Location);
        var result = Assert.Single(await Runs.ChangeAsync(store, [new ChangeRequest { Identity = Anna, Password = Secret.FromChars("N3w-Passw0rd!") }], new ChangeRunOptions { Settings = new HashSettings("SSHA256") }));
        Assert.Equal(stands ? null : ErrorIds.SchemeUnknown, result.ErrorId);
        Assert.Contains("pw-sha2", result.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("iredmail-ldap", "replace: accountStatus\naccountStatus: disabled", "accountStatus")]
    [InlineData("iredmail-ldap", "add: domainStatus\ndomainStatus: disabled", "domainStatus")]
    [InlineData("iredmail-ldap", "delete: enabledService\nenabledService: mail", "service mail")]
    [InlineData("iredmail-ldap", "replace: enabledService\nenabledService: mail", "IMAP, POP3 and SMTP")]
    [InlineData("kolab", "add: nsAccountLock\nnsAccountLock: TRUE", "nsAccountLock")]
    [InlineData("kolab", "add: kolabDeleteflag\nkolabDeleteflag: mail.example", "kolabDeleteflag")]
    [InlineData("inetorgperson", "replace: userPassword\nuserPassword: {CRYPT}!$6$x$y", "locked")]
    public async Task Directory_mailbox_that_cannot_log_in_is_disabled(string system, string change, string reason)
    {
        await using var directory = await StartAsync(system);
        await directory.ModifyAsync($"dn: {DirectoryTests.Dn(Anna)}\nchangetype: modify\n{change}\n");
        await using var store = await DirectoryTests.OpenAsync(directory.Location);
        var results = await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }, new ChangeRequest { Identity = Bert });
        Assert.Equal([ErrorIds.MailboxDisabled, null], results.Select(result => result.ErrorId));
        Assert.Contains(reason, results[0].Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Univention_user_with_Kerberos_keys_is_refused_with_a_remedy()
    {
        await using var directory = await StartAsync("univention");
        await directory.ModifyAsync($"dn: {DirectoryTests.Dn(Anna)}\nchangetype: modify\nadd: objectClass\nobjectClass: krb5KDCEntry\n");
        await using (var store = await DirectoryTests.OpenAsync(directory.Location))
        {
            var result = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }));
            Assert.Equal(ErrorIds.WriteFailed, result.ErrorId);
            Assert.Contains("udm users/user modify", result.Message, StringComparison.Ordinal);
        }

        await using var insisting = await DirectoryTests.OpenAsync(directory.Location, new StoreOpenOptions { SchemaOptions = ["userpassword-only"] });
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await DirectoryTests.RunAsync(insisting, new ChangeRequest { Identity = Anna })).Status);
    }

    private static Task<DirectoryServer> StartAsync(string system) => DirectoryTests.StartAsync(
        string.Concat(((string[])[Anna, Bert, "cleo@beta.example"]).Select(mail =>
            $"dn: {DirectoryTests.Dn(mail)}\ncn: {mail}\nsn: x\nuserPassword: {DirectoryTests.OldHash}\n{string.Format(System.Globalization.CultureInfo.InvariantCulture, s_systems[system].Entry, mail)}\n")),
        new DirectorySetup { Schemas = system == "inetorgperson" ? [] : [system] });
}
