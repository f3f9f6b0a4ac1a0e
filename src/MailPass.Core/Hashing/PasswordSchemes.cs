using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>The schemes MailPass knows.</summary>
public static class PasswordSchemes
{
    /// <summary>Whether a scheme can take this password at this cost, asked before anything is hashed or written.</summary>
    /// <param name="settings">Scheme and cost.</param>
    /// <param name="password">The password.</param>
    /// <returns><see langword="null"/>, or the fault (<see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.PasswordTooLongForScheme"/>, <see cref="ErrorIds.PasswordInvalid"/>).</returns>
    public static MailPassException? Validate(HashSettings settings, Secret password) => null;
}
