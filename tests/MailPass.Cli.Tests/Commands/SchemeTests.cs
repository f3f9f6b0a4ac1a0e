using MailPass.Cli.Output;

namespace MailPass.Cli.Tests.Commands;

public sealed class SchemeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Reset_keeps_prefix_or_none_per_mailbox()
    {
        var users = _folder.Path("users");
        File.WriteAllText(users, "a@example.com:$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1\nb@example.com:$1$rasmusle$rISCgZzpwk3UhDidwXvin0\nc@example.com:{SSHA512}" + Convert.ToBase64String(new byte[68]) + "\n");
        var run = await MailPassRun.Of("reset", "--store", "passwd-file:" + users, "--domain", "example.com", "--yes", "--format", "csv");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(["$6$", "{SHA512-CRYPT}$6$", "{SSHA512}"], File.ReadAllLines(users).Zip(["$6$", "{SHA512-CRYPT}$6$", "{SSHA512}"], (line, start) => line.Split(':')[1][..start.Length]));
    }

    [Fact]
    public async Task Cost_option_sets_the_cost()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("reset", "--store", store, "--mailbox", "a@example.com", "--scheme", "BLF-CRYPT", "--cost", "5");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.StartsWith("{BLF-CRYPT}$2y$05$", await StoreProbe.HashAsync(store, "a@example.com"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contradiction_of_the_schema_is_reported_once()
    {
        var users = _folder.Path("users");
        File.WriteAllText(users, "a@example.com:$1$rasmusle$rISCgZzpwk3UhDidwXvin0\n");
        var run = await MailPassRun.Of("list", "--store", "passwd-file:" + users);
        Assert.Single(run.Error.Split('\n'), line => line.Contains("MD5-CRYPT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plain_is_refused_until_a_scheme_is_named()
    {
        var users = _folder.Path("users");
        File.WriteAllText(users, "a@example.com:{PLAIN}Old-Secret-1\n");
        string[] call = ["reset", "--store", "passwd-file:" + users, "--mailbox", "a@example.com", "--format", "csv"];
        var refused = await MailPassRun.Of(call);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("SchemeChoiceNeeded", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Old-Secret-1", refused.ToString(), StringComparison.Ordinal);
        var named = await MailPassRun.Of([.. call, "--scheme", "SHA512-CRYPT"]);
        Assert.True(named.ExitCode == 0, named.ToString());
    }

    [Fact]
    public async Task Test_says_why_an_absurd_cost_is_not_verified()
    {
        var users = _folder.Path("users");
        File.WriteAllText(users, "a@example.com:{BLF-CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n");
        var run = await MailPassRun.WithInput("Old-Secret-1\n", "test", "--store", "passwd-file:" + users, "--mailbox", "a@example.com");
        Assert.Contains("verifying it would take too long", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_lowers_an_absurd_cost_and_says_so()
    {
        var users = _folder.Path("users");
        File.WriteAllText(users, "a@example.com:{SHA512-CRYPT}$6$rounds=999999999$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1\n");
        var run = await MailPassRun.Of("reset", "--store", "passwd-file:" + users, "--mailbox", "a@example.com", "--format", "csv");
        Assert.Contains("changed from 999999999 to 1000000 rounds", run.Output, StringComparison.Ordinal);
        Assert.Contains("{SHA512-CRYPT}$6$rounds=1000000$", File.ReadAllText(users), StringComparison.Ordinal);
    }
}
