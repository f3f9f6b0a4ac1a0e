using System.Net;
using System.Net.Sockets;
using MailPass.Core.Tests.Sessions;

namespace MailPass.Cli.Tests.Commands;

/// <summary>The session commands against a real Dovecot: who is there, who is gone afterwards, and the exit codes.</summary>
public sealed class DovecotTests : IDisposable
{
    private const string A = "a@example.com";
    private const string B = "b@example.com";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Sessions_are_listed_and_only_the_named_mailbox_is_logged_out()
    {
        await using var dovecot = await RealDovecot.StartAsync([(A, "pw-a"), (B, "pw-b")]);
        using var a = await dovecot.LoginAsync(A, "pw-a");
        using var b = await dovecot.LoginAsync(B, "pw-b");
        var listed = await RunAsync(dovecot, "sessions");
        Assert.True(listed.ExitCode == 0, listed.ToString());
        Assert.Equal([(A, "imap"), (B, "imap")], listed.Rows.Select(row => (row["Mailbox"], row["Service"])).Order());

        var revoked = await RunAsync(dovecot, "revoke", "--mailbox", A);
        Assert.True(revoked.ExitCode == 0, revoked.ToString());
        Assert.Equal((A, "Revoked", "1"), (revoked.Rows.Single()["Mailbox"], revoked.Rows[0]["Status"], revoked.Rows[0]["Count"]));
        Assert.Equal([B], (await RunAsync(dovecot, "sessions")).Rows.Select(row => row["Mailbox"]));
        Assert.True(await b.IsAliveAsync());
    }

    [SkippableFact]
    public async Task After_a_reset_with_revoke_only_the_new_password_works()
    {
        const string Client = "c@example.com";
        var users = _folder.Write("users", $"{Client}:{TempFolder.OldHash}:::::\n");
        Skip.If(OperatingSystem.IsWindows(), "Dovecot runs on Linux.");

        // Dovecot reads the file as a user of its own.
        File.SetUnixFileMode(Path.GetDirectoryName(users)!, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(users, (UnixFileMode)0b110_100_100);
        await using var dovecot = await RealDovecot.StartAsync([(A, "pw-a")], setup => setup with { PasswdFile = users });
        Skip.IfNot(dovecot.FlushesByApi, $"Dovecot {dovecot.Version} cannot flush its authentication cache by the API.");
        Assert.Equal(0, await LoginAsync(dovecot.ImapPort, Client, TempFolder.OldPassword));
        using var old = await dovecot.LoginAsync(Client, TempFolder.OldPassword);

        var run = await RunAsync(dovecot, "reset", "--store", "passwd-file:" + users, "--mailbox", Client, "--revoke");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(1, await LoginAsync(dovecot.ImapPort, Client, TempFolder.OldPassword));
        Assert.Equal(0, await LoginAsync(dovecot.ImapPort, Client, run.Rows.Single()["Password"]));
        Assert.Empty((await RunAsync(dovecot, "sessions", "--mailbox", Client)).Rows);
    }

    [SkippableFact]
    public async Task An_invalid_mailbox_is_named_and_the_rest_goes_on()
    {
        await using var dovecot = await RealDovecot.StartAsync([(A, "pw-a")]);
        using var a = await dovecot.LoginAsync(A, "pw-a");
        var run = await RunAsync(dovecot, "revoke", "--csv", _folder.Write("who.csv", $"Mailbox\nno mailbox\n{A}\n"));
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("line 2", run.Error, StringComparison.Ordinal);
        Assert.Equal((A, "Revoked"), (run.Rows.Single()["Mailbox"], run.Rows[0]["Status"]));
    }

    [SkippableFact]
    public async Task A_wrong_key_and_a_closed_port_are_unreachable()
    {
        await using var dovecot = await RealDovecot.StartAsync([(A, "pw-a")]);
        var wrongKey = await WithKeyAsync(dovecot, "another-key", "revoke", "--mailbox", A);
        Assert.True(wrongKey.ExitCode == 3, wrongKey.ToString());
        Assert.Equal("Unreachable", wrongKey.Rows.Single()["Status"]);
        Assert.DoesNotContain("another-key", wrongKey.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, (await WithKeyAsync(dovecot, "another-key", "sessions")).ExitCode);

        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        Assert.Equal(3, await LoginAsync(port, A, "pw-a"));
    }

    [SkippableFact]
    public async Task A_proxys_connections_are_listed_and_end_there()
    {
        await using var backend = await RealDovecot.StartAsync([(A, "pw-a"), (B, "pw-b")]);
        await using var proxy = await RealDovecot.StartAsync([], setup => setup with { ProxyTo = backend.ImapPort, Passwords = [] });
        Skip.IfNot(proxy.FlushesByApi, $"Dovecot {proxy.Version} cannot flush its authentication cache by the API.");
        using var a = await proxy.LoginAsync(A, "pw-a");
        using var b = await proxy.LoginAsync(B, "pw-b");
        var listed = await OfProxyAsync("sessions");
        Assert.Equal([A, B], listed.Rows.Select(row => row["Mailbox"]).Order());

        var revoked = await OfProxyAsync("revoke", "--mailbox", A);
        Assert.True(revoked.ExitCode == 0, revoked.ToString());
        Assert.Equal((A, "Revoked", "1"), (revoked.Rows.Single()["Mailbox"], revoked.Rows[0]["Status"], revoked.Rows[0]["Count"]));
        await a.UntilClosedAsync();
        Assert.True(await b.IsAliveAsync());

        Task<MailPassRun> OfProxyAsync(params string[] call) => MailPassRun.RunAsync(
            Stream.Null,
            [.. call, "--profile", _folder.Profile($$"""{ "dovecot": { "proxies": ["http://localhost:{{proxy.DoveadmPort}}"], "timeout": 20, "connectTimeout": 7.5 } }""")],
            environment: new() { ["MAILPASS_DOVEADM_KEY"] = proxy.DoveadmApiKey });
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up_after_the_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var run = await MailPassRun.RunAsync(
            Stream.Null,
            ["sessions", "--profile", _folder.Profile($$"""{ "dovecot": { "servers": ["http://localhost:{{((IPEndPoint)silent.LocalEndpoint).Port}}"], "timeout": 0.2 } }""")],
            environment: new() { ["MAILPASS_DOVEADM_KEY"] = "key" });
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("No answer within 0.2 s", run.Error, StringComparison.Ordinal);
    }

    private static Task<MailPassRun> RunAsync(RealDovecot dovecot, params string[] call) => WithKeyAsync(dovecot, dovecot.DoveadmApiKey, call);

    private static Task<MailPassRun> WithKeyAsync(RealDovecot dovecot, string key, params string[] call) => MailPassRun.RunAsync(
        Stream.Null,
        [.. call, "--doveadm", $"http://localhost:{dovecot.DoveadmPort}"],
        environment: new() { ["MAILPASS_DOVEADM_KEY"] = key });

    private static async Task<int> LoginAsync(int port, string mailbox, string password) =>
        (await MailPassRun.WithInput(password + "\n", "login", "--server", "localhost", "--port", $"{port}", "--security", "none", "--mailbox", mailbox)).ExitCode;
}
