using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Mail;

/// <summary>How a Dovecot of the lab is set up.</summary>
public sealed record DovecotOptions
{
    /// <summary>The database that it lets people log in from.</summary>
    public required MailSystem Users { get; init; }

    /// <summary>Its authentication cache, for example <c>10M</c>; <c>0</c> for none.</summary>
    public string AuthCacheSize { get; init; } = "0";
}

/// <summary>
/// A Dovecot of its own: IMAP, submission and the doveadm HTTP API on ports of 127.0.0.1, mailboxes under its own
/// folder, passwords from a mail system's own tables by the question that mail system puts to them.
/// </summary>
public sealed class DovecotServer : IAsyncDisposable
{
    private readonly LabFolder _folder = new("dovecot");
    private readonly TcpListener _relay = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private ServerProcess? _process;

    private DovecotServer()
    {
    }

    /// <summary>The IMAP port.</summary>
    public int ImapPort { get; } = FreePort.Take();

    /// <summary>The submission port.</summary>
    public int SubmissionPort { get; } = FreePort.Take();

    /// <summary>The port of the doveadm HTTP API.</summary>
    public int DoveadmPort { get; } = FreePort.Take();

    /// <summary>The API's key.</summary>
    public string DoveadmApiKey { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Its configuration, for the <c>doveadm</c> program's <c>-c</c>.</summary>
    public string ConfigurationFile => _folder.At("dovecot.conf");

    /// <summary>What it logged so far.</summary>
    public string Log => File.Exists(_folder.At("dovecot.log")) ? File.ReadAllText(_folder.At("dovecot.log")) : string.Empty;

    /// <summary>Sets a Dovecot up and starts it.</summary>
    /// <exception cref="LabUnavailableException">Dovecot, or a part of it, is not installed.</exception>
    public static async Task<DovecotServer> StartAsync(DovecotOptions options)
    {
        var program = LabTools.Require("dovecot", "dovecot-core");
        RequireModule("imap", "dovecot-imapd");
        RequireModule("submission", "dovecot-submissiond");
        var server = new DovecotServer();
        try
        {
            server._relay.Start();
            await server.ConfigureAsync(options);
            _ = server.RelayAsync();
            server._process = await ServerProcess.StartAsync(program, ["-F", "-c", server.ConfigurationFile], server._folder.At("out.log"),
                async () => await ServerProcess.ListensAsync(server.ImapPort) && await ServerProcess.ListensAsync(server.SubmissionPort));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _stopping.CancelAsync();
        _relay.Dispose();
        _folder.Dispose();
    }

    private static void RequireModule(string service, string package)
    {
        if (!File.Exists("/usr/lib/dovecot/" + service))
        {
            throw new LabUnavailableException($"Dovecot's {service} is not installed (Debian package {package}).");
        }
    }

    private async Task ConfigureAsync(DovecotOptions options)
    {
        // Mail needs a user that is not root; the server's own parts run as the users that Debian made for them.
        var mailUser = LabTools.IsRoot ? "nobody" : Environment.UserName;
        var own = LabTools.IsRoot ? string.Empty : $"default_internal_user = {mailUser}\ndefault_login_user = {mailUser}\ndefault_internal_group = {mailUser}\n";
        await _folder.GiveToAsync("mail", mailUser);
        _folder.Folder("run");
        _folder.Write("sql.conf.ext", await SqlAsync(options.Users));
        _folder.Write("dovecot.conf",
            $$"""
            {{own}}base_dir = {{_folder.At("run")}}
            state_dir = {{_folder.At("run")}}
            log_path = {{_folder.At("dovecot.log")}}
            protocols = imap submission
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            auth_mechanisms = plain login
            auth_cache_size = {{options.AuthCacheSize}}
            # A wrong password is answered at once: the tests try many, and so they are not slowed down (anvil, below) either.
            auth_failure_delay = 0
            mail_location = maildir:{{_folder.At("mail")}}/%d/%n
            first_valid_uid = 1
            first_valid_gid = 1
            mail_max_userip_connections = 1000
            submission_relay_host = 127.0.0.1
            submission_relay_port = {{((IPEndPoint)_relay.LocalEndpoint).Port}}
            submission_relay_trusted = no
            hostname = lab.example
            doveadm_api_key = {{DoveadmApiKey}}
            service imap-login {
              chroot =
              service_count = 0
              inet_listener imap {
                port = {{ImapPort}}
              }
              inet_listener imaps {
                port = 0
              }
            }
            service submission-login {
              chroot =
              service_count = 0
              inet_listener submission {
                port = {{SubmissionPort}}
              }
            }
            service anvil {
              chroot =
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            service doveadm {
              inet_listener http {
                address = 127.0.0.1
                port = {{DoveadmPort}}
              }
            }
            service stats {
              chroot =
            }
            passdb {
              driver = sql
              args = {{_folder.At("sql.conf.ext")}}
            }
            userdb {
              driver = static
              args = uid={{mailUser}} gid={{(LabTools.IsRoot ? "nogroup" : mailUser)}} home={{_folder.At("mail")}}/%d/%n
            }
            """ + "\n");
    }

    private static async Task<string> SqlAsync(MailSystem users)
    {
        var (driver, connect) = users.Server switch
        {
            SqliteFiles files => ("sqlite", files.PathOf(users.Database)),
            PostgresServer => ("pgsql", await ConnectAsync()),
            _ => ("mysql", await ConnectAsync()),
        };
        RequireModule("modules/auth/libdriver_" + driver + ".so", "dovecot-" + driver);
        return (await MailSystem.ReadAsync(users.Name, "dovecot-sql.conf.ext")).Replace("@driver@", driver, StringComparison.Ordinal).Replace("@connect@", connect, StringComparison.Ordinal);

        async Task<string> ConnectAsync()
        {
            var login = await users.Server.CreateReaderAsync(users.Database);
            return $"host=127.0.0.1 port={users.Server.Port.ToString(CultureInfo.InvariantCulture)} dbname={users.Database} user={login.User} password={login.Password}";
        }
    }

    /// <summary>The mail server behind the submission service: it greets, and takes nothing.</summary>
    private async Task RelayAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var client = await _relay.AcceptTcpClientAsync(_stopping.Token);
                _ = AnswerAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }

        static async Task AnswerAsync(TcpClient client)
        {
            try
            {
                using (client)
                {
                    using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                    await using var writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
                    await writer.WriteLineAsync("220 relay.example ESMTP");
                    while (await reader.ReadLineAsync() is { } line)
                    {
                        await writer.WriteLineAsync(line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) ? "250 relay.example" : "250 Ok");
                    }
                }
            }
            catch (IOException)
            {
            }
        }
    }
}
