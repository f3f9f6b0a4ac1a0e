using System.Reflection;

namespace MailPass.Stores.Ldap;

/// <summary>The directories' schemas that come with MailPass, and those an admin wrote.</summary>
internal static class LdapSchemas
{
    private const string Folder = "MailPass.Directories.";

    private static readonly Lazy<IReadOnlyDictionary<string, LdapSchema>> s_all = new(ReadAll);

    /// <summary>Those that come with MailPass, by name.</summary>
    public static IReadOnlyDictionary<string, LdapSchema> All => s_all.Value;

    /// <summary>Finds a schema by its name or reads an admin's file.</summary>
    /// <param name="nameOrFile">The name, or the path of a <c>.json</c> file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemaInvalid"/>.</exception>
    public static LdapSchema Get(string nameOrFile)
    {
        if (All.TryGetValue(nameOrFile.ToLowerInvariant(), out var known))
        {
            return known;
        }

        if (!nameOrFile.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            throw new MailPassException(
                ErrorIds.SchemaInvalid,
                $"There is no schema '{nameOrFile}' for a directory.",
                $"Name one of {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}, or the path of a schema file that ends in .json.");
        }

        try
        {
            return LdapSchemaReader.Read(File.ReadAllText(nameOrFile), nameOrFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new MailPassException(ErrorIds.SchemaInvalid, $"The schema file '{nameOrFile}' cannot be read: {e.Message}", null, e);
        }
    }

    private static Dictionary<string, LdapSchema> ReadAll()
    {
        var all = new Dictionary<string, LdapSchema>(StringComparer.Ordinal);
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var schema = LdapSchemaReader.Read(reader.ReadToEnd(), resource[Folder.Length..]);
            all.Add(schema.Name, schema);
        }

        return all;
    }
}
