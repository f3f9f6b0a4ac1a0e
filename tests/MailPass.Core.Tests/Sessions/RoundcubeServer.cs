using System.Diagnostics;
using MailPass.Lab.Processes;
using Microsoft.Data.Sqlite;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A real Roundcube from Debian's package, installed or only unpacked, on PHP's own web server and a SQLite file.</summary>
internal sealed class RoundcubeServer : IAsyncDisposable
{
    private static readonly string[] Extensions = ["intl", "mbstring", "dom", "pdo_sqlite"];

    private readonly Process _php;
    private readonly string _folder;

    private RoundcubeServer(Process php, string folder, int port)
    {
        _php = php;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    public string DatabaseFile => Path.Combine(_folder, "roundcube.db");

    /// <summary>Why there can be no Roundcube here; null if there can.</summary>
    public static string? Absence()
    {
        if (!File.Exists("/usr/bin/php") || Root is null || !Directory.Exists("/usr/share/php/GuzzleHttp") || !File.Exists("/usr/share/php/Net/SMTP.php"))
        {
            return "Roundcube or what it needs is not installed (tests/lab/install.sh).";
        }

        using var php = Process.Start(new ProcessStartInfo("/usr/bin/php", ["-m"]) { RedirectStandardOutput = true })!;
        var modules = php.StandardOutput.ReadToEnd().Split('\n').ToHashSet(StringComparer.OrdinalIgnoreCase);
        php.WaitForExit();
        return Extensions.FirstOrDefault(extension => !modules.Contains(extension)) is { } missing ? $"PHP lacks {missing} (tests/lab/install.sh)." : null;
    }

    /// <summary>Whether a plugin is there.</summary>
    public static bool HasPlugin(string name) => Root is { } root && File.Exists(Path.Combine(root, "plugins", name, name + ".php"));

    /// <param name="imapPort">Where its mail is.</param>
    /// <param name="settings">Further settings, in PHP; each ends with a comma.</param>
    /// <param name="plugins">Its plugins.</param>
    public static async Task<RoundcubeServer> StartAsync(int imapPort, string settings = "", params string[] plugins)
    {
        var folder = Directory.CreateTempSubdirectory("mailpass-roundcube-").FullName;
        foreach (var name in new[] { "config", "temp", "logs" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        var root = Root!;
        var defaults = File.Exists("/etc/roundcube/defaults.inc.php") ? "/etc/roundcube/defaults.inc.php" : Path.Combine(root, "../../../etc/roundcube/defaults.inc.php");
        File.Copy(defaults, Path.Combine(folder, "config", "defaults.inc.php"));
        File.WriteAllText(Path.Combine(folder, "config", "config.inc.php"), $"""
            <?php
            $config = [
              'db_dsnw' => 'sqlite:///{folder}/roundcube.db?mode=0600', 'imap_host' => 'localhost:{imapPort}', 'smtp_host' => 'localhost:9',
              'des_key' => 'twenty-four-characters..', 'plugins' => [{string.Join(", ", plugins.Select(plugin => $"'{plugin}'"))}], 'skin' => 'elastic', 'log_dir' => '{folder}/logs/', 'temp_dir' => '{folder}/temp/',
              {settings}
            ];
            """);
        // Held after the page is made and before the session is written, which Roundcube's own shutdown function does.
        File.WriteAllText(Path.Combine(folder, "prepend.php"), $"<?php define('INSTALL_PATH', '{root}/'); if (isset($_GET['hold'])) register_shutdown_function(fn() => sleep((int) $_GET['hold']));");
        MakeTables(Path.Combine(folder, "roundcube.db"), File.ReadAllText(Path.Combine(root, "SQL", "sqlite.initial.sql")));

        var port = FreePort.Take();
        var start = new ProcessStartInfo("/usr/bin/php", ["-d", $"auto_prepend_file={folder}/prepend.php", "-d", $"session.save_path={folder}/temp", "-S", $"127.0.0.1:{port}", "-t", root])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PHP_CLI_SERVER_WORKERS"] = "3";
        start.Environment["ROUNDCUBE_CONFIG_DIR"] = Path.Combine(folder, "config");
        var php = Process.Start(start)!;
        _ = php.StandardError.ReadToEndAsync();
        _ = php.StandardOutput.ReadToEndAsync();
        var server = new RoundcubeServer(php, folder, port);
        while (!await ServerProcess.ListensAsync(port))
        {
            if (php.HasExited)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException("PHP's web server did not start.");
            }

            await Task.Delay(20);
        }

        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_php.HasExited)
        {
            _php.Kill(entireProcessTree: true);
            await _php.WaitForExitAsync();
        }

        _php.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Root => new[]
    {
        "/usr/share/roundcube",
        Path.Combine(LabTools.Packages, "roundcube/usr/share/roundcube"),
    }.FirstOrDefault(path => File.Exists(Path.Combine(path, "index.php")) && File.Exists(Path.Combine(path, "SQL", "sqlite.initial.sql")));

    private static void MakeTables(string file, string script)
    {
        SQLitePCL.Batteries_V2.Init();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = script;
        command.ExecuteNonQuery();
    }
}
