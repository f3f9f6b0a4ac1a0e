using MailPass.Stores.Sql;

namespace MailPass.Core.Tests.Stores.Sql;

public sealed class SchemaReaderTests
{
    private const string Good = """
        {
          "name": "panel", "title": "Panel", "engines": ["mysql"],
          "detect": [ { "table": "box", "columns": ["user", "pw"] } ],
          "mailbox": {
            "table": "box", "as": "m", "key": "m.user", "address": "m.user",
            "joins": [ { "table": "dom", "as": "d", "on": { "name": "m.dom" } } ]
          },
          "hash": { "column": "m.pw", "prefix": "always", "default": "SHA512-CRYPT" },
          "options": { "force": "Forces." },
          "login": [ { "column": "m.active", "in": ["1"], "else": "disabled", "because": "Off." } ],
          "write": {
            "set": [ { "column": "changed", "to": { "now": "unix" } } ],
            "delete": [ { "table": "token", "where": { "user": { "column": "m.user" } }, "option": "force" } ]
          }
        }
        """;

    [Fact]
    public void Every_schema_that_comes_along_is_valid_and_named_as_its_file()
    {
        Assert.Contains("mailpass", SqlSchemas.All.Keys);
        Assert.All(SqlSchemas.All, pair => Assert.Equal(pair.Key, pair.Value.Name));
    }

    [Fact]
    public void A_good_file_is_read()
    {
        var schema = SchemaReader.Read(Good, "panel.json");
        Assert.Equal(new ColumnRef("m", "pw"), schema.Hash.Column);
        Assert.Equal("dom", Assert.Single(schema.Mailbox.Joins).Table);
        Assert.Equal("force", Assert.Single(schema.Write.Delete).Option);
        Assert.Equal(schema.Mailbox.Address, schema.Mailbox.Lookup);
    }

    [Fact]
    public void Dates_are_put_back_and_other_columns_only_on_demand()
    {
        var schema = SchemaReader.Read(
            Good.Replace("\"set\": [", "\"set\": [ { \"column\": \"token\", \"to\": { \"literal\": \"\" } }, { \"column\": \"flag\", \"to\": { \"literal\": \"0\" }, \"putBack\": true }, { \"column\": \"day\", \"to\": { \"now\": \"utc\" }, \"putBack\": false },"),
            "panel.json");
        Assert.Equal([("token", false), ("flag", true), ("day", false), ("changed", true)], schema.Write.Set.Select(set => (set.Column, set.PutBack)));
    }

    [Fact]
    public void Join_may_use_an_address_domain_and_conditions_alternatives()
    {
        var schema = SchemaReader.Read(
            Good.Replace("\"name\": \"m.dom\"", "\"name\": \"domainOf(m.user)\"").Replace("\"in\": [\"1\"]", "\"in\": [\"1\"], \"or\": [ { \"column\": \"m.pop\", \"notIn\": [\"n\"] } ]"),
            "panel.json");
        Assert.Equal(new ColumnRef("m", "user", DomainOnly: true), schema.Mailbox.Joins[0].On[0].Value);
        Assert.Equal(new ColumnRef("m", "pop"), Assert.Single(schema.Login[0].Condition.Or).Column);
    }

    [Theory]
    [InlineData("\"name\": \"m.dom\"", "\"name\": \"domainOf(x.user)\"", "mailbox.joins[0].on.name")]
    [InlineData("\"name\": \"m.dom\"", "\"name\": { \"literal\": \"x\" }", "mailbox.joins[0].on")]
    [InlineData("\"name\": \"m.dom\"", "\"name\": \"m.dom\", \"kind\": { \"literal\": \"x' OR '1\" }", "mailbox.joins[0].on.kind.literal")]
    [InlineData("\"name\": \"m.dom\"", "\"name\": \"m.dom\", \"kind\": { \"literal\": \"x\\n\" }", "mailbox.joins[0].on.kind.literal")]
    [InlineData("\"name\": \"m.dom\"", "\"name\": \"m.dom\", \"kind\": { \"column\": \"x\" }", "mailbox.joins[0].on.kind.column")]
    [InlineData("\"in\": [\"1\"]", "\"in\": [\"1\"], \"or\": []", "login[0].or")]
    [InlineData("\"key\": \"m.user\"", "\"key\": \"d.user\"", "mailbox.key")]
    [InlineData("\"key\": \"m.user\"", "\"key\": \"x.user\"", "mailbox.key")]
    [InlineData("\"key\": \"m.user\",", "", "mailbox.key")]
    [InlineData("\"as\": \"d\"", "\"as\": \"m\"", "mailbox.joins[0].as")]
    [InlineData("\"prefix\": \"always\"", "\"prefix\": \"often\"", "hash.prefix")]
    [InlineData("\"default\": \"SHA512-CRYPT\"", "\"default\": \"{SHA512-CRYPT}\"", "hash.default")]
    [InlineData("\"default\": \"SHA512-CRYPT\"", "\"schemes\": [{ \"name\": \"ARGON2ID\" }]", "hash.schemes[0].name")]
    [InlineData("\"default\": \"SHA512-CRYPT\"", "\"schemes\": [{ \"scheme\": \"ARGON2ID\", \"prefix\": \"{CRYPT}\" }]", "hash.schemes[0].prefix")]
    [InlineData("\"engines\": [\"mysql\"]", "\"engines\": [\"oracle\"]", "engines[0]")]
    [InlineData("\"engines\": [\"mysql\"]", "\"engines\": []", "engines")]
    [InlineData("\"else\": \"disabled\"", "\"else\": \"gone\"", "login[0].else")]
    [InlineData("\"in\": [\"1\"]", "\"in\": [\"1\"], \"notIn\": [\"2\"]", "login[0]")]
    [InlineData("\"in\": [\"1\"]", "\"in\": [1]", "login[0].in[0]")]
    [InlineData("\"option\": \"force\"", "\"option\": \"farce\"", "write.delete[0].option")]
    [InlineData("{ \"user\": { \"column\": \"m.user\" } }", "{ \"user\": { \"literal\": \"x\" } }", "write.delete[0].where")]
    [InlineData("{ \"now\": \"unix\" }", "{ \"nuw\": \"unix\" }", "write.set[0].to.nuw")]
    [InlineData("\"title\": \"Panel\"", "\"title\": \"Panel\", \"tittle\": \"Panel\"", "tittle")]
    [InlineData("\"table\": \"token\"", "\"table\": \"token; DROP TABLE x\"", "write.delete[0].table")]
    [InlineData("\"column\": \"changed\"", "\"column\": \"m.changed\"", "write.set[0].column")]
    public void A_fault_names_its_field(string right, string wrong, string field)
    {
        Assert.Contains(right, Good, StringComparison.Ordinal);
        var fault = Assert.Throws<MailPassException>(() => SchemaReader.Read(Good.Replace(right, wrong, StringComparison.Ordinal), "panel.json"));
        Assert.Equal(ErrorIds.SchemaInvalid, fault.ErrorId);
        Assert.Contains($"'panel.json' is wrong at {field}:", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Schemes_may_have_a_caveat_and_another_prefix()
    {
        const string Schemes = "\"schemes\": [\"SSHA512\", { \"scheme\": \"ARGON2ID\", \"but\": \"But.\" }, { \"scheme\": \"SHA512-CRYPT\", \"prefix\": \"CRYPT\" }, \"SSHA512\"]";
        var hash = SchemaReader.Read(Good.Replace("\"default\": \"SHA512-CRYPT\"", Schemes, StringComparison.Ordinal), "panel.json").Hash;
        Assert.Equal(["SSHA512", "ARGON2ID", "SHA512-CRYPT", "SSHA512"], hash.Schemes);
        Assert.Equal("But.", Assert.Single(hash.Caveats).Value);
        Assert.Equal("CRYPT", hash.PrefixNames["SHA512-CRYPT"]);
    }

    [Fact]
    public void Invalid_json_is_reported_with_its_place()
    {
        var fault = Assert.Throws<MailPassException>(() => SchemaReader.Read("{\n  \"name\": oops }", "panel.json"));
        Assert.Equal(ErrorIds.SchemaInvalid, fault.ErrorId);
        Assert.Contains("line 2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_says_which_there_are()
    {
        var fault = Assert.Throws<MailPassException>(() => SqlSchemas.Get("nosuch"));
        Assert.Contains("mailpass", fault.Remedy, StringComparison.Ordinal);
    }
}
