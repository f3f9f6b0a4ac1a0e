using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Secrets;
using MailPass.Sessions.Dovecot;
using Microsoft.Data.Sqlite;

namespace MailPass.Core.Tests.Sessions;

/// <summary>
/// A real Dovecot on loopback with its authentication cache on, passwords in a SQLite file, IMAP, submission and the
/// doveadm HTTP API, all in one folder of its own; ended by its process id.
/// </summary>
internal sealed class DovecotServer : IAsyncDisposable
{
    public const string ApiKey = "test-key-1";
    private const string Program = "/usr/sbin/dovecot";
    private const int Sigterm = 15;

    private readonly Process _process;
    private readonly string _folder;

    private DovecotServer(Process process, string folder, int[] ports, X509Certificate2 certificate)
    {
        _process = process;
        _folder = folder;
        (ImapPort, ImapsPort, SubmissionPort, SubmissionsPort, HttpPort) = (ports[0], ports[1], ports[2], ports[3], ports[4]);
        Certificate = certificate;
    }

    public int ImapPort { get; }

    public int ImapsPort { get; }

    public int SubmissionPort { get; }

    public int SubmissionsPort { get; }

    public int HttpPort { get; }

    public X509Certificate2 Certificate { get; }

    public string ConfigurationFile => Path.Combine(_folder, "dovecot.conf");

    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>Why there can be no Dovecot here; null where there can.</summary>
    public static string? Absence =>
        !OperatingSystem.IsLinux() ? "Dovecot runs on Linux."
        : !File.Exists(Program) ? "Dovecot is not installed (Debian: dovecot-imapd dovecot-submissiond dovecot-sqlite)."
        : !File.Exists("/usr/lib/dovecot/modules/auth/libdriver_sqlite.so") ? "Dovecot's SQLite driver is not installed (Debian: dovecot-sqlite)."
        : !File.Exists("/usr/lib/dovecot/submission") ? "Dovecot's submission service is not installed (Debian: dovecot-submissiond)."
        : Environment.UserName != "root" ? "Dovecot is started with separate users, which only root may do."
        : null;

    /// <summary>Starts one.</summary>
    /// <param name="mailboxes">Names and passwords.</param>
    /// <param name="apiOverTls">Whether the HTTP API speaks TLS.</param>
    /// <param name="extra">Further configuration.</param>
    /// <param name="imapProcess">Configuration inside <c>service imap</c>.</param>
    /// <param name="proxyTo">The IMAP port of a server that all connections are passed on to.</param>
    public static async Task<DovecotServer> StartAsync(
        IEnumerable<(string Mailbox, string Password)> mailboxes,
        bool apiOverTls = false,
        string extra = "",
        string imapProcess = "",
        int? proxyTo = null)
    {
        if (Absence is { } absence)
        {
            throw new InvalidOperationException(absence);
        }

        var folder = Directory.CreateTempSubdirectory("mailpass-dovecot-").FullName;
        OpenToAll(folder);
        var ports = FreePorts(5);
        var certificate = MakeCertificate(folder);
        FillDatabase(Path.Combine(folder, "mail.db"), mailboxes);
        File.WriteAllText(Path.Combine(folder, "sql.conf"), $"driver = sqlite\nconnect = {folder}/mail.db\npassword_query = SELECT username AS user, password FROM mailbox WHERE username = '%u'\n");
        File.WriteAllText(
            Path.Combine(folder, "master.conf"),
            $"driver = sqlite\nconnect = {folder}/mail.db\npassword_query = SELECT username AS user, password FROM mailbox WHERE username = '%u' AND owner = 1\n");
        Directory.CreateDirectory(Path.Combine(folder, "mail"));
        OpenToAll(Path.Combine(folder, "mail"));
        File.WriteAllText(Path.Combine(folder, "dovecot.conf"), Configuration(folder, ports, apiOverTls, extra, imapProcess, proxyTo));
        var start = new ProcessStartInfo("/usr/bin/setsid") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { Program, "-F", "-c", Path.Combine(folder, "dovecot.conf") })
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        var server = new DovecotServer(process, folder, ports, certificate);
        foreach (var port in ports)
        {
            while (!await IsOpenAsync(port))
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException($"Dovecot did not start: {await output}{await errors}");
                }

                await Task.Delay(20);
            }
        }

        return server;
    }

    /// <summary>Sets a password as a mail system's panel would, by SQL, behind the authentication cache's back.</summary>
    public void SetPassword(string mailbox, string password)
    {
        using var connection = Open(Path.Combine(_folder, "mail.db"));
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE mailbox SET password = '{PLAIN}' || $password WHERE username = $username";
        command.Parameters.AddWithValue("$password", password);
        command.Parameters.AddWithValue("$username", mailbox);
        MustChangeOne(command);
    }

    /// <summary>Makes a mailbox a master user.</summary>
    public void MakeOwner(string mailbox)
    {
        using var connection = Open(Path.Combine(_folder, "mail.db"));
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE mailbox SET owner = 1 WHERE username = $username";
        command.Parameters.AddWithValue("$username", mailbox);
        MustChangeOne(command);
    }

    /// <summary>The server's API.</summary>
    public DovecotAuthority Connect(DovecotOptions? options = null, string key = ApiKey, bool tls = false)
    {
        using var secret = Secret.FromChars(key);
        using var credential = DovecotCredential.ApiKey(secret);
        return DovecotAuthority.Connect(new Uri($"{(tls ? "https" : "http")}://localhost:{HttpPort}"), credential, options);
    }

    public Task<ImapConnection> LoginAsync(string mailbox, string password) => ImapConnection.LoginAsync(ImapPort, mailbox, password);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, Sigterm);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Certificate.Dispose();
        SqliteConnection.ClearAllPools();

        // Dovecot's processes may still be writing their last words.
        for (var attempt = 0; attempt < 50 && Directory.Exists(_folder); attempt++)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);

    // Dovecot's processes run as users of their own and must get at passwords and mail.
    private static void OpenToAll(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        }
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static X509Certificate2 MakeCertificate(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    private static void MustChangeOne(SqliteCommand command)
    {
        if (command.ExecuteNonQuery() != 1)
        {
            throw new InvalidOperationException("There is no such mailbox.");
        }
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 30 }.ToString());
        connection.Open();
        return connection;
    }

    private static void FillDatabase(string file, IEnumerable<(string Mailbox, string Password)> mailboxes)
    {
        SQLitePCL.Batteries_V2.Init();
        using (var connection = Open(file))
        {
            using var transaction = connection.BeginTransaction();
            using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "CREATE TABLE mailbox (username TEXT PRIMARY KEY COLLATE NOCASE, password TEXT NOT NULL, owner INTEGER NOT NULL DEFAULT 0)";
            command.ExecuteNonQuery();
            command.CommandText = "INSERT INTO mailbox (username, password) VALUES ($username, '{PLAIN}' || $password)";
            var username = command.Parameters.Add("$username", SqliteType.Text);
            var password = command.Parameters.Add("$password", SqliteType.Text);
            foreach (var mailbox in mailboxes)
            {
                (username.Value, password.Value) = (mailbox.Mailbox, mailbox.Password);
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        OpenToAll(file);
    }

    private static string Configuration(string folder, int[] ports, bool apiOverTls, string extra, string imapProcess, int? proxyTo) => $$"""
        base_dir = {{folder}}/run
        state_dir = {{folder}}/state
        instance_name = mailpass-test-{{ports[0]}}
        protocols = imap submission
        listen = 127.0.0.1
        log_path = {{folder}}/log
        ssl = yes
        ssl_cert = <{{folder}}/cert.pem
        ssl_key = <{{folder}}/key.pem
        disable_plaintext_auth = no
        auth_mechanisms = plain login
        auth_cache_size = 10M
        auth_cache_ttl = 1 hour
        auth_cache_negative_ttl = 1 hour
        auth_failure_delay = 0
        auth_master_user_separator = *
        mail_location = maildir:{{folder}}/mail/%u
        mail_max_userip_connections = 5000
        default_process_limit = 2000
        default_client_limit = 10000
        doveadm_api_key = {{ApiKey}}
        submission_relay_host = 127.0.0.1
        submission_relay_port = 9
        {{(proxyTo is { } port ? ProxyPasswords(port) : SqlPasswords(folder))}}
        userdb {
          driver = static
          args = uid=65534 gid=65534 home={{folder}}/mail/%u
        }
        # Without the penalty for failed logins, which would hold back every further one from this address.
        service anvil {
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }
        service imap-login {
          process_min_avail = 1
          inet_listener imap {
            port = {{ports[0]}}
          }
          inet_listener imaps {
            port = {{ports[1]}}
            ssl = yes
          }
        }
        service imap {
          process_limit = 2000
          {{imapProcess}}
        }
        service submission-login {
          inet_listener submission {
            port = {{ports[2]}}
          }
          inet_listener submissions {
            port = {{ports[3]}}
            ssl = yes
          }
        }
        service doveadm {
          inet_listener http {
            port = {{ports[4]}}
            ssl = {{(apiOverTls ? "yes" : "no")}}
          }
        }
        {{extra}}
        """;

    private static string SqlPasswords(string folder) => $$"""
        passdb {
          driver = sql
          master = yes
          args = {{folder}}/master.conf
          result_success = continue
        }
        passdb {
          driver = sql
          args = {{folder}}/sql.conf
        }
        """;

    private static string ProxyPasswords(int port) => $$"""
        passdb {
          driver = static
          args = proxy=y host=127.0.0.1 port={{port}} nopassword=y
        }
        """;
}
