using MailPass.Stores.Ldap;

namespace MailPass.Core.Tests.Stores.Ldap;

public sealed class LdapSchemaTests
{
    private const string Good = """
        { "name": "x", "title": "X", "detect": { "filter": "(mail=*)" }, "mailbox": { "filter": "(mail=*)", "address": ["mail"] }, "hash": { "attribute": "userPassword", "prefix": "always" } }
        """;

    [Fact]
    public void Schema_of_the_least_fields_is_read()
    {
        var schema = LdapSchemaReader.Read(Good, "x.json");
        Assert.Equal(("x", "userPassword", "(mail=*)"), (schema.Name, schema.HashAttribute, schema.Mailbox.ToString()));
    }

    [Theory]
    [InlineData("\"name\": \"x\"", "\"name\": \"X y\"", "name")]
    [InlineData("\"address\": [\"mail\"]", "\"address\": []", "mailbox.address")]
    [InlineData("\"address\": [\"mail\"]", "\"address\": [\"ma)il\"]", "mailbox.address[0]")]
    [InlineData("\"filter\": \"(mail=*)\", \"a", "\"filter\": \"mail=*\", \"a", "mailbox.filter")]
    [InlineData("\"prefix\": \"always\"", "\"prefix\": \"never\"", "hash.prefix")]
    [InlineData("\"prefix\": \"always\"", "\"prefix\": \"always\", \"colour\": 1", "hash.colour")]
    [InlineData("\"title\": \"X\",", "", "title")]
    [InlineData("\"title\": \"X\",", "\"title\": \"X\", \"refuse\": [{ \"filter\": \"(a=b)\", \"unless\": \"z\", \"because\": \"B.\" }],", "refuse[0].unless")]
    [InlineData("{ \"name\"", "{ [", "line 1")]
    [InlineData("\"title\": \"X\",", "\"title\": \"X\", \"title\": \"Y\",", "title")]
    [InlineData("\"title\": \"X\",", "\"title\": \"\\ud800\",", "not valid Unicode")]
    [InlineData("\"title\": \"X\",", "\"\\ud800\": \"X\",", "not valid Unicode")]
    public void Schema_error_names_its_field(string good, string bad, string field)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var fault = Assert.Throws<MailPassException>(() => LdapSchemaReader.Read(Good.Replace(good, bad, StringComparison.Ordinal), "x.json"));
        Assert.Equal(ErrorIds.SchemaInvalid, fault.ErrorId);
        Assert.Contains(field, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scheme_that_is_listed_twice_has_its_last_entry()
    {
        var schema = LdapSchemaReader.Read(Good.Replace("\"prefix\": \"always\"", "\"prefix\": \"always\", \"schemes\": [{ \"scheme\": \"SSHA\", \"but\": \"a\" }, { \"scheme\": \"SSHA\", \"but\": \"b\" }]", StringComparison.Ordinal), "x.json");
        Assert.Equal("b", schema.Caveats["SSHA"]);
    }

    [Theory]
    [InlineData("Days", "20783", "2026-11-26T00:00:00Z")]
    [InlineData("Unix", "1795701600", "2026-11-26T14:00:00Z")]
    [InlineData("Generalized", "20261126140000Z", "2026-11-26T14:00:00Z")]
    public void Time_is_read_as_it_is_written(string name, string text, string time)
    {
        var clock = Enum.Parse<LdapClock>(name);
        Assert.Equal(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), LdapClocks.Read(clock, text));
        Assert.Equal(text, LdapClocks.Write(clock, DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Null(LdapClocks.Read(clock, "0"));
        Assert.Null(LdapClocks.Read(clock, "99999999999999999999"));
        Assert.Null(LdapClocks.Read(clock, null));
    }
}
