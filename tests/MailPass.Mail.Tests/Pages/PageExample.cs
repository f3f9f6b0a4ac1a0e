using System.Text.RegularExpressions;

namespace MailPass.Mail.Tests.Pages;

/// <summary>
/// A block of a page in docs/mail-systems that can be run: below <c>&lt;!-- example: schema engine --&gt;</c>, with
/// prompts (<c>$ </c> a shell's, <c>PS&gt; </c> PowerShell's) and their output.
/// </summary>
/// <param name="Page">The page's file.</param>
/// <param name="Number">Which of its examples, from 1.</param>
/// <param name="Schema">The schema.</param>
/// <param name="Engine">The engine.</param>
/// <param name="Text">The block without its fences.</param>
internal sealed partial record PageExample(string Page, int Number, string Schema, string Engine, string Text)
{
    /// <summary>A prompt's line and the lines below it.</summary>
    /// <param name="Prompt"><c>$ </c> or <c>PS&gt; </c>.</param>
    /// <param name="Line">The command.</param>
    /// <param name="Answer">Its output.</param>
    public sealed record Call(string Prompt, string Line, string Answer);

    /// <summary>The folder of the pages.</summary>
    public static string Folder { get; } = Path.Combine(Heads.Repository, "docs", "mail-systems");

    /// <summary>All examples of all pages.</summary>
    public static IEnumerable<PageExample> All() => Directory.GetFiles(Folder, "*.md").Order(StringComparer.Ordinal).SelectMany(page =>
        Block().Matches(File.ReadAllText(page)).Select((match, i) =>
            new PageExample(Path.GetFileName(page), i + 1, match.Groups["schema"].Value, match.Groups["engine"].Value, match.Groups["text"].Value)));

    /// <summary>The calls in it.</summary>
    public IReadOnlyList<Call> Calls()
    {
        var calls = new List<Call>();
        foreach (var line in Text.TrimEnd('\n').Split('\n'))
        {
            if (new[] { "$ ", "PS> " }.FirstOrDefault(prompt => line.StartsWith(prompt, StringComparison.Ordinal)) is { } prompt)
            {
                calls.Add(new Call(prompt, line[prompt.Length..], string.Empty));
            }
            else
            {
                calls[^1] = calls[^1] with { Answer = calls[^1].Answer + line + "\n" };
            }
        }

        return calls;
    }

    /// <summary>Writes real output into the page.</summary>
    /// <param name="calls">The calls with their output.</param>
    public void Rewrite(IEnumerable<Call> calls)
    {
        var file = Path.Combine(Folder, Page);
        var text = string.Concat(calls.Select(call => $"{call.Prompt}{call.Line}\n{call.Answer}"));
        var number = 0;
        File.WriteAllText(file, Block().Replace(File.ReadAllText(file), match => ++number == Number ? match.Value.Replace(match.Groups["text"].Value, text, StringComparison.Ordinal) : match.Value));
    }

    /// <summary>A text without the parts that differ from run to run: times, generated passwords, speed, widths of tables.</summary>
    public static string Normal(string text)
    {
        text = Time().Replace(text, "TIME");
        text = Speed().Replace(text, "SPEED");
        text = CsvPassword().Replace(text, "$1PASSWORD,");
        text = RowPassword().Replace(text, "$1PASSWORD");
        text = Rule().Replace(text, "──");
        return string.Join('\n', text.Split('\n').Select(line => Spaces().Replace(line, " ").Trim()).Where(line => line.Length > 0));
    }

    [GeneratedRegex(@"<!-- example: (?<schema>\S+) (?<engine>\S+) -->\s*```console\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?|\d\d/\d\d/20\d\d \d\d:\d\d(:\d\d)?( [+-]\d\d:\d\d)?")]
    private static partial Regex Time();

    [GeneratedRegex(@"in [\d.]+ s \([\d,]+ a second\)")]
    private static partial Regex Speed();

    [GeneratedRegex("(,Changed,)(\"([^\"]|\"\")*\"|[^,\n]+),")]
    private static partial Regex CsvPassword();

    // A row of the cmdlets: the mailbox's line, then one for its password.
    [GeneratedRegex(@"(@\S+ +Changed +\S+ *\n    )\S{12,}$", RegexOptions.Multiline)]
    private static partial Regex RowPassword();

    [GeneratedRegex("[─-]{3,}")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
