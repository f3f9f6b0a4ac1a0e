using System.Xml.Linq;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>A MariaDB of its own: own data, own port on 127.0.0.1, own socket, set up as Debian does.</summary>
public sealed class MariaDbServer : LabDatabaseServer
{
    private static readonly XNamespace _xsi = "http://www.w3.org/2001/XMLSchema-instance";

    private readonly LabFolder _folder;
    private readonly string _client;
    private readonly string _root;
    private ServerProcess? _process;
    private Func<string, string> _adapt = sql => sql;
    private int _logins;

    private MariaDbServer(LabFolder folder, string client, string root, int port)
    {
        _folder = folder;
        _client = client;
        _root = root;
        Port = port;
    }

    /// <inheritdoc/>
    public override string Engine => "mysql";

    /// <inheritdoc/>
    public override int Port { get; }

    /// <summary>The Unix socket; the account that runs the tests is root there.</summary>
    public string Socket => _folder.At("s.sock");

    /// <summary>The server's process, for tests that kill it.</summary>
    public ServerProcess Process => _process!;

    /// <summary>Sets a server up and starts it.</summary>
    /// <param name="options">Further options, for example <c>--innodb-lock-wait-timeout=1</c>.</param>
    /// <exception cref="LabUnavailableException">MariaDB is not installed.</exception>
    public static Task<MariaDbServer> StartAsync(params string[] options) => StartAsync(Environment.UserName, options);

    /// <summary>Starts a node of a cluster, which is ready when it has the others' data.</summary>
    /// <param name="user">Who it runs as.</param>
    /// <param name="options">Its options.</param>
    internal static Task<MariaDbServer> StartNodeAsync(string user, string[] options) => StartAsync(user, options);

    private static async Task<MariaDbServer> StartAsync(string user, string[] options)
    {
        var daemon = LabTools.Find("mariadbd") ?? LabTools.Require("mysqld", "mariadb-server");
        var install = LabTools.Find("mariadb-install-db") ?? LabTools.Require("mysql_install_db", "mariadb-server");
        var client = LabTools.Find("mariadb") ?? LabTools.Require("mysql", "mariadb-client");
        var folder = new LabFolder("mariadb");
        try
        {
            // Its root is the user who runs the tests; for another user it has a root without a password, only on its socket.
            var me = Environment.UserName;
            var own = user == me;
            var data = folder.At("data");
            if (!own)
            {
                await folder.GiveToAsync("data", user);
                await folder.GiveToAsync("tmp", user);
                await Command.RunAsync("/bin/chown", [user + ":", folder.Path]);
            }

            await Command.RunAsync(install,
            [
                "--no-defaults", $"--datadir={data}", $"--user={user}", "--skip-test-db",
                .. own ? (string[])["--auth-root-authentication-method=socket", $"--auth-root-socket-user={me}"] : ["--auth-root-authentication-method=normal"],
            ]);
            var server = new MariaDbServer(folder, client, own ? me : "root", FreePort.Take());
            server._process = await ServerProcess.StartAsync(daemon,
            [
                "--no-defaults", $"--datadir={data}", $"--user={user}", "--bind-address=127.0.0.1", $"--port={server.Port}",
                $"--socket={server.Socket}", $"--pid-file={folder.At("mariadbd.pid")}", $"--tmpdir={folder.Folder("tmp")}",
                "--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci", "--skip-name-resolve",
                "--local-infile=1", "--innodb-buffer-pool-size=512M", "--plugin-load-add=auth_socket", .. options,
            ], folder.At("mariadbd.log"), server.AnswersAsync);
            return server;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Starts Oracle's own MySQL, in one of the versions that <c>tests/lab/install.sh</c> unpacks.</summary>
    /// <param name="version"><c>5.6</c>, <c>5.7</c>, <c>8.0</c> or <c>8.4</c>.</param>
    /// <param name="options">Further options.</param>
    /// <exception cref="LabUnavailableException">It is not there.</exception>
    public static async Task<MariaDbServer> StartMySqlAsync(string version, params string[] options)
    {
        var client = LabTools.Find("mariadb") ?? LabTools.Require("mysql", "mariadb-client");
        var release = MySqlRelease.Require(version);
        var folder = new LabFolder("mysql");
        try
        {
            // Root has no password; only the socket's folder and loopback lead there.
            var data = folder.At("data");
            string[] common = [$"--user={Environment.UserName}", $"--tmpdir={folder.Folder("tmp")}"];
            await release.MakeDataAsync(data, common);
            var server = new MariaDbServer(folder, client, "root", FreePort.Take()) { _adapt = release.Adapt };
            var daemon = release.Command;
            server._process = await ServerProcess.StartAsync(daemon[0],
            [
                .. daemon[1..], $"--datadir={data}", .. common,
                "--bind-address=127.0.0.1", $"--port={server.Port}", $"--socket={server.Socket}", $"--pid-file={folder.At("mysqld.pid")}",
                .. release.Options, "--skip-name-resolve", "--max-allowed-packet=64M", .. options,
            ], folder.At("mysqld.log"), server.AnswersAsync);
            await server.ExecuteAsync("mysql", release.SetUp);
            return server;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Whether the server answers.</summary>
    /// <remarks>A node that still copies its cluster's data takes connections and leaves them waiting.</remarks>
    public async Task<bool> AnswersAsync() =>
        (await Command.TryAsync(LabTools.Require("timeout", "coreutils"), ["10", _client, "--no-defaults", "--skip-ssl", $"--socket={Socket}", $"--user={_root}", "-e", "SELECT 1"])).ExitCode == 0;

    /// <inheritdoc/>
    public override Task CreateDatabaseAsync(string database) => ExecuteAsync("mysql", $"CREATE DATABASE {Quote(database)}");

    /// <inheritdoc/>
    public override Task ExecuteAsync(string database, string sql) =>
        ClientAsync([database], _adapt(sql));

    /// <inheritdoc/>
    public override Task<LabLogin> CreateOwnerAsync(string database) => CreateLoginAsync("ALL", database);

    /// <inheritdoc/>
    public override Task<LabLogin> CreateReaderAsync(string database) => CreateLoginAsync("SELECT", database);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<LabRow>> QueryAsync(string database, string sql)
    {
        // XML is the only format of this client that distinguishes NULL from a text and keeps every byte.
        var xml = XDocument.Parse(await ClientAsync(["--xml", "--binary-as-hex", database], sql));
        return xml.Root!.Elements("row").Select(row =>
        {
            var cells = new LabRow();
            foreach (var field in row.Elements("field"))
            {
                cells[field.Attribute("name")!.Value] = (string?)field.Attribute(_xsi + "nil") == "true" ? null : field.Value;
            }

            return cells;
        }).ToArray();
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyDictionary<string, string[]>> TablesAsync(string database)
    {
        var rows = await QueryAsync(database,
            """
            SELECT t.table_name AS t, (SELECT GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position) FROM information_schema.key_column_usage k
              WHERE k.table_schema = t.table_schema AND k.table_name = t.table_name AND k.constraint_name = 'PRIMARY') AS k
            FROM information_schema.tables t WHERE t.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'
            """);
        return rows.ToDictionary(row => row["t"]!, row => row["k"]?.Split(',') ?? []);
    }

    /// <inheritdoc/>
    public override string Quote(string name) => "`" + name.Replace("`", "``") + "`";

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // Its data is deleted too, so it need not shut down cleanly, which may take seconds.
            await _process.KillAsync();
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <inheritdoc/>
    public override async Task<LabLogin> CreateMailPassAsync(string database, string grants)
    {
        var login = NewLogin();
        await ExecuteAsync(database, grants
            .Replace("'mailpass'@'localhost'", $"'{login.User}'@'127.0.0.1'", StringComparison.Ordinal)
            .Replace("'a long random password'", $"'{login.Password}'", StringComparison.Ordinal)
            .Replace(" mail.", $" {Quote(database)}.", StringComparison.Ordinal));
        return login;
    }

    // MySQL 5.6 takes names of 16 characters.
    private LabLogin NewLogin() => new($"lab_login_{Interlocked.Increment(ref _logins)}", NewPassword());

    private async Task<LabLogin> CreateLoginAsync(string rights, string database)
    {
        var login = NewLogin();
        await ExecuteAsync(database,
            $"CREATE USER '{login.User}'@'127.0.0.1' IDENTIFIED BY '{login.Password}'; GRANT {rights} ON {Quote(database)}.* TO '{login.User}'@'127.0.0.1'");
        return login;
    }

    // Encryption would take most of the client's time, which has nothing to hide from its own machine.
    private Task<string> ClientAsync(string[] arguments, string sql) =>
        Command.RunAsync(_client, ["--no-defaults", "--skip-ssl", $"--socket={Socket}", $"--user={_root}", "--default-character-set=utf8mb4", .. arguments], sql);
}
