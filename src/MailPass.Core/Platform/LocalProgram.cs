using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace MailPass.Platform;

/// <summary>Runs programs of this machine: arguments as a list and never a shell, with nothing to read.</summary>
internal static class LocalProgram
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Runs one to its end.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="timeout">How long it may take; then it is killed.</param>
    /// <exception cref="FileNotFoundException">It cannot be started.</exception>
    /// <exception cref="TimeoutException">It took longer.</exception>
    public static async Task<ProgramAnswer> RunAsync(string path, IEnumerable<string> arguments, TimeSpan timeout)
    {
        var start = new ProcessStartInfo(path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or FileNotFoundException)
        {
            throw new FileNotFoundException($"The program '{path}' cannot be started: {e.Message}", e);
        }

        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await Task.WhenAll(output, errors, process.WaitForExitAsync(limit.Token)).ConfigureAwait(false);
            return new(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        catch (OperationCanceledException e)
        {
            End(process);
            throw new TimeoutException($"'{path}' gave no answer within {timeout.TotalSeconds:0.#} s.", e);
        }
    }

    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself meanwhile.
        }
    }
}

/// <summary>A program's output.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProgramAnswer(int ExitCode, string Output, string Errors);
