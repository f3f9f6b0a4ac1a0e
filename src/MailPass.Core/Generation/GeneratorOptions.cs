namespace MailPass.Generation;

/// <summary>What a generator makes.</summary>
public sealed record GeneratorOptions
{
    /// <summary>The length in characters, 1 to 1000; <see langword="null"/> for 16, or as near to it as the policy allows.</summary>
    public int? Length { get; init; }

    /// <summary>The style.</summary>
    public PasswordStyle Style { get; init; }

    /// <summary>Whether characters that look alike (<c>0O1lI</c>) may occur. (<c>|</c> never does: a shell would take it for a pipe.)</summary>
    public bool AllowLookAlikes { get; init; }
}
