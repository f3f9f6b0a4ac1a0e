using System.Diagnostics;
using System.Text;

namespace MailPass.Lab.Processes;

/// <summary>Runs a program to its end.</summary>
public static class Command
{
    /// <summary>What a program answered.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Output">Its standard output.</param>
    /// <param name="Error">Its standard error.</param>
    public sealed record Result(int ExitCode, string Output, string Error);

    /// <summary>Runs a program; passwords belong into <paramref name="input"/> or <paramref name="environment"/>, never into the arguments.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments, one each.</param>
    /// <param name="input">Its standard input, UTF-8.</param>
    /// <param name="environment">What to add to its environment.</param>
    /// <param name="folder">Its working folder.</param>
    public static async Task<Result> TryAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of its input; its exit code shows why.
        }

        await process.WaitForExitAsync();
        return new Result(process.ExitCode, await output, await error);
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It did not; the message has its output.</exception>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null)
    {
        var result = await TryAsync(program, arguments, input, environment, folder);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} ended with {result.ExitCode}: {result.Error}{result.Output}");
    }
}
