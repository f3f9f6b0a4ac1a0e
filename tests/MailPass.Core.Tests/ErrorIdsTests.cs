using System.Reflection;
using System.Text.RegularExpressions;
using MailPass.Lab;

namespace MailPass.Core.Tests;

public sealed partial class ErrorIdsTests
{
    private static readonly FieldInfo[] _ids = typeof(ErrorIds).GetFields(BindingFlags.Public | BindingFlags.Static);

    [Fact]
    public void Each_id_is_its_own_name() => Assert.All(_ids, id => Assert.Equal(id.Name, id.GetRawConstantValue()));

    [Fact]
    public void The_page_lists_every_id_and_no_other()
    {
        // The ids of the heads have their own section.
        var page = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "docs", "errors.md")).Split("\n## What only ")[0];
        Assert.Equal(
            _ids.Select(id => id.Name).Order(StringComparer.Ordinal),
            ListedId().Matches(page).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex ListedId();
}
