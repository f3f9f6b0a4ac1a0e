namespace MailPass.Profiles;

/// <summary>Finds the known name that a mistyped one is nearest to.</summary>
internal static class NearestName
{
    /// <summary>The nearest name, or <see langword="null"/> if none is near.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="names">The known names.</param>
    public static string? Of(string text, IEnumerable<string> names)
    {
        var most = Math.Max(1, text.Length / 3);
        return text.Length > 100 ? null : names
            .Select(name => (Name: name, Edits: Edits(text.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(near => near.Edits <= most)
            .OrderBy(near => near.Edits)
            .Select(near => near.Name)
            .FirstOrDefault();
    }

    // Levenshtein's distance, row by row.
    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
