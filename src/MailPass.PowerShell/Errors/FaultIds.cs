namespace MailPass.PowerShell.Errors;

/// <summary>Error ids that only a shell can cause; the rest are <see cref="ErrorIds"/>.</summary>
internal static class FaultIds
{
    /// <summary>There is no default store in this runspace, and none was given.</summary>
    public const string NotConnected = nameof(NotConnected);

    /// <summary>A password came as plain text, without permission to use it.</summary>
    public const string PasswordIsPlainText = nameof(PasswordIsPlainText);

    /// <summary>The password was typed twice, differently.</summary>
    public const string PasswordsDiffer = nameof(PasswordsDiffer);

    /// <summary>A password or a confirmation is needed, but nobody can be asked.</summary>
    public const string PromptImpossible = nameof(PromptImpossible);
}
