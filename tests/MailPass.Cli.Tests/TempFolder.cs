using System.Text;

namespace MailPass.Cli.Tests;

/// <summary>A folder that is removed after the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mailpass-test-");

    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public string Write(string name, string text, Encoding? encoding = null)
    {
        File.WriteAllText(Path(name), text, encoding ?? new UTF8Encoding(false));
        return Path(name);
    }

    /// <summary>A profile that only its owner can write; each call makes another.</summary>
    public string Profile(string json)
    {
        var path = Write($"site{Guid.NewGuid():N}.json", json);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }

    /// <summary>An embedded store with these mailboxes; a leading <c>!</c> switches one off. All have the password <see cref="OldPassword"/>.</summary>
    public async Task<string> StoreAsync(params string[] mailboxes)
    {
        var text = new StringBuilder("Mailbox,Active,PasswordHash\n");
        foreach (var mailbox in mailboxes)
        {
            text.Append(mailbox.TrimStart('!')).Append(',').Append(mailbox.StartsWith('!') ? "no" : "yes").Append(',').Append(OldHash).Append('\n');
        }

        var run = await MailPassRun.Of("init", "--store", Path("mail.db"), "--csv", Write("boxes.csv", text.ToString()));
        Assert.True(run.ExitCode == ExitCodes.Done, run.ToString());
        return Path("mail.db");
    }

    public const string OldPassword = "Old-Secret-1";

    // printf 'Old-Secret-1abcd1234' | openssl dgst -sha256 -binary, then the salt, in Base64.
    public const string OldHash = "{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==";

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A database file that Windows still holds.
        }
    }
}
