using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>How to run one version of Oracle's MySQL from where <c>tests/lab/install.sh</c> unpacked it, and its differences.</summary>
internal sealed class MySqlRelease
{
    private readonly string _root;
    private readonly string? _readyData;

    private MySqlRelease(string root, string[] command, string? readyData = null)
    {
        _root = root;
        Command = command;
        _readyData = readyData;
    }

    /// <summary>The server with the options that it always needs.</summary>
    public string[] Command { get; }

    /// <summary>Its options for tests.</summary>
    public required string[] Options { get; init; }

    /// <summary>The first statements that it gets.</summary>
    public string SetUp { get; init; } = "DO 0";

    /// <summary>Turns a mail system's statements into those that this version takes.</summary>
    public Func<string, string> Adapt { get; init; } = sql => sql;

    /// <summary>A version.</summary>
    /// <param name="version"><c>5.6</c>, <c>5.7</c>, <c>8.0</c> or <c>8.4</c>.</param>
    /// <exception cref="LabUnavailableException">It is not unpacked.</exception>
    public static MySqlRelease Require(string version)
    {
        var root = Path.Combine(LabTools.Packages, "mysql-" + version);
        var release = version switch
        {
            "5.6" => Of56(Path.Combine(root, "package", "server")),
            "5.7" => Of57(Path.Combine(root, "package", "server")),
            _ => Of8(root),
        };
        return release.Command.All(part => !part.StartsWith('/') || Path.Exists(part))
            ? release
            : throw new LabUnavailableException($"MySQL {version} is not unpacked (run tests/lab/install.sh).");
    }

    /// <summary>Makes an empty server's data.</summary>
    /// <param name="data">The folder to create.</param>
    /// <param name="options">Options for the server that makes them.</param>
    public async Task MakeDataAsync(string data, string[] options)
    {
        var ready = _readyData ?? Path.Combine(_root, "initialized");
        if (!Directory.Exists(ready))
        {
            // Created once and kept: it takes some seconds, and the tests of several projects may need it at the same time.
            var made = $"{ready}.{Environment.ProcessId}";
            await Processes.Command.RunAsync(Command[0], [.. Command[1..], $"--datadir={made}", .. options, .. Options.Where(option => option.StartsWith("--innodb", StringComparison.Ordinal)), "--initialize-insecure"]);
            // Without it, each server gets a unique id.
            File.Delete(Path.Combine(made, "auto.cnf"));
            try
            {
                Directory.Move(made, ready);
            }
            catch (IOException)
            {
                Directory.Delete(made, recursive: true);
            }
        }

        await Processes.Command.RunAsync("/bin/cp", ["-r", ready, data]);
    }

    // The package has a data folder ready. An index of its usual rows holds 767 bytes, which an address of 255 characters
    // in utf8mb4 does not fit into.
    private static MySqlRelease Of56(string root) => new(root, [.. Unpacked(root), $"--lc-messages-dir={Path.Combine(root, "share")}"], Path.Combine(root, "data", "mysql"))
    {
        Options = ["--innodb-file-format=Barracuda", "--innodb-large-prefix=1", "--character-set-server=utf8", "--explicit-defaults-for-timestamp"],
        SetUp = "DELETE FROM user WHERE user = '' OR host NOT IN ('localhost'); FLUSH PRIVILEGES",
        Adapt = sql => sql.Replace("ENGINE=InnoDB", "ROW_FORMAT=DYNAMIC ENGINE=InnoDB", StringComparison.Ordinal),
    };

    // A default that is an expression came with 8.0.13.
    private static MySqlRelease Of57(string root) => new(root, [.. Unpacked(root), $"--lc-messages-dir={Path.Combine(root, "share", "mysql")}"])
    {
        Options = ["--log-syslog=0", "--secure-file-priv=NULL", "--skip-ssl", "--character-set-server=utf8", "--explicit-defaults-for-timestamp"],
        Adapt = sql => sql.Replace("JSON NOT NULL DEFAULT ('{}')", "JSON", StringComparison.Ordinal),
    };

    private static string[] Unpacked(string root) =>
        [LabTools.Require("env", "coreutils"), "LD_LIBRARY_PATH=" + root, Path.Combine(root, "mysqld"), "--no-defaults", $"--basedir={root}"];

    // As it comes: caching_sha2_password, utf8mb4_0900_ai_ci, TLS with a certificate of its own making, a binary log. What is
    // written is never flushed to the disk, since a power failure is no part of these tests. X would open another port.
    private static MySqlRelease Of8(string root) => new(root,
    [
        Path.Combine(root, "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", Path.Combine(root, "usr/lib/x86_64-linux-gnu"), Path.Combine(root, "usr/sbin/mysqld"),
        "--no-defaults", $"--basedir={Path.Combine(root, "usr")}", $"--plugin-dir={Path.Combine(root, "usr/lib/mysql/plugin")}",
    ])
    {
        Options =
        [
            "--mysqlx=OFF", "--secure-file-priv=NULL", "--sync-binlog=0", "--innodb-redo-log-capacity=32M",
            "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=OFF",
        ],
    };
}
