namespace MailPass.Generation;

/// <summary>The style of a generated password.</summary>
public enum PasswordStyle
{
    /// <summary>Every character drawn on its own.</summary>
    Random,

    /// <summary>Syllables that can be read aloud, and the other characters that the policy requires.</summary>
    Pronounceable,

    /// <summary>Words of a list, joined, with a capital and a digit if the policy asks for them.</summary>
    Words,
}
