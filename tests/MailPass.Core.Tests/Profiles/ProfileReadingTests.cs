using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Profiles;
using MailPass.Stores;

namespace MailPass.Core.Tests.Profiles;

public sealed class ProfileReadingTests : IDisposable
{
    private readonly ProfileText _profile = new();

    public void Dispose() => _profile.Dispose();

    [Fact]
    public void Full_profile_is_read_as_written()
    {
        var file = _profile.WithFiles().Put("site.json", ProfileText.Full);

        var site = SiteProfile.Load(file);

        Assert.Equal(("site", file), (site.Name, site.File));
        Assert.Equal(StoreLocation.Parse("mysql://mailpass@db.example.org/vmail"), site.Store!.Location);
        Assert.Equal(new SecretSource(SecretKind.File, Beside("db.password")), site.Store.Password);
        Assert.Equal((Beside("ca.pem"), 5, 120.5), (site.Store.Options.AuthorityFile, site.Store.Options.ConnectTimeout.TotalSeconds, site.Store.Options.CommandTimeout.TotalSeconds));
        Assert.Equal(("postfixadmin", "BLF-CRYPT", 11), (site.Schema, site.Hash!.Scheme, site.Hash.Cost));
        Assert.Equal(["delete-app-passwords"], site.SchemaOptions);
        Assert.Equal((12, 64, false, 3), (site.Policies!.Site.MinimumLength, site.Policies.Site.MaximumLength, site.Policies.Site.RequireSpecial, site.Policies.Site.MinimumStrength));
        Assert.Equal(2, site.Dovecot!.Servers.Count);
        Assert.Equal(("https://proxy.example.org:8080", true, 0.5, 20), (Assert.Single(site.Dovecot.Proxies), site.Dovecot.Local, site.Dovecot.Options.ConnectTimeout.TotalSeconds, site.Dovecot.Options.RequestTimeout.TotalSeconds));
        Assert.Equal(new SecretSource(SecretKind.SystemdCredential, "doveadm-key"), site.Dovecot.Key);
        Assert.Equal(["mailcow", "roundcube", "groupoffice", "sogo"], site.Webmails.Select(webmail => Assert.Single(webmail.Systems)));
        Assert.Equal(site.Store.Location with { Database = "roundcube" }, site.Webmails[1].Database);
        Assert.Equal(new SecretSource(SecretKind.Vault, "roundcube", "Site"), site.Webmails[1].Password);
        Assert.Equal(("rc_", "example.com"), (site.Webmails[1].Settings.TablePrefix, site.Webmails[1].Settings.RoundcubeDomain));
        Assert.Equal((Beside("ca.pem"), 5), (site.Webmails[2].Options.AuthorityFile, site.Webmails[2].Options.ConnectTimeout.TotalSeconds));
        Assert.True(site.Webmails[2].Settings.GroupOffice is { BlankStoredPassword: true, DenyDevices: true, Address.Host: "go.example.org" });
        Assert.Equal(["systemctl", "reload", "php8.2-fpm"], site.Webmails[2].Settings.AfterRevoke);
        Assert.True(site.Webmails[3].Settings.SogoEverybody);
        Assert.Equal(["imaps://mail.example.org", "submission://mail.example.org:587"], site.Login!.Servers);
        Assert.Equal((Beside("runs"), Beside("vault.pem")), (site.Journal!.Folder, Assert.Single(site.Journal.Recipients)));
        Assert.Equal(["example.com", "example.net"], site.Scope!.Domains);
        Assert.False(site.Scope.ToScope("site").IsEverything);
        Assert.Equal(["ceo@example.com", "postmaster@*"], site.Scope.Exclude);
        Assert.Equal(["list", "reset", "revoke"], site.Scope.Actions!);
        Assert.Equal(["store.password", "dovecot.key", "webmail[1].password", "webmail[2].password", "webmail[3].password"], site.Secrets().Select(secret => secret.Path));
        site.Policies.Site.BreachedPasswords!.Dispose();
    }

    [Fact]
    public void Written_profile_is_read_back_alike()
    {
        var site = SiteProfile.Load(_profile.WithFiles().Put("site.json", ProfileText.Full));
        var copy = Path.Combine(_profile.Folder, "copy", "site.json");

        Assert.Empty(ProfileFile.Save(copy, site));
        var again = SiteProfile.Load(copy);

        Assert.Equal(Text(site), Text(again));
        Assert.Contains("purple", Text(site with { Schema = "purple" }), StringComparison.Ordinal);
        site.Policies!.Site.BreachedPasswords!.Dispose();
        again.Policies!.Site.BreachedPasswords!.Dispose();

        static string Text(SiteProfile profile)
        {
            using var stream = new MemoryStream();
            ProfileWriter.Write(stream, profile);
            return System.Text.Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    [Theory]
    [InlineData("mail.db")]
    [InlineData("passwd-file:/etc/dovecot/users?domain=example.com")]
    [InlineData("postfix-accounts:/etc/postfix-accounts.cf")]
    [InlineData("mysql://mail%40pass@db.example.org:3307/vmail")]
    [InlineData("postgres://mailpass@[::1]:5433/vm%2Fail")]
    [InlineData("mysql:///vmail?socket=%2Frun%2Fmysqld.sock")]
    [InlineData("ldap://cn%3Dmailpass,dc%3Dexample@ldap.example.org:3389/dc=example,dc=org?starttls")]
    [InlineData("ldaps://ldap.example.org/dc=example")]
    [InlineData("ldapi://%2Frun%2Fldapi/dc=example")]
    public void Location_is_read_back_from_its_text(string text)
    {
        var location = StoreLocation.Parse(text);
        Assert.Equal(location, StoreLocation.Parse(location.ToText()));
    }

    [Fact]
    public void Domain_policy_starts_from_the_sites_own()
    {
        _profile.WithFiles();
        var policies = Read(ProfileText.Full).Profile.Policies!;

        Assert.Equal((16, 64, null), (Of("example.com").MinimumLength, Of("example.com").MaximumLength, Of("example.com").MinimumStrength));
        Assert.Equal(PasswordPolicy.Default with { MinimumLength = 10 }, Of("xn--bcher-kva.example"));
        Assert.Equal((10, 40), (Of("example.net").MinimumLength, Of("example.net").MaximumLength));
        Assert.Same(policies.Site, policies.For(MailboxAddress.Parse("anna@example.org")));
        PasswordPolicy Of(string domain) => policies.For(MailboxAddress.Parse("anna@" + domain));
    }

    [Fact]
    public void Ten_faults_are_ten_lines()
    {
        var reading = Read("""
            {
              "stor": "mail.db",
              "store": { "password": "swordfish" },
              "schema": "postfixadmn",
              "cost": 12,
              "policy": { "minimumLength": "12", "domains": { "-": {} } },
              "dovecot": { "servers": ["https://mx1.example.org:8080", "mx2.example.org"] },
              "webmail": [{ "system": "roundcube", "everybody": true }],
              "login": { "imap": "smtps://mail.example.org" },
              "scope": { "actions": ["erase"] },
              "scope": {}
            }
            """);

        Assert.Equal(
            ["stor", "store.password", "store", "schema", "policy.minimumLength", "policy.domains[\"-\"]", "dovecot.servers[1]", "webmail[0].everybody", "login.imap", "scope.actions[0]", "scope", "cost"],
            reading.Faults.Select(fault => fault.Path));
        var thrown = Assert.Throws<ProfileException>(() => SiteProfile.Load(reading.File));
        Assert.Equal(ErrorIds.ProfileInvalid, thrown.ErrorId);
        Assert.Equal(12, thrown.Faults.Count);
        Assert.All(thrown.Faults, fault => Assert.Contains($"{fault.Path}: {fault.Reason}", thrown.Message, StringComparison.Ordinal));
        Assert.Contains("'postfixadmin' may be meant", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("'store' may be meant", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("swordfish", thrown.Message + thrown.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1, byte 1")]
    [InlineData("{ \"store\": \"mail.db\",\n  \"schema\" }", "line 2, byte 12")]
    [InlineData("[1]", "")]
    [InlineData("""{ "store": null }""", "store")]
    [InlineData("""{ "store": "mysql://a:b@host/db" }""", "store")]
    [InlineData("""{ "store": { "location": "mail.db", "connectTimeout": 0 } }""", "store.connectTimeout")]
    [InlineData("""{ "store": { "location": "mail.db", "password": {} } }""", "store.password")]
    [InlineData("""{ "store": { "location": "mail.db", "password": { "env": "A", "ask": true } } }""", "store.password")]
    [InlineData("""{ "store": { "location": "mail.db", "password": { "vault": "A" } } }""", "store.password")]
    [InlineData("""{ "store": { "location": "mail.db", "password": { "env": "A", "vault": "B" } } }""", "store.password")]
    [InlineData("""{ "store": { "location": "mail.db", "password": { "systemdCredential": "../a" } } }""", "store.password.systemdCredential")]
    [InlineData("""{ "scheme": "ROT13" }""", "scheme")]
    [InlineData("""{ "scheme": "BLF-CRYPT", "cost": 99 }""", "cost")]
    [InlineData("""{ "policy": "absent.json" }""", "policy")]
    [InlineData("""{ "policy": { "minimumLength": 9, "maximumLength": 8 } }""", "policy")]
    [InlineData("""{ "policy": { "domains": { "example.com": {}, "EXAMPLE.com": {} } } }""", "policy.domains[\"EXAMPLE.com\"]")]
    [InlineData("""{ "policy": { "domains": { "example.com": { "domains": {} } } } }""", "policy.domains[\"example.com\"].domains")]
    [InlineData("""{ "dovecot": {} }""", "dovecot")]
    [InlineData("""{ "dovecot": { "local": true, "key": { "ask": true }, "password": { "ask": true } } }""", "dovecot")]
    [InlineData("""{ "webmail": ["squirrelmail"] }""", "webmail[0]")]
    [InlineData("""{ "webmail": [{ "everybody": true, "system": "roundcube" }] }""", "webmail[0].everybody")]
    [InlineData("""{ "webmail": [{ "database": "roundcube" }] }""", "webmail[0]")]
    [InlineData("""{ "login": {} }""", "login")]
    [InlineData("""{ "scope": { "domains": ["exam ple"] } }""", "scope.domains[0]")]
    [InlineData("""{ "scope": { "exclude": ["a b"] } }""", "scope.exclude[0]")]
    public void Fault_names_its_place(string json, string path)
    {
        var fault = Assert.Single(Read(json).Faults);
        Assert.Equal(path, fault.Path);
        Assert.EndsWith(".", fault.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(fault.Remedy);
    }

    [Fact]
    public void File_store_is_relative_to_the_profile() =>
        Assert.Equal(Beside("mail.db"), Read("""{ "store": "mail.db" }""").Profile.Store!.Location.Path);

    [SkippableTheory]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void Profile_that_others_can_write_is_refused(UnixFileMode others)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access lists.");
        var file = _profile.Put("site.json", "{ not even read }", UnixFileMode.UserRead | others);

        var thrown = Assert.Throws<ProfileException>(() => SiteProfile.Load(file));

        Assert.Equal(ErrorIds.ProfileUnsafe, thrown.ErrorId);
        Assert.Contains(file, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("chmod go-w", thrown.Remedy, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Profile_in_a_folder_of_everybodys_is_refused()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access lists.");
        var file = _profile.Put("open/site.json", """{ "store": "mail.db" }""");
        const UnixFileMode Everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(Beside("open"), Everybody);
        Assert.Equal(ErrorIds.ProfileUnsafe, Assert.Throws<ProfileException>(() => SiteProfile.Load(file)).ErrorId);

        File.SetUnixFileMode(Beside("open"), Everybody | UnixFileMode.StickyBit);
        Assert.NotNull(SiteProfile.Load(file).Store);
    }

    [SkippableTheory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void Secret_that_others_can_read_is_refused(UnixFileMode others)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has access lists.");
        _profile.Put("key", "geheim", UnixFileMode.UserRead | others);
        var file = _profile.Put("site.json", """{ "dovecot": { "local": true, "key": { "file": "key" } } }""");

        var thrown = Assert.Throws<ProfileException>(() => SiteProfile.Load(file));

        Assert.Equal(ErrorIds.ProfileUnsafe, thrown.ErrorId);
        Assert.Equal("dovecot.key", Assert.Single(thrown.Faults).Path);
        Assert.DoesNotContain("geheim", thrown.Message, StringComparison.Ordinal);
    }

    private string Beside(string name) => Path.Combine(_profile.Folder, name);

    private ProfileReading Read(string json) => ProfileReading.Of(_profile.Put("read.json", json));
}
