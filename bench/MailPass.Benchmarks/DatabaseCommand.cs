using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Benchmarks;

/// <summary>
/// 100,000 mailboxes of iRedMail on a real MariaDB: how fast prepared hashes are written, against the fastest that the
/// database's own client can do with the same columns and against one UPDATE a mailbox; then whole resets, against a PHP
/// program that hashes and updates.
/// </summary>
internal sealed class DatabaseCommand : IBenchCommand
{
    private const int Mailboxes = 100_000;
    private const int Chunk = 5_000;
    private const int Single = 2_000;
    private const int PhpMailboxes = 500;
    private const int Rounds = 3;

    public string Name => "database";

    public string Summary => "prepared hashes into MariaDB against LOAD DATA and against single UPDATEs; whole resets against PHP";

    public async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            await using var server = await MariaDbServer.StartAsync();
            using var system = await MailSystem.CreateAsync("iredmail", server);
            var login = await server.CreateOwnerAsync(system.Database);
            await system.ExecuteAsync(
                $"""
                DELETE FROM mailbox;
                INSERT INTO mailbox (username, password, name, domain, passwordlastchange, created, modified)
                SELECT CONCAT('user', seq, '@alpha.example'), '{Hash()}', CONCAT('User ', seq), 'alpha.example', '2026-01-02 03:04:05', '2026-01-02 03:04:05', '2026-01-02 03:04:05'
                FROM seq_1_to_{Mailboxes}
                """);
            using var password = Secret.FromChars(login.Password);
            var location = new StoreLocation(StoreProvider.MySql, Server: "127.0.0.1", Port: server.Port, Database: system.Database, User: login.User);
            await using var store = await MailStore.OpenAsync(location, new StoreOpenOptions { Password = password });

            Console.WriteLine($"{Mailboxes:n0} mailboxes; {store.Info.BatchSize:n0} changes a transaction. Medians of {Rounds} interleaved rounds, mailboxes a second.");
            var ours = new List<double>();
            var loaded = new List<double>();
            var single = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                loaded.Add(await LoadDataAsync(server, system));
                ours.Add(await WriteAsync(store));
                single.Add(await SingleAsync(server, system));
                Console.WriteLine($"  round {round + 1}: LOAD DATA and join {loaded[^1],9:n0}   store {ours[^1],9:n0}   single UPDATEs {single[^1],9:n0}");
            }

            Console.WriteLine($"store / LOAD DATA and join   {Ratio(ours, loaded):0.00}");
            Console.WriteLine($"store / single UPDATEs       {Ratio(ours, single):0.0}");

            var path = Median(ours);
            var fast = await ResetAsync(store, "SSHA512", Mailboxes);
            Console.WriteLine($"whole reset, SSHA512         {fast,9:n0}   {fast / path:0.00} of the store's write path");
            var slow = await ResetAsync(store, "SHA512-CRYPT", 20_000);
            var php = await PhpAsync(server, system, login);
            Console.WriteLine($"whole reset, SHA512-CRYPT    {slow,9:n0}   PHP, crypt and UPDATE {php,6:n0}   ratio {slow / php:0.0}");
            return 0;
        }
        catch (LabUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static double Ratio(List<double> left, List<double> right) => Median(left.Zip(right, (l, r) => l / r));

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    // As long as a real one; what stands in it makes no difference to the database.
    private static string Hash() => "{SSHA512}" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(68));

    // Files of a chunk each into a temporary table, and one UPDATE with a join for each, in a transaction.
    private static async Task<double> LoadDataAsync(MariaDbServer server, MailSystem system)
    {
        using var folder = new LabFolder("load");
        var script = new StringBuilder("CREATE TEMPORARY TABLE t (k VARCHAR(255) PRIMARY KEY, n VARCHAR(255)) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;\n");
        for (var first = 1; first <= Mailboxes; first += Chunk)
        {
            var file = folder.Write($"{first}.txt", string.Concat(Enumerable.Range(first, Chunk).Select(i => $"user{i}@alpha.example\t{Hash()}\n")));
            script.Append(CultureInfo.InvariantCulture, $"BEGIN; DELETE FROM t; LOAD DATA LOCAL INFILE '{file}' INTO TABLE t;\n");
            script.Append("UPDATE t STRAIGHT_JOIN mailbox m ON m.username = t.k SET m.password = t.n, m.passwordlastchange = UTC_TIMESTAMP(), m.modified = UTC_TIMESTAMP(); COMMIT;\n");
        }

        var clock = Stopwatch.StartNew();
        await server.ExecuteAsync(system.Database, script.ToString());
        return Mailboxes / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> SingleAsync(MariaDbServer server, MailSystem system)
    {
        var script = string.Concat(Enumerable.Range(1, Single).Select(i =>
            $"UPDATE mailbox SET password = '{Hash()}', passwordlastchange = UTC_TIMESTAMP(), modified = UTC_TIMESTAMP() WHERE username = 'user{i}@alpha.example';\n"));
        var clock = Stopwatch.StartNew();
        await server.ExecuteAsync(system.Database, script);
        return Single / clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> WriteAsync(IMailboxStore store)
    {
        var batches = new List<HashWrite[]>();
        await foreach (var accounts in AccountsAsync(store).Chunk(store.Info.BatchSize))
        {
            batches.Add(accounts.Select(account => new HashWrite { Account = account, NewHash = Hash(), Time = DateTimeOffset.UtcNow }).ToArray());
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

    private static async Task<double> ResetAsync(IMailboxStore store, string scheme, int count)
    {
        var clock = Stopwatch.StartNew();
        await using var run = new ChangeRun(store, new ChangeRunOptions
        {
            Generator = new PasswordGenerator(PasswordPolicy.Default),
            Settings = new HashSettings(scheme),
            RefuseDuplicates = false,
        });
        var requests = AccountsAsync(store).Take(count).Select(account => new ChangeRequest { Identity = account.Address.Value, Account = account });
        var changed = 0;
        await foreach (var result in run.ExecuteAsync(requests))
        {
            changed += result.Status == ChangeStatus.Changed ? 1 : 0;
            result.Password?.Dispose();
        }

        return changed == count ? count / clock.Elapsed.TotalSeconds : throw new InvalidOperationException($"Only {changed} of {count} were changed.");
    }

    private static async Task<double> PhpAsync(MariaDbServer server, MailSystem system, LabLogin login)
    {
        var php = LabTools.Require("php", "php-cli");
        var seconds = await Command.RunAsync(php,
        [
            "-r",
            """
            $db = new mysqli('127.0.0.1', getenv('LAB_USER'), getenv('LAB_PASSWORD'), getenv('LAB_DATABASE'), (int)getenv('LAB_PORT'));
            $update = $db->prepare('UPDATE mailbox SET password = ?, passwordlastchange = UTC_TIMESTAMP(), modified = UTC_TIMESTAMP() WHERE username = ?');
            $start = hrtime(true);
            for ($i = 1; $i <= (int)getenv('LAB_COUNT'); $i++) {
                $password = bin2hex(random_bytes(8));
                $hash = '{SHA512-CRYPT}' . crypt($password, '$6$' . bin2hex(random_bytes(8)) . '$');
                $user = "user$i@alpha.example";
                $update->bind_param('ss', $hash, $user);
                $update->execute();
            }
            echo (hrtime(true) - $start) / 1e9;
            """,
        ], environment: new Dictionary<string, string>
        {
            ["LAB_USER"] = login.User,
            ["LAB_PASSWORD"] = login.Password,
            ["LAB_DATABASE"] = system.Database,
            ["LAB_PORT"] = server.Port.ToString(CultureInfo.InvariantCulture),
            ["LAB_COUNT"] = PhpMailboxes.ToString(CultureInfo.InvariantCulture),
        });
        return PhpMailboxes / double.Parse(seconds, CultureInfo.InvariantCulture);
    }

    private static IAsyncEnumerable<MailboxAccount> AccountsAsync(IMailboxStore store) =>
        store.ListAsync(new MailboxQuery { Domain = "alpha.example" }, CancellationToken.None);
}
