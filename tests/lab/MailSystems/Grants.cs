using System.Text.RegularExpressions;

namespace MailPass.Lab.MailSystems;

/// <summary>The rights that docs/mail-systems tells an admin to give MailPass: the tests run under exactly these.</summary>
public static partial class Grants
{
    /// <summary>Reads the statements for a schema.</summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="engine"><c>mysql</c> or <c>postgresql</c>.</param>
    /// <returns>The content of the code block below the line <c>&lt;!-- grants: schema engine --&gt;</c>.</returns>
    public static Task<string> ReadAsync(string schema, string engine) => BlockAsync("grants", schema, engine);

    /// <summary>Reads the statements that make MailPass's own table on a server.</summary>
    /// <param name="engine"><c>mysql</c> or <c>postgresql</c>.</param>
    public static Task<string> OwnTablesAsync(string engine) => BlockAsync("tables", "mailpass", engine);

    private static async Task<string> BlockAsync(string kind, string schema, string engine)
    {
        foreach (var page in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "mail-systems"), "*.md"))
        {
            foreach (Match match in Block().Matches(await File.ReadAllTextAsync(page)))
            {
                if (match.Groups["kind"].Value == kind && match.Groups["schema"].Value == schema && match.Groups["engine"].Value == engine)
                {
                    return match.Groups["sql"].Value;
                }
            }
        }

        throw new InvalidOperationException($"No page of docs/mail-systems has {kind} of {schema} for {engine}.");
    }

    [GeneratedRegex(@"<!-- (?<kind>grants|tables): (?<schema>\S+) (?<engine>\S+) -->\s*```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
