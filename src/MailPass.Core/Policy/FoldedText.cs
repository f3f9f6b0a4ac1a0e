using System.Security.Cryptography;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Policy;

/// <summary>
/// Text as people vary it: case dropped and look-alike digits and symbols read as the letters they stand for
/// (<c>P@ssw0rd</c> becomes <c>password</c>). Held in pinned memory and overwritten on disposal, since it may be a password.
/// </summary>
internal readonly struct FoldedText : IDisposable
{
    private readonly char[] _characters;

    private FoldedText(ReadOnlySpan<char> text)
    {
        _characters = GC.AllocateUninitializedArray<char>(text.Length, pinned: true);
        for (var i = 0; i < text.Length; i++)
        {
            _characters[i] = Fold(text[i]);
        }
    }

    internal int Length => _characters.Length;

    internal ReadOnlySpan<char> Characters => _characters;

    internal static FoldedText Of(string text) => new(UnicodeText.CanBeNormalized(text) ? text.Normalize(NormalizationForm.FormC) : text);

    internal static FoldedText Of(Secret secret)
    {
        var plain = GC.AllocateUninitializedArray<char>(secret.Length, pinned: true);
        try
        {
            return new FoldedText(plain.AsSpan(0, secret.CopyChars(plain)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(plain.AsSpan()));
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_characters.AsSpan()));

    private static char Fold(char character) => character switch
    {
        '0' => 'o',
        '1' or '!' or '|' => 'i',
        'l' or 'L' => 'i', // 1 stands for both, so both must fold to one
        '3' or '€' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => char.ToLowerInvariant(character),
    };
}
