using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MailPass.ModuleBuilder.Help;

namespace MailPass.ModuleBuilder.Man;

/// <summary>Writes a page of docs/ as a manual page for <c>man</c> (man(7)): headings, paragraphs, lists, tables and blocks.</summary>
internal sealed partial class ManPage
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _paragraph = new();

    private ManPage()
    {
    }

    /// <summary>Converts a page.</summary>
    /// <param name="markdown">The page's lines; the first is its heading, the paragraph below it its subject.</param>
    /// <param name="name">The command.</param>
    /// <param name="summary">One line on what it does.</param>
    /// <param name="synopsis">How it is called, one form per line.</param>
    /// <param name="version">The version.</param>
    /// <param name="date">The version's date.</param>
    public static string Convert(IEnumerable<string> markdown, string name, string summary, IEnumerable<string> synopsis, string version, DateOnly date)
    {
        var page = new ManPage();
        page.Line(string.Create(CultureInfo.InvariantCulture, $".TH {name.ToUpperInvariant()} 1 {date:yyyy-MM-dd} \"MailPass {version}\" \"User Commands\""));
        page.Line(".SH NAME");
        page.Line($"{name} \\- {Escape(summary)}");
        page.Line(".SH SYNOPSIS");
        foreach (var form in synopsis)
        {
            page.Line(".B " + Escape(form));
            page.Line(".br");
        }

        page.Line(".SH DESCRIPTION");
        page.Body(WithoutTableHeads([.. markdown.Skip(1)]));
        return page._text.ToString();
    }

    private void Body(IEnumerable<string> lines)
    {
        var inBlock = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                EndParagraph();
                inBlock = !inBlock;
                Line(inBlock ? ".PP\n.nf\n.RS 4" : ".RE\n.fi");
            }
            else if (inBlock)
            {
                Line(Guard(Escape(line)));
            }
            else if (Heading().Match(line) is { Success: true } heading)
            {
                EndParagraph();
                Line((heading.Groups[1].Length == 2 ? ".SH " : ".SS ") + Escape(MarkdownSection.PlainText(heading.Groups[2].Value).ToUpperInvariant()));
            }
            else if (line.StartsWith('|'))
            {
                EndParagraph();
                Row(line);
            }
            else if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                EndParagraph();
                Line(".IP \\(bu 2");
                _paragraph.Append(line.AsSpan(2));
            }
            else if (line.Trim().Length == 0)
            {
                if (_paragraph.Length > 0)
                {
                    EndParagraph();
                    Line(".PP");
                }
            }
            else
            {
                _paragraph.Append(_paragraph.Length > 0 ? " " : string.Empty).Append(line.Trim());
            }
        }

        EndParagraph();
    }

    // A table becomes a list, whose first column needs no heading.
    private static IEnumerable<string> WithoutTableHeads(string[] lines) =>
        lines.Where((line, at) => !TableRule().IsMatch(line) && !(at + 1 < lines.Length && TableRule().IsMatch(lines[at + 1])));

    // The first cell in bold, the others below it.
    private void Row(string line)
    {
        var cells = Cell().Split(line.Trim().Trim('|')).Select(cell => cell.Trim().Replace("\\|", "|", StringComparison.Ordinal)).ToList();
        Line(".TP");
        Line(".B " + (cells[0].Length == 0 ? "\\&" : Escape(MarkdownSection.PlainText(cells[0]))));
        Line(Guard(Escape(MarkdownSection.PlainText(string.Join("; ", cells.Skip(1))))));
    }

    private void EndParagraph()
    {
        if (_paragraph.Length > 0)
        {
            Line(Guard(Styled(_paragraph.ToString())));
            _paragraph.Clear();
        }
    }

    private void Line(string text) => _text.Append(text).Append('\n');

    // `code` and **bold** in bold, [links](…) as their text.
    private static string Styled(string text)
    {
        var styled = new StringBuilder();
        foreach (var part in Mark().Split(Link().Replace(text, "$1")))
        {
            var isMarked = part.Length > 2 && (part[0] == '`' || part.StartsWith("**", StringComparison.Ordinal));
            styled.Append(isMarked ? $"\\fB{Escape(part.Trim('`', '*'))}\\fR" : Escape(part));
        }

        return styled.ToString();
    }

    private static string Escape(string text) => text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("\"", "\\(dq", StringComparison.Ordinal).Replace("'", "\\(aq", StringComparison.Ordinal).Replace("`", "\\(ga", StringComparison.Ordinal)
        .Replace("^", "\\(ha", StringComparison.Ordinal).Replace("~", "\\(ti", StringComparison.Ordinal);

    // A line that begins with a dot would be a request.
    private static string Guard(string line) => line.StartsWith('.') ? "\\&" + line : line;

    [GeneratedRegex("^(#{2,3}) +(.+)$")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\|(\s*:?-+:?\s*\|)+\s*$")]
    private static partial Regex TableRule();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    [GeneratedRegex(@"(`[^`]+`|\*\*[^*]+\*\*)")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]*\)")]
    private static partial Regex Link();
}
