using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using MailPass.Lab;
using MailPass.Mailboxes;
using MailPass.Profiles;

namespace MailPass.Core.Tests.Profiles;

/// <summary>The schema for editors agrees with the reader, according to an independent validator.</summary>
public sealed class ProfileSchemaTests : IDisposable
{
    private static readonly JsonDocumentOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly string s_text = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "docs", "profile.schema.json"));
    private static readonly JsonSchema s_schema = JsonSchema.FromText(s_text);

    private readonly ProfileText _profile = new();

    public void Dispose() => _profile.Dispose();

    [Fact]
    public void Every_property_is_in_schema_and_reader()
    {
        using var schema = JsonDocument.Parse(s_text);
        var objects = schema.RootElement.GetProperty("$defs").EnumerateObject().Select(definition => (definition.Name, definition.Value)).Append(("profile", schema.RootElement)).ToDictionary();

        Assert.Equal(ProfileObjects.Properties.Keys.Order(StringComparer.Ordinal), objects.Keys.Order(StringComparer.Ordinal));
        Assert.All(objects, pair =>
        {
            Assert.Equal(
                ProfileObjects.Properties[pair.Key].Order(StringComparer.Ordinal),
                pair.Value.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
            Assert.False(pair.Value.GetProperty("additionalProperties").GetBoolean());
        });
    }

    [Fact]
    public void Full_profile_fits_the_schema_and_says_all()
    {
        var full = Parse(ProfileText.Full);
        Assert.True(IsValid(full));

        // It contains each property of the schema.
        var written = Names(full).ToHashSet();
        Assert.Empty(ProfileObjects.Properties.Values.SelectMany(names => names).Except(written).Except(["password"]));
    }

    [Fact]
    public void Actions_are_the_readers()
    {
        using var schema = JsonDocument.Parse(s_text);
        var actions = schema.RootElement.GetProperty("$defs").GetProperty("scope").GetProperty("properties").GetProperty("actions").GetProperty("items").GetProperty("enum");
        Assert.Equal(MailboxScope.ActionNames, actions.EnumerateArray().Select(action => action.GetString()!));
    }

    // Any value in the place of another, a property gone, renamed or added: both refuse it or neither does.
    [Fact]
    public void Schema_and_reader_agree_on_mutations()
    {
        _profile.WithFiles();
        var random = new Random(14);
        var disagreements = new List<string>();
        var refused = 0;
        for (var i = 0; i < 500; i++)
        {
            var mutated = Parse(ProfileText.Full);
            var what = Mutate(mutated, random);
            var faults = ProfileReading.Of(new SiteProfile { File = Path.Combine(_profile.Folder, "site.json") }, JsonSerializer.SerializeToUtf8Bytes(mutated)).Faults;
            refused += faults.Count > 0 ? 1 : 0;
            if (IsValid(mutated) != (faults.Count == 0))
            {
                disagreements.Add($"{what}: {(faults.Count == 0 ? "only the schema refuses it" : $"only the reader refuses it: {faults[0]}")}");
            }
        }

        Assert.Empty(disagreements.Distinct());
        Assert.InRange(refused, 150, 480);
    }

    private static string Mutate(JsonNode root, Random random)
    {
        var places = Places(root).ToList();
        var place = places[random.Next(places.Count)];
        var path = place.GetPath();
        switch (random.Next(4), place.Parent)
        {
            case (0, JsonObject parent):
                parent.Remove(place.GetPropertyName());
                return $"{path} removed";
            case (1, JsonObject parent):
                var name = place.GetPropertyName();
                parent.Remove(name);
                parent[name + "s"] = place;
                return $"{path} renamed";
            case (2, JsonObject parent):
                parent["comment"] = 7;
                return $"{path} has a neighbour";
            default:
                JsonNode?[] values = [null, true, 20, -1, 8.5, string.Empty, new JsonArray(), new JsonObject(), new JsonArray(7)];
                var index = random.Next(values.Length);
                if (place.Parent is JsonObject owner)
                {
                    owner[place.GetPropertyName()] = values[index];
                }
                else
                {
                    ((JsonArray)place.Parent!)[place.GetElementIndex()] = values[index];
                }

                return $"{path} = {values[index]?.ToJsonString() ?? "null"}";
        }
    }

    private static IEnumerable<JsonNode> Places(JsonNode node)
    {
        IEnumerable<JsonNode> children = node switch
        {
            JsonObject owner => owner.Select(property => property.Value).OfType<JsonNode>(),
            JsonArray list => list.OfType<JsonNode>(),
            _ => [],
        };
        return children.SelectMany(child => Places(child).Prepend(child));
    }

    private static IEnumerable<string> Names(JsonNode node) => node switch
    {
        JsonObject owner => owner.SelectMany(property => (property.Value is null ? [] : Names(property.Value)).Prepend(property.Key)),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Names),
        _ => [],
    };

    private static JsonNode Parse(string text) => JsonNode.Parse(text, default(JsonNodeOptions), s_reading)!;

    private static bool IsValid(JsonNode node) => s_schema.Evaluate(JsonSerializer.SerializeToElement(node)).IsValid;
}
