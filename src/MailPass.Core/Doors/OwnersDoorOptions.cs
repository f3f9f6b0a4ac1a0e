using MailPass.Changes;
using MailPass.Journals;

namespace MailPass.Doors;

/// <summary>How the owner's door works.</summary>
public sealed record OwnersDoorOptions
{
    /// <summary>Options of the changes: policy, hashing, and the systems to log the mailbox out of.</summary>
    public required ChangeRunOptions Changes { get; init; }

    /// <summary>Where each change's journal is kept.</summary>
    public required RunFolder Runs { get; init; }

    /// <summary>How the journals are kept.</summary>
    public RunOptions Journals { get; init; } = new();

    /// <summary>The reason for the changes, for the journals.</summary>
    public string Reason { get; init; } = "by its owner";

    /// <summary>Slows guesses down.</summary>
    public required GuessLimiter Limiter { get; init; }

    /// <summary>The domain for names without one; <see langword="null"/> for none.</summary>
    public string? DefaultDomain { get; init; }

    /// <summary>
    /// Whether the webmail session in which the password was changed ends too. A webmail writes that session back when its page is
    /// done, with the new password; so it stays open unless it is ended once more.
    /// </summary>
    public bool EndsWebmail { get; init; }

    /// <summary>A wrong password is answered after this time, or the next multiple of it, however long it took to find out.</summary>
    public TimeSpan RefusalTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
