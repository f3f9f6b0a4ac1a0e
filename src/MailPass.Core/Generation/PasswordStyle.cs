namespace MailPass.Generation;

/// <summary>How a generated password looks.</summary>
public enum PasswordStyle
{
    /// <summary>Every character drawn on its own.</summary>
    Random,

    /// <summary>Syllables that can be read aloud, with what the policy asks for besides.</summary>
    Pronounceable,

    /// <summary>Words of a list, joined, with a capital and a digit if the policy asks for them.</summary>
    Words,
}
