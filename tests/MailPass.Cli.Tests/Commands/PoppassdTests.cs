using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailPass.Cli.Tests.Processes;
using MailPass.Lab;
using MailPass.Lab.Processes;

namespace MailPass.Cli.Tests.Commands;

public sealed class PoppassdTests : IDisposable
{
    private const string Greeting = "200 Hello, who are you?";

    private static readonly string s_samples = Path.Combine(RepositoryFolder.Root, "samples", "poppassd");

    private readonly TempFolder _folder = new();
    private readonly List<Process> _services = [];

    public void Dispose()
    {
        foreach (var service in _services)
        {
            service.Kill(entireProcessTree: true);
            service.Dispose();
        }

        _folder.Dispose();
    }

    private Dictionary<string, string> Environment => new() { ["XDG_STATE_HOME"] = _folder.Path("state") };

    [Fact]
    public async Task Standard_input_is_one_conversation()
    {
        var store = await _folder.StoreAsync("jane@example.com");
        var run = await TalkAsync($"user jane@example.com\npass {TempFolder.OldPassword}\nnewpass New-Secret-22\nquit\n", "--store", store);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal([Greeting, "200 Your password, please.", "200 Your new password, please.", "200 Your password was changed.", "200 Bye."], run.Output.TrimEnd().Split("\r\n"));
        Assert.True(await StoreProbe.AcceptsAsync(store, "jane@example.com", "New-Secret-22"));
        Assert.Contains("No session system is named", run.Error, StringComparison.Ordinal);
        Assert.Contains("jane@example.com was changed by its owner", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", run.Error, StringComparison.Ordinal);
        var runs = await MailPassRun.RunAsync(Stream.Null, ["runs", "--format", "csv"], environment: Environment);
        Assert.Equal("poppassd", Assert.Single(runs.Rows)["Command"]);
    }

    [Fact]
    public async Task Name_without_a_domain_gets_the_default_domain()
    {
        var store = await _folder.StoreAsync("jane@example.com");
        var said = $"user jane\npass {TempFolder.OldPassword}\nnewpass New-Secret-22\nquit\n";
        Assert.EndsWith("500 The mailbox or its password is wrong.\r\n", (await TalkAsync(said, "--store", store)).Output, StringComparison.Ordinal);
        var run = await TalkAsync(said, "--store", store, "--default-domain", "example.com", "--no-journal");
        Assert.Contains("200 Your password was changed.", run.Output, StringComparison.Ordinal);
        Assert.Empty((await MailPassRun.RunAsync(Stream.Null, ["runs", "--format", "csv"], environment: Environment)).Rows);
    }

    [Fact]
    public async Task Policy_file_decides()
    {
        var store = await _folder.StoreAsync("jane@example.com");
        var policy = _folder.Write("policy.json", """{ "minimumLength": 20 }""");
        var run = await TalkAsync($"user jane@example.com\npass {TempFolder.OldPassword}\nnewpass New-Secret-22\nquit\n", "--store", store, "--policy", policy);
        Assert.Contains("500 The password for jane@example.com breaks the policy: The password must have at least 20 characters; it has 13.", run.Output, StringComparison.Ordinal);
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "jane@example.com"));
    }

    [Fact]
    public async Task Profile_has_the_store_the_policy_and_the_scope()
    {
        var store = await _folder.StoreAsync("jane@example.com", "joe@example.net");
        var profile = _folder.Write("site.json", $$"""
            {
              "store": "{{store}}",
              "policy": { "minimumLength": 20 },
              "scope": { "domains": ["example.com"], "actions": ["change"] },
              "journal": { "folder": "{{_folder.Path("journals")}}" },
            }
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(profile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string[] args = ["--profile", profile];
        var weak = await TalkAsync($"user jane@example.com\npass {TempFolder.OldPassword}\nnewpass New-Secret-22\nquit\n", args);
        Assert.Contains("must have at least 20 characters; it has 13.", weak.Output, StringComparison.Ordinal);
        var good = await TalkAsync($"user jane@example.com\npass {TempFolder.OldPassword}\nnewpass New-Secret-22-and-more\nquit\n", args);
        Assert.Contains("200 Your password was changed.", good.Output, StringComparison.Ordinal);
        var outside = await TalkAsync($"user joe@example.net\npass {TempFolder.OldPassword}\nnewpass New-Secret-22-and-more\nquit\n", args);
        Assert.EndsWith("500 The mailbox or its password is wrong.\r\n", outside.Output, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder.Path("journals"), "*.journal"));
        Assert.True(File.Exists(Path.Combine(_folder.Path("journals"), "poppassd.guesses")));
    }

    [Fact]
    public async Task Sample_profile_is_valid()
    {
        // Its secrets come from systemd, and its servers are not here: the faults are reported after the file was read.
        var sample = _folder.Write("door.json", await File.ReadAllTextAsync(Path.Combine(s_samples, "door.json")));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(sample, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var profile = MailPass.Profiles.SiteProfile.Load(sample, static _ => null);
        Assert.Equal(["store", "doveadm", "store"], profile.Secrets().Select(secret => secret.Source.Name));
    }

    [Fact]
    public async Task Lost_store_is_reported_to_both_sides()
    {
        var run = await TalkAsync("user jane@example.com\n", "--store", _folder.Path("missing.db"));
        Assert.NotEqual(0, run.ExitCode);
        Assert.StartsWith("500 The service has a fault.", run.Output, StringComparison.Ordinal);
        Assert.Contains("missing.db", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("missing.db", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "0.0.0.0:24500", "--certificate")]
    [InlineData("--certificate", "x.pem", "go together")]
    [InlineData("--connections", "0", "1 or more")]
    [InlineData("--socket-mode", "rw", "chmod")]
    public async Task Wrong_call_is_refused(string option, string value, string expected)
    {
        var store = await _folder.StoreAsync("jane@example.com");
        string[] more = option == "--socket-mode" ? ["--listen", _folder.Path("sock")] : [];
        var run = await TalkAsync("", ["--store", store, option, value, .. more]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Service_ends_at_SIGTERM_and_remembers_guesses()
    {
        Skip.If(OperatingSystem.IsWindows(), "Signals are Unix's.");
        var store = await _folder.StoreAsync("jane@example.com");
        var port = FreePort.Take();
        string[] args = ["poppassd", "--store", store, "--listen", $"127.0.0.1:{port}"];
        var service = StartService([.. args, "--listen", _folder.Path("sock"), "--socket-mode", "620"]);
        var log = await ReadyAsync(service);
        Assert.Contains("Listening on 127.0.0.1", log, StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0b110_010_000, File.GetUnixFileMode(_folder.Path("sock")));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("500 The mailbox or its password is wrong.", (await SayAsync(port, "user stranger@example.com", "pass wrong"))[^1]);
        }

        await StopAsync(service);

        service = StartService(args);
        await ReadyAsync(service);
        var begun = Stopwatch.GetTimestamp();
        await SayAsync(port, "user stranger@example.com", "pass wrong");
        await SayAsync(port, "user stranger@example.com", "pass wrong");

        // The third is free, the fourth waits for 2 s; both are answered after a second.
        Assert.True(Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(3));
        await StopAsync(service);
    }

    [SkippableFact]
    public async Task Sockets_of_systemd_are_served()
    {
        var activate = OperatingSystem.IsWindows() ? null : new[] { "/usr/bin/systemd-socket-activate", "/lib/systemd/systemd-socket-activate" }.FirstOrDefault(File.Exists);
        Skip.If(activate is null, "systemd-socket-activate is not installed.");
        var store = await _folder.StoreAsync("jane@example.com", "joe@example.com", "zoe@example.com");
        var next = 1;
        foreach (var (mailbox, options) in new[] { ("jane@example.com", ""), ("joe@example.com", "--accept "), ("zoe@example.com", "--accept --inetd ") })
        {
            var port = FreePort.Take();
            var service = Started(MailPassProcess.StartShell($"exec {activate} {options}-l 127.0.0.1:{port} -E XDG_STATE_HOME={_folder.Path("state")} {MailPassProcess.Command} poppassd --store {store}"));
            await ListeningAsync(port);
            var answers = await SayAsync(port, $"user {mailbox}", $"pass {TempFolder.OldPassword}", $"newpass New-Secret-{next}{next}", "quit");
            Assert.Equal([Greeting, "200 Your password, please.", "200 Your new password, please.", "200 Your password was changed.", "200 Bye."], answers);
            Assert.True(await StoreProbe.AcceptsAsync(store, mailbox, $"New-Secret-{next}{next}"));
            service.Kill(entireProcessTree: true);
            await service.WaitForExitAsync();
            next++;
        }
    }

    [SkippableFact]
    public async Task TLS_is_spoken_from_the_first_byte_and_renewed()
    {
        Skip.If(OperatingSystem.IsWindows(), "Signals are Unix's.");
        var store = await _folder.StoreAsync("jane@example.com", "joe@example.com");
        var (certificate, key) = (_folder.Path("cert.pem"), _folder.Path("key.pem"));
        var first = WriteCertificate(certificate, key, "door.example.com");
        var port = FreePort.Take();
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        string[] args = ["--store", store, "--listen", $"0.0.0.0:{port}", "--certificate", certificate, "--key", key];
        Assert.Contains("can be read or written by others", (await TalkAsync("", args)).Error, StringComparison.Ordinal);
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        var service = StartService(["poppassd", .. args]);
        await ReadyAsync(service);
        Assert.Equal((first, "200 Your password was changed."), await ChangeOverTlsAsync(port, "jane@example.com"));
        File.Delete(key);
        var second = WriteCertificate(certificate, key, "door.example.com");
        Assert.Equal((second, "200 Your password was changed."), await ChangeOverTlsAsync(port, "joe@example.com"));
        await StopAsync(service);
    }

    [SkippableFact]
    public async Task Sample_units_are_valid_and_exposed_little()
    {
        Skip.IfNot(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed.");
        foreach (var unit in Directory.GetFiles(s_samples, "*.s*"))
        {
            // systemd wants to see the program.
            _folder.Write(Path.GetFileName(unit), (await File.ReadAllTextAsync(unit)).Replace("/usr/local/bin/mailpass", "/bin/true", StringComparison.Ordinal));
        }

        var (service, socket) = (_folder.Path("mailpass-poppassd.service"), _folder.Path("mailpass-poppassd.socket"));
        var verified = await MailPassProcess.ShellAsync($"systemd-analyze verify --man=no {service} {socket}");
        Assert.Equal((0, string.Empty), (verified.ExitCode, verified.Error));
        var rated = await MailPassProcess.ShellAsync($"systemd-analyze security --offline=true --threshold=20 {service}");
        Assert.True(rated.ExitCode == 0, rated.Output + rated.Error);

        // The page's options are the sample's.
        var call = string.Join(' ', (await File.ReadAllLinesAsync(service)).SkipWhile(line => !line.StartsWith("ExecStart=", StringComparison.Ordinal)).TakeWhile(line => !line.StartsWith('#')));
        var options = call.Split(' ').Where(word => word.StartsWith("--", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(options);
        var help = await MailPassRun.Of("poppassd", "--help");
        Assert.All(options, option => Assert.Contains(option + " ", help.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_names_every_option_of_its_own()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Root, "docs", "poppassd.md"));
        var set = (await MailPassRun.Of("set", "--help")).Output;
        var own = System.Text.RegularExpressions.Regex.Matches((await MailPassRun.Of("poppassd", "--help")).Output, "--[a-z-]+").Select(match => match.Value)
            .Distinct().Where(option => !set.Contains(option, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(own);
        Assert.All(own, option => Assert.Contains($"`{option}", page, StringComparison.Ordinal));
    }

    private Process StartService(params string[] args) => Started(MailPassProcess.StartShell(
        $"export XDG_STATE_HOME={_folder.Path("state")}; exec {MailPassProcess.Command} {string.Join(' ', args)}"));

    // Ended with the test, also if it fails.
    private Process Started(Process service)
    {
        _services.Add(service);
        return service;
    }

    private Task<MailPassRun> TalkAsync(string said, params string[] args) =>
        MailPassRun.RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(said)), ["poppassd", .. args], environment: Environment);

    private static async Task<(string Thumbprint, string Answer)> ChangeOverTlsAsync(int port, string mailbox)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate?.Subject == "CN=door.example.com");
        await stream.AuthenticateAsClientAsync("door.example.com");
        var answers = await SayAsync(stream, $"user {mailbox}", $"pass {TempFolder.OldPassword}", "newpass New-Secret-22");
        using var shown = new X509Certificate2(stream.RemoteCertificate!);
        return (shown.Thumbprint, answers[^1]);
    }

    private static string WriteCertificate(string certificate, string key, string name)
    {
        using var rsa = RSA.Create(2048);
        using var made = new CertificateRequest("CN=" + name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(key, rsa.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return made.Thumbprint;
    }

    private static async Task<string> ReadyAsync(Process service)
    {
        var log = new StringBuilder();
        while (await service.StandardError.ReadLineAsync() is { } line)
        {
            log.AppendLine(line);
            if (line.Contains("Listening on", StringComparison.Ordinal))
            {
                return log.ToString();
            }
        }

        throw new InvalidOperationException(log.ToString());
    }

    private static async Task StopAsync(Process service)
    {
        using var kill = Process.Start("kill", ["-TERM", service.Id.ToString()]);
        await service.WaitForExitAsync();
        Assert.Equal(0, service.ExitCode);
    }

    private static async Task ListeningAsync(int port)
    {
        // Connecting would start the service; the kernel's table shows it without a connection.
        var place = $"0100007F:{port:X4} 00000000:0000 0A";
        while (!File.ReadAllText("/proc/net/tcp").Contains(place, StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }
    }

    private static async Task<List<string>> SayAsync(int port, params string[] lines)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return await SayAsync(socket.GetStream(), lines);
    }

    private static async Task<List<string>> SayAsync(Stream stream, params string[] lines)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        var answers = new List<string> { await reader.ReadLineAsync() ?? "(nothing)" };
        foreach (var line in lines)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"));
            answers.Add(await reader.ReadLineAsync() ?? "(nothing)");
        }

        return answers;
    }
}
