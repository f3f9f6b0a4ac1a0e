namespace MailPass.Profiles;

/// <summary>One kind of object in a profile: its properties, each with what it sets. An unknown property is a fault.</summary>
/// <typeparam name="T">What the object is read into.</typeparam>
internal sealed class ProfileObject<T>(Dictionary<string, Func<T, ProfileNode, T>> properties)
{
    /// <summary>The names of the properties.</summary>
    public IReadOnlyCollection<string> Names => properties.Keys;

    /// <summary>Reads an object.</summary>
    /// <param name="start">The values for absent properties.</param>
    /// <param name="node">The object.</param>
    /// <param name="what">What is required here, for a fault.</param>
    public T Read(T start, ProfileNode node, string what = "an object")
    {
        foreach (var property in node.Properties(what))
        {
            if (properties.TryGetValue(property.Name, out var read))
            {
                start = read(start, property);
            }
            else
            {
                property.Fault(
                    "There is no such property here.",
                    NearestName.Of(property.Name, Names) is { } near ? $"'{near}' may be meant." : $"Known are {string.Join(", ", Names.Where(name => name[0] != '$'))}.");
            }
        }

        return start;
    }
}
