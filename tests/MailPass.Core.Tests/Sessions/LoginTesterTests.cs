using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MailPass.Lab.Mail;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions.Logins;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Logging in for real, and being lied to by a server of our own.</summary>
public sealed class LoginTesterTests
{
    [SkippableFact]
    public async Task Real_server_accepts_only_the_right_password_in_every_way()
    {
        // A backslash, quotes, a percent sign, umlauts: nothing of it may be taken for syntax.
        const string Password = "pä\\ss\"w%s{3}";
        await using var server = await RealDovecot.StartAsync([("a@x.test", Password)]);
        var tester = new LoginTester(new LoginTestOptions { TrustedRoots = [server.Certificate] });
        var targets = new LoginTarget[]
        {
            new(LoginProtocol.Imap, "localhost", LoginSecurity.Tls, server.ImapsPort),
            new(LoginProtocol.Imap, "localhost", LoginSecurity.StartTls, server.ImapPort),
            new(LoginProtocol.Imap, "localhost", LoginSecurity.None, server.ImapPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.Tls, server.SubmissionsPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.StartTls, server.SubmissionPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.None, server.SubmissionPort),
        };
        foreach (var target in targets)
        {
            var right = await TestAsync(tester, target, Password);
            Assert.True(right.Outcome == LoginOutcome.LoginOk, $"{target}: {right}\n{server.Log}");
            var wrong = await TestAsync(tester, target, "wrong");
            Assert.True(wrong.Outcome == LoginOutcome.Refused, $"{target}: {wrong}");
            Assert.False(string.IsNullOrEmpty(wrong.Answer));
            Assert.DoesNotContain(Password, right.ToString());
            Assert.True(await ByMailKitAsync(server, target, Password));
            Assert.False(await ByMailKitAsync(server, target, "wrong"));
        }
    }

    [SkippableFact]
    public async Task A_certificate_that_is_not_trusted_never_sees_the_password()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "right")]);
        var tester = new LoginTester();
        foreach (var target in new LoginTarget[]
        {
            new(LoginProtocol.Imap, "localhost", LoginSecurity.Tls, server.ImapsPort),
            new(LoginProtocol.Imap, "localhost", LoginSecurity.StartTls, server.ImapPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.Tls, server.SubmissionsPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.StartTls, server.SubmissionPort),
        })
        {
            Assert.Equal(LoginOutcome.TlsFailed, (await TestAsync(tester, target, "right")).Outcome);
        }

        // The right root, the wrong name.
        var trusting = new LoginTester(new LoginTestOptions { TrustedRoots = [server.Certificate] });
        Assert.Equal(LoginOutcome.TlsFailed, (await TestAsync(trusting, new(LoginProtocol.Imap, "127.0.0.1", LoginSecurity.Tls, server.ImapsPort), "right")).Outcome);
        Assert.DoesNotContain("a@x.test", server.Log);
    }

    [SkippableFact]
    public async Task Only_login_is_offered_and_used()
    {
        await using var server = await RealDovecot.StartAsync([("a@x.test", "right")], setup => setup with { Extra = "auth_mechanisms = login" });
        var tester = new LoginTester();
        foreach (var target in new LoginTarget[]
        {
            new(LoginProtocol.Imap, "localhost", LoginSecurity.None, server.ImapPort),
            new(LoginProtocol.Submission, "localhost", LoginSecurity.None, server.SubmissionPort),
        })
        {
            Assert.Equal(LoginOutcome.LoginOk, (await TestAsync(tester, target, "right")).Outcome);
            Assert.Equal(LoginOutcome.Refused, (await TestAsync(tester, target, "wrong")).Outcome);
        }
    }

    [Theory]
    [InlineData("* BYE Too many connections\r\n", LoginOutcome.Unavailable)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", LoginOutcome.ProtocolFault)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nt2 OK\r\n", LoginOutcome.NotOffered)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [AUTHENTICATIONFAILED] no\r\n", LoginOutcome.Refused)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [UNAVAILABLE] database\r\n", LoginOutcome.Unavailable)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [LIMIT] slow down\r\n", LoginOutcome.Unavailable)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [PRIVACYREQUIRED] tls\r\n", LoginOutcome.NotOffered)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 BAD what\r\n", LoginOutcome.ProtocolFault)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\n* BYE bye\r\n", LoginOutcome.Unavailable)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\n+ more\r\n", LoginOutcome.ProtocolFault)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1\r\nt2 OK\r\n+ \r\n+ \r\nt3 OK in\r\n", LoginOutcome.LoginOk)]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nt2 OK\r\n+ \r\nt3 OK in\r\n", LoginOutcome.LoginOk)]
    [InlineData("* OK hi\r\n", LoginOutcome.Unreachable)]
    [InlineData("", LoginOutcome.Unreachable)]
    public async Task Imap_answers_are_told_apart(string script, LoginOutcome expected) =>
        Assert.Equal(expected, (await TestAgainstAsync(LoginProtocol.Imap, script)).Result.Outcome);

    [Theory]
    [InlineData("421 too many\r\n", LoginOutcome.Unavailable)]
    [InlineData("220 hi\r\n250-x\r\n250 AUTH PLAIN LOGIN\r\n235 2.7.0 in\r\n", LoginOutcome.LoginOk)]
    [InlineData("220 hi\r\n250-x\r\n250 AUTH LOGIN\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 in\r\n", LoginOutcome.LoginOk)]
    [InlineData("220 hi\r\n250 AUTH PLAIN\r\n535 5.7.8 no\r\n", LoginOutcome.Refused)]
    [InlineData("220 hi\r\n250 AUTH PLAIN\r\n454 4.7.0 later\r\n", LoginOutcome.Unavailable)]
    [InlineData("220 hi\r\n250 AUTH PLAIN\r\n530 tls first\r\n", LoginOutcome.NotOffered)]
    [InlineData("220 hi\r\n250 SIZE\r\n", LoginOutcome.NotOffered)]
    [InlineData("220 hi\r\n250 AUTH PLAIN\r\n334 more\r\n", LoginOutcome.ProtocolFault)]
    [InlineData("220 hi\r\n250 AUTH PLAIN\r\n", LoginOutcome.Unreachable)]
    [InlineData("SSH-2.0-x\r\n", LoginOutcome.ProtocolFault)]
    public async Task Submission_answers_are_told_apart(string script, LoginOutcome expected) =>
        Assert.Equal(expected, (await TestAgainstAsync(LoginProtocol.Submission, script)).Result.Outcome);

    [Theory]
    [InlineData(LoginProtocol.Imap, "* OK hi\r\nt1 NO no tls here\r\n")]
    [InlineData(LoginProtocol.Imap, "* OK hi\r\nt1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nt2 OK\r\nt3 OK\r\n")]
    [InlineData(LoginProtocol.Submission, "220 hi\r\n250 STARTTLS\r\n502 no\r\n")]
    [InlineData(LoginProtocol.Submission, "220 hi\r\n250 STARTTLS\r\n220 go\r\n250 AUTH PLAIN\r\n235 in\r\n")]
    public async Task Password_is_not_sent_if_required_tls_is_missing(LoginProtocol protocol, string script)
    {
        var (result, received) = await TestAgainstAsync(protocol, script, LoginSecurity.StartTls);
        Assert.Equal(LoginOutcome.TlsFailed, result.Outcome);
        Assert.DoesNotContain("AUTH", received);
        Assert.DoesNotContain("LOGIN", received);
    }

    [Theory]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO your password 'hunter22' is wrong\r\n")]
    [InlineData("* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO you said AGFAeC50ZXN0AGh1bnRlcjIy\r\n")]
    public async Task A_server_that_repeats_the_password_is_not_quoted(string script)
    {
        var (result, _) = await TestAgainstAsync(LoginProtocol.Imap, script);
        Assert.Equal((LoginOutcome.Refused, "(left out: it repeats the password)"), (result.Outcome, result.Answer));
    }

    [Fact]
    public async Task Server_text_is_shown_on_one_line_without_controls()
    {
        var (result, _) = await TestAgainstAsync(LoginProtocol.Imap, "* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO \x1b[31mred\x07 " + new string('x', 2000) + "\r\n");
        Assert.StartsWith("t3 NO [31mred x", result.Answer);
        Assert.Equal(400, result.Answer!.Length);
    }

    [Fact]
    public async Task One_attempt_is_one_attempt()
    {
        var (_, received) = await TestAgainstAsync(LoginProtocol.Imap, "* OK hi\r\n* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\nt2 OK\r\nt3 NO [AUTHENTICATIONFAILED]\r\n");
        Assert.Single(received.Split('\n'), line => line.Contains("AUTHENTICATE"));
    }

    [Fact]
    public async Task A_password_is_not_sent_over_the_network_in_plain_text()
    {
        using var secret = Secret.FromChars("x");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => new LoginTester().TestAsync(new(LoginProtocol.Imap, "mail.example.org", LoginSecurity.None), MailboxAddress.Parse("a@x.test"), secret));
        Assert.Equal(ErrorIds.StoreTlsRequired, fault.ErrorId);
    }

    [Fact]
    public async Task A_password_with_a_line_end_is_refused()
    {
        using var secret = Secret.FromChars("x\r\ny");
        var fault = await Assert.ThrowsAsync<MailPassException>(() => new LoginTester().TestAsync(new(LoginProtocol.Imap, "localhost", LoginSecurity.None), MailboxAddress.Parse("a@x.test"), secret));
        Assert.Equal(ErrorIds.PasswordInvalid, fault.ErrorId);
    }

    [Fact]
    public async Task Nobody_there_is_unreachable_and_silence_is_bounded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = new LoginTarget(LoginProtocol.Imap, "127.0.0.1", LoginSecurity.None, ((IPEndPoint)listener.LocalEndpoint).Port);
        var silent = await TestAsync(new LoginTester(new LoginTestOptions { Timeout = TimeSpan.FromMilliseconds(100) }), target, "x");
        listener.Stop();
        var absent = await TestAsync(new LoginTester(), target, "x");
        Assert.Equal([(LoginOutcome.Unreachable, "No answer within 0.1 s.")], new[] { (silent.Outcome, silent.Answer) });
        Assert.Equal(LoginOutcome.Unreachable, absent.Outcome);
    }

    [Fact]
    public async Task A_stop_stops()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource(50);
        using var secret = Secret.FromChars("x");
        var target = new LoginTarget(LoginProtocol.Imap, "127.0.0.1", LoginSecurity.None, ((IPEndPoint)listener.LocalEndpoint).Port);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new LoginTester().TestAsync(target, MailboxAddress.Parse("a@x.test"), secret, stop.Token));
    }

    private static Task<bool> ByMailKitAsync(RealDovecot server, LoginTarget target, string password) => MailLogin.PlainAsync(
        target.Protocol is LoginProtocol.Imap ? new ImapClient() : new SmtpClient(),
        target.Host,
        target.EffectivePort,
        target.Security switch
        {
            LoginSecurity.Tls => SecureSocketOptions.SslOnConnect,
            LoginSecurity.StartTls => SecureSocketOptions.StartTls,
            _ => SecureSocketOptions.None,
        },
        "a@x.test",
        password,
        server.Certificate);

    private static async Task<LoginTestResult> TestAsync(LoginTester tester, LoginTarget target, string password)
    {
        using var secret = Secret.FromChars(password);
        return await tester.TestAsync(target, MailboxAddress.Parse("a@x.test"), secret);
    }

    /// <summary>A server that says its lines whatever it hears, then hangs up.</summary>
    private static async Task<(LoginTestResult Result, string Received)> TestAgainstAsync(LoginProtocol protocol, string script, LoginSecurity security = LoginSecurity.None)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var heard = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(script));
            client.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            try
            {
                return await reader.ReadToEndAsync();
            }
            catch (IOException)
            {
                return string.Empty;
            }
        });
        var target = new LoginTarget(protocol, "localhost", security, ((IPEndPoint)listener.LocalEndpoint).Port);
        var result = await TestAsync(new LoginTester(), target, "hunter22");
        return (result, await heard);
    }
}
