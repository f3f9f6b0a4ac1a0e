using System.Text;
using System.Text.RegularExpressions;

namespace MailPass.ModuleBuilder.Help;

/// <summary>A heading of a Markdown file with the text below it, up to the next heading.</summary>
/// <param name="Level">The number of # before it.</param>
/// <param name="Heading">The heading.</param>
/// <param name="Line">Its line, counted from 1.</param>
/// <param name="Paragraphs">The paragraphs, list items and table rows, one string each, as plain text.</param>
/// <param name="Blocks">The fenced blocks, as they are.</param>
internal sealed partial record MarkdownSection(int Level, string Heading, int Line, IReadOnlyList<string> Paragraphs, IReadOnlyList<string> Blocks)
{
    /// <summary>Cuts a file into its sections.</summary>
    /// <exception cref="InvalidDataException">There is text before the first heading, or a fence is not closed.</exception>
    public static IReadOnlyList<MarkdownSection> Split(string[] lines, string file)
    {
        var sections = new List<MarkdownSection>();
        List<string> paragraphs = [];
        List<string> blocks = [];
        var paragraph = new StringBuilder();
        StringBuilder? block = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                EndParagraph();
                if (block is null)
                {
                    block = new StringBuilder();
                }
                else
                {
                    blocks.Add(block.ToString().TrimEnd('\n'));
                    block = null;
                }
            }
            else if (block is not null)
            {
                block.Append(line).Append('\n');
            }
            else if (HeadingLine().Match(line) is { Success: true } heading)
            {
                EndParagraph();
                (paragraphs, blocks) = ([], []);
                sections.Add(new MarkdownSection(heading.Groups[1].Length, heading.Groups[2].Value.Trim(), i + 1, paragraphs, blocks));
            }
            else if (line.Trim().Length == 0)
            {
                EndParagraph();
            }
            else
            {
                if (sections.Count == 0)
                {
                    throw new InvalidDataException($"{file}({i + 1}): text before the first heading.");
                }

                if (ItemLine().IsMatch(line))
                {
                    EndParagraph();
                }

                paragraph.Append(paragraph.Length == 0 ? string.Empty : " ").Append(line.Trim());
            }
        }

        EndParagraph();
        return block is null ? sections : throw new InvalidDataException($"{file}: a ``` is not closed.");

        void EndParagraph()
        {
            if (paragraph.Length > 0)
            {
                paragraphs.Add(PlainText(paragraph.ToString()));
                paragraph.Clear();
            }
        }
    }

    /// <summary>Removes Markdown's marks inside a line, because a help text is read on a console.</summary>
    public static string PlainText(string text)
    {
        text = Link().Replace(text, "$1");
        text = Code().Replace(text, "$1");
        return Bold().Replace(text, "$1");
    }

    [GeneratedRegex("^(#{1,3}) +(.+)$")]
    private static partial Regex HeadingLine();

    [GeneratedRegex(@"^\s*([-*|]|\d+\.) ?")]
    private static partial Regex ItemLine();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\*\*([^*]+)\*\*")]
    private static partial Regex Bold();
}
