using System.Reflection;

namespace MailPass.Lab.Processes;

/// <summary>
/// The PowerShell that the build downloaded as a .NET tool, and its Pester: every machine with the SDK has them. Its process is
/// <c>dotnet</c>, as it is for everybody who installed PowerShell with <c>dotnet tool install</c>.
/// </summary>
public static class PowerShellTool
{
    /// <summary>The program to start.</summary>
    public static string Program { get; } = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";

    /// <summary>The assembly that <see cref="Program"/> takes as its first argument.</summary>
    public static string Assembly { get; } = Path.Combine(Built("PowerShell"), OperatingSystem.IsWindows() ? "win" : "unix", "pwsh.dll");

    /// <summary>The manifest of the Pester that the build downloaded.</summary>
    public static string Pester { get; } = Built("Pester");

    private static string Built(string name) =>
        typeof(PowerShellTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == name).Value!;
}
