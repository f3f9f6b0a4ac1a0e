namespace MailPass.Benchmarks;

/// <summary>One measurement that can be asked for by name; add it to the list in <see cref="Program"/>.</summary>
internal interface IBenchCommand
{
    /// <summary>What is typed behind <c>--</c>.</summary>
    string Name { get; }

    /// <summary>What is measured, in one line.</summary>
    string Summary { get; }

    /// <summary>Measures and prints.</summary>
    /// <returns>The process's exit code.</returns>
    Task<int> RunAsync(string[] arguments);
}
