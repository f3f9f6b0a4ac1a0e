namespace MailPass.Benchmarks;

/// <summary><c>dotnet run -c Release --project bench/MailPass.Benchmarks -- COMMAND</c>: one small class a command.</summary>
internal static class Program
{
    private static readonly IBenchCommand[] Commands =
    [
        new RatiosCommand(),
        new ScalingCommand(),
        new SpineCommand(),
        new DatabaseCommand(),
        new SessionsCommand(),
        new PowerShellCommand(),
        new BenchmarkDotNetCommand(),
    ];

    private static async Task<int> Main(string[] arguments)
    {
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

        return 2;
    }
}
