using System.Text;
using MailPass.Journals;
using MailPass.Stores;

namespace MailPass.Fuzz.Targets;

/// <summary>The index of runs and the marks beside it; half of the inputs are chained anew, as a journal's are.</summary>
public sealed class IndexTarget : FuzzTarget
{
    private readonly string _folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"mailpass-fuzz-{Guid.NewGuid():N}");
    private byte[][]? _samples;

    /// <inheritdoc/>
    public override string Name => "index";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples => _samples ??= [Make()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["\"run\":", "\"event\":\"Ended\"", "\"event\":\"Removed\"", "\"totals\":[", "\"digest\":", "\"header\":", "\"journal\":\"/dev/null\"", "\"by\":", "null", "\t"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        Directory.CreateDirectory(_folder);
        try
        {
            File.WriteAllBytes(Path.Combine(_folder, "index"), input.Length % 2 == 0 ? input : JournalTarget.Chain(input));
            File.WriteAllBytes(Path.Combine(_folder, "x.run"), input.AsSpan(0, Math.Max(0, input.AsSpan().IndexOf((byte)'\t'))));
            return Go(new RunFolder(_folder));
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static bool Go(RunFolder folder)
    {
        var faults = new List<string>();
        var runs = folder.List(faults);
        Require(faults.All(fault => fault.Length > 0), "a fault of the index has no message");
        _ = folder.InterruptedOn(new StoreInfo { Kind = "sqlite", Location = "/var/mail.db", Schema = "mailpass" });
        _ = folder.VerifyAsync().GetAwaiter().GetResult();
        foreach (var run in runs)
        {
            Require(run.Id.Length == 0 || folder.Find(run.Id) is not null, "a run that is listed is not found");
            _ = run.Describe();
        }

        return runs.Count > 0;
    }

    private byte[] Make()
    {
        var store = new StoreInfo { Kind = "sqlite", Location = "/var/mail.db", Schema = "mailpass" };
        var folder = new RunFolder(_folder);
        foreach (var domain in (string[])["example.com", "example.org"])
        {
            using var run = folder.Begin(store, new RunDescription { Command = "reset", Scope = new RunScope(RunScopeKind.Domain, [domain]), Reason = "leak" }, new())!;
            run.Finish();
        }

        folder.NoteRestored(folder.List()[0], "20260101-000000-abcdef");
        folder.Remove(folder.List()[1]);
        var bytes = File.ReadAllBytes(Path.Combine(_folder, "index"));
        Directory.Delete(_folder, recursive: true);
        return bytes;
    }
}
