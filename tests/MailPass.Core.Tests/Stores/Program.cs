using System.ComponentModel;
using System.Diagnostics;

namespace MailPass.Core.Tests.Stores;

/// <summary>A program that judges our work from outside; a test is skipped if it is not installed.</summary>
internal static class Program
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    public static string Run(string name, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(name) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new SkipException($"The program {name} is not installed.");
        }

        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{name} ended with {process.ExitCode}: {errors.Result}");
            return output;
        }
    }
}
