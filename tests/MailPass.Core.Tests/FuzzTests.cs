using MailPass.Fuzz;

namespace MailPass.Core.Tests;

/// <summary>A few inputs of each fuzz target, other ones each day; tests/MailPass.Fuzz gives millions.</summary>
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTarget.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Reader_refuses_unreadable_input_as_documented(string name)
    {
        var seed = DateTime.UtcNow.DayOfYear;
        var run = new FuzzRun(FuzzTarget.All.Single(target => target.Name == name), seed);
        var defects = run.Go(500);
        Assert.True(run.Accepted > 0, "nothing was accepted, so nothing was tried");
        Assert.True(defects.Count == 0, string.Join('\n', defects.Select(defect => $"seed {seed}, input {defect.Number}: {defect.Fault}\n{Convert.ToBase64String(defect.Input)}")));
    }
}
