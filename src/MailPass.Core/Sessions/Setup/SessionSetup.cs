using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions.Dovecot;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Sessions.Setup;

/// <summary>The session systems of a site as an admin names them: Dovecot servers, and webmails in a database.</summary>
public sealed record SessionSetup
{
    /// <summary>Dovecot servers' doveadm HTTP APIs, for example <c>https://mx1.example.org:8080</c>.</summary>
    public IReadOnlyCollection<string> Doveadm { get; init; } = [];

    /// <summary>The same for proxies, which forward connections to other servers and have them in their own lists.</summary>
    public IReadOnlyCollection<string> DoveadmProxies { get; init; } = [];

    /// <summary>Whether to use this machine's own <c>doveadm</c> program.</summary>
    public bool DoveadmLocal { get; init; }

    /// <summary>Options for the Dovecot servers.</summary>
    public DovecotOptions DovecotOptions { get; init; } = new();

    /// <summary>A PEM file with the certificate authorities of the Dovecot servers, trusted instead of the machine's.</summary>
    public string? DovecotAuthorityFile { get; init; }

    /// <summary>The webmails and panels, those of each database together.</summary>
    public IReadOnlyList<WebmailSetup> Webmails { get; init; } = [];

    /// <summary>Whether to end app passwords and OAuth tokens; at least one system must keep some.</summary>
    public bool IncludeAppPasswords { get; init; }

    /// <summary>The allowed actions and mailboxes; each system enforces this itself.</summary>
    public MailboxScope Scope { get; init; } = MailboxScope.Everything;

    /// <summary>Whether the Dovecot servers need a key or a password.</summary>
    public bool NeedsCredential => Doveadm.Count + DoveadmProxies.Count > 0;

    /// <summary>Checks that the settings fit together, before the user is asked for a password.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public void Require()
    {
        foreach (var server in Doveadm.Concat(DoveadmProxies))
        {
            _ = ServerAddress(server);
        }

        foreach (var webmail in Webmails)
        {
            webmail.Settings.Require(WebmailSystems.Parse(webmail.Systems));
        }
    }

    /// <summary>Opens them all, without a request to the Dovecot servers.</summary>
    /// <param name="store">The store, if there is one.</param>
    /// <param name="webmailPasswords">The passwords of the webmails' databases, one for each of <see cref="Webmails"/>; they stay the caller's.</param>
    /// <param name="credential">The Dovecot servers' key or password; copied.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The systems; the caller disposes of each.</returns>
    /// <exception cref="MailPassException">
    /// <see cref="ErrorIds.InputInvalid"/>: the settings do not fit together, or no system keeps app passwords;
    /// <see cref="ErrorIds.PasswordMissing"/>: the Dovecot servers need a key or a password;
    /// and as in <see cref="WebmailSystems.ConnectAsync"/> and <see cref="DovecotAuthority.Connect"/>.
    /// </exception>
    public async Task<IReadOnlyList<ISessionAuthority>> OpenAsync(StoreLocation? store, IReadOnlyList<Secret?> webmailPasswords, DovecotCredential? credential, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        Require();
        if (NeedsCredential && credential is null)
        {
            throw new MailPassException(ErrorIds.PasswordMissing, "The Dovecot servers need their doveadm_api_key or doveadm_password.", "Give one of them.");
        }

        var systems = new List<ISessionAuthority>();
        try
        {
            AddDovecots(systems, credential, logger);
            foreach (var (webmail, password) in Webmails.Zip(webmailPasswords))
            {
                var location = webmail.Location(store) ?? throw new MailPassException(ErrorIds.InputInvalid, "There is no database in which the webmail could be.", "Name the webmail's own database.");
                systems.AddRange(await WebmailSystems.ConnectAsync(webmail.Systems, location, webmail.Options with { Password = password }, webmail.Settings, searchServer: webmail.Database is null, logger, cancellationToken).ConfigureAwait(false));
            }

            SessionSystems.RequireAppPasswords(systems, IncludeAppPasswords);
            return ScopedAuthority.With(systems, Scope);
        }
        catch
        {
            await SessionSystems.DisposeAsync(systems).ConfigureAwait(false);
            throw;
        }
    }

    private void AddDovecots(List<ISessionAuthority> systems, DovecotCredential? credential, ILogger? logger)
    {
        var options = NeedsCredential && DovecotAuthorityFile is not null ? DovecotOptions with { TrustedRoots = CertificateAuthorities.Read(DovecotAuthorityFile) } : DovecotOptions;
        foreach (var server in Doveadm)
        {
            systems.Add(DovecotAuthority.Connect(ServerAddress(server), credential!, options, logger));
        }

        foreach (var proxy in DoveadmProxies)
        {
            systems.Add(DovecotAuthority.Connect(ServerAddress(proxy), credential!, options with { Role = DovecotRole.Proxy }, logger));
        }

        if (DoveadmLocal)
        {
            systems.Add(DovecotAuthority.Local(options: options, logger: logger));
        }
    }

    /// <summary>Reads the address of a doveadm HTTP API.</summary>
    /// <param name="text">The address.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    internal static Uri ServerAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
        ? address
        : throw new MailPassException(ErrorIds.InputInvalid, "The name of a Dovecot server must be the address of its doveadm HTTP API.", "Write it as https://mx1.example.org:8080.");
}
