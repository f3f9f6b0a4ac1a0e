using System.Globalization;
using System.Text;

namespace MailPass.Benchmarks;

/// <summary>
/// The real program, from start to end: <c>mailpass reset</c> on the embedded store, with CSV in and out and a journal.
/// Rates do not include the start-up, which is the time of a reset of one mailbox; memory is the process's peak resident set.
/// </summary>
internal sealed class SpineCommand : IBenchCommand
{
    private const int Rounds = 5;
    private const int ShareRounds = 9;

    public string Name => "spine";

    public string Summary => "whole runs of the mailpass program: SSHA512 rate, SHA512-CRYPT against the hash rate, peak memory (--quick: without the million; --share: the second alone; --journal: what the journal costs)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("mailpass-spine-");
        try
        {
            Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {Rounds} rounds each: median (least to most).");
            if (arguments.Contains("--journal"))
            {
                await JournalAsync(folder.FullName);
                return 0;
            }

            var shareOnly = arguments.Contains("--share");
            if (!shareOnly)
            {
                await RateAsync(folder.FullName);
            }

            await AgainstHashRateAsync(folder.FullName);
            if (!shareOnly)
            {
                await MemoryAsync(folder.FullName, arguments.Contains("--quick"));
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RateAsync(string folder)
    {
        const int Mailboxes = 100_000;
        var (store, boxes) = await StoreAsync(folder, Mailboxes);
        var one = Write(folder, "one.csv", 1);
        var starts = new List<double>();
        var rates = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var start = await ResetAsync(folder, store, one, "SSHA512");
            var run = await ResetAsync(folder, store, boxes, "SSHA512");
            starts.Add(start.Seconds);
            rates.Add(Mailboxes / (run.Seconds - start.Seconds));
        }

        Print("start-up, a reset of one mailbox, ms", starts.ConvertAll(seconds => seconds * 1000));
        Print("SSHA512, 100,000 mailboxes, mailboxes per second", rates);
    }

    /// <summary>The same run with and without a journal, in turn.</summary>
    private static async Task JournalAsync(string folder)
    {
        const int Mailboxes = 100_000;
        var (store, boxes) = await StoreAsync(folder, Mailboxes);
        var one = Write(folder, "one.csv", 1);
        var (with, without, shares, starts) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < ShareRounds; round++)
        {
            var keptStart = await ResetAsync(folder, store, one, "SSHA512");
            var kept = await ResetAsync(folder, store, boxes, "SSHA512");
            var bareStart = await ResetAsync(folder, store, one, "SSHA512", "--no-journal");
            var bare = await ResetAsync(folder, store, boxes, "SSHA512", "--no-journal");
            starts.Add((keptStart.Seconds - bareStart.Seconds) * 1000);
            with.Add(Mailboxes / (kept.Seconds - keptStart.Seconds));
            without.Add(Mailboxes / (bare.Seconds - bareStart.Seconds));
            shares.Add(with[^1] / without[^1]);
        }

        Print("start-up, a reset of one mailbox: added by a journal, ms", starts);

        Print("SSHA512, 100,000 mailboxes per second with it", with);
        Print("  without", without);
        Print("  ratio", shares, "0.00");
        Figures.Keep("journal", shares);
    }

    private static async Task AgainstHashRateAsync(string folder)
    {
        const int Mailboxes = 20_000;
        var (store, boxes) = await StoreAsync(folder, Mailboxes);
        var one = Write(folder, "one.csv", 1);
        var (rates, bare, shares, ofOneCore) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        using var hashing = new BareHashing("SHA512-CRYPT");
        for (var round = 0; round < ShareRounds; round++)
        {
            // A virtual machine's cores change their speed from second to second, so the run is compared with the rates just
            // before and just after it.
            var start = await ResetAsync(folder, store, one, "SHA512-CRYPT");
            var (oneCore, before) = (hashing.Rate(1), hashing.Rate(Environment.ProcessorCount));
            var run = await ResetAsync(folder, store, boxes, "SHA512-CRYPT");
            var after = hashing.Rate(Environment.ProcessorCount);
            rates.Add(Mailboxes / (run.Seconds - start.Seconds));
            bare.Add((before + after) / 2);
            shares.Add(rates[^1] / bare[^1]);
            ofOneCore.Add(rates[^1] / (oneCore * Environment.ProcessorCount));
        }

        Print("SHA512-CRYPT, 20,000 mailboxes, mailboxes per second", rates);
        Print("  all cores only hashing, hashes per second", bare);
        Print("  the run as a share of that", shares, "0.00");
        Print($"  the run as a share of {Environment.ProcessorCount} times one core's rate", ofOneCore, "0.00");
    }

    private static async Task MemoryAsync(string folder, bool quick)
    {
        var peaks = new List<double>();
        foreach (var mailboxes in quick ? (int[])[50_000] : [50_000, 1_000_000])
        {
            var (store, boxes) = await StoreAsync(folder, mailboxes);
            var run = await ResetAsync(folder, store, boxes, "SSHA512");
            peaks.Add(run.PeakMegabytes);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {$"peak memory, {mailboxes:N0} mailboxes, MB",-52} {run.PeakMegabytes,9:N0}   ({run.Seconds:N1} s)"));
        }

        if (peaks.Count > 1)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"  ratio",-52} {peaks[1] / peaks[0],9:0.00}"));
        }
    }

    private static async Task<(string Store, string Boxes)> StoreAsync(string folder, int mailboxes)
    {
        var store = Path.Combine(folder, "mail.db");
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            File.Delete(file);
        }

        var boxes = Write(folder, "boxes.csv", mailboxes);
        await MailPassProgram.RunAsync(["init", "--store", store, "--csv", boxes]);
        return (store, boxes);
    }

    private static string Write(string folder, string name, int mailboxes)
    {
        // Each has a hash already, as in a store that is in use.
        const string Hash = "{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==";
        var path = Path.Combine(folder, name);
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        file.WriteLine("Mailbox,PasswordHash");
        for (var i = 0; i < mailboxes; i++)
        {
            file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"user{i:0000000}@domain{i % 100}.example.com,{Hash}"));
        }

        return path;
    }

    private static Task<(double Seconds, double PeakMegabytes)> ResetAsync(string folder, string store, string boxes, string scheme, params string[] more)
    {
        var output = Path.Combine(folder, "new.csv");
        File.Delete(output);
        return MailPassProgram.RunAsync(["reset", "--store", store, "--csv", boxes, "--scheme", scheme, "--out", output, .. more]);
    }

    private static void Print(string what, List<double> values, string format = "N0")
    {
        values.Sort();
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine($"  {what,-52} {values[values.Count / 2].ToString(format, culture),9}   ({values[0].ToString(format, culture)} to {values[^1].ToString(format, culture)})");
    }
}
