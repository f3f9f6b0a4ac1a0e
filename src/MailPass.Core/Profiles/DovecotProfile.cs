using MailPass.Sessions.Dovecot;

namespace MailPass.Profiles;

/// <summary>A site's Dovecot servers.</summary>
public sealed record DovecotProfile
{
    /// <summary>The servers' doveadm HTTP APIs.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>The same of servers that pass connections on to others.</summary>
    public IReadOnlyList<string> Proxies { get; init; } = [];

    /// <summary>Whether to use this machine's own <c>doveadm</c> program.</summary>
    public bool Local { get; init; }

    /// <summary>Where the servers' <c>doveadm_api_key</c> is.</summary>
    public SecretSource? Key { get; init; }

    /// <summary>Where the servers' <c>doveadm_password</c> is, if they have no key.</summary>
    public SecretSource? Password { get; init; }

    /// <summary>A PEM file with certificate authorities to trust instead of the machine's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How to deal with the servers.</summary>
    public DovecotOptions Options { get; init; } = new();
}
