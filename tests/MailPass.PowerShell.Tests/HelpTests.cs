using System.Xml.Linq;
using MailPass.ModuleBuilder.Help;

namespace MailPass.PowerShell.Tests;

public sealed class HelpTests
{
    private static readonly string _docs = Path.Combine(Repository.Root, "docs");

    private static Dictionary<string, CmdletPage> Pages() =>
        Directory.GetFiles(Path.Combine(_docs, "cmdlets"), "*-*.md").Select(CmdletPage.Read).ToDictionary(page => page.Name);

    [Fact]
    public void Pages_match_the_cmdlets() => Assert.Empty(HelpBuilder.Compare(Cmdlets.Read(), Pages()));

    [Fact]
    public void Missing_page_is_reported()
    {
        var pages = Pages();
        pages.Remove("Set-MailboxPassword");
        Assert.Equal(["docs/cmdlets/Set-MailboxPassword.md is missing."], HelpBuilder.Compare(Cmdlets.Read(), pages));
    }

    [Fact]
    public void Missing_and_extra_parameters_are_reported()
    {
        var cmdlets = Cmdlets.Read().Select(cmdlet => cmdlet.Name == "Get-MailboxAccount"
            ? cmdlet with { Parameters = [.. cmdlet.Parameters.Where(parameter => parameter.Name != "Domain"), new CmdletParameter("Colour", "String", false, [], [])] }
            : cmdlet).ToList();
        Assert.Equal(
            ["docs/cmdlets/Get-MailboxAccount.md does not describe -Colour.", "docs/cmdlets/Get-MailboxAccount.md describes -Domain, which the cmdlet does not have."],
            HelpBuilder.Compare(cmdlets, pages: Pages()));
    }

    [Fact]
    public void Module_has_help_with_examples_for_each_cmdlet()
    {
        XNamespace command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
        var help = XDocument.Load(Path.Combine(Repository.Module, "en-US", "MailPass.PowerShell.dll-Help.xml"));
        var commands = help.Root!.Elements(command + "command").ToList();
        Assert.Equal(Cmdlets.Read().Select(cmdlet => cmdlet.Name), commands.Select(item => item.Element(command + "details")!.Element(command + "name")!.Value));
        Assert.All(commands, item => Assert.NotEmpty(item.Element(command + "examples")!.Elements()));
        Assert.All(Directory.GetFiles(_docs, "about_*.md"), page => Assert.True(File.Exists(Path.Combine(Repository.Module, "en-US", Path.GetFileNameWithoutExtension(page) + ".help.txt"))));
    }

    [Fact]
    public void No_page_has_a_placeholder() =>
        Assert.All(Directory.GetFiles(_docs, "*.md", SearchOption.AllDirectories), file => Assert.DoesNotContain("{{", File.ReadAllText(file), StringComparison.Ordinal));
}
