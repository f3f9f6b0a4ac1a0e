using MailPass.Stores;

namespace MailPass.Core.Tests.Stores;

public sealed class StoreLocationTests
{
    [Theory]
    [InlineData("mail.db", StoreProvider.Sqlite, "mail.db")]
    [InlineData("/var/lib/mail.db", StoreProvider.Sqlite, "/var/lib/mail.db")]
    [InlineData(@"C:\mail\mail.db", StoreProvider.Sqlite, @"C:\mail\mail.db")]
    [InlineData("./a:b.db", StoreProvider.Sqlite, "./a:b.db")]
    [InlineData("sqlite:odd:name", StoreProvider.Sqlite, "odd:name")]
    [InlineData("passwd-file:/etc/dovecot/users", StoreProvider.PasswdFile, "/etc/dovecot/users")]
    [InlineData("passwd-file:///etc/dovecot/users", StoreProvider.PasswdFile, "/etc/dovecot/users")]
    [InlineData("postfix-accounts:config/postfix-accounts.cf", StoreProvider.PostfixAccounts, "config/postfix-accounts.cf")]
    public void File_location_is_parsed(string text, StoreProvider provider, string path) =>
        Assert.Equal(new StoreLocation(provider, path), StoreLocation.Parse(text));

    [Theory]
    [InlineData("passwd-file:/etc/virtual/%d/passwd", "/etc/virtual/%d/passwd", null, null)]
    [InlineData("passwd-file:/etc/users?domain=M%C3%BCnchen.example", "/etc/users", "xn--mnchen-3ya.example", null)]
    [InlineData("passwd-file:/home/*/conf/mail/%d/passwd?hestia=/opt/hestia", "/home/*/conf/mail/%d/passwd", null, "/opt/hestia")]
    [InlineData("passwd-file:/etc/what?", "/etc/what?", null, null)]
    public void Passwd_file_location_is_parsed(string text, string path, string? domain, string? hestia) =>
        Assert.Equal(new StoreLocation(StoreProvider.PasswdFile, path) { Domain = domain, HestiaFolder = hestia }, StoreLocation.Parse(text));

    [Theory]
    [InlineData("mysql://vmail@db.example.org:3307/postfix", StoreProvider.MySql, null, "db.example.org", 3307, "postfix", "vmail")]
    [InlineData("mariadb://db/postfix", StoreProvider.MySql, null, "db", null, "postfix", null)]
    [InlineData("postgres://v%40mail@[::1]:5433/mail%2Fbox", StoreProvider.PostgreSql, null, "::1", 5433, "mail/box", "v@mail")]
    [InlineData("postgresql://vmail@/postfix?host=/run/postgresql", StoreProvider.PostgreSql, "/run/postgresql", null, null, "postfix", "vmail")]
    [InlineData("mysql://vmail@localhost/postfix?socket=/run/mysqld/mysqld.sock", StoreProvider.MySql, "/run/mysqld/mysqld.sock", "localhost", null, "postfix", "vmail")]
    public void Server_location_is_parsed(string text, StoreProvider provider, string? path, string? server, int? port, string database, string? user) =>
        Assert.Equal(new StoreLocation(provider, path, server, port, database, user), StoreLocation.Parse(text));

    [Theory]
    [InlineData("ldap://cn=mailpass,dc=ex@ldap.example.org:1389/dc=ex,dc=org", null, "ldap.example.org", 1389, "dc=ex,dc=org", "cn=mailpass,dc=ex", LdapSecurity.None)]
    [InlineData("ldap://mail=anna@ex.org,dc=ex@ldap/dc=ex?starttls", null, "ldap", null, "dc=ex", "mail=anna@ex.org,dc=ex", LdapSecurity.StartTls)]
    [InlineData("LDAPS://[::1]", null, "::1", null, null, null, LdapSecurity.Tls)]
    [InlineData("ldap://ldap/ou=a%40b", null, "ldap", null, "ou=a@b", null, LdapSecurity.None)]
    [InlineData("ldapi:///dc=ex", null, null, null, "dc=ex", null, LdapSecurity.None)]
    [InlineData("ldapi://%2Frun%2Fslapd%2Fldapi/dc=ex", "/run/slapd/ldapi", null, null, "dc=ex", null, LdapSecurity.None)]
    [InlineData("ldapi://cn=a%3Ab,dc=ex@/dc=ex?socket=/run/ldapi", "/run/ldapi", null, null, "dc=ex", "cn=a:b,dc=ex", LdapSecurity.None)]
    public void Directory_location_is_parsed(string text, string? path, string? server, int? port, string? baseDn, string? user, LdapSecurity security) =>
        Assert.Equal(new StoreLocation(StoreProvider.Ldap, path, server, port, baseDn, user) { Security = security }, StoreLocation.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("ldap:///dc=ex")]
    [InlineData("ldap:dc=ex")]
    [InlineData("ldap://cn=a:secret@ldap/dc=ex")]
    [InlineData("ldapi:///dc=ex?starttls")]
    [InlineData("ldap://ldap/dc=ex?sub")]
    [InlineData("  ")]
    [InlineData("passwd-file:")]
    [InlineData("passwd-file:/etc/users?domain=a@b")]
    [InlineData("passwd-file:/etc/users?domain=a.example&format=x")]
    [InlineData("mysql:db")]
    [InlineData("mysql://db")]
    [InlineData("mysql://db/")]
    [InlineData("mysql:///postfix")]
    [InlineData("mysql://db:99999/postfix")]
    [InlineData("mysql://[::1/postfix")]
    [InlineData("mysql://db/postfix?sslmode=none")]
    [InlineData("oracle://db/postfix")]
    [InlineData("postgres://m@0.0.0.0/postfix")]
    [InlineData("mysql://m@[::]:3306/postfix")]
    [InlineData("ldap://cn=m,dc=ex@0.0.0.0:389/dc=ex")]
    public void Invalid_location_is_refused(string text)
    {
        var fault = Assert.Throws<MailPassException>(() => StoreLocation.Parse(text));
        Assert.Equal(ErrorIds.StoreInvalid, fault.ErrorId);
        Assert.NotNull(fault.Remedy);
    }

    [Theory]
    [InlineData("mysql://vmail:hunter2@db/postfix")]
    [InlineData("postgres://vmail:hunter2@db:5432/postfix")]
    [InlineData("mysql://vmail:hun/hunter2@db/postfix")]
    [InlineData("mysql://vmail:hunter2@x@db/postfix")]
    [InlineData("mysql://vmail:?hunter2@db/postfix")]
    public void A_password_is_refused_and_not_repeated(string text)
    {
        var fault = Assert.Throws<MailPassException>(() => StoreLocation.Parse(text));
        Assert.Equal(ErrorIds.StoreInvalid, fault.ErrorId);
        Assert.DoesNotContain("hun", fault.ToString() + fault.Remedy, StringComparison.Ordinal);
    }
}
