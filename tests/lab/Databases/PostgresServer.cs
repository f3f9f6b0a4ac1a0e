using System.Globalization;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>A PostgreSQL of its own: own data, own port on 127.0.0.1 (SCRAM), own socket (for the tests alone).</summary>
public sealed class PostgresServer : LabDatabaseServer
{
    private readonly LabFolder _folder;
    private readonly string _client;
    private ServerProcess? _process;
    private int _owners;

    private PostgresServer(LabFolder folder, string client, int port)
    {
        _folder = folder;
        _client = client;
        Port = port;
    }

    /// <inheritdoc/>
    public override string Engine => "postgresql";

    /// <inheritdoc/>
    public override int Port { get; }

    /// <summary>The folder of the Unix socket.</summary>
    public string SocketFolder => _folder.At("run");

    /// <summary>The folder of its data.</summary>
    public string DataFolder => _folder.At("data");

    /// <summary>What it logs.</summary>
    public string LogFile => _folder.At("postgres.log");

    /// <summary>The server's process, for tests that kill it.</summary>
    public ServerProcess Process => _process!;

    /// <summary>Sets a server up and starts it.</summary>
    /// <param name="settings">Further settings, for example <c>deadlock_timeout=100ms</c>.</param>
    /// <exception cref="LabUnavailableException">PostgreSQL is not installed.</exception>
    public static async Task<PostgresServer> StartAsync(params string[] settings)
    {
        var initdb = LabTools.RequirePostgres("initdb");
        var daemon = LabTools.RequirePostgres("postgres");
        var client = LabTools.RequirePostgres("psql");
        var folder = new LabFolder("pg");
        try
        {
            // PostgreSQL refuses to run as root; Debian's package brings a user for it.
            string[] asUser = LabTools.IsRoot
                ? [LabTools.Require("setpriv", "util-linux"), "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
                : [];
            var data = folder.At("data");
            var run = folder.At("run");
            await folder.GiveToAsync("data", "postgres");
            await folder.GiveToAsync("run", "postgres");
            string[] setUp = [.. asUser, initdb, "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"];
            await Command.RunAsync(setUp[0], setUp[1..], folder: "/");
            var server = new PostgresServer(folder, client, FreePort.Take());
            string[] start = [.. asUser, daemon, "-D", data, "-p", $"{server.Port}", "-k", run,
                "-c", "listen_addresses=127.0.0.1", "-c", "password_encryption=scram-sha-256", "-c", "timezone=UTC", "-c", "shared_buffers=256MB",
                .. settings.SelectMany(setting => new[] { "-c", setting })];
            server._process = await ServerProcess.StartAsync(start[0], start[1..], folder.At("postgres.log"), server.AnswersAsync);
            return server;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether the server answers.</summary>
    public async Task<bool> AnswersAsync() =>
        (await Command.TryAsync(_client, Arguments("postgres", ["-c", "SELECT 1"]))).ExitCode == 0;

    /// <summary>
    /// Starts it again after a kill. Its children outlive it for a moment, and until the last has noticed, a new one
    /// refuses to start beside them ("pre-existing shared memory block is still in use").
    /// </summary>
    public async Task StartAgainAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Process.StartAsync(AnswersAsync);
                return;
            }
            catch (InvalidOperationException e) when (attempt < 100 && e.Message.Contains("still in use", StringComparison.Ordinal))
            {
                await Task.Delay(100);
            }
        }
    }

    /// <inheritdoc/>
    public override Task CreateDatabaseAsync(string database) => ExecuteAsync("postgres", $"CREATE DATABASE {Quote(database)}");

    /// <inheritdoc/>
    public override Task ExecuteAsync(string database, string sql) => Command.RunAsync(_client, Arguments(database, ["-f", "-"]), sql);

    /// <inheritdoc/>
    public override async Task<LabLogin> CreateOwnerAsync(string database)
    {
        // PostfixAdmin has one of its own already.
        var login = new LabLogin(string.Create(CultureInfo.InvariantCulture, $"owner_{database}_{Interlocked.Increment(ref _owners)}"), NewPassword());
        await ExecuteAsync(database,
            $"CREATE USER {Quote(login.User)} PASSWORD '{login.Password}'; ALTER DATABASE {Quote(database)} OWNER TO {Quote(login.User)}; ALTER SCHEMA public OWNER TO {Quote(login.User)}");
        return login;
    }

    /// <inheritdoc/>
    public override async Task<LabLogin> CreateReaderAsync(string database)
    {
        var login = new LabLogin("reader_" + database, NewPassword());
        await ExecuteAsync(database,
            $"DROP USER IF EXISTS {Quote(login.User)}; CREATE USER {Quote(login.User)} PASSWORD '{login.Password}' IN ROLE pg_read_all_data");
        return login;
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<LabRow>> QueryAsync(string database, string sql)
    {
        var lines = ReadRecords(await Command.RunAsync(_client,
            Arguments(database, ["--pset=format=unaligned", "--pset=null=\u0001", "--pset=fieldsep=\u001f", "--pset=recordsep=\u001e", "--pset=footer=off", "-f", "-"]), sql));
        return lines.Skip(1).Select(fields =>
        {
            var row = new LabRow();
            for (var i = 0; i < fields.Length; i++)
            {
                row[lines[0][i]] = fields[i] == "\u0001" ? null : fields[i];
            }

            return row;
        }).ToArray();
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyDictionary<string, string[]>> TablesAsync(string database)
    {
        var rows = await QueryAsync(database,
            """
            SELECT t.table_name AS t, (SELECT string_agg(k.column_name, ',' ORDER BY k.ordinal_position)
              FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c USING (constraint_schema, constraint_name, table_name)
              WHERE k.table_schema = t.table_schema AND k.table_name = t.table_name AND c.constraint_type = 'PRIMARY KEY') AS k
            FROM information_schema.tables t WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
            """);
        return rows.ToDictionary(row => row["t"]!, row => row["k"]?.Split(',') ?? []);
    }

    /// <inheritdoc/>
    public override string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <inheritdoc/>
    public override async Task<LabLogin> CreateMailPassAsync(string database, string grants)
    {
        var login = new LabLogin("mp_" + database, NewPassword());
        await ExecuteAsync(database, grants
            .Replace(" mailpass", " " + Quote(login.User), StringComparison.Ordinal)
            .Replace("'a long random password'", $"'{login.Password}'", StringComparison.Ordinal)
            .Replace(" mail ", $" {Quote(database)} ", StringComparison.Ordinal));
        return login;
    }

    // Unaligned output with the ASCII separators: they occur in no mail system's data, and NULL has its own mark.
    private static string[][] ReadRecords(string output) =>
        (output.EndsWith('\n') ? output[..^1] : output).Split('\u001e', StringSplitOptions.RemoveEmptyEntries).Select(record => record.Split('\u001f')).ToArray();

    private string[] Arguments(string database, string[] more) =>
        ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", SocketFolder, "-p", $"{Port}", "-U", "postgres", "-d", database, .. more];
}
