using System.Numerics;
using MailPass.Policy;

namespace MailPass.Generation;

/// <summary>
/// Words joined by one special character, one of them with a capital, a digit after one of them, each as far as it is
/// required. Without a special character every word begins with a capital instead, if capitals may occur.
/// </summary>
/// <remarks>
/// Every choice can be read back from the passphrase, so two sequences of choices never give the same one. Phrases are
/// counted by length, so that one of a bounded length is drawn straight, with no phrase likelier than another.
/// </remarks>
internal sealed class WordsRecipe : IPasswordRecipe
{
    /// <summary>The default number of words: 65 bits from the words alone.</summary>
    internal const int DefaultWords = 5;

    // 1000 characters of words of three letters or more, with something between them.
    private const int MostWords = 250;

    // Legible between words; the others only if these are excluded.
    private const string LegibleJoints = "-._";

    private readonly WordList _words;
    private readonly WordList _capitalWords;
    private readonly string _digits;
    private readonly string _joints;
    private readonly int _count;
    private readonly int _besideLetters;
    private readonly bool _hasDigit;
    private readonly bool _oneCapital;
    private readonly bool _allCapitals;

    // [n][letters]: how many sequences of n words have so many letters.
    private readonly List<BigInteger[]> _sequences = [[BigInteger.One]];

    // By the length of the phrase, from LeastLength to MostLength.
    private readonly BigInteger[] _phrases;

    /// <param name="words">The words to choose from.</param>
    /// <param name="alphabet">The other characters; its upper-case letters are those that may be capitals.</param>
    /// <param name="required">What must occur.</param>
    /// <param name="count">The number of words; <see langword="null"/> for the fewest that give as many phrases as <see cref="DefaultWords"/> do without bounds, or else the number that gives most.</param>
    /// <param name="least">The fewest characters.</param>
    /// <param name="most">The most characters.</param>
    internal WordsRecipe(WordList words, Alphabet alphabet, CharacterClasses required, int? count, int least, int most)
    {
        _words = words;
        _digits = alphabet.Digits;
        _hasDigit = (required & CharacterClasses.Digit) != 0;
        var hasJoints = (required & CharacterClasses.Special) != 0;
        var legible = string.Concat(LegibleJoints.Where(c => alphabet.Special.Contains(c, StringComparison.Ordinal)));
        _joints = !hasJoints ? string.Empty : legible.Length > 0 ? legible : alphabet.Special;
        _oneCapital = hasJoints && (required & CharacterClasses.Upper) != 0;
        _allCapitals = !hasJoints && alphabet.Upper.Length > 0;
        _capitalWords = words.Where(word => alphabet.Upper.Contains(char.ToUpperInvariant(word[0]), StringComparison.Ordinal));
        _count = count ?? BestCount(least, most);
        _besideLetters = BesideLetters(_count);
        _phrases = [.. Enumerable.Range(0, most + 1).Select(length => length < least ? 0 : CountOf(_count, length))];
        LeastLength = Math.Max(0, Array.FindIndex(_phrases, phrases => !phrases.IsZero));
        MostLength = Math.Max(0, Array.FindLastIndex(_phrases, phrases => !phrases.IsZero));
        Count = Sum(_phrases);
    }

    public BigInteger Count { get; }

    public int LeastLength { get; }

    public int MostLength { get; }

    /// <summary>Whether there are words, and some that may have a capital if one is required.</summary>
    internal bool HasWords => _words.Count > 0 && First.Count > 0;

    // The ordinary words of a phrase: all except the one with the capital, or all.
    private WordList Ordinary => _allCapitals ? _capitalWords : _words;

    private WordList First => _oneCapital || _allCapitals ? _capitalWords : _words;

    public int DrawLength(RandomBytes random)
    {
        var rest = random.Below(Count);
        for (var length = LeastLength; ; length++)
        {
            if (rest < _phrases[length])
            {
                return length;
            }

            rest -= _phrases[length];
        }
    }

    public void Draw(Span<byte> password, RandomBytes random)
    {
        var letters = password.Length - _besideLetters;
        var capitalAt = random.BelowAny(_count);
        var digitAt = _hasDigit ? random.BelowAny(_count) : -1;
        var joint = _joints.Length > 0 ? _joints[random.Below(_joints.Length)] : default;

        // The word that may have the capital is drawn first, whatever its place, since fewer words will do there.
        var capitalLength = DrawWordLength(First, letters, _count - 1, random);
        letters -= capitalLength;
        var (to, left) = (0, _count - 1);
        for (var place = 0; place < _count; place++)
        {
            if (place > 0 && joint != default)
            {
                password[to++] = (byte)joint;
            }

            var isFirst = place == capitalAt;
            var length = isFirst ? capitalLength : DrawWordLength(Ordinary, letters, --left, random);
            letters -= isFirst ? 0 : length;
            var words = (isFirst ? First : Ordinary).OfLength(length);
            var word = words[random.BelowAny(words.Length)];
            for (var i = 0; i < word.Length; i++)
            {
                password[to++] = (byte)(i == 0 && (_allCapitals || (_oneCapital && isFirst)) ? char.ToUpperInvariant(word[0]) : word[i]);
            }

            if (place == digitAt)
            {
                password[to++] = (byte)_digits[random.Below(_digits.Length)];
            }
        }
    }

    /// <summary>Draws the length of a word that <paramref name="others"/> more follow, all of them together <paramref name="letters"/> long.</summary>
    private int DrawWordLength(WordList from, int letters, int others, RandomBytes random)
    {
        var rest = random.Below(WithFirst(from, others, letters));
        for (var length = 1; ; length++)
        {
            var here = from.OfLength(length).Length * Sequences(others, letters - length);
            if (rest < here)
            {
                return length;
            }

            rest -= here;
        }
    }

    /// <summary>The characters of a phrase that are not its words' letters.</summary>
    private int BesideLetters(int count) => (_joints.Length > 0 ? count - 1 : 0) + (_hasDigit ? 1 : 0);

    private int BestCount(int least, int most)
    {
        var enough = CountWithin(DefaultWords, 0, BesideLetters(DefaultWords) + (DefaultWords * _words.LongestWord));
        var (best, bestCount) = (1, BigInteger.Zero);
        for (var count = 1; count <= MostWords && BesideLetters(count) + count <= most; count++)
        {
            var phrases = CountWithin(count, least, most);
            if (phrases > bestCount)
            {
                (best, bestCount) = (count, phrases);
            }

            if (phrases >= enough && !enough.IsZero)
            {
                break;
            }
        }

        return best;
    }

    private BigInteger CountWithin(int count, int least, int most)
    {
        var phrases = BigInteger.Zero;
        for (var length = Math.Max(least, BesideLetters(count)); length <= Math.Min(most, BesideLetters(count) + (count * _words.LongestWord)); length++)
        {
            phrases += CountOf(count, length);
        }

        return phrases;
    }

    /// <summary>How many phrases of so many words have this length.</summary>
    private BigInteger CountOf(int count, int length)
    {
        var hasSpecial = _joints.Length > 0;
        var letters = length - BesideLetters(count);
        if (letters < 1 || (hasSpecial && count < 2))
        {
            return 0; // a special character stands between two words
        }

        return WithFirst(First, count - 1, letters) * (_oneCapital ? count : 1) * (hasSpecial ? _joints.Length : 1) * (_hasDigit ? count * _digits.Length : 1);
    }

    private BigInteger WithFirst(WordList from, int others, int letters)
    {
        var sequences = BigInteger.Zero;
        for (var length = 1; length <= Math.Min(from.LongestWord, letters); length++)
        {
            sequences += from.OfLength(length).Length * Sequences(others, letters - length);
        }

        return sequences;
    }

    private BigInteger Sequences(int count, int letters)
    {
        // Drawing needs fewer words than the constructor, so the table no longer grows after that.
        while (_sequences.Count <= count)
        {
            var before = _sequences[^1];
            var after = new BigInteger[before.Length + Ordinary.LongestWord];
            for (var had = 0; had < before.Length; had++)
            {
                for (var length = 1; length <= Ordinary.LongestWord && !before[had].IsZero; length++)
                {
                    after[had + length] += before[had] * Ordinary.OfLength(length).Length;
                }
            }

            _sequences.Add(after);
        }

        return letters >= 0 && letters < _sequences[count].Length ? _sequences[count][letters] : 0;
    }

    private static BigInteger Sum(IEnumerable<BigInteger> numbers) => numbers.Aggregate(BigInteger.Zero, static (sum, number) => sum + number);
}
