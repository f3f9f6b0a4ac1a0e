using MailPass.Changes;
using MailPass.Journals;

namespace MailPass.Doors;

/// <summary>How the owner's door works.</summary>
public sealed record OwnersDoorOptions
{
    /// <summary>What a change has to satisfy, how it is hashed, and what it logs the mailbox out of.</summary>
    public required ChangeRunOptions Changes { get; init; }

    /// <summary>Where each change's journal is kept.</summary>
    public required RunFolder Runs { get; init; }

    /// <summary>How the journals are kept.</summary>
    public RunOptions Journals { get; init; } = new();

    /// <summary>Why the changes are made, in the journals' words.</summary>
    public string Reason { get; init; } = "by its owner";

    /// <summary>Slows guesses down.</summary>
    public required GuessLimiter Limiter { get; init; }

    /// <summary>The domain of people who give a name without one; <see langword="null"/> for none.</summary>
    public string? DefaultDomain { get; init; }

    /// <summary>
    /// Whether the webmail session in which the password was changed ends too. A webmail writes that session back when its page is
    /// done, with the new password; so it lives on unless it is ended once more.
    /// </summary>
    public bool EndsWebmail { get; init; }

    /// <summary>A wrong password is answered after this time, or the next multiple of it, however long it took to find out.</summary>
    public TimeSpan RefusalTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What tells the time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
