using System.Diagnostics;
using MailPass.Lab.Processes;

namespace MailPass.Core.Tests.Hashing;

/// <summary>A real Dovecot's <c>doveadm pw</c>: the reader that every hash is made for.</summary>
internal static class Doveadm
{
    private static readonly string? Program = LabTools.Find("doveadm");

    public static string? WhyAbsent => Program is null ? "doveadm (package dovecot-core) is not installed" : null;

    /// <summary><c>doveadm pw -t</c>, the password through standard input.</summary>
    public static bool Verifies(string prefixedHash, string password) => Run(["pw", "-t", prefixedHash], password + "\n").Ok;

    /// <summary><c>doveadm pw -s</c>, the password through standard input (it asks twice).</summary>
    public static string Hash(string scheme, string password, params string[] more)
    {
        var (ok, output) = Run(["pw", "-s", scheme, .. more], $"{password}\n{password}\n");
        return ok ? output.Trim() : throw new InvalidOperationException($"doveadm pw -s {scheme}: {output}");
    }

    private static (bool Ok, string Output) Run(string[] arguments, string input)
    {
        using var process = Process.Start(new ProcessStartInfo(Program!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode == 0, output + (process.ExitCode == 0 ? "" : errors.Result));
    }
}
