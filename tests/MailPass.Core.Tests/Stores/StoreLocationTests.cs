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
    public void Files(string text, StoreProvider provider, string path) =>
        Assert.Equal(new StoreLocation(provider, path), StoreLocation.Parse(text));

    [Theory]
    [InlineData("mysql://vmail@db.example.org:3307/postfix", StoreProvider.MySql, null, "db.example.org", 3307, "postfix", "vmail")]
    [InlineData("mariadb://db/postfix", StoreProvider.MySql, null, "db", null, "postfix", null)]
    [InlineData("postgres://v%40mail@[::1]:5433/mail%2Fbox", StoreProvider.PostgreSql, null, "::1", 5433, "mail/box", "v@mail")]
    [InlineData("postgresql://vmail@/postfix?host=/run/postgresql", StoreProvider.PostgreSql, "/run/postgresql", null, null, "postfix", "vmail")]
    [InlineData("mysql://vmail@localhost/postfix?socket=/run/mysqld/mysqld.sock", StoreProvider.MySql, "/run/mysqld/mysqld.sock", "localhost", null, "postfix", "vmail")]
    public void Servers(string text, StoreProvider provider, string? path, string? server, int? port, string database, string? user) =>
        Assert.Equal(new StoreLocation(provider, path, server, port, database, user), StoreLocation.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("passwd-file:")]
    [InlineData("mysql:db")]
    [InlineData("mysql://db")]
    [InlineData("mysql://db/")]
    [InlineData("mysql:///postfix")]
    [InlineData("mysql://db:99999/postfix")]
    [InlineData("mysql://[::1/postfix")]
    [InlineData("mysql://db/postfix?sslmode=none")]
    [InlineData("oracle://db/postfix")]
    public void Wrong(string text)
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
