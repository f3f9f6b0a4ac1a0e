using MailPass.Mailboxes;
using MailPass.Sessions;

namespace MailPass.Changes;

/// <summary>The copies of passwords that session systems keep, on their way back when a run is undone.</summary>
/// <param name="path">The journal.</param>
/// <param name="systems">The systems that are connected.</param>
internal sealed class RestoredCopies(string path, IReadOnlyList<ISessionAuthority> systems)
{
    private Dictionary<MailboxAddress, List<long>>? _places;

    /// <summary>Whether the run replaced copies of a mailbox's password that may be put back now.</summary>
    public async ValueTask<bool> MayPutBackAsync(MailboxAddress mailbox, CancellationToken cancellationToken) =>
        systems.Any(system => system.HasCopies) && (await PlacesAsync(cancellationToken).ConfigureAwait(false)).ContainsKey(mailbox);

    /// <summary>Puts the copies of a mailbox's password back.</summary>
    /// <returns>What became of them as sentences, and whether any copy is still the run's; <see langword="null"/> where the run replaced none.</returns>
    public async ValueTask<(string Remark, bool Left)?> PutBackAsync(MailboxAddress mailbox)
    {
        if (!(await PlacesAsync(CancellationToken.None).ConfigureAwait(false)).TryGetValue(mailbox, out var places))
        {
            return null;
        }

        var remarks = new List<string>();
        var left = false;
        foreach (var notes in places.Select(place => JournalReader.ReadCopies(path, place)).GroupBy(note => note.System))
        {
            var note = new RecordedCopies(mailbox, notes.Key, [.. notes.SelectMany(some => some.Rows)], notes.Sum(some => some.Lost));
            var (remark, some) = await PutBackAsync(note).ConfigureAwait(false);
            remarks.Add(remark);
            left |= some;
        }

        return (string.Join(' ', remarks), left);
    }

    private async ValueTask<(string Remark, bool Left)> PutBackAsync(RecordedCopies note)
    {
        // Known under another name than then (a host's other name), it is known by its rows all the same.
        var named = systems.Where(system => system.HasCopies && system.Name == note.System).ToList();
        var back = 0;
        string? why = null;
        var asked = named.Count > 0 ? named : systems.Where(system => system.HasCopies).ToList();
        foreach (var system in asked)
        {
            try
            {
                back = Math.Max(back, (await system.PutBackAsync(note.Rows).ConfigureAwait(false)).Count(done => done));
            }
            catch (MailPassException fault)
            {
                why = fault.Message;
            }
        }

        var sentences = new List<string>();
        if (back > 0)
        {
            sentences.Add($"{note.System}: {Copies(back)} put back.");
        }

        var rest = note.Rows.Count - back;
        if (rest > 0)
        {
            sentences.Add(why is not null ? $"{note.System}: {Copies(rest)} not put back: {why}"
                : asked.Count > 0 ? $"{note.System}: {Copies(rest)} changed since and left as {(rest == 1 ? "it is" : "they are")}."
                : $"{note.System}: {Copies(rest)} not put back, since no such system is connected: restore once more with it, or its user is asked for the password.");
        }

        if (note.Lost > 0)
        {
            sentences.Add($"{note.System}: {Copies(note.Lost)} not recorded, since encrypted there was no room for it: its user is asked for the password.");
        }

        return (string.Join(' ', sentences), note.Lost > 0 || (rest > 0 && (why is not null || asked.Count == 0)));
    }

    private async ValueTask<Dictionary<MailboxAddress, List<long>>> PlacesAsync(CancellationToken cancellationToken) =>
        _places ??= await JournalReader.FindCopiesAsync(path, cancellationToken).ConfigureAwait(false);

    private static string Copies(int count) => count == 1 ? "1 stored password of its e-mail accounts was" : FormattableString.Invariant($"{count} stored passwords of its e-mail accounts were");
}
