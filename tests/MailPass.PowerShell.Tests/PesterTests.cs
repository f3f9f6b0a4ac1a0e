using Xunit.Abstractions;

namespace MailPass.PowerShell.Tests;

/// <summary>The first half of the suite in tests/pester; it runs beside the second.</summary>
public sealed class PesterAToMTests(ITestOutputHelper output)
{
    /// <summary>Its files.</summary>
    public static TheoryData<string> Files => PesterSuite.Files(to: 'M');

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public Task Pester_file_passes(string file) => PesterSuite.RunAsync(file, output);
}

/// <summary>The second half of the suite in tests/pester; it runs beside the first.</summary>
public sealed class PesterNToZTests(ITestOutputHelper output)
{
    /// <summary>Its files.</summary>
    public static TheoryData<string> Files => PesterSuite.Files(from: 'N');

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public Task Pester_file_passes(string file) => PesterSuite.RunAsync(file, output);
}
