namespace MailPass.Cli.Tests.Processes;

/// <summary>Disks that are full and readers that go away.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public OutputTests() => Skip.IfNot(OperatingSystem.IsLinux(), "These tests drive a shell and /proc.");

    public void Dispose() => _folder.Dispose();

    // A limit on the size of files stands in for the disk. Most rows are of mailboxes that are not there, with long names,
    // so that the output meets the limit and the store does not.
    [SkippableTheory]
    [InlineData("--out ")]
    [InlineData("> ")]
    public async Task A_full_disk_keeps_whole_rows_and_takes_the_rest_back(string redirection)
    {
        var store = await StoreAsync(300);
        var output = _folder.Path("new.csv");
        var input = new System.Text.StringBuilder("Mailbox\n");
        for (var i = 0; i < 300; i++)
        {
            input.Append($"u{i:0000}@example.com\n");
            input.AppendJoin('\n', Enumerable.Range(0, 10).Select(j => $"n{i}-{j}@{string.Join('.', Enumerable.Repeat(new string('x', 60), 3))}.example.com")).Append('\n');
        }

        var csv = _folder.Write("in.csv", input.ToString());
        var (exitCode, _, error) = await MailPassProcess.ShellAsync(
            $"trap '' XFSZ; ulimit -f 600; export DOTNET_EnableWriteXorExecute=0; mailpass reset --store {store} --csv {csv} --scheme SSHA256 --no-journal {redirection}{output}");
        Assert.True(exitCode == 1, error[..Math.Min(error.Length, 2000)]);
        Assert.Contains(ErrorIds.OutputUnwritable, error, StringComparison.Ordinal);
        var text = File.ReadAllText(output);

        // How many rows were put on the disk together before it was full depends on how quick the machine is; that may
        // be none. What is there is whole.
        Assert.True(text.Length == 0 || text.EndsWith('\n'), "The last row is cut off.");
        var rows = text.Length == 0 ? [] : CsvText.Read(text);
        Assert.InRange(rows.Count(row => row["Status"] == "Changed"), 0, 299);
        await StoreProbe.EveryChangeHasItsRowAsync(store, rows);
    }

    [SkippableTheory]
    [InlineData("--out /dev/full")]
    [InlineData("> /dev/full")]
    [InlineData("--format table > /dev/full")]
    public async Task A_device_that_is_full_leaves_every_old_password(string redirection)
    {
        var store = await StoreAsync(500);
        var (exitCode, _, error) = await MailPassProcess.ShellAsync($"mailpass reset --store {store} --domain example.com --scheme SSHA512 {redirection}");
        Assert.True(exitCode == 1, error);
        Assert.Contains("0 changed", error, StringComparison.Ordinal);
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));
    }

    [SkippableFact]
    public async Task Reader_gone_before_the_first_row_leaves_every_password()
    {
        var store = await StoreAsync(500);
        var (_, output, error) = await MailPassProcess.ShellAsync(
            $"mkfifo {_folder.Path("pipe")}; (exec 3< {_folder.Path("pipe")}; exec 3<&-) & mailpass reset --store {store} --domain example.com --scheme SSHA512 > {_folder.Path("pipe")}; echo $?");
        Assert.True(output.Trim() == "1", output + error);
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));

        // Nothing of that run is left to go on with.
        Assert.DoesNotContain("was interrupted", error, StringComparison.Ordinal);
        var again = await MailPassRun.Of("reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--out", _folder.Path("new.csv"));
        Assert.True(again.ExitCode == 0, again.ToString());
    }

    [SkippableFact]
    public async Task Rows_left_unread_in_a_pipe_are_in_the_journal()
    {
        var store = await StoreAsync(5000);
        var record = _folder.Path("run.journal");
        var (_, output, error) = await MailPassProcess.ShellAsync(
            $"mailpass reset --store {store} --domain example.com --scheme SSHA512 --journal {record} | head -1; exit ${{PIPESTATUS[0]}}");
        Assert.Single(output.Trim().Split('\n'));
        Assert.Contains("was interrupted", error, StringComparison.Ordinal);
        Assert.DoesNotContain("5,000 changed", error, StringComparison.Ordinal);
        var recovered = await MailPassRun.Of("recover", "--store", store, "--journal", record);
        await StoreProbe.EveryChangeHasItsRowAsync(store, recovered.Rows);
    }

    [SkippableFact]
    public async Task List_ends_silently_when_its_reader_leaves()
    {
        var store = await StoreAsync(5000);
        var (exitCode, output, error) = await MailPassProcess.ShellAsync($"set -o pipefail; mailpass list --store {store} | head -2");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(2, output.Trim().Split('\n').Length);
    }

    [SkippableFact]
    public async Task Standard_error_may_be_closed_or_full()
    {
        var store = await StoreAsync(10);
        foreach (var redirection in new[] { "2>&-", "2> /dev/full" })
        {
            var (exitCode, output, _) = await MailPassProcess.ShellAsync($"mailpass reset --store {store} --domain example.com --scheme SSHA512 --verbose {redirection}");
            Assert.Equal(0, exitCode);
            await StoreProbe.EveryChangeHasItsRowAsync(store, CsvText.Read(output));
        }
    }

    private Task<string> StoreAsync(int count) => _folder.StoreAsync([.. Enumerable.Range(0, count).Select(i => $"u{i:0000}@example.com")]);
}
