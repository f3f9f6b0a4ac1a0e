using System.Text.RegularExpressions;

namespace MailPass.Lab.MailSystems;

/// <summary>The rights that docs/mail-systems tells an admin to give MailPass: the tests run under exactly these.</summary>
public static partial class Grants
{
    /// <summary>Reads the statements from a mail system's page.</summary>
    /// <param name="page">The page's name, without <c>.md</c>.</param>
    /// <param name="engine"><c>mysql</c> or <c>postgresql</c>.</param>
    /// <returns>The content of the code block below the line <c>&lt;!-- grants: engine --&gt;</c>.</returns>
    public static async Task<string> ReadAsync(string page, string engine)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "mail-systems", page + ".md"));
        return Block().Matches(text).FirstOrDefault(match => match.Groups["engine"].Value == engine)?.Groups["sql"].Value
            ?? throw new InvalidOperationException($"docs/mail-systems/{page}.md has no grants for {engine}.");
    }

    [GeneratedRegex(@"<!-- grants: (?<engine>\w+) -->\s*```sql\n(?<sql>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
