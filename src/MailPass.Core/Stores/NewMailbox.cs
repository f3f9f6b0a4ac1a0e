namespace MailPass.Stores;

/// <summary>A mailbox to put into a new embedded store.</summary>
public sealed record NewMailbox
{
    /// <summary>The address as it was written.</summary>
    public required string Identity { get; init; }

    /// <summary>A hash as a mail system stores it; <see langword="null"/> for none yet.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The person's name.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether it can log in.</summary>
    public bool Active { get; init; } = true;

    /// <summary>The line in the input file, counted from 1.</summary>
    public long? Line { get; init; }

    /// <summary>The identity alone: hashes stay out of logs.</summary>
    public override string ToString() => Identity;
}
