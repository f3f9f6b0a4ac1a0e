using System.Numerics;

namespace MailPass.Generation;

/// <summary>A set of passwords, each as likely as any other.</summary>
internal interface IPasswordRecipe
{
    /// <summary>How many there are, exactly.</summary>
    BigInteger Count { get; }

    /// <summary>The fewest characters, which are all ASCII.</summary>
    int LeastLength { get; }

    /// <summary>The most characters.</summary>
    int MostLength { get; }

    /// <summary>Draws the length of the next password; a length is as likely as its share of all passwords.</summary>
    int DrawLength(RandomBytes random);

    /// <summary>Draws one of the password's length, which <see cref="DrawLength"/> has drawn.</summary>
    void Draw(Span<byte> password, RandomBytes random);
}
