using System.Text;
using MailPass.Secrets;

namespace MailPass.Sessions.Dovecot;

/// <summary>The credential for the doveadm HTTP API: <c>doveadm_api_key</c> or <c>doveadm_password</c>.</summary>
public sealed class DovecotCredential : IDisposable
{
    private readonly Secret _secret;
    private readonly bool _isKey;

    private DovecotCredential(Secret secret, bool isKey)
    {
        _secret = secret;
        _isKey = isKey;
    }

    /// <summary>The server's <c>doveadm_api_key</c>.</summary>
    /// <param name="key">The key; copied; the caller disposes of its own.</param>
    public static DovecotCredential ApiKey(Secret key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new(key.Clone(), isKey: true);
    }

    /// <summary>The server's <c>doveadm_password</c>.</summary>
    /// <param name="password">The password; copied; the caller disposes of its own.</param>
    public static DovecotCredential Password(Secret password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return new(password.Clone(), isKey: false);
    }

    /// <summary>A text without the secret.</summary>
    public override string ToString() => _isKey ? "(API key)" : "(password)";

    /// <summary>Overwrites the secret.</summary>
    public void Dispose() => _secret.Dispose();

    internal DovecotCredential Clone() => new(_secret.Clone(), _isKey);

    /// <summary>The value of the Authorization header (doc.dovecot.org, "Doveadm HTTP API"). The HTTP client accepts only a string, so this copy cannot be overwritten; it is short-lived.</summary>
    internal string AuthorizationHeader() => _isKey
        ? "X-Dovecot-API " + Convert.ToBase64String(_secret.Utf8)
        : "Basic " + Convert.ToBase64String([.. Encoding.ASCII.GetBytes("doveadm:"), .. _secret.Utf8]);
}
