using System.Diagnostics;
using System.Globalization;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Benchmarks;

/// <summary>
/// 100,000 mailboxes of PostfixAdmin or iRedMail on a real MariaDB and a real PostgreSQL: how fast the store writes prepared hashes,
/// against the fastest bulk loading of the server's own client and against one UPDATE per mailbox; then whole runs of the real
/// program, against a PHP program that hashes and updates; and its memory with a million mailboxes.
/// </summary>
internal sealed class DatabaseCommand : IBenchCommand
{
    private const int Mailboxes = 100_000;
    private const int SlowMailboxes = 20_000;
    private const int Single = 2_000;
    private const int PhpMailboxes = 500;
    private const int Rounds = 5;

    public string Name => "database";

    public string Summary => "hashes into MariaDB and PostgreSQL against bulk loading and single UPDATEs; whole runs against PHP (--million: memory; mysql, postgresql: one server; plain, iredmail: one table)";

    public async Task<int> RunAsync(string[] arguments)
    {
        var engines = Asked(["mysql", "postgresql"], engine => engine, arguments);
        var tables = Asked(MailTable.All, table => table.Name, arguments);
        try
        {
            foreach (var (engine, table) in engines.SelectMany(engine => tables.Select(table => (engine, table))))
            {
                await using var database = await MailDatabase.StartAsync(engine, table);
                PrintLoad();
                if (arguments.Contains("--million"))
                {
                    await MemoryAsync(database);
                }
                else
                {
                    await RatesAsync(database, withPhp: engine == "mysql");
                }

                PrintLoad();
            }

            return 0;
        }
        catch (LabUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    // The ones that the arguments name, or all if they name none.
    private static T[] Asked<T>(IReadOnlyList<T> all, Func<T, string> name, string[] arguments) =>
        all.Where(one => arguments.Contains(name(one))).ToArray() is { Length: > 0 } asked ? asked : [.. all];

    private static async Task RatesAsync(MailDatabase database, bool withPhp)
    {
        var (server, bulk) = database.Title;
        await database.FillAsync(Mailboxes, SlowMailboxes);
        await using var store = await database.OpenAsync();
        Console.WriteLine($"{server}, {database.Table.Title}, {Mailboxes:N0} mailboxes, {store.Info.BatchSize:N0} changes per transaction; mailboxes per second, {Rounds} rounds after one to warm up.");
        var rows = new Dictionary<string, List<double>>();
        for (var round = 0; round <= Rounds; round++)
        {
            // Each goes first in every second round, so that neither always finds what the other left.
            var (ours, theirs) = (0.0, 0.0);
            for (var turn = 0; turn < 2; turn++)
            {
                await database.TidyAsync();
                if ((round + turn) % 2 == 0)
                {
                    ours = await WriteAsync(store);
                }
                else
                {
                    theirs = await database.BulkAsync(Mailboxes);
                }
            }

            var single = await database.SingleAsync(Single);
            var oneMailbox = await ResetAsync(database, "--mailbox", MailDatabase.Address(1), "SSHA512");
            await database.TidyAsync();
            var fast = Mailboxes / (await ResetAsync(database, "--domain", "alpha.example", "SSHA512") - oneMailbox);
            await database.TidyAsync();
            var slow = SlowMailboxes / (await ResetAsync(database, "--domain", "beta.example", "SHA512-CRYPT") - oneMailbox);
            var php = withPhp ? await PhpProgram.RunAsync(database, PhpMailboxes) : double.NaN;
            if (round == 0)
            {
                continue;
            }

            Note("the store", ours);
            Note(bulk, theirs);
            Note("one UPDATE each", single);
            Note("whole reset, SSHA512", fast);
            Note("whole reset, SHA512-CRYPT", slow);
            Note("start-up, ms", oneMailbox * 1000);
            Note($"the store / {bulk}", ours / theirs);
            Note("the store / one UPDATE each", ours / single);
            Note("whole reset, SSHA512 / the store", fast / ours);
            if (withPhp)
            {
                Note("PHP, crypt and UPDATE", php);
                Note("whole reset, SHA512-CRYPT / PHP", slow / php);
            }
        }

        foreach (var (name, values) in rows)
        {
            Print(name, values);
        }

        if (database.Table == MailTable.All[0])
        {
            Figures.Keep(withPhp ? "mariadb" : "postgresql", rows[$"the store / {bulk}"]);
            if (withPhp)
            {
                Figures.Keep("php", rows["whole reset, SHA512-CRYPT / PHP"]);
            }
        }

        void Note(string name, double value) => (rows.TryGetValue(name, out var values) ? values : rows[name] = []).Add(value);
    }

    // Prepared hashes, in batches of the store's preferred size.
    private static async Task<double> WriteAsync(IMailboxStore store)
    {
        var batches = new List<HashWrite[]>();
        await foreach (var accounts in store.ListAsync(new MailboxQuery { Domain = "alpha.example" }, CancellationToken.None).Chunk(store.Info.BatchSize))
        {
            batches.Add([.. accounts.Select(account => new HashWrite { Account = account, NewHash = MailDatabase.Hash(), Time = DateTimeOffset.UtcNow })]);
        }

        var clock = Stopwatch.StartNew();
        foreach (var batch in batches)
        {
            var outcomes = await store.WriteAsync(batch, CancellationToken.None);
            if (outcomes.Any(outcome => outcome.Status != WriteStatus.Written))
            {
                throw new InvalidOperationException("A hash was not written.");
            }
        }

        return Mailboxes / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> ResetAsync(MailDatabase database, string option, string value, string scheme) =>
        (await ProgramAsync(database, option, value, scheme)).Seconds;

    private static async Task<(double Seconds, double PeakMegabytes)> ProgramAsync(MailDatabase database, string option, string value, string scheme)
    {
        using var folder = new LabFolder("reset");
        return await MailPassProgram.RunAsync(["reset", .. database.Store, option, value, "--scheme", scheme, "--out", folder.At("new.csv"), "--yes"], database.Login.Password);
    }

    private static async Task MemoryAsync(MailDatabase database)
    {
        var peaks = new List<double>();
        foreach (var mailboxes in (int[])[50_000, 1_000_000])
        {
            await database.FillAsync(mailboxes, 1);
            var (seconds, peak) = await ProgramAsync(database, "--domain", "alpha.example", "SSHA512");
            peaks.Add(peak);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {$"{database.Title.Server}, reset of {mailboxes:N0} mailboxes: peak memory, MB",-62} {peak,9:N0}   ({seconds:N1} s)"));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"  ratio",-62} {peaks[1] / peaks[0],9:0.00}"));
    }

    private static void Print(string what, List<double> values)
    {
        values.Sort();
        var format = values[^1] < 100 ? "0.00" : "N0";
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine($"  {what,-62} {values[values.Count / 2].ToString(format, culture),9}   ({values[0].ToString(format, culture)} to {values[^1].ToString(format, culture)})");
    }

    private static void PrintLoad()
    {
        if (File.Exists("/proc/loadavg"))
        {
            Console.WriteLine($"Load averages: {File.ReadAllText("/proc/loadavg").Trim()}");
        }
    }
}
