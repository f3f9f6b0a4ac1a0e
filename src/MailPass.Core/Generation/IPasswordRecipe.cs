using System.Numerics;

namespace MailPass.Generation;

/// <summary>A set of passwords of one length, each as likely as any other.</summary>
internal interface IPasswordRecipe
{
    /// <summary>How many there are, exactly.</summary>
    BigInteger Count { get; }

    /// <summary>The length in characters, which are all ASCII.</summary>
    int Length { get; }

    /// <summary>Draws one.</summary>
    void Draw(Span<byte> password, RandomBytes random);
}
