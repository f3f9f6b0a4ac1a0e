namespace MailPass.Benchmarks;

/// <summary><c>dotnet run -c Release --project bench/MailPass.Benchmarks -- COMMAND</c>: one small class per command.</summary>
internal static class Program
{
    private static readonly IBenchCommand[] Commands =
    [
        new RatiosCommand(),
        new ScalingCommand(),
        new SpineCommand(),
        new DatabaseCommand(),
        new DirectoryCommand(),
        new SessionsCommand(),
        new PowerShellCommand(),
        new BenchmarkDotNetCommand(),
        new ChartCommand(),
    ];

    private static async Task<int> Main(string[] arguments)
    {
        // For all measurements of whole runs, so the commands do not see it.
        if (Array.IndexOf(arguments, "--program") is > 0 and var at && at + 1 < arguments.Length)
        {
            MailPassProgram.Path = Path.GetFullPath(arguments[at + 1]);
            arguments = [.. arguments[..at], .. arguments[(at + 2)..]];
        }

        Figures.AreSaved = arguments.Contains("--save");
        arguments = [.. arguments.Where(argument => argument != "--save")];
        var command = arguments.Length == 0 ? null : Commands.FirstOrDefault(c => c.Name.Equals(arguments[0], StringComparison.OrdinalIgnoreCase));
        if (command is not null)
        {
            return await command.RunAsync(arguments[1..]);
        }

        Console.Error.WriteLine(arguments.Length == 0 ? "Name one of these measurements:" : $"There is no measurement '{arguments[0]}'. Name one of these:");
        foreach (var known in Commands)
        {
            Console.Error.WriteLine($"  {known.Name,-12} {known.Summary}");
        }

        Console.Error.WriteLine("With --program FILE, whole runs are those of another mailpass or mailpass.dll: one that was published, for example. --save keeps the ratios for chart.");
        return 2;
    }
}
