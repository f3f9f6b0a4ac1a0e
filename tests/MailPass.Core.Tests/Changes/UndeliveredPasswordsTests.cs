using MailPass.Changes;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Changes;

public sealed class UndeliveredPasswordsTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("mailpass-").FullName, "not there yet");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Every_password_is_in_a_private_file()
    {
        var path = UndeliveredPasswords.Save([Result("a@example.com", "pä\"ss,\u20acX1"), Result("b@example.com", null)], _folder)!;
        Assert.Equal(["Mailbox,Password,Message", "\"a@example.com\",\"pä\"\"ss,\u20acX1\",\"why\""], File.ReadAllLines(path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void Without_passwords_there_is_no_file()
    {
        Assert.Null(UndeliveredPasswords.Save([Result("b@example.com", null)], _folder));
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        var file = Path.Combine(Path.GetDirectoryName(_folder)!, "file");
        File.WriteAllText(file, string.Empty);
        var fault = Assert.Throws<MailPassException>(() => UndeliveredPasswords.Save([Result("a@example.com", "S3cret!x")], file));
        Assert.Equal(ErrorIds.OutputUnwritable, fault.ErrorId);
        Assert.DoesNotContain("S3cret", fault.ToString(), StringComparison.Ordinal);
    }

    private static ChangeResult Result(string mailbox, string? password) => new()
    {
        Mailbox = mailbox,
        Status = ChangeStatus.Changed,
        Message = "why",
        Password = password is null ? null : Secret.FromChars(password),
    };
}
