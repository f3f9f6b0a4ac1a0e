using System.Management.Automation;
using System.Reflection;
using MailPass.PowerShell.Errors;

namespace MailPass.PowerShell.Tests;

public sealed class FaultTests
{
    public static TheoryData<string> Ids => [.. new[] { typeof(ErrorIds), typeof(FaultIds) }
        .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
        .Select(constant => (string)constant.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_id_has_a_category(string id)
    {
        Assert.Contains(id, FaultCatalog.Ids);
        Assert.NotEqual(ErrorCategory.NotSpecified, FaultCatalog.Find(id).Category);
        Assert.DoesNotContain(' ', id);
    }

    [Fact]
    public void Every_id_is_in_docs_errors()
    {
        var errors = File.ReadAllText(Path.Combine(Repository.Root, "docs", "errors.md"));
        Assert.All(FaultCatalog.Ids, id => Assert.Contains($"`{id}`", errors, StringComparison.Ordinal));
    }
}
