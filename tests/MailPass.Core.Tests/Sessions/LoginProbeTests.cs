using System.Net;
using System.Net.Sockets;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions.Logins;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A password is proven at a login server that a URI names.</summary>
public sealed class LoginProbeTests
{
    private static readonly MailboxAddress Anna = MailboxAddress.Parse("a@x.test");

    [SkippableFact]
    public async Task Real_server_accepts_right_and_refuses_wrong()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "right")]);
        var options = new LoginTestOptions { TrustedRoots = [server.Certificate] };
        foreach (var uri in new[] { $"imap://localhost:{server.ImapPort}", $"imaps://localhost:{server.ImapsPort}", $"submission://localhost:{server.SubmissionPort}", $"smtps://localhost:{server.SubmissionsPort}" })
        {
            var probe = new LoginProbe(uri, options);
            var right = await ProveAsync(probe, "right");
            Assert.True(right.Verdict == ProbeVerdict.Accepted, $"{uri}: {right}\n{server.Log}");
            var wrong = await ProveAsync(probe, "wrong");
            Assert.Equal(ProbeVerdict.Refused, wrong.Verdict);
            Assert.Contains("uth", wrong.Answer);
        }
    }

    [SkippableFact]
    public async Task Untrusted_certificate_is_not_judged()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "right")]);
        Assert.Equal(ProbeVerdict.NotJudged, (await ProveAsync(new($"imaps://localhost:{server.ImapsPort}"), "right")).Verdict);
    }

    [Fact]
    public async Task Server_that_takes_any_password_proves_nothing()
    {
        var result = await ProveAgainstAsync("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 OK in\r\n", logins: 2);
        Assert.Equal(ProbeVerdict.NotJudged, result.Verdict);
        Assert.Contains("accepts a wrong password too", result.Answer);
    }

    [Fact]
    public async Task Refusal_quotes_the_server()
    {
        var result = await ProveAgainstAsync("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [AUTHENTICATIONFAILED] Go away.\r\n", logins: 1);
        Assert.Equal(new ProbeResult(ProbeVerdict.Refused, "t3 NO [AUTHENTICATIONFAILED] Go away."), result);
    }

    [Fact]
    public async Task Server_that_cannot_judge_is_not_a_refusal()
    {
        var result = await ProveAgainstAsync("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [UNAVAILABLE] database\r\n", logins: 1);
        Assert.Equal(ProbeVerdict.NotJudged, result.Verdict);
        Assert.Equal(ProbeVerdict.NotJudged, (await ProveAsync(new("imap://127.0.0.1:1"), "x")).Verdict);
        Assert.Equal(ProbeVerdict.NotJudged, (await ProveAsync(new("imap://127.0.0.1:1"), "line\nend")).Verdict);
    }

    [Theory]
    [InlineData("imap://mail.example.org", LoginProtocol.Imap, LoginSecurity.StartTls, 143)]
    [InlineData("IMAPS://mail.example.org/", LoginProtocol.Imap, LoginSecurity.Tls, 993)]
    [InlineData("submission://mail.example.org", LoginProtocol.Submission, LoginSecurity.StartTls, 587)]
    [InlineData("smtps://mail.example.org", LoginProtocol.Submission, LoginSecurity.Tls, 465)]
    [InlineData("imap://mail.example.org:1143", LoginProtocol.Imap, LoginSecurity.StartTls, 1143)]
    public void Uri_names_protocol_and_protection(string text, LoginProtocol protocol, LoginSecurity security, int port)
    {
        var target = LoginTarget.Parse(text);
        Assert.Equal((protocol, "mail.example.org", security, port), (target.Protocol, target.Host, target.Security, target.EffectivePort));
    }

    [Theory]
    [InlineData("")]
    [InlineData("mail.example.org")]
    [InlineData("https://mail.example.org")]
    [InlineData("imap://")]
    [InlineData("imap://0.0.0.0:1143")]
    [InlineData("smtps://[::]")]
    [InlineData("imap://mail.example.org:0")]
    [InlineData("imap://mail.example.org:65536")]
    [InlineData("imap://mail.example.org/INBOX")]
    [InlineData("imap://anna:hunter22@mail.example.org")]
    public void Other_text_is_refused_without_quoting_it(string text)
    {
        var fault = Assert.Throws<MailPassException>(() => LoginTarget.Parse(text));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.DoesNotContain("hunter22", fault.Message + fault.Remedy);
    }

    private static async Task<ProbeResult> ProveAsync(LoginProbe probe, string password)
    {
        using var secret = Secret.FromChars(password);
        return await probe.ProveAsync(Anna, secret);
    }

    /// <summary>Proves a password at a server that says the same lines to everybody.</summary>
    private static async Task<ProbeResult> ProveAgainstAsync(string script, int logins)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            for (var i = 0; i < logins; i++)
            {
                using var client = await listener.AcceptTcpClientAsync();
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                await reader.BaseStream.WriteAsync(Encoding.Latin1.GetBytes(script));
                client.Client.Shutdown(SocketShutdown.Send);
                _ = await reader.ReadToEndAsync();
            }
        });
        var result = await ProveAsync(new($"imap://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), "right");
        await serving;
        return result;
    }
}
