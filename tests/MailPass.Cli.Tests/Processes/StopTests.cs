using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MailPass.Cli.Tests.Processes;

/// <summary>Runs that are stopped by a signal, or killed.</summary>
public sealed partial class StopTests : IDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;

    private readonly TempFolder _folder = new();

    public StopTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "These tests send signals.");

        // A background process of a script ignores Ctrl+C, and so do its children; it would wait for ever here.
        _ = SetHandler(Interrupt, DefaultHandler);
    }

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task A_stopped_run_reports_committed_changes(int signal)
    {
        var (store, output) = (await StoreAsync(), _folder.Path("new.csv"));
        using var process = StartSlowReset(store, output);
        await FirstRowsAsync(output, process);
        Assert.Equal(0, SendSignal(process.Id, signal));
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 130, error);
        Assert.Contains("stopped", error, StringComparison.Ordinal);
        var rows = CsvText.Read(File.ReadAllText(output));
        Assert.InRange(rows.Count(row => row["Status"] == "Changed"), 1, Mailboxes - 1);
        await StoreProbe.EveryChangeHasItsRowAsync(store, rows);
        Assert.False(File.Exists(output + ".journal"));
        Assert.Equal("Interrupted", (await MailPassRun.Of("runs", "--format", "csv")).Rows.First(row => row["Store"] == store)["State"]);
    }

    [SkippableFact]
    public async Task Killed_run_is_named_recovered_resumed_and_undone()
    {
        var (store, output) = (await StoreAsync(), _folder.Path("new.csv"));
        using var process = StartSlowReset(store, output);
        await FirstRowsAsync(output, process);
        Assert.Equal(0, SendSignal(process.Id, Kill));
        await process.WaitForExitAsync();

        // The next call to the store names the run, whatever it is about.
        var list = await MailPassRun.Of("list", "--store", store);
        var run = (await MailPassRun.Of("runs", "--format", "csv")).Rows.First(row => row["Store"] == store);
        Assert.Equal("Interrupted", run["State"]);
        Assert.Contains(run["Run"], list.Error, StringComparison.Ordinal);
        var recovered = await MailPassRun.Of("recover", "--store", store, run["Run"]);
        Assert.True(recovered.ExitCode == 0, recovered.ToString());
        await StoreProbe.EveryChangeHasItsRowAsync(store, recovered.Rows);

        // Once more without --resume does nothing; with it, each mailbox has one row with the password that works.
        string[] again = ["reset", "--store", store, "--domain", "example.com", "--scheme", "SSHA512", "--yes", "--out", output];
        Assert.Equal(2, (await MailPassRun.Of([.. again, "--force"])).ExitCode);
        var resumed = await MailPassRun.Of([.. again, "--resume"]);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        var rows = CsvText.Read(File.ReadAllText(output));
        await StoreProbe.EveryChangeHasItsRowAsync(store, rows);
        Assert.Equal(rows.Count, rows.Select(row => row["Mailbox"]).Distinct().Count());
        Assert.Equal((await MailPassRun.Of("list", "--store", store)).Rows.Count, rows.Count);
        Assert.All(recovered.Rows.Where(row => row["Status"] == "Changed"), row => Assert.Equal(row["Password"], rows.Single(other => other["Mailbox"] == row["Mailbox"])["Password"]));
        Assert.Equal(0, (await MailPassRun.Of([.. again, "--resume", run["Run"]])).ExitCode);

        var undone = await MailPassRun.Of("restore", "--store", store, run["Run"]);
        Assert.True(undone.ExitCode == 0, undone.ToString());
        var twice = await MailPassRun.Of("restore", "--store", store, run["Run"]);
        Assert.Contains("undone already", twice.Error, StringComparison.Ordinal);
        Assert.All(twice.Rows, row => Assert.Equal("Skipped", row["Status"]));
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));
    }

    [SkippableFact]
    public async Task A_run_that_waits_for_its_input_stops_at_once()
    {
        var store = await StoreAsync();
        using var process = MailPassProcess.StartProgram("set", "--store", store, "--csv", "-", "--scheme", "SSHA512");
        await process.StandardInput.WriteAsync("Mailbox,Password\nu0000@example.com,New-Secret-22\n");
        await process.StandardInput.FlushAsync();
        Assert.StartsWith("Mailbox,", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("u0000@example.com,", await process.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, SendSignal(process.Id, Interrupt));
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.True(await StoreProbe.AcceptsAsync(store, "u0000@example.com", "New-Secret-22"));
    }

    [SkippableFact]
    public async Task No_secret_is_on_a_command_line_or_in_a_message()
    {
        var (store, output) = (await StoreAsync(), _folder.Path("new.csv"));
        using var process = StartSlowReset(store, output, "--verbose");
        await FirstRowsAsync(output, process);
        var lines = Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(folder => TryRead(Path.Combine(folder, "cmdline"))).ToList();
        Assert.Equal(0, SendSignal(process.Id, Interrupt));
        var error = await process.StandardError.ReadToEndAsync();
        var standard = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.NotEqual("", error);
        foreach (var row in CsvText.Read(File.ReadAllText(output)).Where(row => row["Password"].Length > 0))
        {
            Assert.DoesNotContain(lines, line => line.Contains(row["Password"], StringComparison.Ordinal));
            Assert.DoesNotContain(row["Password"], error, StringComparison.Ordinal);
            Assert.DoesNotContain(row["Password"], standard, StringComparison.Ordinal);
        }

        foreach (var hash in (await StoreProbe.HashesAsync(store)).Values)
        {
            Assert.DoesNotContain(hash!, error, StringComparison.Ordinal);
        }
    }

    private const int Mailboxes = 400;

    private Task<string> StoreAsync() => _folder.StoreAsync([.. Enumerable.Range(0, Mailboxes).Select(i => $"u{i:0000}@example.com")]);

    // bcrypt at cost 10 takes some ten seconds for all of them on the one core that the run is given.
    private static Process StartSlowReset(string store, string output, params string[] more) =>
        MailPassProcess.StartProgram(["reset", "--store", store, "--domain", "example.com", "--scheme", "BLF-CRYPT", "--cost", "10", "--out", output, .. more]);

    private static async Task FirstRowsAsync(string output, Process process)
    {
        while (!File.Exists(output) || new FileInfo(output).Length < 200)
        {
            Assert.False(process.HasExited, "the run ended before it was stopped");
            await Task.Delay(50);
        }
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty; // The process is gone.
        }
        catch (UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private const nint DefaultHandler = 0;

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
