using System.Buffers;
using System.Globalization;
using System.Text;

namespace MailPass.Policy;

/// <summary>The properties of a password that the plain rules need, found in one pass over its UTF-8.</summary>
internal readonly struct PasswordTraits
{
    private const byte Control = 0x80;

    // One byte for each ASCII character: its class, or Control.
    private static ReadOnlySpan<byte> AsciiTraits =>
    [
        Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control,
        Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control, Control,
        0, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, // space to /
        4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, // 0 to ?
        8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, // @ to O
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 8, 8, 8, 8, 8, // P to _
        8, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, // ` to o
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 8, 8, 8, 8, Control, // p to DEL
    ];

    private PasswordTraits(int length, CharacterClasses classes, bool hasControl, bool isWellFormed)
    {
        Length = length;
        Classes = classes;
        HasControl = hasControl;
        IsWellFormed = isWellFormed;
    }

    /// <summary>The length in Unicode code points, as NIST SP 800-63B §5.1.1.2 counts; a byte that is not valid UTF-8 counts as one.</summary>
    internal int Length { get; }

    /// <summary>The classes that occur.</summary>
    internal CharacterClasses Classes { get; }

    /// <summary>Whether a control character occurs (U+0000 to U+001F, U+007F to U+009F).</summary>
    internal bool HasControl { get; }

    /// <summary>Whether it is UTF-8.</summary>
    internal bool IsWellFormed { get; }

    internal static PasswordTraits Of(ReadOnlySpan<byte> utf8)
    {
        var traits = AsciiTraits;
        var seen = 0;
        for (var i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] >= 0x80)
            {
                return OfUnicode(utf8);
            }

            seen |= traits[utf8[i]];
        }

        return new PasswordTraits(utf8.Length, (CharacterClasses)(seen & ~Control), (seen & Control) != 0, isWellFormed: true);
    }

    private static PasswordTraits OfUnicode(ReadOnlySpan<byte> utf8)
    {
        var length = 0;
        var classes = CharacterClasses.None;
        var hasControl = false;
        var isWellFormed = true;
        while (!utf8.IsEmpty)
        {
            isWellFormed &= Rune.DecodeFromUtf8(utf8, out var rune, out var consumed) == OperationStatus.Done;
            utf8 = utf8[consumed..];
            length++;
            if (rune.IsAscii)
            {
                hasControl |= AsciiTraits[rune.Value] == Control;
                classes |= (CharacterClasses)(AsciiTraits[rune.Value] & ~Control);
                continue;
            }

            var category = Rune.GetUnicodeCategory(rune);
            hasControl |= category == UnicodeCategory.Control;
            classes |= category switch
            {
                UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterClasses.Upper,
                UnicodeCategory.LowercaseLetter => CharacterClasses.Lower,
                UnicodeCategory.DecimalDigitNumber => CharacterClasses.Digit,
                _ => CharacterClasses.None,
            };
        }

        return new PasswordTraits(length, classes, hasControl, isWellFormed);
    }
}
