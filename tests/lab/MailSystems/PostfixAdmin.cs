using MailPass.Lab.Databases;
using MailPass.Lab.Processes;

namespace MailPass.Lab.MailSystems;

/// <summary>
/// The real PostfixAdmin, from Debian's package: installed, or unpacked by <c>tests/lab/install.sh</c> (installing it would
/// bring a web server along).
/// </summary>
public sealed class PostfixAdmin : IDisposable
{
    private readonly LabFolder _folder = new("pfa");
    private readonly string _php;
    private readonly Dictionary<string, string> _environment;

    private PostfixAdmin(string root, string php, Dictionary<string, string> environment)
    {
        _php = php;
        _environment = environment;
        var site = _folder.Folder("site");
        Copy(Path.Combine(root, "usr/share/postfixadmin"), site);
        Directory.CreateDirectory(Path.Combine(site, "templates_c"));
        var configuration = File.ReadAllText(Path.Combine(root, "etc/postfixadmin/config.inc.php"));
        // Debian's configuration reads what dbconfig-common asked for at installation; here the environment says it.
        _folder.Write("site/config.inc.php", configuration.Replace("require_once('dbconfig.inc.php');", "$dbtype = $dbuser = $dbpass = $dbname = '';", StringComparison.Ordinal)
            + """

            $CONF['configured'] = true;
            $CONF['database_type'] = getenv('LAB_TYPE');
            $CONF['database_host'] = '127.0.0.1';
            $CONF['database_port'] = getenv('LAB_PORT');
            $CONF['database_user'] = getenv('LAB_USER');
            $CONF['database_password'] = getenv('LAB_PASSWORD');
            $CONF['database_name'] = getenv('LAB_DATABASE');
            $CONF['database_prefix'] = getenv('LAB_PREFIX');
            $CONF['encrypt'] = getenv('LAB_ENCRYPT') ?: 'php_crypt:SHA512';
            """);
    }

    /// <summary>Makes PostfixAdmin's tables in a database as its own <c>upgrade.php</c> does.</summary>
    /// <param name="server">The server.</param>
    /// <param name="database">An empty database.</param>
    /// <param name="prefix">What every table's name begins with.</param>
    /// <exception cref="LabUnavailableException">PHP or the package is not there.</exception>
    public static async Task<PostfixAdmin> InstallAsync(LabDatabaseServer server, string database, string prefix = "")
    {
        var owner = await server.CreateOwnerAsync(database);
        var environment = new Dictionary<string, string>
        {
            ["LAB_TYPE"] = server.Engine switch { "mysql" => "mysqli", "postgresql" => "pgsql", _ => "sqlite" },
            ["LAB_PORT"] = $"{server.Port}",
            ["LAB_USER"] = owner.User,
            ["LAB_PASSWORD"] = owner.Password,
            ["LAB_DATABASE"] = server is SqliteFiles files ? files.PathOf(database) : database,
            ["LAB_PREFIX"] = prefix,
        };
        if (server is SqliteFiles sqlite && !File.Exists(sqlite.PathOf(database)))
        {
            await File.WriteAllBytesAsync(sqlite.PathOf(database), []);
        }

        var site = new PostfixAdmin(Root(), LabTools.Require("php", "php-cli"), environment);
        try
        {
            await site.RunAsync("require 'public/upgrade.php';", string.Empty);
            return site;
        }
        catch
        {
            site.Dispose();
            throw;
        }
    }

    /// <summary>Whether PostfixAdmin's own <c>pacrypt</c> takes a password for a stored hash.</summary>
    /// <param name="password">The password.</param>
    /// <param name="stored">The value of <c>mailbox.password</c>.</param>
    /// <param name="encrypt">Its setting <c>$CONF['encrypt']</c>.</param>
    public async Task<bool> AcceptsAsync(string password, string stored, string encrypt)
    {
        var answer = await RunAsync(
            "require 'common.php'; list($pw, $stored) = json_decode(stream_get_contents(STDIN)); echo pacrypt($pw, $stored) === $stored ? 'accepted' : 'refused';",
            System.Text.Json.JsonSerializer.Serialize(new[] { password, stored }),
            ("LAB_ENCRYPT", encrypt));
        return answer.EndsWith("accepted", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string Root()
    {
        var unpacked = Path.Combine(LabTools.Packages, "postfixadmin");
        return new[] { "/", unpacked }.FirstOrDefault(root => File.Exists(Path.Combine(root, "usr/share/postfixadmin/common.php")))
            ?? throw new LabUnavailableException("PostfixAdmin is neither installed nor unpacked (run tests/lab/install.sh).");
    }

    private async Task<string> RunAsync(string code, string input, params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(_environment);
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return await Command.RunAsync(_php, ["-d", "display_errors=stderr", "-d", "session.save_path=" + _folder.Folder("sessions"), "-r", code], input, environment, _folder.At("site"));
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from))
        {
            var name = Path.GetFileName(folder);
            if (new DirectoryInfo(folder).LinkTarget is null)
            {
                Copy(folder, Directory.CreateDirectory(Path.Combine(to, name)).FullName);
            }
        }

        foreach (var file in Directory.GetFiles(from))
        {
            // Its configuration is a link to /etc; it gets its own.
            if (new FileInfo(file).LinkTarget is null)
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }
    }
}
