using System.Text.Json;
using System.Text.RegularExpressions;
using MailPass.Mailboxes;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>Reads a directory's schema file. For the first fault it names the field.</summary>
internal static partial class LdapSchemaReader
{
    /// <summary>Reads a schema.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="source">The file's name, for errors.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemaInvalid"/>.</exception>
    public static LdapSchema Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return Read(new Field(source, string.Empty, document.RootElement));
        }
        catch (InvalidOperationException e)
        {
            throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema file '{source}' contains text that is not valid Unicode.", "Save it as UTF-8, without halves of characters.", e);
        }
        catch (JsonException e)
        {
            throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema file '{source}' is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", "Correct the file at that place.", e);
        }
    }

    private static LdapSchema Read(Field root)
    {
        root.Know("name", "title", "detect", "mailbox", "domains", "hash", "login", "refuse", "set", "options", "otherCredentials");
        var (detect, mailbox, hash) = (root.Get("detect"), root.Get("mailbox"), root.Get("hash"));
        detect.Know("filter", "without");
        mailbox.Know("filter", "address", "aliases", "name", "changed");
        hash.Know("attribute", "prefix", "unprefixed", "default", "schemes");
        var schemes = hash.Find("schemes")?.List(ReadScheme) ?? [];
        var options = root.Find("options")?.Members().ToDictionary(member => member.Key, member => member.Value.Text(), StringComparer.Ordinal) ?? [];
        return new LdapSchema
        {
            Name = root.Get("name").Text(SchemaName(), "lower-case letters, digits and hyphens"),
            Title = root.Get("title").Text(),
            Detect = detect.Get("filter").Filter(),
            DetectWithout = detect.Find("without")?.List(item => item.Filter()) ?? [],
            Mailbox = mailbox.Get("filter").Filter(),
            Address = mailbox.Get("address").List(item => item.Attribute()) is { Length: > 0 } address ? address : throw mailbox.Get("address").Wrong("must not be empty"),
            Aliases = mailbox.Find("aliases")?.List(item => item.Attribute()) ?? [],
            DisplayName = mailbox.Find("name")?.List(item => item.Attribute()) ?? [],
            Changed = mailbox.Find("changed") is { } changed ? ReadTime(changed) : null,
            Domains = root.Find("domains") is { } domains ? ReadDomains(domains) : null,
            HashAttribute = hash.Get("attribute").Attribute(),
            Prefix = hash.Get("prefix").Choice(("always", PrefixStyle.Always), ("as-stored", PrefixStyle.AsStored)),
            Unprefixed = hash.Find("unprefixed")?.Scheme(),
            DefaultScheme = hash.Find("default")?.Scheme(),
            Schemes = Array.ConvertAll(schemes, scheme => scheme.Name),
            Caveats = Named(schemes, scheme => scheme.But),
            PrefixNames = Named(schemes, scheme => scheme.Prefix),
            Login = root.Find("login")?.List(ReadLogin) ?? [],
            Refuse = root.Find("refuse")?.List(item => ReadGuard(item, options)) ?? [],
            Set = root.Find("set")?.List(ReadAssignment) ?? [],
            Options = options,
            OtherCredentials = root.Find("otherCredentials")?.List(item => item.Text()) ?? [],
        };
    }

    private static LdapDomains ReadDomains(Field field)
    {
        field.Know("filter", "attribute");
        return new LdapDomains(field.Get("filter").Filter(), field.Get("attribute").Attribute());
    }

    private static LdapTime ReadTime(Field field)
    {
        field.Know("attribute", "as", "when");
        return new LdapTime(
            field.Get("attribute").Attribute(),
            field.Get("as").Choice(("days", LdapClock.Days), ("unix", LdapClock.Unix), ("generalized", LdapClock.Generalized)));
    }

    private static (string Name, string? But, string? Prefix) ReadScheme(Field field)
    {
        if (field.IsText)
        {
            return (field.Scheme(), null, null);
        }

        field.Know("scheme", "but", "prefix");
        return (field.Get("scheme").Scheme(), field.Find("but")?.Text(), field.Find("prefix")?.Scheme());
    }

    // If a scheme is listed twice, the last entry counts.
    private static Dictionary<string, string> Named((string Name, string? But, string? Prefix)[] schemes, Func<(string Name, string? But, string? Prefix), string?> value) =>
        schemes.Where(scheme => value(scheme) is not null)
            .GroupBy(scheme => scheme.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(same => same.Key, same => value(same.Last())!, StringComparer.OrdinalIgnoreCase);

    private static LdapLogin ReadLogin(Field field)
    {
        field.Know("filter", "else", "because");
        return new LdapLogin(
            field.Get("filter").Filter(),
            field.Get("else").Choice(("disabled", MailboxState.Disabled), ("external", MailboxState.External), ("active", MailboxState.Active)),
            field.Get("because").Text());
    }

    private static LdapGuard ReadGuard(Field field, Dictionary<string, string> options)
    {
        field.Know("filter", "unless", "because");
        var option = field.Find("unless");
        return option is null || options.ContainsKey(option.Text())
            ? new LdapGuard(field.Get("filter").Filter(), option?.Text(), field.Get("because").Text())
            : throw option.Wrong($"the option '{option.Text()}' is not among 'options'");
    }

    private static LdapAssignment ReadAssignment(Field field) => new(ReadTime(field), field.Find("when")?.Filter());

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex SchemaName();

    // RFC 4512, section 1.4, descr.
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9-]*$")]
    private static partial Regex AttributeName();

    [GeneratedRegex("^[A-Z0-9][A-Z0-9.-]*$")]
    private static partial Regex SchemeName();

    /// <summary>A place in the file: a value and the path that leads to it.</summary>
    private sealed class Field(string source, string path, JsonElement element)
    {
        public bool IsText => element.ValueKind == JsonValueKind.String;

        public void Know(params string[] known)
        {
            foreach (var (name, field) in Members())
            {
                if (!known.Contains(name, StringComparer.Ordinal))
                {
                    throw field.Wrong($"no such field here: there are {string.Join(", ", known)}");
                }
            }
        }

        public Field Get(string name) => Find(name) ?? throw new Field(source, Below(name), default).Wrong("is missing");

        public Field? Find(string name) =>
            Require(JsonValueKind.Object, "an object").TryGetProperty(name, out var value) ? new Field(source, Below(name), value) : null;

        public IEnumerable<KeyValuePair<string, Field>> Members()
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in Require(JsonValueKind.Object, "an object").EnumerateObject())
            {
                var field = new Field(source, Below(member.Name), member.Value);
                yield return seen.Add(member.Name) ? KeyValuePair.Create(member.Name, field) : throw field.Wrong("is there twice");
            }
        }

        public T[] List<T>(Func<Field, T> read) =>
            Require(JsonValueKind.Array, "a list").EnumerateArray().Select((item, index) => read(new Field(source, $"{path}[{index}]", item))).ToArray();

        public string Text() => Require(JsonValueKind.String, "a text in quotes").GetString()!;

        public string Text(Regex form, string phrase) => form.IsMatch(Text()) ? Text() : throw Wrong($"must be {phrase}");

        public string Attribute() => Text(AttributeName(), "an attribute's plain name");

        public string Scheme() => Text(SchemeName(), "a scheme as Dovecot writes it, like SHA512-CRYPT");

        public LdapFilter Filter()
        {
            try
            {
                return LdapFilter.Parse(Text());
            }
            catch (FormatException e)
            {
                throw Wrong($"is not a filter (RFC 4515): {e.Message}");
            }
        }

        public T Choice<T>(params (string Name, T Value)[] choices)
        {
            var found = Array.FindIndex(choices, choice => choice.Name == Text());
            return found >= 0 ? choices[found].Value : throw Wrong($"'{Text()}' must be one of {string.Join(", ", choices.Select(choice => choice.Name))}");
        }

        public MailPassException Wrong(string reason) => new(
            ErrorIds.SchemaInvalid,
            $"The schema file '{source}' is wrong at {(path.Length == 0 ? "its top" : path)}: {reason}.",
            "docs/mail-systems/ldap.md describes every field.");

        private string Below(string name) => path.Length == 0 ? name : $"{path}.{name}";

        private JsonElement Require(JsonValueKind kind, string phrase) => element.ValueKind == kind ? element : throw Wrong($"must be {phrase}");
    }
}
