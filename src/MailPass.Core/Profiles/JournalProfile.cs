namespace MailPass.Profiles;

/// <summary>Where a site's runs are remembered.</summary>
public sealed record JournalProfile
{
    /// <summary>The folder; <see langword="null"/> for the account's own state folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Certificate files that the journals' keys are sealed to.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];
}
