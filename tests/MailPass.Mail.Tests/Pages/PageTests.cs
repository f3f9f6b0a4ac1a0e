using System.Globalization;
using System.Text.RegularExpressions;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;

namespace MailPass.Mail.Tests.Pages;

/// <summary>
/// Runs the examples of docs/mail-systems with the rights that the page gives, and compares the output with the page.
/// With <c>MAILPASS_REWRITE_PAGES=1</c> it writes the output into the pages.
/// </summary>
[Collection(LabServersGroup.Name)]
public sealed partial class PageTests(LabServers servers)
{
    public static TheoryData<string, int> Examples()
    {
        var data = new TheoryData<string, int>();
        foreach (var example in PageExample.All())
        {
            data.Add(example.Page, example.Number);
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Examples))]
    public async Task An_example_comes_out_as_the_page_shows_it(string page, int number)
    {
        var example = PageExample.All().Single(one => one.Page == page && one.Number == number);
        var server = await servers.GetAsync(example.Engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync(MailSystem.FolderOf(example.Schema)!, server));
        var login = await server.CreateMailPassAsync(system.Database, server is SqliteFiles ? string.Empty : await Grants.ReadAsync(example.Schema, example.Engine));
        using var folder = new LabFolder("page");
        var calls = example.Calls();
        var answers = await InTheLab.TryAsync(() => AnswersAsync(calls, server, system, login, folder.Path));

        if (Environment.GetEnvironmentVariable("MAILPASS_REWRITE_PAGES") == "1")
        {
            example.Rewrite(calls.Zip(answers, (call, answer) => call with { Answer = answer }));
            return;
        }

        for (var i = 0; i < calls.Count; i++)
        {
            Assert.Equal($"{calls[i].Prompt}{calls[i].Line}\n{PageExample.Normal(calls[i].Answer)}", $"{calls[i].Prompt}{calls[i].Line}\n{PageExample.Normal(answers[i])}");
        }
    }

    [Fact]
    public void Every_page_has_an_example_of_each_head_for_every_schema()
    {
        var examples = PageExample.All().ToArray();
        // Directories have a page and tests of their own.
        foreach (var schema in Stores.MailStore.SchemaNames.Where(name => !File.Exists(Path.Combine(Heads.Repository, "src", "MailPass.Core", "Stores", "Ldap", "Schemas", name + ".json"))))
        {
            var calls = examples.Where(example => example.Schema == schema).SelectMany(example => example.Calls()).ToArray();
            Assert.True(calls.Any(call => call.Prompt == "$ "), $"No page shows the command line with {schema}.");
            Assert.True(calls.Any(call => call.Prompt == "PS> "), $"No page shows the cmdlets with {schema}.");
        }
    }

    [Fact]
    public void Page_says_to_connect_as_its_examples_do()
    {
        foreach (var page in PageExample.All().GroupBy(example => example.Page))
        {
            var calls = page.SelectMany(example => example.Calls()).Select(call => call.Line).ToArray();
            var told = Told().Matches(File.ReadAllText(Path.Combine(PageExample.Folder, page.Key))).SelectMany(match => match.Groups["text"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)).ToArray();
            Assert.NotEmpty(told);
            Assert.All(told, line => Assert.Contains(calls, call => call.StartsWith(line, StringComparison.Ordinal)));
        }
    }

    private static async Task<List<string>> AnswersAsync(IReadOnlyList<PageExample.Call> calls, LabDatabaseServer server, MailSystem system, LabLogin login, string folder)
    {
        // The page's names of its file, or of its server and database, and the real ones.
        var file = (server as SqliteFiles)?.PathOf(system.Database);
        var shownFile = file is null ? null : calls.Select(call => FileOf().Match(call.Line)).First(match => match.Success).Groups["file"].Value;
        string Real(string line) => file is null ? line : line.Replace(shownFile!, file, StringComparison.Ordinal);
        var port = server.Port.ToString(CultureInfo.InvariantCulture);
        var shown = file is not null ? default : calls.Select(call => Location().Match(call.Line)).FirstOrDefault(match => match.Success) is { } url
            ? (Host: url.Groups["host"].Value, Database: url.Groups["database"].Value)
            : calls.Select(call => Connection().Match(call.Line)).Where(match => match.Success)
                .Select(match => (Host: match.Groups["host"].Value, Database: match.Groups["database"].Value)).First();
        string AsShown(string text) => file is not null ? text.Replace(file, shownFile, StringComparison.Ordinal).Replace(folder + "/", string.Empty, StringComparison.Ordinal) : text
            // In a table the next columns keep their places.
            .Replace($"127.0.0.1:{port}/{system.Database} ", $"{shown.Host}/{shown.Database}".PadRight($"127.0.0.1:{port}/{system.Database} ".Length), StringComparison.Ordinal)
            .Replace($"127.0.0.1:{port}/{system.Database}", $"{shown.Host}/{shown.Database}", StringComparison.Ordinal)
            .Replace(login.User, "mailpass", StringComparison.Ordinal)
            .Replace(folder + "/", string.Empty, StringComparison.Ordinal);

        var answers = new List<string>();
        foreach (var call in calls.TakeWhile(call => call.Prompt == "$ "))
        {
            var line = Location().Replace(Real(call.Line), $"${{scheme}}://{login.User}@127.0.0.1:{port}/{system.Database}");
            answers.Add(AsShown((await Heads.ShellAsync(line, folder, login.Password)).Output));
        }

        var typed = calls.Skip(answers.Count).ToArray();
        if (typed.Length > 0)
        {
            Assert.All(typed, call => Assert.Equal("PS> ", call.Prompt));
            var mark = $"--- {Guid.NewGuid()}";
            // Line by line, as if typed: each with a table of its own, and its errors as at a prompt.
            var lines = typed.Select(call => Connection().Replace(Real(call.Line), $"-Server 127.0.0.1:{port} -Database {system.Database} -Credential $login"))
                .Select(line => $"Invoke-Expression '{line.Replace("'", "''", StringComparison.Ordinal)}' 2>&1 | Out-String -Width 140 -Stream\n'{mark}'");
            var run = await Heads.PowerShellAsync(string.Join('\n', lines), folder, login.User, login.Password);
            var parts = run.Output.Split(mark);
            Assert.True(parts.Length == typed.Length + 1, run.Output + run.Error);
            answers.AddRange(parts[..^1].Select(part => AsShown(string.Join('\n', part.Split('\n').Select(line => line.TrimEnd())).Trim('\n') is { Length: > 0 } text ? text + "\n" : string.Empty)));
        }

        return answers;
    }

    [GeneratedRegex(@"```(sh|powershell)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Told();

    [GeneratedRegex(@"(?<scheme>mysql|postgres)://mailpass@(?<host>[^/\s]+)/(?<database>\w+)")]
    private static partial Regex Location();

    [GeneratedRegex(@"(--store|-Path) (?<file>/\S+)")]
    private static partial Regex FileOf();

    [GeneratedRegex(@"-Server (?<host>\S+) -Database (?<database>\w+) -Credential mailpass")]
    private static partial Regex Connection();
}
