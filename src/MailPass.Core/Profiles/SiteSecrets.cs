using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>What a secret opens.</summary>
public enum SecretUse
{
    /// <summary>The store.</summary>
    Store,

    /// <summary>The Dovecot servers, as their <c>doveadm_api_key</c>.</summary>
    DoveadmKey,

    /// <summary>A webmail's database.</summary>
    Webmail,
}

/// <summary>A secret that the profile does not name.</summary>
/// <param name="Use">What it opens.</param>
/// <param name="Location">The database or directory; <see langword="null"/> for Dovecot servers.</param>
/// <param name="HasOther">Whether another secret can be used (the store's, for a webmail on its server), so that the user need not be asked.</param>
public readonly record struct SecretNeed(SecretUse Use, StoreLocation? Location, bool HasOther);

/// <summary>How a head finds secrets: from the platform or from the user.</summary>
public sealed record SiteSecrets
{
    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Asks a person, naming what for; <see langword="null"/> if nobody can be asked.</summary>
    public Func<string, CancellationToken, Task<Secret?>>? Ask { get; init; }

    /// <summary>Asks a vault (its name, or <see langword="null"/> for the default one) for a secret by name; <see langword="null"/> if the head knows no vaults.</summary>
    public Func<string?, string, CancellationToken, Task<Secret?>>? Vault { get; init; }

    /// <summary>The head's own source of a secret that the profile does not name; returns <see langword="null"/> if there is none.</summary>
    public Func<SecretNeed, CancellationToken, Task<Secret?>>? Otherwise { get; init; }

    /// <summary>The variable with the folder of the credentials that systemd gives a service (systemd.exec, "Credentials").</summary>
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>Gets a secret from where a profile says that it is.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="what">Its name, for a prompt and for a fault: <c>password of mailpass at db.example.org</c>.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The secret; the caller disposes of it.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SecretUnavailable"/>, <see cref="ErrorIds.ProfileUnsafe"/>, <see cref="ErrorIds.PasswordInvalid"/>.</exception>
    public async Task<Secret> GetAsync(SecretSource source, string what, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var secret = source.Kind switch
        {
            SecretKind.Environment => Environment(source.Name) is { Length: > 0 } text ? Secret.FromChars(text) : null,
            SecretKind.File => await FromFileAsync(source, source.Name, mayBeShared: false, cancellationToken).ConfigureAwait(false),
            SecretKind.SystemdCredential => Environment(CredentialsVariable) is { Length: > 0 } folder
                ? await FromFileAsync(source, Path.Combine(folder, source.Name), mayBeShared: true, cancellationToken).ConfigureAwait(false)
                : throw Unavailable(source, what, $"{CredentialsVariable} is not set: this process is not a service with credentials.", "Start it as a service with LoadCredential=, or name the secret's file."),
            SecretKind.Vault => Vault is null
                ? throw Unavailable(source, what, "Only PowerShell can ask a vault.", "Name a file, a variable or a systemd credential for mailpass.")
                : await Vault(source.Vault, source.Name, cancellationToken).ConfigureAwait(false),
            _ => Ask is null
                ? throw Unavailable(source, what, "There is no terminal to ask on.", "Run it on a terminal, or name a file, a variable or a systemd credential.")
                : await Ask(what, cancellationToken).ConfigureAwait(false),
        };
        if (secret is { Length: > 0 })
        {
            return secret;
        }

        secret?.Dispose();
        throw Unavailable(source, what, "It is not there, or it is empty.", "Put the secret there, or name another place.");
    }

    private static async Task<Secret?> FromFileAsync(SecretSource source, string path, bool mayBeShared, CancellationToken cancellationToken)
    {
        try
        {
            // systemd has seen to a credential's permissions.
            using var stream = mayBeShared ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0) : SecretFile.Open(path);
            return await SecretLine.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.SecretUnavailable, $"The secret in {source} cannot be read: {fault.Message}", "Put the secret there for this account, or name another place.", fault);
        }
    }

    private static MailPassException Unavailable(SecretSource source, string what, string reason, string remedy) =>
        new(ErrorIds.SecretUnavailable, $"The {what} must come from {source}. {reason}", remedy);
}
