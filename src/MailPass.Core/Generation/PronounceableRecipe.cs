using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MailPass.Policy;

namespace MailPass.Generation;

/// <summary>
/// Syllables of a consonant and a vowel, after proquints (Wilkerson, arXiv:0901.4016), one letter of them in upper case,
/// and a digit and a special character between syllables, each where the policy asks for it and each anywhere it can be.
/// </summary>
/// <remarks>
/// Every choice can be read back from the password, so two sequences of choices never give the same one, and all are
/// equally likely: choices are drawn evenly, and all of them are discarded if they are not allowed together.
/// </remarks>
internal sealed class PronounceableRecipe : IPasswordRecipe
{
    private readonly int _length;
    private readonly string _consonants;
    private readonly string _vowels;
    private readonly Alphabet _alphabet;
    private readonly bool _hasUpper;
    private readonly bool _hasDigit;
    private readonly bool _hasSpecial;
    private readonly int _letters;
    private readonly int _syllables;
    private readonly int _places;

    internal PronounceableRecipe(Alphabet alphabet, int length, CharacterClasses required)
    {
        _length = length;
        _alphabet = alphabet;
        _consonants = string.Concat("bdfghjklmnprstvz".Where(c => alphabet.Lower.Contains(c, StringComparison.Ordinal)));
        _vowels = string.Concat("aeiou".Where(c => alphabet.Lower.Contains(c, StringComparison.Ordinal)));
        _hasUpper = (required & CharacterClasses.Upper) != 0;
        _hasDigit = (required & CharacterClasses.Digit) != 0;
        _hasSpecial = (required & CharacterClasses.Special) != 0;
        _letters = length - (_hasDigit ? 1 : 0) - (_hasSpecial ? 1 : 0);
        _syllables = (_letters + 1) / 2; // the last one may be a consonant alone
        _places = _syllables + (_hasDigit ? 1 : 0) + (_hasSpecial ? 1 : 0);
        var letterCases = (_hasUpper ? 1 : 0) + ((required & CharacterClasses.Lower) != 0 ? 1 : 0);
        Count = _letters < Math.Max(1, letterCases) ? 0 : CountLetters() * CountPlacements();
    }

    public BigInteger Count { get; }

    /// <summary>Whether there are consonants and vowels, and capitals among them if one is asked for.</summary>
    internal bool HasSyllables => _consonants.Length > 0 && _vowels.Length > 0
        && (!_hasUpper || (_consonants + _vowels).Any(c => _alphabet.Upper.Contains(char.ToUpperInvariant(c), StringComparison.Ordinal)));

    public int LeastLength => _length;

    public int MostLength => _length;

    public int DrawLength(RandomBytes random) => _length;

    public void Draw(Span<byte> password, RandomBytes random)
    {
        Span<byte> letters = stackalloc byte[_letters];
        do
        {
            DrawLetters(letters, random);
        }
        while (!TryPlace(letters, password, random));

        CryptographicOperations.ZeroMemory(letters);
    }

    private void DrawLetters(Span<byte> letters, RandomBytes random)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            var set = i % 2 == 0 ? _consonants : _vowels;
            letters[i] = (byte)set[random.Below(set.Length)];
        }
    }

    /// <summary>Draws the upper-case letter and the places; <see langword="false"/> if the choices together are not allowed.</summary>
    private bool TryPlace(Span<byte> letters, Span<byte> password, RandomBytes random)
    {
        if (_hasUpper)
        {
            var at = random.BelowAny(letters.Length);
            var upper = (char)(letters[at] - 0x20);
            if (!_alphabet.Upper.Contains(upper, StringComparison.Ordinal))
            {
                return false; // I and O look like other characters where i and o do not
            }

            letters[at] = (byte)upper;
        }

        var digit = _hasDigit ? _alphabet.Digits[random.Below(_alphabet.Digits.Length)] : default;
        var special = _hasSpecial ? _alphabet.Special[random.Below(_alphabet.Special.Length)] : default;
        var digitAt = _hasDigit ? random.BelowAny(_places) : -1;
        var specialAt = _hasSpecial ? random.BelowAny(_places) : -1;
        if ((_hasSpecial && digitAt == specialAt) || (specialAt == 0 && !Alphabet.MayBeFirst(special)))
        {
            return false;
        }

        var (from, to) = (0, 0);
        for (var place = 0; place < _places; place++)
        {
            if (place == digitAt)
            {
                password[to++] = (byte)digit;
            }
            else if (place == specialAt)
            {
                password[to++] = (byte)special;
            }
            else
            {
                var syllable = letters.Slice(from, Math.Min(2, letters.Length - from));
                syllable.CopyTo(password[to..]);
                (from, to) = (from + syllable.Length, to + syllable.Length);
            }
        }

        return true;
    }

    private BigInteger CountLetters()
    {
        var (consonants, vowels) = ((_letters + 1) / 2, _letters / 2);
        var spellings = BigInteger.Pow(_consonants.Length, consonants) * BigInteger.Pow(_vowels.Length, vowels);
        if (!_hasUpper || spellings.IsZero)
        {
            return spellings;
        }

        // The upper-case letter may be any consonant or vowel whose upper case is allowed.
        var count = consonants * Capitals(_consonants) * (spellings / _consonants.Length);
        return vowels == 0 ? count : count + (vowels * Capitals(_vowels) * (spellings / _vowels.Length));

        BigInteger Capitals(string set) => set.Count(c => _alphabet.Upper.Contains(char.ToUpperInvariant(c), StringComparison.Ordinal));
    }

    private BigInteger CountPlacements()
    {
        BigInteger digits = _hasDigit ? _alphabet.Digits.Length : 1;
        if (!_hasSpecial)
        {
            return digits * (_hasDigit ? _places : 1);
        }

        // The special character at the first place, or at a later one; the digit at any of the rest.
        BigInteger specials = _alphabet.Special.Count(Alphabet.MayBeFirst) + ((_places - 1) * _alphabet.Special.Length);
        return digits * specials * (_hasDigit ? _places - 1 : 1);
    }
}
