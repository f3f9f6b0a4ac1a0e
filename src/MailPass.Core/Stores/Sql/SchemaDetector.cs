namespace MailPass.Stores.Sql;

/// <summary>Finds the schema that matches a database's tables.</summary>
internal static class SchemaDetector
{
    /// <summary>Finds the one schema that matches, and its prefix.</summary>
    /// <param name="catalog">The tables of the database.</param>
    /// <param name="engine">The database.</param>
    /// <param name="candidates">The schemas to choose from; only one if the admin named it.</param>
    /// <param name="location">The database's name for people.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemaNotDetected"/>: none matches, or several do.</exception>
    public static (SqlSchema Schema, string Prefix) Detect(SqlCatalog catalog, SqlEngine engine, IReadOnlyCollection<SqlSchema> candidates, string location)
    {
        var fits = candidates
            .Where(schema => schema.Engines.Contains(engine))
            .SelectMany(schema => Prefixes(schema, catalog).Select(prefix => (Schema: schema, Prefix: prefix)))
            .ToArray();
        if (fits.Length == 1)
        {
            return fits[0];
        }

        if (fits.Length > 1)
        {
            throw new MailPassException(
                ErrorIds.SchemaNotDetected,
                $"The tables of {location} fit more than one schema: {string.Join(", ", fits.Select(Describe))}.",
                fits.Select(fit => fit.Schema).Distinct().Count() > 1 ? "Name the schema." : "Let the login see only one installation, or write a schema file with the full table names.");
        }

        var asked = candidates.Count == 1 ? candidates.First() : null;
        if (asked is not null && !asked.Engines.Contains(engine))
        {
            throw new MailPassException(
                ErrorIds.SchemaNotDetected,
                $"The schema {asked.Name} is for {string.Join(", ", asked.Engines)}, and {location} is {engine}.",
                "Name another schema.");
        }

        throw new MailPassException(
            ErrorIds.SchemaNotDetected,
            asked is null
                ? $"The tables of {location} fit no schema that MailPass knows. {Seen(catalog)}"
                : $"The tables of {location} do not fit the schema {asked.Name}: {WhatIsMissing(asked, catalog)}. {Seen(catalog)}",
            "Check the database's name and what the login may see, or write a schema file (docs/schemas.md).");

        static string Describe((SqlSchema Schema, string Prefix) fit) =>
            fit.Prefix.Length == 0 ? fit.Schema.Name : $"{fit.Schema.Name} (tables {fit.Prefix}…)";
    }

    private static IEnumerable<string> Prefixes(SqlSchema schema, SqlCatalog catalog)
    {
        var first = schema.Detect[0].Table;
        var prefixes = schema.TablePrefix
            ? catalog.Tables.Keys.Where(name => name.EndsWith(first, StringComparison.OrdinalIgnoreCase)).Select(name => name[..^first.Length])
            : [string.Empty];
        return prefixes.Where(prefix => schema.Detect.All(signature => Fits(signature, prefix, catalog)));
    }

    private static bool Fits(SchemaSignature signature, string prefix, SqlCatalog catalog) =>
        catalog.Tables.TryGetValue(prefix + signature.Table, out var table)
        && signature.Columns.All(table.Columns.ContainsKey)
        && !signature.Without.Any(table.Columns.ContainsKey);

    private static string WhatIsMissing(SqlSchema schema, SqlCatalog catalog)
    {
        var wrong = schema.Detect.First(signature => !Fits(signature, string.Empty, catalog));
        if (!catalog.Tables.TryGetValue(wrong.Table, out var table))
        {
            return $"there is no table {wrong.Table}";
        }

        var missing = wrong.Columns.Where(column => !table.Columns.ContainsKey(column)).ToArray();
        return missing.Length > 0
            ? $"{wrong.Table} has no column {string.Join(", ", missing)}"
            : $"{wrong.Table} has {string.Join(", ", wrong.Without.Where(table.Columns.ContainsKey))}, which belongs to another mail system";
    }

    private static string Seen(SqlCatalog catalog)
    {
        const int Most = 12;
        if (catalog.Tables.Count == 0)
        {
            return "No table at all is visible to this login.";
        }

        var names = catalog.Tables.Values.Select(table => table.Name).Order(StringComparer.Ordinal).Take(Most);
        var more = catalog.Tables.Count > Most ? $" and {catalog.Tables.Count - Most} more" : string.Empty;
        return $"Seen: {string.Join(", ", names)}{more}.";
    }
}
