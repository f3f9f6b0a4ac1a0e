using System.Text;

namespace MailPass.ModuleBuilder.Help;

/// <summary>Builds the files for <c>Get-Help</c> from the Markdown pages and the cmdlets' declarations.</summary>
internal static class HelpBuilder
{
    /// <summary>Builds the help into a module's <c>en-US</c> folder.</summary>
    /// <param name="assembly">The cmdlets' assembly.</param>
    /// <param name="references">The assemblies that it was compiled against.</param>
    /// <param name="docs">The folder with <c>cmdlets/</c> and the <c>about_</c> pages.</param>
    /// <param name="online">Where the pages are on the web.</param>
    /// <param name="module">The module's folder.</param>
    /// <exception cref="InvalidDataException">A page is missing, superfluous or does not match its cmdlet; the message names every such fault.</exception>
    public static void Build(string assembly, IEnumerable<string> references, string docs, OnlinePages online, string module)
    {
        var cmdlets = CmdletReader.Read(assembly, references);
        var pages = Directory.GetFiles(Path.Combine(docs, "cmdlets"), "*-*.md").Select(CmdletPage.Read).ToDictionary(page => page.Name, StringComparer.Ordinal);
        var faults = Compare(cmdlets, pages);
        if (faults.Count > 0)
        {
            throw new InvalidDataException(string.Join(Environment.NewLine, faults));
        }

        var folder = Directory.CreateDirectory(Path.Combine(module, "en-US")).FullName;
        Maml.Write(Path.Combine(folder, Path.GetFileName(assembly) + "-Help.xml"), cmdlets.Select(cmdlet => (cmdlet, pages[cmdlet.Name])), online);
        foreach (var about in Directory.GetFiles(docs, "about_*.md"))
        {
            File.WriteAllText(Path.Combine(folder, Path.GetFileNameWithoutExtension(about) + ".help.txt"), AboutText(File.ReadAllLines(about)));
        }
    }

    /// <summary>The differences between pages and cmdlets.</summary>
    public static IReadOnlyList<string> Compare(IReadOnlyList<CmdletInfo> cmdlets, IReadOnlyDictionary<string, CmdletPage> pages)
    {
        var faults = new List<string>();
        faults.AddRange(pages.Keys.Except(cmdlets.Select(cmdlet => cmdlet.Name)).Select(name => $"docs/cmdlets/{name}.md: there is no such cmdlet."));
        foreach (var cmdlet in cmdlets)
        {
            if (!pages.TryGetValue(cmdlet.Name, out var page))
            {
                faults.Add($"docs/cmdlets/{cmdlet.Name}.md is missing.");
                continue;
            }

            var names = cmdlet.Parameters.Select(parameter => parameter.Name).ToList();
            Check(page.Synopsis.Length > 0, "has no synopsis");
            Check(page.Description.Count > 0, "has no description");
            Check(page.Examples.Count > 0, "has no example");
            Check(page.Examples.All(example => example.Code.Length > 0), "has an example without code");
            faults.AddRange(names.Except(page.Parameters.Keys).Select(name => $"docs/cmdlets/{cmdlet.Name}.md does not describe -{name}."));
            faults.AddRange(page.Parameters.Keys.Except(names).Select(name => $"docs/cmdlets/{cmdlet.Name}.md describes -{name}, which the cmdlet does not have."));
            faults.AddRange(page.Parameters.Where(parameter => parameter.Value.Count == 0).Select(parameter => $"docs/cmdlets/{cmdlet.Name}.md has no text for -{parameter.Key}."));

            void Check(bool fits, string fault)
            {
                if (!fits)
                {
                    faults.Add($"docs/cmdlets/{cmdlet.Name}.md {fault}.");
                }
            }
        }

        return faults;
    }

    /// <summary>An about_ page as PowerShell shows it: headings in capitals, text indented.</summary>
    private static string AboutText(string[] lines)
    {
        var text = new StringBuilder();
        var inBlock = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inBlock = !inBlock;
            }
            else if (!inBlock && line.StartsWith('#'))
            {
                var heading = line.TrimStart('#').Trim();
                text.Append(line.StartsWith("# ", StringComparison.Ordinal) ? "TOPIC\n    " + heading : heading.ToUpperInvariant()).Append('\n');
            }
            else
            {
                // Get-Help takes the fifth line for the synopsis: what follows the topic, an empty line and a heading.
                if (line.Length == 0 && text.ToString().EndsWith("\nSHORT DESCRIPTION\n", StringComparison.Ordinal))
                {
                    continue;
                }

                text.Append(line.Length == 0 ? string.Empty : inBlock ? "        " + line : "    " + MarkdownSection.PlainText(line)).Append('\n');
            }
        }

        return text.ToString();
    }
}
