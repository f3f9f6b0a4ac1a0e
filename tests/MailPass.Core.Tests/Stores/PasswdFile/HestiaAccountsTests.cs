using System.Diagnostics;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.PasswdFile;

/// <summary>HestiaCP's passwd-file and the configuration that a rebuild makes it from: both are changed or neither.</summary>
public sealed class HestiaAccountsTests : IDisposable
{
    private const string Old = "{MD5}$1$Ab12Cd34$aaaaaaaaaaaaaaaaaaaaaa";
    private const string New = "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA";

    private const string Before = """
        ACCOUNT='anna' ALIAS='info,sales' AUTOREPLY='no' FWD='' FWD_ONLY='' MD5='{MD5}$1$Ab12Cd34$aaaaaaaaaaaaaaaaaaaaaa' QUOTA='unlimited' U_DISK='0' SUSPENDED='no' TIME='10:11:12' DATE='2026-01-02'
        ACCOUNT='bert' ALIAS='' AUTOREPLY='no' FWD='O'\''Hara MD5=x' FWD_ONLY='' MD5='{MD5}$1$Ab12Cd34$aaaaaaaaaaaaaaaaaaaaaa' QUOTA='100' U_DISK='0' SUSPENDED='no' TIME='10:11:12' DATE='2026-01-02'

        """;

    private readonly TemporaryFolder _folder = new();

    public HestiaAccountsTests()
    {
        Directory.CreateDirectory(_folder["home/admin/conf/mail/example.org"]);
        Directory.CreateDirectory(_folder["hestia/data/users/admin/mail"]);
        File.WriteAllText(Passwd, $"anna:{Old}:admin:mail::/home/admin:0:userdb_quota_rule=*:storage=0M\nbert:{Old}:admin:mail::/home/admin:100:userdb_quota_rule=*:storage=100M\n");
        File.WriteAllText(Configuration, Before);
    }

    private string Passwd => _folder["home/admin/conf/mail/example.org/passwd"];

    private string Configuration => _folder["hestia/data/users/admin/mail/example.org.conf"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("home/*/conf/mail/%d/passwd")]
    [InlineData("domains/%d/passwd")]
    public async Task Hash_changes_in_both_places(string path)
    {
        // The mail server's path leads there through a link per domain.
        Directory.CreateDirectory(_folder["domains"]);
        Directory.CreateSymbolicLink(_folder["domains/example.org"], _folder["home/admin/conf/mail/example.org"]);
        await ChangeAsync(path, "anna");

        Assert.StartsWith($"anna:{New}:admin:mail", await File.ReadAllTextAsync(Passwd), StringComparison.Ordinal);
        var at = Before.IndexOf(Old, StringComparison.Ordinal);
        Assert.Equal(Before.Remove(at, Old.Length).Insert(at, New), await File.ReadAllTextAsync(Configuration));
        Assert.Equal(["example.org.conf"], Directory.GetFiles(_folder["hestia/data/users/admin/mail"]).Select(Path.GetFileName));
    }

    [SkippableFact]
    public async Task Shell_reads_the_configuration_as_before()
    {
        Skip.If(OperatingSystem.IsWindows(), "HestiaCP runs on Linux.");
        await ChangeAsync("home/*/conf/mail/%d/passwd", "bert");
        var start = new ProcessStartInfo("/bin/bash", ["-c", "while read -r line; do eval \"$line\"; echo \"$ACCOUNT:$MD5:$FWD:$QUOTA\"; done < \"$1\"", "bash", Configuration]) { RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        // The field in which a value looks like a hash is not one.
        Assert.Equal($"anna:{Old}::unlimited\nbert:{New}:O'Hara MD5=x:100\n", (await shell.StandardOutput.ReadToEndAsync()).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Killed_between_the_two_is_undone_by_the_next()
    {
        await File.WriteAllTextAsync(Configuration + ".mailpass-old", Before);
        // Somebody changed another value since.
        await File.WriteAllTextAsync(Configuration, Before.Replace(Old, New, StringComparison.Ordinal).Replace("QUOTA='100'", "QUOTA='200'", StringComparison.Ordinal));
        await using var _ = await OpenAsync($"home/admin/conf/mail/example.org/passwd?domain=example.org&hestia={_folder["hestia"]}");
        Assert.Equal(Before.Replace("QUOTA='100'", "QUOTA='200'", StringComparison.Ordinal), await File.ReadAllTextAsync(Configuration));
        Assert.False(File.Exists(Configuration + ".mailpass-old"));
    }

    [Fact]
    public async Task Killed_after_both_keeps_both()
    {
        await File.WriteAllTextAsync(Configuration + ".mailpass-old", Before);
        await File.WriteAllTextAsync(Configuration, Before.Replace(Old, New, StringComparison.Ordinal));
        await File.WriteAllTextAsync(Passwd, (await File.ReadAllTextAsync(Passwd)).Replace(Old, New, StringComparison.Ordinal));
        await using var _ = await OpenAsync($"home/admin/conf/mail/example.org/passwd?domain=example.org&hestia={_folder["hestia"]}");
        Assert.DoesNotContain(Old, await File.ReadAllTextAsync(Configuration), StringComparison.Ordinal);
        Assert.False(File.Exists(Configuration + ".mailpass-old"));
    }

    [Fact]
    public async Task Configuration_that_cannot_be_written_leaves_the_passwd_file()
    {
        // A folder where the new configuration would stand.
        Directory.CreateDirectory(Configuration + ".mailpass-old/x");
        var before = await File.ReadAllTextAsync(Passwd);
        var outcome = await ChangeAsync("home/*/conf/mail/%d/passwd", "anna");
        Assert.Equal(WriteStatus.Failed, outcome.Status);
        Assert.Equal((before, Before), (await File.ReadAllTextAsync(Passwd), await File.ReadAllTextAsync(Configuration)));
    }

    private async Task<WriteOutcome> ChangeAsync(string path, string user)
    {
        await using var store = await OpenAsync($"{path}?hestia={_folder["hestia"]}");
        var account = (await store.FindAsync([MailboxAddress.Parse(user + "@example.org")], CancellationToken.None))[0]!;
        return (await store.WriteAsync([new HashWrite { Account = account, NewHash = New }], CancellationToken.None))[0];
    }

    private Task<IMailboxStore> OpenAsync(string path) => MailStore.OpenAsync(StoreLocation.Parse("passwd-file:" + _folder[path]), new StoreOpenOptions());
}
