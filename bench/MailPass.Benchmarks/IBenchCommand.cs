namespace MailPass.Benchmarks;

/// <summary>A measurement with a name; <see cref="Program"/> lists them.</summary>
internal interface IBenchCommand
{
    /// <summary>The name to type after <c>--</c>.</summary>
    string Name { get; }

    /// <summary>What is measured, in one line.</summary>
    string Summary { get; }

    /// <summary>Measures and prints.</summary>
    /// <returns>The process's exit code.</returns>
    Task<int> RunAsync(string[] arguments);
}
