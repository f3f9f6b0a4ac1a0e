using System.Globalization;
using System.Text.RegularExpressions;

namespace MailPass.Cli.Tests.Processes;

/// <summary>What is on the disk before the next step begins, as the kernel saw it (<c>strace</c>): a power cut leaves no password that nobody has.</summary>
public sealed partial class DurabilityTests : IDisposable
{
    private const string Strace = "/usr/bin/strace";

    private readonly TempFolder _folder = new();

    public DurabilityTests() => Skip.IfNot(File.Exists(Strace), "strace is not installed.");

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Passwd_file_run_syncs_each_step_before_the_next()
    {
        var users = _folder.Write("users", $"anna@example.com:{TempFolder.OldHash}::::::\nbert@example.com:{TempFolder.OldHash}::::::\n");
        var calls = await TraceAsync("passwd-file:" + users);

        var renamed = calls.FindIndex(call => call.Name == "rename" && call.Text.EndsWith($", \"{users}\")", StringComparison.Ordinal));
        Assert.True(renamed > 0, "The passwd-file was not replaced.");
        var replacement = calls[renamed].Text.Split('"')[1];
        AssertSynced(calls, _folder.Path("run.journal"), renamed);
        AssertSynced(calls, replacement, renamed);
        Assert.Contains(calls.Skip(renamed), call => call.Name == "fsync" && call.Path == Path.GetDirectoryName(users));
        AssertDelivered(calls, renamed);
    }

    [SkippableFact]
    public async Task Hard_linked_file_is_overwritten_with_a_copy_beside_it()
    {
        var users = _folder.Write("users", $"anna@example.com:{TempFolder.OldHash}::::::\nbert@example.com:{TempFolder.OldHash}::::::\n");
        using (var link = System.Diagnostics.Process.Start("ln", [users, _folder.Path("second")]))
        {
            await link.WaitForExitAsync();
        }

        var calls = await TraceAsync("passwd-file:" + users);

        var old = users + ".mailpass-old";
        var written = calls.FindIndex(call => call.IsWrite && call.Path == users);
        Assert.True(written > 0, "The passwd-file was not written.");
        AssertSynced(calls, _folder.Path("run.journal"), written);
        AssertSynced(calls, users + ".mailpass-new", written);
        AssertSynced(calls, old, written);
        Assert.True(calls.FindLastIndex(written - 1, call => call.Name == "fsync" && call.Path == Path.GetDirectoryName(users)) > calls.FindIndex(call => call.Path == old), "The old content's name may be lost.");
        var gone = calls.FindIndex(written, call => call.Name == "unlink" && call.Text.Contains($"\"{old}\"", StringComparison.Ordinal));
        Assert.True(gone > 0, "The old content was not removed.");
        AssertSynced(calls, users, gone);
        Assert.True(calls.FindIndex(written, call => call.Name == "unlink" && call.Text.Contains(".mailpass-new\"", StringComparison.Ordinal)) > gone, "Without the new content the old one tells nothing.");
        AssertDelivered(calls, written);
    }

    [SkippableTheory]
    [InlineData("--out ")]
    [InlineData("> ")]
    public async Task Embedded_store_hears_of_a_change_after_its_journal(string redirection)
    {
        var store = await _folder.StoreAsync("anna@example.com", "bert@example.com");
        var calls = await TraceAsync(store, redirection);

        var written = calls.FindIndex(call => call.IsWrite && call.Path?.StartsWith(store, StringComparison.Ordinal) == true && !call.Path.EndsWith("-shm", StringComparison.Ordinal));
        Assert.True(written > 0, "The store was not written.");
        AssertSynced(calls, _folder.Path("run.journal"), written);
        Assert.Contains(calls.Take(written), call => call.IsWrite && call.Path == _folder.Path("run.journal") && call.Text.Contains("anna@example.com", StringComparison.Ordinal));

        // A journal whose key, name or mark a power cut took would be no journal.
        AssertSynced(calls, _folder.Path("run.journal.key"), written);
        Assert.True(calls.FindLastIndex(written, call => call.Name == "fsync" && call.Path == Path.GetDirectoryName(_folder.Path("run.journal"))) > calls.FindIndex(call => call.Path == _folder.Path("run.journal")), "The journal's name may be lost.");
        AssertSynced(calls, calls.Find(call => call.IsWrite && call.Path?.EndsWith(".run", StringComparison.Ordinal) == true)?.Path ?? "the run's mark", written);
        AssertDelivered(calls, written);
    }

    // The rows are on the disk before the key to them is removed, and the key is overwritten there before its name is removed.
    private void AssertDelivered(List<Call> calls, int after)
    {
        var key = _folder.Path("run.journal") + ".key";
        var gone = calls.FindIndex(after, call => call.Name == "unlink" && call.Text.Contains(key, StringComparison.Ordinal));
        Assert.True(gone > 0, "The key was not removed.");
        AssertSynced(calls, _folder.Path("new.csv"), gone);
        AssertSynced(calls, _folder.Path("run.journal"), gone);
        AssertSynced(calls, key, gone);
        Assert.True(calls.FindLastIndex(call => call.IsWrite && call.Path == _folder.Path("run.journal")) < gone, "Without its end and its key a journal can be neither resumed nor told.");
        Assert.Contains("\\0\\0\\0\\0\\0\\0\\0\\0", calls.Take(gone).Last(call => call.IsWrite && call.Path == key).Text, StringComparison.Ordinal);
    }

    private static void AssertSynced(List<Call> calls, string path, int before)
    {
        var written = calls.FindLastIndex(before - 1, call => call.IsWrite && call.Path == path);
        Assert.True(written >= 0, $"Nothing was written to {path}.");
        Assert.True(calls.FindIndex(written, before - written, call => call.Name is "fsync" or "fdatasync" && call.Path == path) > 0, $"{path} was not flushed to the disk in time.");
    }

    private async Task<List<Call>> TraceAsync(string store, string redirection = "--out ")
    {
        var (exitCode, _, error) = await MailPassProcess.ShellAsync(
            $"exec {Strace} -f -y -s 200 -o {_folder.Path("trace")} -e trace=fsync,fdatasync,rename,unlink,write,pwrite64,pwritev {MailPassProcess.Command} "
            + $"reset --store '{store}' --domain example.com --scheme SSHA512 --yes --journal {_folder.Path("run.journal")} {redirection}{_folder.Path("new.csv")}");
        Skip.If(error.Contains("ptrace", StringComparison.OrdinalIgnoreCase), "strace may not trace here.");
        Assert.True(exitCode == 0, error);
        return [.. File.ReadLines(_folder.Path("trace")).Select(line => Line().Match(line)).Where(match => match.Success).Select(match => new Call(
            match.Groups["name"].Value,
            match.Groups["path"] is { Success: true } path ? path.Value : null,
            match.Groups["rest"].Value.Split(" = ")[0].TrimEnd()))];
    }

    // 4711 fsync(12</path>) = 0; a call of one thread that another's interrupts is in two lines, of which the first counts for what is
    // written and the second names no file, so that such a flush is not taken for one.
    [GeneratedRegex(@"^\d+ +(?<name>\w+)\((?<rest>(?:\d+<(?<path>/[^>]*)>)?.*)$")]
    private static partial Regex Line();

    private sealed record Call(string Name, string? Path, string Text)
    {
        public bool IsWrite => Name is "write" or "pwrite64" or "pwritev";

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Text}");
    }
}
