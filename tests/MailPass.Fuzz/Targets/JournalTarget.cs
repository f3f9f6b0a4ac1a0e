using System.Text;
using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Fuzz.Targets;

/// <summary>
/// Journals. A changed byte breaks the chain, so most inputs would be refused for that alone. Half of them are chained anew,
/// as by somebody who changes a journal on purpose.
/// </summary>
public sealed class JournalTarget : FuzzTarget
{
    private readonly string _path = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"mailpass-fuzz-{Guid.NewGuid():N}.journal");
    private byte[][]? _samples;

    /// <inheritdoc/>
    public override string Name => "journal";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples => _samples ??= [Make()];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["{\"mailpass-journal\":2,", "\"m\":", "\"k\":", "\"n\":", "\"o\":", "\"p\":", "\"b\":\"{}\"", "\"out\":[", "\"end\":{", "\"copies\":", "\"rows\":[[1,\"a\",\"b\",\"c\"]]", "\"settled\":1", "\"scope\":", "\"names\":[]", "\"part\":\"x\"", "null", "\t"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        var chained = input.Length % 2 == 0 ? input : Chain(input);
        File.WriteAllBytes(_path, chained);
        try
        {
            var accepted = false;
            foreach (var salvage in (bool[])[false, true])
            {
                try
                {
                    Go(JournalFile.OpenAsync(_path, salvage).AsTask().GetAwaiter().GetResult());
                    accepted = true;
                }
                catch (MailPassException fault) when (fault.ErrorId is ErrorIds.JournalUnreadable && !salvage)
                {
                    // The salvageable rest is read next.
                }
            }

            return accepted;
        }
        finally
        {
            File.Delete(_path);
        }
    }

    private static void Go(JournalFile journal)
    {
        _ = $"{journal.Header} {journal.Header.Scope} {journal.Header.IsOn(new StoreInfo { Kind = "sqlite", Location = "x", Schema = "mailpass" })}";
        _ = journal.Header.Scope.MayMeet(new RunScope(RunScopeKind.Domain, ["example.com"], "1/2")) || journal.Header.Scope.IsSameAs(new RunScope(RunScopeKind.Domain, ["example.com"], "1/2"));
        var entries = journal.ReadEntriesAsync(CancellationToken.None).ToBlockingEnumerable().ToList();
        Require(entries.Count == journal.Count, "a journal counts what it does not have");
        foreach (var entry in entries)
        {
            _ = InverseWrites.Of(entry.Account, entry.NewHash);
            entry.Password?.Dispose();
        }

        _ = journal.Find([MailboxAddress.Parse("anna@example.com")]);
        _ = journal.NotFoundYet().ToList();
        _ = journal.ReadCopies([MailboxAddress.Parse("anna@example.com")]);
        _ = journal.Summary is { } summary ? $"{summary.Total} {summary.Errors.Count} {summary.Sessions.Count} {summary.Points.Count} {summary.StillOpen.Count}" : null;
    }

    /// <summary>The same lines with digests that fit.</summary>
    internal static byte[] Chain(byte[] input)
    {
        var chain = new DigestChain();
        using var buffer = new ZeroingBuffer();
        foreach (var range in input.AsSpan().Split((byte)'\n'))
        {
            var line = input.AsSpan()[range];
            if (line.IsEmpty)
            {
                continue;
            }

            var tab = line.LastIndexOf((byte)'\t');
            var json = tab < 0 ? line : line[..tab];
            var start = buffer.Written.Length;
            json.CopyTo(buffer.GetSpan(json.Length));
            buffer.Advance(json.Length);
            chain.EndLine(buffer, start);
        }

        return buffer.Written.ToArray();
    }

    private byte[] Make()
    {
        var store = new StoreInfo { Kind = "sqlite", Location = "/var/mail.db", Schema = "mailpass" };
        var journal = FileJournal.Create(_path, store, new RunDescription { Command = "reset", Scope = new RunScope(RunScopeKind.Domain, ["example.com"]), Reason = "leak" });
        JournalEntry[] entries =
        [
            .. ((string[])["anna@example.com", "ben@example.com"]).Select(mailbox => new JournalEntry(
                new MailboxAccount { Address = MailboxAddress.Parse(mailbox), StoreKey = mailbox, PasswordHash = "{SSHA512}old", Bookkeeping = new Bookkeeping(["m.changed"], ["1700000000"]) },
                Secret.FromChars("N3w-Passw0rd!"),
                "{SSHA512}new")),
        ];
        journal.RecordAsync(entries, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        journal.SettleAsync(entries, [true, false]).AsTask().GetAwaiter().GetResult();
        ((IChangeJournal)journal).NoteLoggedOutAsync([entries[0].Account.Address]).AsTask().GetAwaiter().GetResult();
        journal.DisposeAsync().AsTask().GetAwaiter().GetResult();
        var bytes = File.ReadAllBytes(_path);
        File.Delete(_path);
        JournalKey.Destroy(_path);
        return bytes;
    }
}
