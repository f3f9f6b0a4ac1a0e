using System.Text;

namespace MailPass.Doors;

/// <summary>Whether a guess may be made.</summary>
/// <param name="Allowed">Whether it may, after <paramref name="Wait"/>.</param>
/// <param name="Wait">How long from now; of a refused one, when to come again.</param>
/// <param name="Guesses">How many wrong passwords this client has tried at this mailbox lately.</param>
internal readonly record struct GuessPermit(bool Allowed, TimeSpan Wait, int Guesses);

/// <summary>
/// Slows guesses down, by the client, the mailbox, and the two together. At a mailbox a guess is counted when it is let in, and
/// taken back if it was right: many at once are no faster than one after the other. A client's count is of wrong ones alone, since
/// the people of a whole webmail are one client, and many of them may come at once.
/// </summary>
public sealed class GuessLimiter
{
    private const int Pair = 0;
    private const int Mailbox = 1;
    private const int Client = 2;

    private readonly GuessTable _table;
    private readonly TimeProvider _clock;

    /// <summary>Opens the file of guesses, or makes it.</summary>
    /// <param name="path">The file; it takes 3 MiB at most.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnwritable"/>: it cannot be created or used, and without it guesses would not be limited.</exception>
    public GuessLimiter(string path, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        try
        {
            _table = new GuessTable(path, GuessLimits.Pair, GuessLimits.Mailbox, GuessLimits.Client);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.JournalUnwritable, $"Wrong guesses cannot be counted in {path}: {fault.Message}", "Let the service write to its state folder (StateDirectory= of systemd).", fault);
        }
    }

    /// <summary>Asks whether a guess is allowed; an allowed one is counted at once.</summary>
    /// <exception cref="IOException">The file cannot be used.</exception>
    internal GuessPermit Ask(string mailbox, DoorClient client)
    {
        var (pairName, mailboxName, clientName) = Names(mailbox, client);
        var now = _clock.GetUtcNow();
        using var table = _table.Enter();
        var pair = table.Read(Pair, pairName);
        var pairGuesses = pair.Left(GuessLimits.Pair, now);
        var all = table.Read(Mailbox, mailboxName);
        var allGuesses = all.Left(GuessLimits.Mailbox, now);
        var own = table.Read(Client, clientName);
        var ownGuesses = own.Left(GuessLimits.Client, now);

        // Guesses of one client queue. Guesses of different clients at one mailbox do not: otherwise its owner would wait behind attackers.
        var wait = Longest(
            pair.Last + GuessLimits.Pair.DelayAfter(pairGuesses) - now,
            GuessLimits.Mailbox.DelayAfter(allGuesses),
            own.Last + GuessLimits.Client.DelayAfter(ownGuesses) - now);
        if (wait > GuessLimits.Patience)
        {
            return new(false, wait, pairGuesses);
        }

        table.Write(Pair, pairName, new(pairGuesses + 1, now + wait), now);
        table.Write(Mailbox, mailboxName, new(allGuesses + 1, now), now);
        if (ownGuesses > GuessLimits.Client.Free)
        {
            table.Write(Client, clientName, new(ownGuesses, now + wait), now);
        }

        return new(true, wait, pairGuesses);
    }

    /// <summary>Counts a wrong password of a client.</summary>
    internal void Blame(DoorClient client)
    {
        var name = Encoding.UTF8.GetBytes(client.Key);
        var now = _clock.GetUtcNow();
        using var table = _table.Enter();
        var entry = table.Read(Client, name);
        table.Write(Client, name, new(entry.Left(GuessLimits.Client, now) + 1, entry.Last > now ? entry.Last : now), now);
    }

    /// <summary>Undoes what <see cref="Ask"/> counted.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="client">The client.</param>
    /// <param name="wasRight">Whether the password was right, so that the client's earlier mistakes at this mailbox are forgotten too; otherwise it is unknown whether it was right.</param>
    internal void Forgive(string mailbox, DoorClient client, bool wasRight)
    {
        var (pairName, mailboxName, _) = Names(mailbox, client);
        var now = _clock.GetUtcNow();
        using var table = _table.Enter();
        if (wasRight)
        {
            table.Write(Pair, pairName, default, now);
        }
        else
        {
            Less(Pair, pairName);
        }

        Less(Mailbox, mailboxName);

        void Less(int kind, byte[] name)
        {
            var entry = table.Read(kind, name);
            table.Write(kind, name, entry with { Guesses = Math.Max(0, entry.Guesses - 1) }, now);
        }
    }

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> waits)
    {
        var longest = TimeSpan.Zero;
        foreach (var wait in waits)
        {
            longest = wait > longest ? wait : longest;
        }

        return longest;
    }

    private static (byte[] Pair, byte[] Mailbox, byte[] Client) Names(string mailbox, DoorClient client) =>
        (Encoding.UTF8.GetBytes($"{client.Key}\n{mailbox}"), Encoding.UTF8.GetBytes(mailbox), Encoding.UTF8.GetBytes(client.Key));
}
