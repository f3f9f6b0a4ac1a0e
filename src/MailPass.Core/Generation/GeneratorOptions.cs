namespace MailPass.Generation;

/// <summary>Settings of a generator.</summary>
public sealed record GeneratorOptions
{
    /// <summary>The length in characters, 1 to 1000; <see langword="null"/> for 16, or as near to it as the policy allows. Words are as long as they are without it.</summary>
    public int? Length { get; init; }

    /// <summary>With <see cref="PasswordStyle.Words"/>: how many words, 1 to 100; <see langword="null"/> for five, or as many as the length asks for.</summary>
    public int? WordCount { get; init; }

    /// <summary>The style.</summary>
    public PasswordStyle Style { get; init; }

    /// <summary>Whether characters that look alike (<c>0O1lI</c>) may occur. Lower-case letters of words always may. (<c>|</c> never occurs: a shell would take it for a pipe.)</summary>
    public bool AllowLookAlikes { get; init; }

    /// <summary>Characters that never occur.</summary>
    public string ExcludeCharacters { get; init; } = string.Empty;
}
