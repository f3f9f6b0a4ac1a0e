using System.Diagnostics;
using System.Globalization;
using MailPass.Fuzz;

// dotnet run -c Release --project tests/MailPass.Fuzz -- TARGET COUNT [SEED]
var target = FuzzTarget.All.FirstOrDefault(known => args.Length > 1 && known.Name == args[0]);
if (target is null || !long.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
{
    Console.Error.WriteLine($"usage: TARGET COUNT [SEED]; a target is one of {string.Join(", ", FuzzTarget.All.Select(known => known.Name))}.");
    return 2;
}

var seed = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var started = Stopwatch.GetTimestamp();
var run = new FuzzRun(target, seed);
var defects = run.Go(count);
foreach (var defect in defects)
{
    Console.WriteLine($"{target.Name}: input {defect.Number} of seed {seed}: {defect.Fault}");
    Console.WriteLine($"  {Convert.ToBase64String(defect.Input)}");
}

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{target.Name}: {count:N0} inputs of seed {seed} in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s, {run.Accepted:N0} accepted, {defects.Count} kinds of defect."));
return defects.Count == 0 ? 0 : 1;
