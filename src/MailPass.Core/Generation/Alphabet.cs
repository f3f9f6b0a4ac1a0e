using System.Text;
using MailPass.Policy;

namespace MailPass.Generation;

/// <summary>The characters that generated passwords are made of, by class.</summary>
internal sealed record Alphabet
{
    /// <summary>
    /// Special characters that need no quoting in sh, PowerShell and cmd.exe, no escape in CSV, are on the first or
    /// second page of phone keyboards, and are no dead keys on common layouts. Left out for that reason:
    /// quotes, backslash, backtick, space, <c>$ ! % &amp; | ; , &lt; &gt; ( ) [ ] { } * ? ~ ^ =</c>.
    /// </summary>
    internal const string Symbols = "#+-./:@_";

    /// <summary>
    /// Not the first character: = + - @ begin a formula in a spreadsheet (OWASP, CSV injection), - and / an option, # a
    /// comment, @ a splat in PowerShell.
    /// </summary>
    internal const string NeverFirst = "=+-@#/";

    private const string LookAlikes = "0O1lI|";

    internal required string Upper { get; init; }

    internal required string Lower { get; init; }

    internal required string Digits { get; init; }

    internal required string Special { get; init; }

    /// <summary>Every character.</summary>
    internal string All => Upper + Lower + Digits + Special;

    /// <param name="allowLookAlikes">Whether characters that look alike may occur.</param>
    /// <param name="excluded">Characters that may not.</param>
    internal static Alphabet Of(bool allowLookAlikes, string excluded = "")
    {
        return new Alphabet
        {
            Upper = Allowed("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            Lower = Allowed("abcdefghijklmnopqrstuvwxyz"),
            Digits = Allowed("0123456789"),
            Special = Allowed(Symbols),
        };

        string Allowed(string characters) => string.Concat(characters.Where(c =>
            (allowLookAlikes || !LookAlikes.Contains(c, StringComparison.Ordinal)) && !excluded.Contains(c, StringComparison.Ordinal)));
    }

    /// <summary>All characters but those of the given classes.</summary>
    internal string Without(CharacterClasses classes)
    {
        var rest = new StringBuilder();
        foreach (var (@class, characters) in ByClass)
        {
            rest.Append((classes & @class) == 0 ? characters : string.Empty);
        }

        return rest.ToString();
    }

    /// <summary>The characters of these classes alone.</summary>
    internal Alphabet Only(CharacterClasses classes) => new()
    {
        Upper = (classes & CharacterClasses.Upper) != 0 ? Upper : string.Empty,
        Lower = (classes & CharacterClasses.Lower) != 0 ? Lower : string.Empty,
        Digits = (classes & CharacterClasses.Digit) != 0 ? Digits : string.Empty,
        Special = (classes & CharacterClasses.Special) != 0 ? Special : string.Empty,
    };

    /// <summary>The class's characters.</summary>
    internal string Of(CharacterClasses @class) => Array.Find(ByClass, pair => pair.Class == @class).Characters;

    /// <summary>Whether a character may come first.</summary>
    internal static bool MayBeFirst(char character) => !NeverFirst.Contains(character, StringComparison.Ordinal);

    internal CharacterClasses ClassOf(char character)
    {
        foreach (var (@class, characters) in ByClass)
        {
            if (characters.Contains(character, StringComparison.Ordinal))
            {
                return @class;
            }
        }

        return CharacterClasses.None;
    }

    private (CharacterClasses Class, string Characters)[] ByClass =>
        [(CharacterClasses.Upper, Upper), (CharacterClasses.Lower, Lower), (CharacterClasses.Digit, Digits), (CharacterClasses.Special, Special)];
}
