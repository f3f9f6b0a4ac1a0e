using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailPass.Lab.Databases;
using MailPass.Lab.Processes;
using MailPass.Secrets;
using MailPass.Stores;
using MailPass.Stores.Sql.Server;

namespace MailPass.Benchmarks;

/// <summary>
/// Writes prepared hashes into one MariaDB three ways by turns: through the store; by LOAD DATA LOCAL INFILE into a
/// temporary table and one UPDATE … JOIN for each 5,000 rows (the files lie ready); by one autocommitted UPDATE a mailbox.
/// </summary>
internal sealed class StoreCommand : IBenchCommand
{
    private const int Mailboxes = 100_000;
    private const int OneByOne = 2_000;
    private const int Batch = 5_000;
    private const int Rounds = 5;

    private const string Schema = """
        {
          "name": "bench", "title": "Bench", "engines": ["mysql"],
          "detect": [ { "table": "mailbox", "columns": ["username", "password", "modified"] } ],
          "mailbox": { "table": "mailbox", "as": "m", "key": "m.username", "address": "m.username", "domain": "m.domain" },
          "hash": { "column": "m.password", "prefix": "always" },
          "write": { "set": [ { "column": "modified", "to": { "now": "server" } } ] }
        }
        """;

    public string Name => "store";

    public string Summary => "100,000 hashes into a MariaDB, against LOAD DATA with a join and against one UPDATE a mailbox";

    public async Task<int> RunAsync(string[] arguments)
    {
        MariaDbServer server;
        try
        {
            server = await MariaDbServer.StartAsync();
        }
        catch (LabUnavailableException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }

        await using var owned = server;
        var folder = Directory.CreateTempSubdirectory("mailpass-bench-").FullName;
        try
        {
            await MeasureAsync(server, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static async Task MeasureAsync(MariaDbServer server, string folder)
    {
        var login = await FillAsync(server);
        await File.WriteAllTextAsync(Path.Combine(folder, "bench.json"), Schema);
        using var password = Secret.FromChars(login.Password);
        var location = StoreLocation.Parse(string.Create(CultureInfo.InvariantCulture, $"mysql://{login.User}@127.0.0.1:{server.Port}/bench"));
        await using var store = await MailStore.OpenAsync(location, new StoreOpenOptions { Password = password, Schema = Path.Combine(folder, "bench.json") });
        var factory = SqlDriver.Load("MySqlConnector", "MySqlConnector.MySqlConnectorFactory", "MySQL and MariaDB");
        await using var connection = factory.CreateConnection()!;
        connection.ConnectionString = string.Create(
            CultureInfo.InvariantCulture,
            $"Server=127.0.0.1;Port={server.Port};Database=bench;User ID={login.User};Password={login.Password}");
        await connection.OpenAsync();

        var (ours, load, single) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            var a = await StoreAsync(store, $"s{round}");
            var b = await LoadAsync(server, folder, $"l{round}");
            var c = await OneByOneAsync(connection, $"u{round}");
            // The first round warms caches and the JIT up.
            if (round == 0)
            {
                continue;
            }

            ours.Add(a);
            load.Add(b);
            single.Add(c);
            Console.WriteLine($"  round {round}: store {a,9:n0}/s   LOAD DATA + JOIN {b,9:n0}/s   UPDATE each {c,7:n0}/s   ratios {a / b:0.00}  {a / c:0.0}");
        }

        Console.WriteLine($"median ratio to LOAD DATA + JOIN: {Median(ours.Zip(load, (x, y) => x / y)):0.00} (at least 0.75 wanted)");
        Console.WriteLine($"median ratio to UPDATE each:      {Median(ours.Zip(single, (x, y) => x / y)):0.0} (at least 20 wanted)");
    }

    private static string User(int i) => string.Create(CultureInfo.InvariantCulture, $"mailbox{i:000000}@domain{i % 100:00}.example");

    private static string Hash(string mark, int i) => "{SHA512-CRYPT}$6$" + string.Create(CultureInfo.InvariantCulture, $"{mark}{i:000000}").PadRight(103, 'x');

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    private static async Task<LabLogin> FillAsync(MariaDbServer server)
    {
        await server.CreateDatabaseAsync("bench");
        var login = await server.CreateOwnerAsync("bench");
        var rows = new StringBuilder("""
            CREATE TABLE mailbox (
                username VARCHAR(255) PRIMARY KEY, password VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL DEFAULT '', maildir VARCHAR(255) NOT NULL DEFAULT '',
                quota BIGINT NOT NULL DEFAULT 0, local_part VARCHAR(255) NOT NULL DEFAULT '', domain VARCHAR(255) NOT NULL, created DATETIME NOT NULL DEFAULT NOW(),
                modified DATETIME NOT NULL DEFAULT NOW(), active TINYINT(1) NOT NULL DEFAULT 1, KEY (domain)) CHARACTER SET latin1 COLLATE latin1_general_ci;
            """);
        for (var i = 0; i < Mailboxes; i++)
        {
            rows.Append(i % Batch == 0 ? ";INSERT INTO mailbox (username, password, domain) VALUES " : ",")
                .Append(CultureInfo.InvariantCulture, $"('{User(i)}','{Hash("old", i)}','domain{i % 100:00}.example')");
        }

        await server.ExecuteAsync("bench", rows.Replace(";;", ";").ToString());
        return login;
    }

    private static async Task<double> StoreAsync(IMailboxStore store, string mark)
    {
        var changes = new List<HashWrite>(Mailboxes);
        await foreach (var account in store.ListAsync(new MailboxQuery(), CancellationToken.None))
        {
            changes.Add(new HashWrite { Account = account, NewHash = Hash(mark, changes.Count), Time = DateTimeOffset.UtcNow });
        }

        var clock = Stopwatch.StartNew();
        foreach (var batch in changes.Chunk(Batch))
        {
            if ((await store.WriteAsync(batch, CancellationToken.None)).Any(outcome => outcome.Status != WriteStatus.Written))
            {
                throw new InvalidOperationException("A mailbox was not written.");
            }
        }

        return Mailboxes / clock.Elapsed.TotalSeconds;
    }

    // By the server's own client: the driver loads local files only over a verified connection.
    private static async Task<double> LoadAsync(MariaDbServer server, string folder, string mark)
    {
        var script = new StringBuilder("CREATE TEMPORARY TABLE loaded (username VARCHAR(255) PRIMARY KEY, password VARCHAR(255)) CHARACTER SET latin1 COLLATE latin1_general_ci;");
        for (var start = 0; start < Mailboxes; start += Batch)
        {
            var file = Path.Combine(folder, $"{start}.tsv");
            await File.WriteAllLinesAsync(file, Enumerable.Range(start, Batch).Select(i => $"{User(i)}\t{Hash(mark, i)}"));
            script.Append(CultureInfo.InvariantCulture, $"TRUNCATE TABLE loaded; BEGIN; LOAD DATA LOCAL INFILE '{file}' INTO TABLE loaded CHARACTER SET utf8mb4;")
                .Append("UPDATE loaded STRAIGHT_JOIN mailbox USING (username) SET mailbox.password = loaded.password, modified = NOW(); COMMIT;");
        }

        var clock = Stopwatch.StartNew();
        await server.ExecuteAsync("bench", script.ToString());
        var rate = Mailboxes / clock.Elapsed.TotalSeconds;
        var loaded = await server.QueryAsync("bench", $"SELECT COUNT(*) AS n FROM mailbox WHERE password LIKE '%$6$%{mark}%'");
        return loaded[0]["n"] == Mailboxes.ToString(CultureInfo.InvariantCulture) ? rate : throw new InvalidOperationException("A mailbox was not loaded.");
    }

    private static async Task<double> OneByOneAsync(DbConnection connection, string mark)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE mailbox SET password = @hash, modified = NOW() WHERE username = @user";
        var hash = command.CreateParameter();
        hash.ParameterName = "@hash";
        var user = command.CreateParameter();
        user.ParameterName = "@user";
        command.Parameters.Add(hash);
        command.Parameters.Add(user);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < OneByOne; i++)
        {
            hash.Value = Hash(mark, i);
            user.Value = User(i);
            await command.ExecuteNonQueryAsync();
        }

        return OneByOne / clock.Elapsed.TotalSeconds;
    }
}
