using MailPass.Mailboxes;
using MailPass.Sessions;

namespace MailPass.Journals;

/// <summary>Puts back the copies of passwords that session systems keep, when a run is undone.</summary>
/// <param name="journal">The journal.</param>
/// <param name="systems">The systems that are connected.</param>
internal sealed class RestoredCopies(JournalFile journal, IReadOnlyList<ISessionAuthority> systems)
{
    /// <summary>Whether the run replaced copies of a mailbox's password that may be put back now.</summary>
    public bool MayPutBack(MailboxAddress mailbox) => systems.Any(system => system.HasCopies) && journal.HasCopies(mailbox);

    /// <summary>Puts the copies of mailboxes' passwords back; the journal and the systems are opened once for all of them.</summary>
    /// <returns>For each mailbox whose copies the run replaced: what happened to them, as sentences, and whether any was not put back.</returns>
    public async ValueTask<IReadOnlyDictionary<MailboxAddress, (string Remark, bool Left)>> PutBackAsync(IReadOnlyList<MailboxAddress> mailboxes)
    {
        var told = new Dictionary<MailboxAddress, (string Remark, bool Left)>();
        var notes = journal.ReadCopies(mailboxes)
            .GroupBy(note => (note.Mailbox, note.System))
            .Select(some => new RecordedCopies(some.Key.Mailbox, some.Key.System, [.. some.SelectMany(note => note.Rows)], some.Sum(note => note.Lost)));
        foreach (var ofSystem in notes.GroupBy(note => note.System))
        {
            foreach (var (mailbox, remark, left) in await PutBackAsync(ofSystem.Key, [.. ofSystem]).ConfigureAwait(false))
            {
                told[mailbox] = told.TryGetValue(mailbox, out var before) ? ($"{before.Remark} {remark}", before.Left || left) : (remark, left);
            }
        }

        return told;
    }

    private async ValueTask<IReadOnlyList<(MailboxAddress Mailbox, string Remark, bool Left)>> PutBackAsync(string name, IReadOnlyList<RecordedCopies> notes)
    {
        // A system may have another name now (another name of its host). Then all systems are asked, since the rows identify the copies.
        var named = systems.Where(system => system.HasCopies && system.Name == name).ToList();
        var asked = named.Count > 0 ? named : systems.Where(system => system.HasCopies).ToList();
        var back = new int[notes.Count];
        var why = new string?[notes.Count];
        foreach (var system in asked)
        {
            var answers = await system.PutBackAsync([.. notes.Select(note => note.Rows)]).ConfigureAwait(false);
            for (var i = 0; i < notes.Count; i++)
            {
                back[i] = Math.Max(back[i], answers[i].Back);
                why[i] = answers[i].Fault ?? why[i];
            }
        }

        return [.. notes.Select((note, i) =>
        {
            var (remark, left) = Describe(note, back[i], why[i], anyAsked: asked.Count > 0);
            return (note.Mailbox, remark, left);
        })];
    }

    private static (string Remark, bool Left) Describe(RecordedCopies note, int back, string? why, bool anyAsked)
    {
        var sentences = new List<string>();
        if (back > 0)
        {
            sentences.Add($"{note.System}: {Copies(back)} put back.");
        }

        var rest = note.Rows.Count - back;
        if (rest > 0)
        {
            sentences.Add(why is not null ? $"{note.System}: {Copies(rest)} not put back: {why}"
                : anyAsked ? $"{note.System}: {Copies(rest)} changed since and left as {(rest == 1 ? "it is" : "they are")}."
                : $"{note.System}: {Copies(rest)} not put back, because that system is not connected: connect it and restore again, or the system will ask its user for the password.");
        }

        if (note.Lost > 0)
        {
            sentences.Add($"{note.System}: {Copies(note.Lost)} not recorded, because the encrypted text would not fit: the system will ask its user for the password.");
        }

        return (string.Join(' ', sentences), note.Lost > 0 || (rest > 0 && (why is not null || !anyAsked)));
    }

    private static string Copies(int count) => count == 1 ? "1 stored password of its e-mail accounts was" : FormattableString.Invariant($"{count} stored passwords of its e-mail accounts were");
}
