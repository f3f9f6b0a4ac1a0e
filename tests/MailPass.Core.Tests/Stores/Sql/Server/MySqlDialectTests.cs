using MailPass.Stores.Sql.MySql;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>The statements that a server supports, by its version.</summary>
public class MySqlDialectTests
{
    [Theory]
    [InlineData("5.6.24-log", false, false, false)]
    [InlineData("8.4.3", false, false, false)]
    [InlineData("5.5.68-MariaDB", true, false, false)]
    [InlineData("10.1.48-MariaDB-0ubuntu0.18.04.1", true, false, false)]
    [InlineData("10.2.44-MariaDB-log", true, false, false)]
    [InlineData("10.3.9-MariaDB", true, true, false)]
    [InlineData("10.3.39-MariaDB-0ubuntu0.20.04.2", true, true, true)]
    [InlineData("10.11.6-MariaDB-0+deb12u1-log", true, true, true)]
    [InlineData("5.5.5-10.6.18-MariaDB-ubu2204", true, true, true)]
    [InlineData("11.8.2-MariaDB-ubu2404", true, true, true)]
    [InlineData("mariadb, but who knows which", true, false, false)]
    public void Version_decides_the_statements(string version, bool isMariaDb, bool hasValueLists, bool joinsLongLists) =>
        Assert.Equal(new MySqlDialect(isMariaDb, hasValueLists, joinsLongLists), MySqlDialect.Of(version));
}
