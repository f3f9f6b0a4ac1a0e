using MailPass.Sessions.Logins;

namespace MailPass;

/// <summary>One login that was tried.</summary>
public sealed class LoginTest : IMailboxRow
{
    private readonly LoginTestResult _result;

    internal LoginTest(LoginTestResult result) => _result = result;

    /// <summary>Who was to log in.</summary>
    public string Mailbox => RowText.Of(_result.Mailbox.Value);

    /// <summary>Where.</summary>
    public string Server => _result.Target.Host;

    /// <summary>The port.</summary>
    public int Port => _result.Target.EffectivePort;

    /// <summary>Imap or Submission.</summary>
    public string Protocol => _result.Target.Protocol.ToString();

    /// <summary>Whether the login succeeded.</summary>
    public bool Success => _result.Outcome is LoginOutcome.LoginOk;

    /// <summary>The outcome.</summary>
    public string Outcome => _result.Outcome.ToString();

    /// <summary>The server's answer, or the fault; never the password.</summary>
    public string? Answer => RowText.Of(_result.Answer);

    /// <summary>How long it took.</summary>
    public TimeSpan Duration => _result.Duration;

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _result.Mailbox.Value;

    /// <summary>Mailbox and outcome.</summary>
    public override string ToString() => $"{Mailbox}: {Outcome}";
}
