namespace MailPass.ModuleBuilder.Help;

/// <summary>A cmdlet's page of <c>docs/cmdlets</c>, read into its parts.</summary>
/// <remarks>
/// A page is Markdown with fixed headings: the cmdlet's name; a paragraph that is the synopsis; Description; Examples, each
/// with a heading, a PowerShell block, maybe a block of output, and remarks; Parameters, each with a heading; Inputs; Outputs;
/// Notes and Related links if there are any. The facts from the assembly itself (types, positions, aliases, sets) are not repeated.
/// </remarks>
internal sealed class CmdletPage
{
    private CmdletPage(string name) => Name = name;

    public string Name { get; }

    public string Synopsis { get; private set; } = string.Empty;

    public IReadOnlyList<string> Description { get; private set; } = [];

    public IReadOnlyList<HelpExample> Examples { get; private set; } = [];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyList<string> Inputs { get; private set; } = [];

    public IReadOnlyList<string> Outputs { get; private set; } = [];

    public IReadOnlyList<string> Notes { get; private set; } = [];

    public IReadOnlyList<string> Related { get; private set; } = [];

    /// <summary>Reads a page.</summary>
    /// <param name="file">The page.</param>
    /// <exception cref="InvalidDataException">It is not laid out as pages are; the message names page and line.</exception>
    public static CmdletPage Read(string file)
    {
        var sections = MarkdownSection.Split(File.ReadAllLines(file), file);
        if (sections is not [{ Level: 1 } title, ..] || title.Heading != Path.GetFileNameWithoutExtension(file))
        {
            throw new InvalidDataException($"{file}: the first line must be '# {Path.GetFileNameWithoutExtension(file)}'.");
        }

        var page = new CmdletPage(title.Heading) { Synopsis = string.Join(' ', title.Paragraphs) };
        for (var i = 1; i < sections.Count; i++)
        {
            var section = sections[i];
            if (section.Level != 2)
            {
                throw new InvalidDataException($"{file}({section.Line}): '{section.Heading}' is not below a heading of the second level.");
            }

            var below = sections.Skip(i + 1).TakeWhile(next => next.Level == 3).ToList();
            page.Take(section, below, file);
            i += below.Count;
        }

        return page;
    }

    private void Take(MarkdownSection section, List<MarkdownSection> below, string file)
    {
        switch (section.Heading)
        {
            case "Description":
                Description = section.Paragraphs;
                break;
            case "Examples":
                Examples = below.ConvertAll(HelpExample.Read);
                break;
            case "Parameters":
                Parameters = below.ToDictionary(parameter => parameter.Heading.TrimStart('-'), parameter => parameter.Paragraphs);
                break;
            case "Inputs":
                Inputs = section.Paragraphs;
                break;
            case "Outputs":
                Outputs = section.Paragraphs;
                break;
            case "Notes":
                Notes = section.Paragraphs;
                break;
            case "Related links":
                Related = section.Paragraphs;
                break;
            default:
                throw new InvalidDataException($"{file}({section.Line}): a page has no section '{section.Heading}'.");
        }
    }
}

/// <summary>An example: input, output and purpose.</summary>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<string> Remarks)
{
    public static HelpExample Read(MarkdownSection section) => new(
        section.Heading,
        string.Join("\n\n", section.Blocks),
        section.Paragraphs);
}
