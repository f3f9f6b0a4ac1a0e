using System.Globalization;
using System.Text.Json;

namespace MailPass.Profiles;

/// <summary>
/// One value of a profile's file, with its place. An invalid value is added to the faults and read as
/// nothing, so that the rest of the file is read too.
/// </summary>
internal sealed class ProfileNode(string path, JsonElement value, string folder, List<ProfileFault> faults)
{
    /// <summary>The JSON path.</summary>
    public string Path => path;

    /// <summary>The value.</summary>
    public JsonElement Value => value;

    /// <summary>The profile's folder, from which relative paths start.</summary>
    public string Folder => folder;

    /// <summary>Notes that something is wrong here.</summary>
    public void Fault(string reason, string remedy) => faults.Add(new(path, reason, remedy));

    /// <summary>Adds the fault that Core finds in the value, if any.</summary>
    public T? Try<T>(Func<T> read, string remedy)
    {
        try
        {
            return read();
        }
        catch (MailPassException fault)
        {
            Fault(fault.Message, fault.Remedy ?? remedy);
            return default;
        }
    }

    /// <summary>A text that is not empty.</summary>
    public string? Text(string what = "a text")
    {
        if (value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        Wrong(value.ValueKind is JsonValueKind.String ? $"{what} that is not empty" : what);
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Flag()
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Wrong("true or false");
        return null;
    }

    /// <summary>A whole number.</summary>
    public int? Number(int least, int most)
    {
        if (value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        Wrong(most == int.MaxValue ? FormattableString.Invariant($"a whole number, {least} or more") : FormattableString.Invariant($"a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>A number of seconds.</summary>
    public TimeSpan? Seconds(double shortest, double longest)
    {
        if (value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds >= shortest && seconds <= longest)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Wrong(FormattableString.Invariant($"a number of seconds from {shortest} to {longest}"));
        return null;
    }

    /// <summary>A path; a relative one starts from the profile's own folder.</summary>
    public string? File() => Text("the path of a file") is { } file ? System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, file)) : null;

    /// <summary>A list.</summary>
    /// <param name="read">Reads one value.</param>
    /// <param name="what">The required kind of each.</param>
    public List<T> List<T>(Func<ProfileNode, T?> read, string what = "texts")
        where T : class
    {
        var all = new List<T>();
        if (value.ValueKind is not JsonValueKind.Array)
        {
            Wrong($"a list of {what}");
            return all;
        }

        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var node = new ProfileNode($"{path}[{index++.ToString(CultureInfo.InvariantCulture)}]", item, folder, faults);
            if (read(node) is { } one)
            {
                all.Add(one);
            }
        }

        return all;
    }

    /// <summary>The properties of an object, each once; a duplicate is a fault and left out.</summary>
    public IEnumerable<ProfileNode> Properties(string what = "an object")
    {
        if (value.ValueKind is not JsonValueKind.Object)
        {
            Wrong(what);
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            var node = new ProfileNode(Join(path, property.Name), property.Value, folder, faults) { Name = property.Name };
            if (seen.Add(property.Name))
            {
                yield return node;
            }
            else
            {
                node.Fault("The property is here twice.", "Keep one of them.");
            }
        }
    }

    /// <summary>The property's name; empty for the file itself and a list's values.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Adds the fault that the value is of another kind. The value itself is not repeated, because it may be a secret in the wrong place.</summary>
    public void Wrong(string expected) => Fault($"This must be {expected}, and is {Kind(value)}.", "Write it so, or leave the property out.");

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Length == 0 ? "an empty text" : "a text",
        JsonValueKind.Number => value.GetRawText() is { Length: <= 30 } number ? number : "a number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };

    private static string Join(string path, string name) =>
        !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '$') || name.Length == 0 ? $"{path}[\"{name}\"]"
        : path.Length == 0 ? name
        : $"{path}.{name}";
}
