using System.Xml.Linq;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>A MariaDB of its own: own data, own port on 127.0.0.1, own socket, set up as Debian does.</summary>
public sealed class MariaDbServer : LabDatabaseServer
{
    private static readonly XNamespace _xsi = "http://www.w3.org/2001/XMLSchema-instance";

    private readonly LabFolder _folder;
    private readonly string _client;
    private ServerProcess? _process;

    private MariaDbServer(LabFolder folder, string client, int port)
    {
        _folder = folder;
        _client = client;
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
    public static async Task<MariaDbServer> StartAsync(params string[] options)
    {
        var daemon = LabTools.Find("mariadbd") ?? LabTools.Require("mysqld", "mariadb-server");
        var install = LabTools.Find("mariadb-install-db") ?? LabTools.Require("mysql_install_db", "mariadb-server");
        var client = LabTools.Find("mariadb") ?? LabTools.Require("mysql", "mariadb-client");
        var folder = new LabFolder("mariadb");
        try
        {
            var me = Environment.UserName;
            var data = folder.At("data");
            await Command.RunAsync(install,
            [
                "--no-defaults", $"--datadir={data}", $"--user={me}", "--skip-test-db",
                "--auth-root-authentication-method=socket", $"--auth-root-socket-user={me}",
            ]);
            var server = new MariaDbServer(folder, client, FreePort.Take());
            server._process = await ServerProcess.StartAsync(daemon,
            [
                "--no-defaults", $"--datadir={data}", $"--user={me}", "--bind-address=127.0.0.1", $"--port={server.Port}",
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

    /// <summary>Whether the server answers.</summary>
    public async Task<bool> AnswersAsync() =>
        (await Command.TryAsync(_client, ["--no-defaults", $"--socket={Socket}", "-e", "SELECT 1"])).ExitCode == 0;

    /// <inheritdoc/>
    public override Task CreateDatabaseAsync(string database) => ExecuteAsync("mysql", $"CREATE DATABASE {Quote(database)}");

    /// <inheritdoc/>
    public override Task ExecuteAsync(string database, string sql) => ClientAsync([database], sql);

    /// <inheritdoc/>
    public override Task<LabLogin> CreateOwnerAsync(string database) => CreateLoginAsync("owner_", "ALL", database);

    /// <inheritdoc/>
    public override Task<LabLogin> CreateReaderAsync(string database) => CreateLoginAsync("reader_", "SELECT", database);

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
        var login = new LabLogin("mp_" + database, NewPassword());
        await ExecuteAsync(database, $"DROP USER IF EXISTS '{login.User}'@'127.0.0.1'");
        await ExecuteAsync(database, grants
            .Replace("'mailpass'@'localhost'", $"'{login.User}'@'127.0.0.1'", StringComparison.Ordinal)
            .Replace("'a long random password'", $"'{login.Password}'", StringComparison.Ordinal)
            .Replace(" mail.", $" {Quote(database)}.", StringComparison.Ordinal));
        return login;
    }

    private async Task<LabLogin> CreateLoginAsync(string name, string rights, string database)
    {
        var login = new LabLogin(name + database, NewPassword());
        await ExecuteAsync(database,
            $"CREATE OR REPLACE USER '{login.User}'@'127.0.0.1' IDENTIFIED BY '{login.Password}'; GRANT {rights} ON {Quote(database)}.* TO '{login.User}'@'127.0.0.1'");
        return login;
    }

    private Task<string> ClientAsync(string[] arguments, string sql) =>
        Command.RunAsync(_client, ["--no-defaults", $"--socket={Socket}", "--default-character-set=utf8mb4", .. arguments], sql);
}
