namespace MailPass.Doors;

/// <summary>How guesses are slowed down. docs/poppassd-running.md states these numbers.</summary>
internal static class GuessLimits
{
    /// <summary>The longest wait for an answer; a guess that would have to wait longer is refused at once. Webmails give up after ten seconds.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(8);

    /// <summary>One client at one mailbox: two wrong passwords are free; then the next may come after 2 s, 4 s, 8 s, and at most 15 minutes.</summary>
    public static GuessRule Pair { get; } = new(Free: 2, First: TimeSpan.FromSeconds(2), Longest: TimeSpan.FromMinutes(15), Forgotten: TimeSpan.FromMinutes(30));

    /// <summary>All clients at one mailbox: after five wrong guesses, a new client too waits for 1 s, 2 s, 4 s, and at most <see cref="Patience"/>. Its owner may have to wait as long.</summary>
    public static GuessRule Mailbox { get; } = new(Free: 5, First: TimeSpan.FromSeconds(1), Longest: Patience, Forgotten: TimeSpan.FromMinutes(5));

    /// <summary>One client at all mailboxes: after twenty, one guess in 0.5 s, 1 s, 2 s, and at most 4 s. A webmail is one client, and its people mistype.</summary>
    public static GuessRule Client { get; } = new(Free: 20, First: TimeSpan.FromSeconds(0.5), Longest: TimeSpan.FromSeconds(4), Forgotten: TimeSpan.FromSeconds(30));
}

/// <summary>How the time between two guesses grows.</summary>
/// <param name="Free">How many wrong passwords cause no wait.</param>
/// <param name="First">The time after the next one; it doubles with each further.</param>
/// <param name="Longest">The longest.</param>
/// <param name="Forgotten">After how long without another one of them is forgotten.</param>
internal sealed record GuessRule(int Free, TimeSpan First, TimeSpan Longest, TimeSpan Forgotten)
{
    /// <summary>How long after the last of some wrong passwords the next guess may come.</summary>
    public TimeSpan DelayAfter(int guesses) => guesses <= Free ? TimeSpan.Zero
        : guesses - Free > 30 ? Longest
        : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << (guesses - Free - 1)));
}
