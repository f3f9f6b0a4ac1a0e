using MailPass.Stores.Sql;

namespace MailPass.Core.Tests.Stores.Sql;

/// <summary>The schema files that come with MailPass.</summary>
public class ShippedSchemasTests
{
    [Theory]
    [InlineData("postfixadmin", "mysql postgresql sqlite")]
    [InlineData("iredmail", "mysql postgresql")]
    [InlineData("mailcow", "mysql")]
    [InlineData("modoboa", "mysql postgresql")]
    [InlineData("ispconfig", "mysql")]
    [InlineData("froxlor", "mysql")]
    [InlineData("vimbadmin", "mysql")]
    [InlineData("groupoffice-mailboxes", "mysql")]
    [InlineData("groupoffice-postfixadmin", "mysql")]
    [InlineData("groupoffice-users", "mysql")]
    [InlineData("ispmail", "mysql postgresql")]
    [InlineData("mailinabox", "sqlite")]
    [InlineData("cyberpanel", "mysql")]
    [InlineData("mailu", "sqlite mysql postgresql")]
    [InlineData("hmailserver", "mysql postgresql")]
    [InlineData("stalwart", "mysql postgresql sqlite")]
    [InlineData("sogo", "mysql postgresql")]
    [InlineData("kopano", "mysql")]
    [InlineData("mailpass", "sqlite mysql postgresql")]
    public void Every_mail_system_has_its_schema(string name, string engines) =>
        Assert.Equal(engines.Split(' '), SqlSchemas.Get(name).Engines.Select(engine => engine.ToString().ToLowerInvariant()));
}
