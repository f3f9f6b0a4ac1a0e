using MailPass.Profiles;
using MailPass.Rows;

namespace MailPass;

/// <summary>One thing that the check of a profile found.</summary>
public sealed class ProfileTest
{
    internal ProfileTest(string profile, ProfileFinding finding)
    {
        Profile = profile;
        Subject = Printable.Of(finding.Subject);
        Result = finding.Result.ToString();
        Message = Printable.Of(finding.Message);
        Remedy = Printable.Of(finding.Remedy);
        ErrorId = finding.ErrorId;
    }

    /// <summary>The profile.</summary>
    public string Profile { get; }

    /// <summary>What was checked: a JSON path of the profile, or <c>profile</c> for its file.</summary>
    public string Subject { get; }

    /// <summary><c>Good</c>, <c>Note</c> or <c>Fault</c>.</summary>
    public string Result { get; }

    /// <summary>What was found.</summary>
    public string Message { get; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; }

    /// <summary>The constant name of a fault.</summary>
    public string? ErrorId { get; }
}
