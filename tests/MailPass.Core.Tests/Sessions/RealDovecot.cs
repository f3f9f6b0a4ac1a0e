namespace MailPass.Core.Tests.Sessions;

/// <summary>Starts a real Dovecot, or skips the test with the reason why there is none.</summary>
internal static class RealDovecot
{
    public static Task<DovecotServer> StartAsync(
        IEnumerable<(string Mailbox, string Password)> mailboxes,
        bool apiOverTls = false,
        string extra = "",
        string imapProcess = "",
        int? proxyTo = null)
    {
        Skip.IfNot(DovecotServer.Absence is null, DovecotServer.Absence);
        return DovecotServer.StartAsync(mailboxes, apiOverTls, extra, imapProcess, proxyTo);
    }
}
