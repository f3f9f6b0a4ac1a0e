using MailPass.ModuleBuilder.Help;
using MailPass.ModuleBuilder.Packaging;

namespace MailPass.ModuleBuilder;

/// <summary>What the module needs besides its assemblies: help that PowerShell reads, and packages with the same bytes every time.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["help", var assembly, var references, var docs, var module]:
                    HelpBuilder.Build(assembly, File.ReadAllLines(references), docs, module);
                    return 0;
                case ["pack", var module, var output]:
                    foreach (var file in ModulePackages.Build(module, output))
                    {
                        Console.WriteLine(file);
                    }

                    return 0;
                default:
                    Console.Error.WriteLine("""
                        usage: help <MailPass.PowerShell.dll> <file with its references, one a line> <docs folder> <module folder>
                               pack <module folder> <output folder>
                        """);
                    return 2;
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
    }
}
