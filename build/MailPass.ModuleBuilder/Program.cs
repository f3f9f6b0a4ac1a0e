using MailPass.ModuleBuilder.Help;

namespace MailPass.ModuleBuilder;

/// <summary>Makes the help that PowerShell reads from the pages in docs/.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            if (arguments is not ["help", var assembly, var references, var docs, var module])
            {
                Console.Error.WriteLine("usage: help <MailPass.PowerShell.dll> <file with its references, one per line> <docs folder> <module folder>");
                return 2;
            }

            HelpBuilder.Build(assembly, File.ReadAllLines(references), docs, module);
            return 0;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
    }
}
