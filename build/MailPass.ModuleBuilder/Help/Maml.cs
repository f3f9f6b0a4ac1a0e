using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MailPass.ModuleBuilder.Help;

/// <summary>Writes MAML, the XML that <c>Get-Help</c> reads ("How to Write Cmdlet Help", PowerShell SDK documentation).</summary>
internal static class Maml
{
    private static readonly XNamespace _root = "http://msh";
    private static readonly XNamespace _maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace _command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace _dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes one file for all cmdlets.</summary>
    public static void Write(string file, IEnumerable<(CmdletInfo Cmdlet, CmdletPage Page)> cmdlets, OnlinePages online)
    {
        var document = new XElement(_root + "helpItems", new XAttribute("schema", "maml"), cmdlets.Select(item => Command(item.Cmdlet, item.Page, online)));
        using var writer = XmlWriter.Create(file, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) });
        document.Save(writer);
    }

    private static XElement Command(CmdletInfo cmdlet, CmdletPage page, OnlinePages online)
    {
        var name = cmdlet.Name.Split('-');
        return new XElement(
            _command + "command",
            new XAttribute(XNamespace.Xmlns + "maml", _maml),
            new XAttribute(XNamespace.Xmlns + "command", _command),
            new XAttribute(XNamespace.Xmlns + "dev", _dev),
            new XElement(
                _command + "details",
                new XElement(_command + "name", cmdlet.Name),
                new XElement(_command + "verb", name[0]),
                new XElement(_command + "noun", name[1]),
                Description([page.Synopsis])),
            Description(page.Description),
            new XElement(_command + "syntax", cmdlet.Sets.Select(set => SyntaxItem(cmdlet, page, set))),
            new XElement(_command + "parameters", cmdlet.Parameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal).Select(parameter => Parameter(parameter, parameter.Sets[0], page)), ShouldProcess(cmdlet)),
            new XElement(_command + "inputTypes", page.Inputs.Select(text => new XElement(_command + "inputType", TypeName(text)))),
            new XElement(_command + "returnValues", page.Outputs.Select(text => new XElement(_command + "returnValue", TypeName(text)))),
            new XElement(_maml + "alertSet", new XElement(_maml + "alert", Paragraphs(page.Notes))),
            new XElement(_command + "examples", page.Examples.Select(Example)),
            // Get-Help -Online opens the first link that has an address.
            new XElement(
                _command + "relatedLinks",
                Link("Online Version:", online.Of(cmdlet.Name)),
                page.Related.Select(text => Link(text.TrimStart('-', '*', ' '), string.Empty))));
    }

    private static XElement Link(string text, string address) =>
        new(_maml + "navigationLink", new XElement(_maml + "linkText", text), new XElement(_maml + "uri", address));

    private static XElement SyntaxItem(CmdletInfo cmdlet, CmdletPage page, string? set)
    {
        var parameters =
            from parameter in cmdlet.Parameters
            let inSet = parameter.Sets.FirstOrDefault(candidate => candidate.Name is null || candidate.Name == set)
            where inSet is not null
            orderby inSet.Position ?? int.MaxValue, inSet.IsMandatory descending
            select Parameter(parameter, inSet, page);
        return new XElement(_command + "syntaxItem", new XElement(_maml + "name", cmdlet.Name), parameters, ShouldProcess(cmdlet));
    }

    private static IEnumerable<XElement> ShouldProcess(CmdletInfo cmdlet) => !cmdlet.SupportsShouldProcess
        ? []
        : [Common("Confirm", "Asks before each mailbox is changed.", "cf"), Common("WhatIf", "Says what would be done and what would fail. Nothing is changed.", "wi")];

    private static XElement Common(string name, string text, string alias) =>
        Parameter(new CmdletParameter(name, "SwitchParameter", IsSwitch: true, [alias], []), new ParameterInSet(null, false, null, false, false), [text]);

    private static XElement Parameter(CmdletParameter parameter, ParameterInSet inSet, CmdletPage page) =>
        Parameter(parameter, inSet, page.Parameters[parameter.Name]);

    private static XElement Parameter(CmdletParameter parameter, ParameterInSet inSet, IReadOnlyList<string> description) => new(
        _command + "parameter",
        new XAttribute("required", Text(inSet.IsMandatory)),
        new XAttribute("variableLength", Text(parameter.TypeName.EndsWith(']'))),
        new XAttribute("globbing", Text(parameter.TakesWildcards)),
        new XAttribute("pipelineInput", (inSet.FromPipeline, inSet.FromProperty) switch
        {
            (true, true) => "True (ByPropertyName, ByValue)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        }),
        new XAttribute("position", inSet.Position?.ToString(CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(_maml + "name", parameter.Name),
        Description(description),
        parameter.IsSwitch
            ? null
            : new XElement(
                _command + "parameterValue",
                new XAttribute("required", "true"),
                new XAttribute("variableLength", Text(parameter.TypeName.EndsWith(']'))),
                parameter.TypeName),
        new XElement(_dev + "type", new XElement(_maml + "name", parameter.TypeName), new XElement(_maml + "uri")),
        new XElement(_dev + "defaultValue", parameter.IsSwitch ? "False" : "None"));

    private static XElement Example(HelpExample example, int index) => new(
        _command + "example",
        new XElement(_maml + "title", string.Create(CultureInfo.InvariantCulture, $"Example {index + 1}: {example.Title}")),
        new XElement(_dev + "code", example.Code),
        

        // Get-Help puts the next example's title right below the last paragraph.
        new XElement(_dev + "remarks", Paragraphs(example.Remarks.Append(string.Empty))));

    private static XElement Description(IEnumerable<string> paragraphs) => new(_maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> paragraphs) => paragraphs.Select(text => new XElement(_maml + "para", text));

    // "MailPass.PasswordChange: one row for each mailbox." has the type before the colon.
    private static IEnumerable<XElement> TypeName(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (name, about) = colon < 0 ? (text, string.Empty) : (text[..colon], text[(colon + 1)..].Trim());
        yield return new XElement(_dev + "type", new XElement(_maml + "name", name.TrimStart('-', '*', ' ')));
        yield return Description([about]);
    }

    private static string Text(bool value) => value ? "true" : "false";
}
