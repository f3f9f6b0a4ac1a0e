namespace MailPass.Profiles;

/// <summary>Where a secret is kept.</summary>
public enum SecretKind
{
    /// <summary>In an environment variable.</summary>
    Environment,

    /// <summary>On the first line of a file.</summary>
    File,

    /// <summary>In a credential that systemd gives the service (<c>LoadCredential</c>), a file in <c>$CREDENTIALS_DIRECTORY</c>.</summary>
    SystemdCredential,

    /// <summary>In a vault of PowerShell's SecretManagement.</summary>
    Vault,

    /// <summary>Nowhere: the user is asked.</summary>
    Ask,
}

/// <summary>A secret as a profile names it; never the secret itself.</summary>
/// <param name="Kind">Where it is kept.</param>
/// <param name="Name">The variable, the file, the credential or the secret's name in its vault; empty if the user is asked.</param>
/// <param name="Vault">The vault; <see langword="null"/> for the default one.</param>
public sealed record SecretSource(SecretKind Kind, string Name = "", string? Vault = null)
{
    /// <summary>In words, for messages.</summary>
    public override string ToString() => Kind switch
    {
        SecretKind.Environment => $"the environment variable {Name}",
        SecretKind.File => $"the file '{Name}'",
        SecretKind.SystemdCredential => $"the systemd credential '{Name}'",
        SecretKind.Vault => Vault is null ? $"the secret '{Name}' of the default vault" : $"the secret '{Name}' of the vault '{Vault}'",
        _ => "the terminal",
    };
}
