using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Mail;

/// <summary>
/// A Dovecot of its own, 2.3 or 2.4 as installed: IMAP and submission with and without TLS, and the doveadm HTTP API, on
/// ports of 127.0.0.1, mailboxes under its own folder.
/// </summary>
public sealed class DovecotServer : IAsyncDisposable
{
    private readonly LabFolder _folder = new("dovecot");
    private readonly TcpListener _relay = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private ServerProcess? _process;

    private DovecotServer(string version) => Version = version;

    /// <summary>The IMAP port, with STARTTLS.</summary>
    public int ImapPort { get; } = FreePort.Take();

    /// <summary>The port of IMAP over TLS.</summary>
    public int ImapsPort { get; } = FreePort.Take();

    /// <summary>The submission port, with STARTTLS.</summary>
    public int SubmissionPort { get; } = FreePort.Take();

    /// <summary>The port of submission over TLS.</summary>
    public int SubmissionsPort { get; } = FreePort.Take();

    /// <summary>The port of the doveadm HTTP API.</summary>
    public int DoveadmPort { get; } = FreePort.Take();

    /// <summary>The API's key.</summary>
    public string DoveadmApiKey { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The certificate that it shows.</summary>
    public X509Certificate2 Certificate { get; } = ServerCertificate.Own;

    /// <summary>Its version, for example <c>2.3.19.1</c>.</summary>
    public string Version { get; }

    /// <summary>Whether its API can flush the authentication cache: 2.4.0 to 2.4.2 die of it.</summary>
    public bool FlushesByApi => Version is not ("2.4.0" or "2.4.1" or "2.4.2");

    /// <summary>Its configuration, for the <c>doveadm</c> program's <c>-c</c>.</summary>
    public string ConfigurationFile => _folder.At("dovecot.conf");

    /// <summary>What it logged so far.</summary>
    public string Log => File.Exists(_folder.At("dovecot.log")) ? File.ReadAllText(_folder.At("dovecot.log")) : string.Empty;

    /// <summary>Sets a Dovecot up and starts it.</summary>
    /// <exception cref="LabUnavailableException">Dovecot, or a part of it, is not installed.</exception>
    public static async Task<DovecotServer> StartAsync(DovecotSetup setup)
    {
        var program = LabTools.Require("dovecot", "dovecot-core");
        RequireModule("imap", "dovecot-imapd");
        RequireModule("submission", "dovecot-submissiond");
        if (setup.Database is { } database)
        {
            RequireModule("modules/auth/libdriver_" + database.Driver + ".so", "dovecot-" + database.Driver);
        }

        if (setup.Directory is not null)
        {
            RequireModule("modules/auth/libauthdb_ldap.so", "dovecot-ldap");
        }

        // "2.3.19.1 (9b53102964)", "2.4.1-4 (7d8c0e5759)"
        var version = (await Command.RunAsync(program, ["--version"])).Split(' ', '-')[0];
        var server = new DovecotServer(version);
        try
        {
            server._relay.Start();
            await server.ConfigureAsync(DovecotSyntax.Of(version), setup);
            _ = server.RelayAsync();
            server._process = await ServerProcess.StartAsync(program, ["-F", "-c", server.ConfigurationFile], server._folder.At("out.log"),
                async () => await ServerProcess.ListensAsync(server.ImapPort) && await ServerProcess.ListensAsync(server.DoveadmPort));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Logs a mail client in.</summary>
    /// <exception cref="InvalidOperationException">The server refused.</exception>
    public Task<ImapConnection> LoginAsync(string mailbox, string password) => ImapConnection.LoginAsync(ImapPort, mailbox, password);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _relay.Dispose();
        if (_process is { HasEnded: false })
        {
            _process.Leave();
        }
        else
        {
            _folder.Dispose();
        }
    }

    private static void RequireModule(string service, string package)
    {
        if (!File.Exists("/usr/lib/dovecot/" + service))
        {
            throw new LabUnavailableException($"Dovecot's {service} is not installed (Debian package {package}).");
        }
    }

    private async Task ConfigureAsync(DovecotSyntax syntax, DovecotSetup setup)
    {
        // Mail needs a user that is not root; the server's own parts run as the users that Debian made for them.
        var mailUser = LabTools.IsRoot ? "nobody" : Environment.UserName;
        var mailGroup = LabTools.IsRoot ? "nogroup" : mailUser;
        var own = LabTools.IsRoot ? string.Empty : $"default_internal_user = {mailUser}\ndefault_login_user = {mailUser}\ndefault_internal_group = {mailUser}\n";
        await _folder.GiveToAsync("mail", mailUser);
        _folder.Folder("run");
        var certificate = _folder.Write("cert.pem", Certificate.ExportCertificatePem());
        var key = _folder.Write("key.pem", ServerCertificate.KeyPem());

        // 2.4 wants its version in the first line.
        var versions = Version.StartsWith("2.3.", StringComparison.Ordinal) ? string.Empty : $"dovecot_config_version = {Version}\ndovecot_storage_version = {Version}\n";
        _folder.Write("dovecot.conf", versions + own +
            $$"""
            base_dir = {{_folder.At("run")}}
            state_dir = {{_folder.At("run")}}
            log_path = {{_folder.At("dovecot.log")}}
            protocols = imap submission
            listen = 127.0.0.1
            ssl = yes
            {{syntax.Head(certificate, key, _folder.At("mail"))}}
            auth_mechanisms = plain login
            auth_master_user_separator = *
            auth_cache_size = {{setup.AuthCacheSize}}
            # The tests try many wrong passwords, so no refusal is delayed (but by half a second at most) or slowed down (anvil, below).
            auth_failure_delay = 0
            first_valid_uid = 1
            first_valid_gid = 1
            mail_max_userip_connections = 5000
            default_process_limit = 2000
            default_client_limit = 10000
            submission_relay_host = 127.0.0.1
            submission_relay_port = {{((IPEndPoint)_relay.LocalEndpoint).Port}}
            submission_relay_trusted = no
            hostname = lab.example
            doveadm_api_key = {{DoveadmApiKey}}
            service imap-login {
              chroot =
              process_min_avail = 1
              inet_listener imap {
                port = {{ImapPort}}
              }
              inet_listener imaps {
                port = {{ImapsPort}}
                ssl = yes
              }
            }
            service imap {
              process_limit = 2000
              {{(setup.SharedImapProcess ? syntax.SharedProcess : string.Empty)}}
            }
            service submission-login {
              chroot =
              inet_listener submission {
                port = {{SubmissionPort}}
              }
              inet_listener submissions {
                port = {{SubmissionsPort}}
                ssl = yes
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
                port = {{DoveadmPort}}
                ssl = {{(setup.ApiOverTls ? "yes" : "no")}}
              }
            }
            service stats {
              chroot =
            }
            {{syntax.Passwords(setup, _folder)}}
            {{syntax.Users(mailUser, mailGroup, _folder.At("mail"))}}
            {{setup.Extra}}
            """ + "\n");
    }

    /// <summary>The mail server behind the submission service: it says yes and discards everything.</summary>
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
