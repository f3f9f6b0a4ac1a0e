using System.Globalization;
using MailPass.ModuleBuilder.Help;
using MailPass.ModuleBuilder.Man;

namespace MailPass.ModuleBuilder;

/// <summary>Makes the help that PowerShell and man read from the pages in docs/.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        try
        {
            switch (arguments)
            {
                case ["help", var assembly, var references, var docs, var manifest, var module]:
                    HelpBuilder.Build(assembly, File.ReadAllLines(references), docs, OnlinePages.Read(manifest), module);
                    break;
                case ["man", var page, var version, var date, var file]:
                    File.WriteAllText(file, ManPage.Convert(
                        File.ReadLines(page),
                        "mailpass",
                        "change, reset and generate mailbox passwords, log mailboxes out",
                        ["mailpass COMMAND [OPTION...]", "mailpass COMMAND --help"],
                        version,
                        DateOnly.ParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture)));
                    break;
                default:
                    Console.Error.WriteLine("usage: help <MailPass.PowerShell.dll> <file with its references, one per line> <docs folder> <manifest> <module folder>");
                    Console.Error.WriteLine("       man <page> <version> <its date> <manual page>");
                    return 2;
            }

            return 0;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
    }
}
