using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Lab.Processes;

namespace MailPass.Cli.Tests.Processes;

/// <summary>The program on a real terminal: tmux is the terminal, its paste buffer the clipboard.</summary>
public sealed class TerminalTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private bool _isOpen;

    public void Dispose()
    {
        if (_isOpen)
        {
            Tmux("kill-server");
        }

        _folder.Dispose();
    }

    [SkippableFact]
    public async Task Terminal_over_SSH_gets_the_password_unshown()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass reset --store '{store}' --mailbox a@example.com --clipboard");
        WaitFor("[y/N]");
        Tmux("send-keys", "y");
        WaitForEnd();

        var password = Tmux("show-buffer");
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", password));
        Assert.DoesNotContain(password, Screen(), StringComparison.Ordinal);
        Assert.Contains("Whether the terminal took it cannot be known", Screen().ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal("0", ExitCode());
    }

    [SkippableFact]
    public async Task A_password_that_the_terminal_refused_is_not_lost()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass reset --store '{store}' --mailbox a@example.com --clipboard --format json");
        WaitFor("[y/N]");
        Tmux("send-keys", "n");
        WaitForEnd();

        Assert.Contains(Tmux("show-buffer"), Screen(), StringComparison.Ordinal);
        Assert.Equal("1", ExitCode());
    }

    [SkippableFact]
    public async Task Redirected_output_never_gets_the_sequence()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass reset --store '{store}' --mailbox a@example.com --clipboard </dev/null >'{_folder.Path("rows")}' 2>'{_folder.Path("errors")}'");
        WaitForEnd();

        var password = Tmux("show-buffer");
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", password));
        Assert.DoesNotContain('\e', File.ReadAllText(_folder.Path("rows")) + File.ReadAllText(_folder.Path("errors")));
        Assert.DoesNotContain(password, Screen() + File.ReadAllText(_folder.Path("errors")), StringComparison.Ordinal);
        Assert.Equal(password, Assert.Single(CsvText.Read(File.ReadAllText(_folder.Path("rows"))))["Password"]);
    }

    [SkippableFact]
    public async Task A_wrong_current_password_is_reported_before_the_new_one()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass set --store '{store}' --mailbox a@example.com --current");
        WaitFor("Current password of a@example.com:");
        Tmux("send-keys", "Wrong-Secret-1", "Enter");
        WaitForEnd();

        Assert.Contains(ErrorIds.CurrentPasswordWrong, Screen().ReplaceLineEndings(string.Empty), StringComparison.Ordinal);
        Assert.DoesNotContain("New password", Screen(), StringComparison.Ordinal);
        Assert.Equal("1", ExitCode());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [SkippableFact]
    public async Task Right_current_password_leads_to_the_new_one()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass set --store '{store}' --mailbox a@example.com --current");
        WaitFor("Current password of a@example.com:");
        Tmux("send-keys", TempFolder.OldPassword, "Enter");
        WaitFor("New password of a@example.com:");
        Tmux("send-keys", "New-Secret-22", "Enter");
        WaitFor("The same again:");
        Tmux("send-keys", "New-Secret-22", "Enter");
        WaitForEnd();

        Assert.Equal("0", ExitCode());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "New-Secret-22"));
    }

    [SkippableFact]
    public async Task Passphrase_of_a_recipients_key_is_asked_for()
    {
        var store = await _folder.StoreAsync("a@example.com");
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=recipient", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var pem = certificate.ExportCertificatePem() + "\n";
        var shown = _folder.Write("cert.pem", pem);
        var secret = _folder.Write("key.pem", pem + key.ExportEncryptedPkcs8PrivateKeyPem("Opens-it-1", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000)));
        var journal = _folder.Path("run.journal");
        var reset = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--yes", "--journal", journal, "--recipient", shown);
        Assert.Equal(0, reset.ExitCode);

        // Without a terminal nobody can be asked.
        var unasked = await MailPassRun.Of("recover", "--store", store, "--journal", journal, "--key-file", secret);
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains("MAILPASS_KEY_PASSPHRASE", unasked.Error, StringComparison.Ordinal);

        Open($"mailpass recover --store '{store}' --journal '{journal}' --key-file '{secret}' --out '{_folder.Path("rows")}'");
        WaitFor($"Passphrase of {secret}:");
        Tmux("send-keys", "Opens-it-1", "Enter");
        WaitForEnd();

        Assert.Equal("0", ExitCode());
        Assert.DoesNotContain("Opens-it-1", Screen(), StringComparison.Ordinal);
        Assert.Equal(reset.Rows.Single()["Password"], CsvText.Read(File.ReadAllText(_folder.Path("rows"))).Single()["Password"]);
    }

    [SkippableFact]
    public async Task Domain_is_reset_only_once_somebody_said_so()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        Open($"mailpass reset --store '{store}' --domain example.com");
        WaitFor("Give all 2 mailboxes of example.com");
        Tmux("send-keys", "n");
        WaitForEnd();

        Assert.Equal("2", ExitCode());
        Assert.Contains("nothing was changed", Screen(), StringComparison.Ordinal);
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));
    }

    [SkippableFact]
    public async Task Password_is_asked_for_again_until_both_agree()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Open($"mailpass set --store '{store}' --mailbox a@example.com");
        WaitFor("New password of a@example.com:");
        Tmux("send-keys", "New-Secret-22", "Enter");
        WaitFor("The same again:");
        Tmux("send-keys", "New-Secret-23", "Enter");
        WaitFor("two different passwords");
        Tmux("send-keys", "New-Secret-24", "Enter");
        Tmux("send-keys", "New-Secret-24", "Enter");
        WaitForEnd();

        Assert.Equal("0", ExitCode());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "New-Secret-24"));
    }

    private void Open(string line)
    {
        Skip.If(OperatingSystem.IsWindows() || LabTools.Find("tmux") is null, "tmux is not installed.");
        _folder.Write("tmux.conf", "set -s set-clipboard on\nset -g remain-on-exit on\n");
        var script = _folder.Write("script", $$"""
            export SSH_TTY=/dev/pts/9 XDG_STATE_HOME='{{_folder.Path("state")}}' DOTNET_PROCESSOR_COUNT=1
            mailpass() { {{MailPassProcess.Command}} "$@"; }
            {{line}}
            echo $? >'{{_folder.Path("code")}}.new'; mv '{{_folder.Path("code")}}.new' '{{_folder.Path("code")}}'
            """);
        _isOpen = true;
        Tmux("new-session", "-d", "-x", "180", "-y", "40", $"bash '{script}'");
    }

    private string Screen() => Tmux("capture-pane", "-p", "-J", "-S", "-");

    private void WaitFor(string text)
    {
        while (!Screen().Contains(text, StringComparison.Ordinal))
        {
            Assert.False(File.Exists(_folder.Path("code")), Screen());
            Thread.Sleep(50);
        }
    }

    private void WaitForEnd()
    {
        while (!File.Exists(_folder.Path("code")))
        {
            Thread.Sleep(50);
        }
    }

    private string ExitCode() => File.ReadAllText(_folder.Path("code")).Trim();

    private string Tmux(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-S", _folder.Path("tmux"), "-f", _folder.Path("tmux.conf"), .. arguments]) { RedirectStandardOutput = true };
        start.Environment.Remove("TMUX");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.TrimEnd('\n');
    }
}
