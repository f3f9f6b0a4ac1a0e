using System.Security.Cryptography.X509Certificates;
using MailPass.Lab.Mail;
using MailPass.Lab.Processes;
using MailPass.Secrets;
using MailPass.Sessions.Dovecot;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A real Dovecot with its authentication cache on, and the table that it takes passwords from.</summary>
internal sealed class RealDovecot : IAsyncDisposable
{
    private readonly DovecotServer _server;
    private readonly LoginTable _logins;

    private RealDovecot(DovecotServer server, LoginTable logins)
    {
        _server = server;
        _logins = logins;
    }

    public int ImapPort => _server.ImapPort;

    public int ImapsPort => _server.ImapsPort;

    public int SubmissionPort => _server.SubmissionPort;

    public int SubmissionsPort => _server.SubmissionsPort;

    public int DoveadmPort => _server.DoveadmPort;

    public string DoveadmApiKey => _server.DoveadmApiKey;

    public string Version => _server.Version;

    public X509Certificate2 Certificate => _server.Certificate;

    public string ConfigurationFile => _server.ConfigurationFile;

    public string Log => _server.Log;

    /// <summary>Starts one; the test is skipped if this machine has none.</summary>
    /// <param name="mailboxes">Names and passwords.</param>
    /// <param name="change">What is to be different from other tests.</param>
    public static async Task<RealDovecot> StartAsync(IEnumerable<(string Mailbox, string Password)> mailboxes, Func<DovecotSetup, DovecotSetup>? change = null)
    {
        var logins = await InTheLab.TryAsync(() => LoginTable.CreateAsync(mailboxes));
        return new(await InTheLab.TryAsync(() => DovecotServer.StartAsync(change?.Invoke(logins.Setup) ?? logins.Setup)), logins);
    }

    /// <summary>Sets a password without the authentication cache's knowledge.</summary>
    public Task SetPasswordAsync(string mailbox, string password) => _logins.SetPasswordAsync(mailbox, password);

    /// <summary>Makes a mailbox a master user.</summary>
    public Task MakeOwnerAsync(string mailbox) => _logins.MakeOwnerAsync(mailbox);

    public Task<ImapConnection> LoginAsync(string mailbox, string password) => _server.LoginAsync(mailbox, password);

    /// <summary>Whether its API can flush the authentication cache.</summary>
    public bool FlushesByApi => _server.FlushesByApi;

    /// <summary>The server's API; the test is skipped if it cannot flush the cache by name.</summary>
    public DovecotAuthority Connect(DovecotOptions? options = null, string? key = null, bool tls = false)
    {
        Skip.IfNot(FlushesByApi, $"Dovecot {Version} cannot flush its authentication cache by the API.");
        return ConnectAnyway(options, key, tls);
    }

    /// <summary>The server's API, whatever it can do.</summary>
    public DovecotAuthority ConnectAnyway(DovecotOptions? options = null, string? key = null, bool tls = false)
    {
        using var secret = Secret.FromChars(key ?? DoveadmApiKey);
        using var credential = DovecotCredential.ApiKey(secret);
        return DovecotAuthority.Connect(new Uri($"{(tls ? "https" : "http")}://localhost:{DoveadmPort}"), credential, options);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _logins.DisposeAsync();
    }
}
