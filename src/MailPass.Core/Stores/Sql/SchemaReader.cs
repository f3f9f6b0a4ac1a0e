using System.Text.Json;
using System.Text.RegularExpressions;
using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>Reads a schema file (<c>docs/schemas.md</c>). For the first fault it names the field.</summary>
internal sealed partial class SchemaReader
{
    private readonly string _source;
    private readonly HashSet<string> _aliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private SchemaReader(string source) => _source = source;

    /// <summary>Reads a schema.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="source">The file's name, for errors.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemaInvalid"/>.</exception>
    public static SqlSchema Read(string json, string source)
    {
        var reader = new SchemaReader(source);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return reader.ReadSchema(new Node(reader, string.Empty, document.RootElement));
        }
        catch (InvalidOperationException e)
        {
            throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema file '{source}' contains text that is not valid Unicode.", "Save it as UTF-8, without halves of characters.", e);
        }
        catch (JsonException e)
        {
            throw new MailPassException(
                ErrorIds.SchemaInvalid,
                $"The schema file '{source}' is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.",
                "Correct the file at that place.",
                e);
        }
    }

    private SqlSchema ReadSchema(Node root)
    {
        root.Fields("name", "title", "engines", "tablePrefix", "detect", "mailbox", "domains", "hash", "only", "login", "refuse", "options", "write", "otherCredentials");
        var name = root.Get("name");
        if (!SchemaName().IsMatch(name.Text()))
        {
            throw name.Wrong("must be lower-case letters, digits and hyphens");
        }

        foreach (var option in root.Find("options")?.Members() ?? [])
        {
            if (!SchemaName().IsMatch(option.Name))
            {
                throw option.Wrong("an option's name must be lower-case letters, digits and hyphens");
            }

            _options.Add(option.Name, option.Text());
        }

        var mailbox = root.Get("mailbox");
        ReadAliases(mailbox);
        var hash = ReadHash(root.Get("hash"));
        var schema = new SqlSchema
        {
            Name = name.Text(),
            Title = root.Get("title").Text(),
            Engines = root.Get("engines").NonEmpty(engine => engine.Choice(("sqlite", SqlEngine.Sqlite), ("mysql", SqlEngine.MySql), ("postgresql", SqlEngine.PostgreSql))),
            TablePrefix = root.Find("tablePrefix")?.Flag() ?? false,
            Detect = root.Get("detect").NonEmpty(ReadSignature),
            Mailbox = ReadMailbox(mailbox),
            Domains = root.Find("domains") is { } domains ? ReadDomains(domains) : null,
            Hash = hash,
            Only = root.Find("only")?.Items(condition => ReadCondition(condition)) ?? [],
            Login = root.Find("login")?.Items(ReadLogin) ?? [],
            Refuse = root.Find("refuse")?.Items(ReadGuard) ?? [],
            Options = _options,
            Write = root.Find("write") is { } write ? ReadWrite(write) : new SchemaWrite(),
            OtherCredentials = root.Find("otherCredentials")?.Items(ReadCredential) ?? [],
        };
        return schema;
    }

    private void ReadAliases(Node mailbox)
    {
        mailbox.Fields("table", "as", "joins", "key", "address", "lookup", "domain", "name", "changed");
        _aliases.Add(mailbox.Get("as").Identifier());
        foreach (var join in mailbox.Find("joins")?.Elements() ?? [])
        {
            var alias = join.Get("as");
            if (!_aliases.Add(alias.Identifier()))
            {
                throw alias.Wrong($"the short name '{alias.Text()}' is taken already");
            }
        }
    }

    private static SchemaSignature ReadSignature(Node node)
    {
        node.Fields("table", "columns", "without");
        return new SchemaSignature(
            node.Get("table").Identifier(),
            node.Get("columns").NonEmpty(column => column.Identifier()),
            node.Find("without")?.Items(column => column.Identifier()) ?? []);
    }

    private SchemaMailbox ReadMailbox(Node node)
    {
        var alias = node.Get("as").Identifier();
        var address = ReadRef(node.Get("address"));
        var key = node.Get("key");
        var keyRef = ReadRef(key);
        if (keyRef.Alias != alias)
        {
            throw key.Wrong($"must be a column of the mailbox's own table ({alias}.…)");
        }

        return new SchemaMailbox
        {
            Table = node.Get("table").Identifier(),
            Alias = alias,
            Joins = node.Find("joins")?.Items(ReadJoin) ?? [],
            Key = keyRef,
            Address = address,
            Lookup = node.Find("lookup") is { } lookup ? ReadRef(lookup) : address,
            Domain = node.Find("domain") is { } domain ? ReadRef(domain) : null,
            Name = node.Find("name") is { } name ? ReadRef(name) : null,
            Changed = node.Find("changed") is { } changed ? ReadTime(changed) : null,
        };
    }

    private SchemaJoin ReadJoin(Node node)
    {
        node.Fields("table", "as", "on", "required", "optional");
        var on = node.Get("on");
        var pairs = on.Members().Where(member => member.IsText).Select(member => SchemaPair.Of(member.CheckedName(), ReadJoined(member))).ToArray();
        if (pairs.Length == 0)
        {
            throw on.Wrong("must name at least one column that equals another one");
        }

        return new SchemaJoin(
            node.Get("table").Identifier(),
            node.Get("as").Identifier(),
            pairs,
            node.Find("required")?.Flag() ?? false,
            node.Find("optional")?.Flag() ?? false)
        {
            Constants = on.Members().Where(member => !member.IsText).Select(member => SchemaPair.Of(member.CheckedName(), ReadConstant(member))).ToArray(),
        };
    }

    private static string ReadConstant(Node node)
    {
        node.Fields("literal");
        var literal = node.Get("literal");
        return Constant().IsMatch(literal.Text()) ? literal.Text() : throw literal.Wrong("a constant that rows are found by must be letters, digits and . _ : @ -");
    }

    private ColumnRef ReadJoined(Node node)
    {
        if (node.Text().StartsWith("domainOf(", StringComparison.Ordinal) && node.Text().EndsWith(')'))
        {
            return ReadRef(node, node.Text()["domainOf(".Length..^1]) with { DomainOnly = true };
        }

        return ReadRef(node);
    }

    private SchemaTime ReadTime(Node node)
    {
        node.Fields("column", "as");
        return new SchemaTime(ReadRef(node.Get("column")), ReadClock(node.Get("as")));
    }

    private static SchemaClock ReadClock(Node node) =>
        node.Choice(("server", SchemaClock.Server), ("utc", SchemaClock.Utc), ("unix", SchemaClock.Unix));

    private static SchemaDomains ReadDomains(Node node)
    {
        node.Fields("table", "column");
        return new SchemaDomains(node.Get("table").Identifier(), node.Get("column").Identifier());
    }

    private SchemaHash ReadHash(Node node)
    {
        node.Fields("column", "prefix", "unprefixed", "default", "schemes");
        var column = ReadRef(node.Get("column"));
        var schemes = node.Find("schemes")?.NonEmpty(ReadScheme) ?? [];
        return new SchemaHash
        {
            Column = column,
            Prefix = node.Get("prefix").Choice(("always", PrefixStyle.Always), ("never", PrefixStyle.Never), ("as-stored", PrefixStyle.AsStored)),
            Unprefixed = node.Find("unprefixed")?.Scheme(),
            Default = node.Find("default")?.Scheme(),
            Schemes = [.. schemes.Select(scheme => scheme.Name)],
            Caveats = Named(schemes, scheme => scheme.But),
            PrefixNames = Named(schemes, scheme => scheme.Prefix),
        };
    }

    // If a scheme is listed twice, the last entry counts.
    private static Dictionary<string, string> Named(ListedScheme[] schemes, Func<ListedScheme, string?> value)
    {
        var named = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var scheme in schemes)
        {
            if (value(scheme) is { } text)
            {
                named[scheme.Name] = text;
            }
        }

        return named;
    }

    private static ListedScheme ReadScheme(Node node)
    {
        if (node.IsText)
        {
            return new(node.Scheme(), null, null);
        }

        node.Fields("scheme", "but", "prefix");
        return new(node.Get("scheme").Scheme(), node.Find("but")?.Text(), node.Find("prefix")?.Scheme());
    }

    private SchemaCondition ReadCondition(Node node, params string[] alsoAllowed)
    {
        node.Fields([.. alsoAllowed, "column", "member", "in", "notIn", "optional", "or"]);
        var among = node.Find("in");
        var notAmong = node.Find("notIn");
        if (among is null == notAmong is null)
        {
            throw node.Wrong("needs either 'in' or 'notIn'");
        }

        return new SchemaCondition(
            ReadRef(node.Get("column")),
            (among ?? notAmong)!.NonEmpty(value => value.IsNull ? null : value.Text()),
            notAmong is not null,
            node.Find("optional")?.Flag() ?? false)
        {
            Or = node.Find("or")?.NonEmpty(other => ReadCondition(other, "leftOut") with { LeftOut = other.Find("leftOut")?.Flag() ?? false }) ?? [],
            Member = node.Find("member") is { } member ? JsonPath().IsMatch(member.Text()) ? member.Text() : throw member.Wrong("a JSON path looks like $.name") : null,
        };
    }

    private SchemaLogin ReadLogin(Node node) => new(
        ReadCondition(node, "else", "because"),
        node.Get("else").Choice(("disabled", MailboxState.Disabled), ("external", MailboxState.External), ("active", MailboxState.Active)),
        node.Get("because").Text());

    private SchemaGuard ReadGuard(Node node) => new(
        ReadCondition(node, "unless", "because"),
        ReadOption(node, "unless"),
        node.Get("because").Text());

    private SchemaWrite ReadWrite(Node node)
    {
        node.Fields("set", "update", "insert", "delete");
        return new SchemaWrite
        {
            Set = node.Find("set")?.Items(assignment => ReadAssignment(assignment)) ?? [],
            Update = node.Find("update")?.Items(ReadUpdate) ?? [],
            Insert = node.Find("insert")?.Items(ReadInsert) ?? [],
            Delete = node.Find("delete")?.Items(ReadDelete) ?? [],
        };
    }

    private SchemaAssignment ReadAssignment(Node node)
    {
        node.Fields("column", "to", "option", "optional", "putBack");
        var column = node.Get("column");
        if (column.Text().Contains('.', StringComparison.Ordinal))
        {
            throw column.Wrong("is a column of the row that is written, so it takes no short name");
        }

        var value = ReadValue(node.Get("to"));
        return new SchemaAssignment(
            column.Identifier(),
            value,
            ReadOption(node, "option"),
            node.Find("optional")?.Flag() ?? false,
            // Columns that are put back are read and recorded, and other columns may contain secrets: reset links, passwords in clear text.
            node.Find("putBack")?.Flag() ?? value is SchemaValue.Now or SchemaValue.JsonSet);
    }

    private SchemaUpdate ReadUpdate(Node node)
    {
        node.Fields("table", "set", "where", "option", "optional");
        return new SchemaUpdate(
            node.Get("table").Identifier(),
            node.Get("set").NonEmpty(ReadAssignment),
            ReadWhere(node.Get("where")),
            ReadOption(node, "option"),
            node.Find("optional")?.Flag() ?? false);
    }

    private SchemaInsert ReadInsert(Node node)
    {
        node.Fields("table", "values", "option", "optional");
        var values = node.Get("values");
        var columns = values.Members().Select(member => new SchemaAssignment(member.CheckedName(), ReadValue(member), null, false, false)).ToArray();
        if (columns.Length == 0)
        {
            throw values.Wrong("must name at least one column");
        }

        return new SchemaInsert(node.Get("table").Identifier(), columns, ReadOption(node, "option"), node.Find("optional")?.Flag() ?? false);
    }

    private SchemaDelete ReadDelete(Node node)
    {
        node.Fields("table", "where", "option", "optional");
        return new SchemaDelete(
            node.Get("table").Identifier(),
            ReadWhere(node.Get("where")),
            ReadOption(node, "option"),
            node.Find("optional")?.Flag() ?? false);
    }

    // Protects against changing or emptying a whole table: at least one column must tie its rows to the mailbox.
    private SchemaPair<SchemaValue>[] ReadWhere(Node node)
    {
        var pairs = node.Members().Select(member => SchemaPair.Of(member.CheckedName(), ReadValue(member, inWhere: true))).ToArray();
        if (!pairs.Any(pair => Mentions(pair.Value)))
        {
            throw node.Wrong("must tie the rows to the mailbox: at least one column must equal a 'column' of the mailbox's row");
        }

        return pairs;

        static bool Mentions(SchemaValue value) => value switch
        {
            SchemaValue.Column => true,
            SchemaValue.Concat concat => concat.Parts.Any(Mentions),
            _ => false,
        };
    }

    private string? ReadOption(Node node, string field)
    {
        if (node.Find(field) is not { } option)
        {
            return null;
        }

        return _options.ContainsKey(option.Text()) ? option.Text() : throw option.Wrong($"the option '{option.Text()}' is not among 'options'");
    }

    private SchemaCredential ReadCredential(Node node)
    {
        node.Fields("text", "table", "elsewhere", "unless");
        return new SchemaCredential(node.Get("text").Text(), node.Find("table")?.Identifier(), node.Find("elsewhere")?.Identifier(), ReadOption(node, "unless"));
    }

    private SchemaValue ReadValue(Node node, bool inWhere = false)
    {
        if (node.Find("now") is { } now)
        {
            node.Fields("now", "plusDays");
            return new SchemaValue.Now(ReadClock(now), node.Find("plusDays") is { } days ? ReadRef(days) : null);
        }

        var members = node.Members().ToArray();
        if (members.Length != 1)
        {
            throw node.Wrong("must have exactly one member, the kind of value");
        }

        var value = members[0];
        switch (value.Name)
        {
            case "literal":
                return new SchemaValue.Literal(value.Text());
            case "null" when value.Flag():
                return new SchemaValue.Null();
            case "notNull" when inWhere && value.Flag():
                return new SchemaValue.NotNull();
            case "column":
                return new SchemaValue.Column(ReadRef(value));
            case "concat":
                return new SchemaValue.Concat(value.NonEmpty(part => ReadValue(part)));
            case "jsonSet":
                return new SchemaValue.JsonSet(value.Members().Select(member => JsonPath().IsMatch(member.Name)
                    ? SchemaPair.Of(member.Name, ReadValue(member))
                    : throw member.Wrong("a JSON path looks like $.name")).ToArray());
            case "newHash" when value.Flag():
                return new SchemaValue.NewHash();
            case "oldHash" when value.Flag():
                return new SchemaValue.OldHash();
            case "phpDiff" when value.Flag():
                return new SchemaValue.PhpDiff();
            default:
                throw value.Wrong("no such kind of value: there are literal, null, now, column, concat, jsonSet, newHash, oldHash, phpDiff and, in 'where', notNull");
        }
    }

    private ColumnRef ReadRef(Node node) => ReadRef(node, node.Text());

    private ColumnRef ReadRef(Node node, string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 2 || !Identifier().IsMatch(parts[0]) || !Identifier().IsMatch(parts[1]))
        {
            throw node.Wrong($"'{node.Text()}' must be a short name, a dot and a column, like m.username");
        }

        return _aliases.Contains(parts[0])
            ? new ColumnRef(parts[0], parts[1])
            : throw node.Wrong($"'{parts[0]}' is the short name ('as') of no table");
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex SchemaName();

    // Few characters are allowed in names, because names go into statements as they are (quoted).
    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_$]*$")]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[A-Za-z0-9._:@-]+\z")]
    private static partial Regex Constant();

    [GeneratedRegex(@"^\$(\.[A-Za-z_][A-Za-z0-9_]*)+$")]
    private static partial Regex JsonPath();

    [GeneratedRegex("^[A-Z0-9][A-Z0-9.-]*$")]
    private static partial Regex SchemeName();

    /// <summary>A scheme of the list, what is to be said about it, and the prefix that the mail system writes.</summary>
    private sealed record ListedScheme(string Name, string? But, string? Prefix);

    /// <summary>A place in the file: a value and the path that leads to it.</summary>
    private sealed class Node(SchemaReader reader, string path, JsonElement element)
    {
        public string Name => path[(path.LastIndexOf('/') + 1)..];

        public bool IsText => element.ValueKind == JsonValueKind.String;

        public bool IsNull => element.ValueKind == JsonValueKind.Null;

        public void Fields(params string[] known)
        {
            foreach (var member in Members())
            {
                if (!known.Contains(member.Name, StringComparer.Ordinal))
                {
                    throw member.Wrong($"no such field here: there are {string.Join(", ", known)}");
                }
            }
        }

        public Node Get(string name) => Find(name) ?? throw Child(name, default).Wrong("is missing");

        public Node? Find(string name)
        {
            RequireKind(JsonValueKind.Object, "an object");
            return element.TryGetProperty(name, out var value) ? Child(name, value) : null;
        }

        public IEnumerable<Node> Members()
        {
            RequireKind(JsonValueKind.Object, "an object");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in element.EnumerateObject())
            {
                var child = Child(member.Name, member.Value);
                yield return seen.Add(member.Name) ? child : throw child.Wrong("is there twice");
            }
        }

        public IEnumerable<Node> Elements()
        {
            RequireKind(JsonValueKind.Array, "a list");
            return element.EnumerateArray().Select((item, index) => new Node(reader, $"{path}[{index}]", item));
        }

        public T[] Items<T>(Func<Node, T> read) => Elements().Select(read).ToArray();

        public T[] NonEmpty<T>(Func<Node, T> read) => Items(read) is { Length: > 0 } items ? items : throw Wrong("must not be empty");

        public string Text()
        {
            RequireKind(JsonValueKind.String, "a text in quotes");
            return element.GetString()!;
        }

        public bool Flag() => element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong("must be true or false"),
        };

        public string Identifier() => SchemaReader.Identifier().IsMatch(Text())
            ? Text()
            : throw Wrong($"'{Text()}' must be a plain name: letters, digits, _ and $, not beginning with a digit");

        public string CheckedName() => SchemaReader.Identifier().IsMatch(Name)
            ? Name
            : throw Wrong($"'{Name}' must be a column's plain name: letters, digits, _ and $, not beginning with a digit");

        public string Scheme() => SchemeName().IsMatch(Text())
            ? Text()
            : throw Wrong($"'{Text()}' must be a scheme as Dovecot writes it, like SHA512-CRYPT");

        public T Choice<T>(params (string Name, T Value)[] choices)
        {
            foreach (var (name, value) in choices)
            {
                if (string.Equals(Text(), name, StringComparison.Ordinal))
                {
                    return value;
                }
            }

            throw Wrong($"'{Text()}' must be one of {string.Join(", ", choices.Select(choice => choice.Name))}");
        }

        public MailPassException Wrong(string reason) => new(
            ErrorIds.SchemaInvalid,
            $"The schema file '{reader._source}' is wrong at {(path.Length == 0 ? "its top" : path[1..].Replace('/', '.'))}: {reason}.",
            "docs/schemas.md describes every field.");

        private Node Child(string name, JsonElement value) => new(reader, $"{path}/{name}", value);

        private void RequireKind(JsonValueKind kind, string phrase)
        {
            if (element.ValueKind != kind)
            {
                throw Wrong($"must be {phrase}");
            }
        }
    }
}
