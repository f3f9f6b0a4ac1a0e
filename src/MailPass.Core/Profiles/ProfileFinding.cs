namespace MailPass.Profiles;

/// <summary>How a check of a profile judges one thing.</summary>
public enum FindingResult
{
    /// <summary>It works.</summary>
    Good,

    /// <summary>It works, and an admin should know something about it.</summary>
    Note,

    /// <summary>It does not work.</summary>
    Fault,
}

/// <summary>One thing that a check of a profile found.</summary>
/// <param name="Subject">What was checked: a JSON path of the profile, or <c>profile</c> for the file.</param>
/// <param name="Result">Whether it works.</param>
/// <param name="Message">What was found, as a sentence. Never a secret.</param>
/// <param name="Remedy">What to do about it; <see langword="null"/> if there is nothing to do.</param>
/// <param name="ErrorId">One of <see cref="ErrorIds"/> for a fault.</param>
public sealed record ProfileFinding(string Subject, FindingResult Result, string Message, string? Remedy = null, string? ErrorId = null);
