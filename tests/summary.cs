// Counts the results of a test run and names what was skipped, each with its reason.
// dotnet run tests/summary.cs -- FOLDER-WITH-TRX-FILES [PASSED FAILED] (counts of tests that are not in the files)
#:property PublishAot=false

using System.Globalization;
using System.Xml.Linq;

var results = Directory.EnumerateFiles(args[0], "*.trx").SelectMany(Results).ToList();
var skipped = results.Where(result => result.Outcome is "NotExecuted").ToList();
var failed = results.Count(result => result.Outcome is not "Passed" and not "NotExecuted") + Extra(2);
var passed = results.Count(result => result.Outcome is "Passed") + Extra(1);
if (skipped.Count > 0)
{
    Console.WriteLine("Skipped, with the reason:");
    foreach (var reason in skipped.GroupBy(result => result.Reason).OrderBy(group => group.Key, StringComparer.Ordinal))
    {
        var tests = reason.Select(result => result.Name).Distinct().Order(StringComparer.Ordinal).ToList();
        Console.WriteLine($"  {reason.Key} ({reason.Count()}: {string.Join(", ", tests.Take(3))}{(tests.Count > 3 ? ", …" : null)})");
    }
}

Console.WriteLine($"{passed} passed, {failed} failed, {skipped.Count} skipped");
return results.Count > 0 && failed == 0 ? 0 : 1;

int Extra(int index) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : 0;

static IEnumerable<Result> Results(string file)
{
    XNamespace trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    return XDocument.Load(file).Descendants(trx + "UnitTestResult").Select(result => new Result(
        Short((string?)result.Attribute("testName") ?? "?"),
        (string?)result.Attribute("outcome") ?? "?",
        (result.Descendants(trx + "Message").FirstOrDefault() ?? result.Descendants(trx + "StdOut").FirstOrDefault())?.Value.Trim() ?? "no reason given"));
}

// MailPass.Core.Tests.Hashing.BcryptTests.Name(data) without the namespace and the data.
static string Short(string name) => string.Join('.', name.Split('(')[0].Split('.')[^2..]);

internal sealed record Result(string Name, string Outcome, string Reason);
