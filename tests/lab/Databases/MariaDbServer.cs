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
        LabTools.RequireDriver("MySqlConnector");
        var daemon = LabTools.Find("mariadbd") ?? LabTools.Require("mysqld", "mariadb-server");
        var install = LabTools.Find("mariadb-install-db") ?? LabTools.Require("mysql_install_db", "mariadb-server");
        var client = LabTools.Find("mariadb") ?? LabTools.Require("mysql", "mariadb-client");
        var folder = new LabFolder("mariadb");
        try
        {
            // Whoever runs the tests is its root; as another user it has one without a password, on its socket alone.
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

    /// <summary>Starts Oracle's own MySQL, of the versions that a package carries, as <c>tests/lab/install.sh</c> unpacks it.</summary>
    /// <param name="version"><c>5.6</c> or <c>5.7</c>.</param>
    /// <param name="options">Further options.</param>
    /// <exception cref="LabUnavailableException">It is not there.</exception>
    public static async Task<MariaDbServer> StartMySqlAsync(string version, params string[] options)
    {
        LabTools.RequireDriver("MySqlConnector");
        var root = Path.Combine(LabTools.Packages, "mysql-" + version, "package", "server");
        var client = LabTools.Find("mariadb") ?? LabTools.Require("mysql", "mariadb-client");
        var daemon = Path.Combine(root, "mysqld");
        if (!File.Exists(daemon))
        {
            throw new LabUnavailableException($"MySQL {version} is not unpacked (run tests/lab/install.sh).");
        }

        var folder = new LabFolder("mysql");
        try
        {
            var data = folder.At("data");
            var isOld = version == "5.6";
            string[] common =
            [
                "--no-defaults", $"--basedir={root}", $"--lc-messages-dir={Path.Combine(root, isOld ? "share" : "share/mysql")}", $"--datadir={data}", $"--user={Environment.UserName}", $"--tmpdir={folder.Folder("tmp")}",
            ];
            // Root has no password; only the socket's folder and loopback lead there. The older package has such a data folder ready.
            if (isOld)
            {
                await Command.RunAsync("/bin/cp", ["-r", Path.Combine(root, "data", "mysql"), data]);
            }
            else
            {
                await Command.RunAsync(daemon, [.. common, "--initialize-insecure"]);
            }

            var server = new MariaDbServer(folder, client, "root", FreePort.Take())
            {
                // Longer keys need another form of row in 5.6; a default that is an expression came with 8.0.13.
                _adapt = isOld
                    ? sql => sql.Replace("ENGINE=InnoDB", "ROW_FORMAT=DYNAMIC ENGINE=InnoDB", StringComparison.Ordinal)
                    : sql => sql.Replace("JSON NOT NULL DEFAULT ('{}')", "JSON", StringComparison.Ordinal),
            };
            server._process = await ServerProcess.StartAsync(LabTools.Require("env", "coreutils"),
            [
                "LD_LIBRARY_PATH=" + root, daemon, .. common,
                "--bind-address=127.0.0.1", $"--port={server.Port}", $"--socket={server.Socket}", $"--pid-file={folder.At("mysqld.pid")}",
                // In 5.6's usual rows an index holds 767 bytes, which an address of 255 characters in utf8mb4 does not fit into.
                .. isOld ? (string[])["--innodb-file-format=Barracuda", "--innodb-large-prefix=1"] : ["--log-syslog=0", "--secure-file-priv=NULL", "--skip-ssl"],
                "--character-set-server=utf8", "--skip-name-resolve", "--explicit-defaults-for-timestamp", "--max-allowed-packet=64M", .. options,
            ], folder.At("mysqld.log"), server.AnswersAsync);
            if (isOld)
            {
                await server.ExecuteAsync("mysql", "DELETE FROM user WHERE user = '' OR host NOT IN ('localhost'); FLUSH PRIVILEGES");
            }

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
        (await Command.TryAsync(LabTools.Require("timeout", "coreutils"), ["10", _client, "--no-defaults", $"--socket={Socket}", $"--user={_root}", "-e", "SELECT 1"])).ExitCode == 0;

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
        // XML is the one format of this client that tells NULL from a text and keeps every byte of it.
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
            $"GRANT {rights} ON {Quote(database)}.* TO '{login.User}'@'127.0.0.1' IDENTIFIED BY '{login.Password}'");
        return login;
    }

    private Task<string> ClientAsync(string[] arguments, string sql) =>
        Command.RunAsync(_client, ["--no-defaults", $"--socket={Socket}", $"--user={_root}", "--default-character-set=utf8mb4", .. arguments], sql);
}
