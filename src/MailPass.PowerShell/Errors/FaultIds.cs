namespace MailPass.PowerShell.Errors;

/// <summary>Error ids that only a shell can cause; the rest are <see cref="ErrorIds"/>.</summary>
internal static class FaultIds
{
    /// <summary>There is no default store in this runspace, and none was given.</summary>
    public const string NotConnected = nameof(NotConnected);

    /// <summary>A password came as text, and nobody said that text is meant.</summary>
    public const string PasswordIsPlainText = nameof(PasswordIsPlainText);

    /// <summary>The password was typed twice, differently.</summary>
    public const string PasswordsDiffer = nameof(PasswordsDiffer);

    /// <summary>A password or a confirmation would have to be asked for where nobody can be asked.</summary>
    public const string PromptImpossible = nameof(PromptImpossible);
}
