using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using MailPass.Generation;
using MailPass.Policy;

namespace MailPass.Core.Tests.Generation;

/// <summary>The sets that passwords are drawn from: counted by brute force, and drawn from evenly.</summary>
public sealed class PasswordRecipeTests
{
    private const CharacterClasses AllFour = CharacterClasses.Upper | CharacterClasses.Lower | CharacterClasses.Digit | CharacterClasses.Special;

    // Small enough to list every string; # may not come first.
    private static readonly Alphabet _small = new() { Upper = "AB", Lower = "abc", Digits = "23", Special = "#." };

    // As the look-alikes go: i and o are there, I and O are not.
    private static readonly Alphabet _syllables = new() { Upper = "BDA", Lower = "bdaio", Digits = "23", Special = "#." };

    public static TheoryData<int, int> LengthsAndClasses()
    {
        var data = new TheoryData<int, int>();
        for (var length = 1; length <= 5; length++)
        {
            for (var required = 0; required <= (int)AllFour; required++)
            {
                data.Add(length, required);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(LengthsAndClasses))]
    public void Random_passwords_are_counted_exactly(int length, int required) => Assert.Equal(
        ListRandom(length, (CharacterClasses)required).Count,
        new RandomRecipe(_small, length, (CharacterClasses)required).Count);

    [Theory]
    [MemberData(nameof(LengthsAndClasses))]
    public void Pronounceable_passwords_are_counted_exactly(int length, int required) => Assert.Equal(
        ListPronounceable(length, (CharacterClasses)required).Count,
        new PronounceableRecipe(_syllables, length, (CharacterClasses)required).Count);

    [Theory]
    [InlineData(4, (int)AllFour)]
    [InlineData(3, (int)(CharacterClasses.Digit | CharacterClasses.Special))]
    [InlineData(3, 0)]
    public void Every_random_password_is_as_likely_as_any_other(int length, int required) =>
        AssertEven(new RandomRecipe(_small, length, (CharacterClasses)required), ListRandom(length, (CharacterClasses)required));

    [Theory]
    [InlineData(5, (int)AllFour)]
    [InlineData(4, (int)AllFour)]
    [InlineData(4, (int)(CharacterClasses.Upper | CharacterClasses.Special))]
    [InlineData(4, (int)(CharacterClasses.Lower | CharacterClasses.Digit))]
    [InlineData(5, 0)]
    public void Every_pronounceable_password_is_as_likely_as_any_other(int length, int required) =>
        AssertEven(new PronounceableRecipe(_syllables, length, (CharacterClasses)required), ListPronounceable(length, (CharacterClasses)required));

    [Theory]
    [MemberData(nameof(WordSettings))]
    public void Phrases_are_counted_exactly(int words, int required, int least, int most, bool anyUpper) =>
        Assert.Equal(ListPhrases(words, required, least, most, anyUpper).Count, Phrases(words, required, least, most, anyUpper).Count);

    [Theory]
    [MemberData(nameof(SettingsOfFewPhrases))]
    public void Every_phrase_is_as_likely_as_any_other(int words, int required, int least, int most, bool anyUpper) =>
        AssertEven(Phrases(words, required, least, most, anyUpper), ListPhrases(words, required, least, most, anyUpper));

    [Fact]
    public void Evenness_check_sees_words_drawn_by_list_position()
    {
        // Two words of three letters in all: "ab" + "c" four ways, as "c" + "ab"; drawing a first word evenly favours some.
        var list = new WordList(["a", "bc", "bd", "be"]);
        var recipe = new WordsRecipe(list, new Alphabet { Upper = "", Lower = "", Digits = "", Special = "" }, CharacterClasses.None, 2, 3, 3);
        Assert.Equal(6, recipe.Count);
        AssertEven(recipe, ["abc", "abd", "abe", "bca", "bda", "bea"]);

        var counts = new long[2];
        for (var i = 0; i < 6000; i++)
        {
            counts[RandomBytes.OfThread.Below(list.Count) == 0 ? 0 : 1]++;
        }

        Assert.True(ChiSquared.Deviations([(counts[0], 3000), (counts[1], 3000)]) > 6);
    }

    [Fact]
    public void The_words_are_those_of_the_list()
    {
        var words = Enumerable.Range(1, WordList.English.LongestWord).SelectMany(WordList.English.OfLength).ToList();

        // As the EFF describes it: 7776 words of 3 to 9 letters, of which four have a hyphen, none the beginning of another.
        Assert.Equal(7772, words.Count);
        Assert.Equal(7772, words.Distinct(StringComparer.Ordinal).Count());
        Assert.All(words, word => Assert.Matches("^[a-z]{3,9}$", word));
        var sorted = words.Order(StringComparer.Ordinal).ToList();
        Assert.DoesNotContain(sorted.Zip(sorted.Skip(1)), pair => pair.Second.StartsWith(pair.First, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public void No_position_of_a_random_password_is_special(int length, bool allowLookAlikes)
    {
        var recipe = new RandomRecipe(Alphabet.Of(allowLookAlikes), length, AllFour);

        Assert.All(Deviations(Alphabet.Of(allowLookAlikes), length, buffer => recipe.Draw(buffer, RandomBytes.OfThread)), z => Assert.InRange(z, -6, 6));
    }

    [Fact]
    public void The_test_above_sees_what_other_generators_do()
    {
        var alphabet = Alphabet.Of(allowLookAlikes: false);
        var uniform = new RandomRecipe(alphabet, 8, CharacterClasses.None);
        var deviations = Deviations(alphabet, 8, buffer =>
        {
            // One of each class put in at fixed places.
            uniform.Draw(buffer, RandomBytes.OfThread);
            buffer[4] = (byte)alphabet.Upper[RandomBytes.OfThread.Below(alphabet.Upper.Length)];
            buffer[5] = (byte)alphabet.Digits[RandomBytes.OfThread.Below(alphabet.Digits.Length)];
        });
        Assert.All(deviations.Skip(4).Take(2), z => Assert.True(z > 100));

        // No class asked for: a smaller fault, of the share of each class alone.
        Assert.All(Deviations(alphabet, 8, buffer => uniform.Draw(buffer, RandomBytes.OfThread)), z => Assert.True(z > 6));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(65)]
    [InlineData(200)]
    [InlineData(256)]
    [InlineData(1000)]
    [InlineData(70_000)]
    public void Numbers_below_a_bound_are_even(int bound)
    {
        var (counts, bigCounts) = (new long[bound], new long[bound]);
        var each = bound > 1000 ? 10 : 200;
        for (var i = 0; i < each * bound; i++)
        {
            counts[RandomBytes.OfThread.BelowAny(bound)]++;
            if (bound <= 1000)
            {
                bigCounts[(int)RandomBytes.OfThread.Below(new BigInteger(bound))]++;
            }
        }

        Assert.InRange(bound > 1000 ? 0 : ChiSquared.Deviations(bigCounts.Select(count => (count, 200.0))), -6, 6);
        Assert.InRange(ChiSquared.Deviations(counts.Select(count => (count, (double)each))), -6, 6);
    }

    /// <summary>For each position, how far the characters drawn there are from the exact share that each has among all passwords.</summary>
    private static List<double> Deviations(Alphabet alphabet, int length, DrawPassword draw)
    {
        const int draws = 200_000;
        var seen = new long[length, 128];
        Span<byte> buffer = stackalloc byte[length];
        for (var i = 0; i < draws; i++)
        {
            draw(buffer);
            for (var position = 0; position < length; position++)
            {
                seen[position, buffer[position]]++;
            }
        }

        var total = RandomRecipe.CountOf(alphabet, length, AllFour);
        return [.. Enumerable.Range(0, length).Select(position => ChiSquared.Deviations(alphabet.All.Select(character =>
            (seen[position, character], draws * Math.Exp(BigInteger.Log(CountWith(character, position)) - BigInteger.Log(total))))))];

        // How many passwords have this character at this position: the rest must bring the other classes.
        BigInteger CountWith(char character, int position)
        {
            if (position == 0 && !Alphabet.MayBeFirst(character))
            {
                return 0;
            }

            var others = AllFour & ~alphabet.ClassOf(character);
            var count = BigInteger.Zero;
            for (var missing = CharacterClasses.None; missing <= AllFour; missing++)
            {
                if ((missing & others) == missing)
                {
                    var rest = alphabet.Without(missing);
                    var strings = position == 0
                        ? BigInteger.Pow(rest.Length, length - 1)
                        : rest.Count(Alphabet.MayBeFirst) * BigInteger.Pow(rest.Length, length - 2);
                    count += BitOperations.PopCount((uint)missing) % 2 == 0 ? strings : -strings;
                }
            }

            return count;
        }
    }

    private static void AssertEven(IPasswordRecipe recipe, List<string> passwords)
    {
        const int each = 200;
        var counts = passwords.ToDictionary(password => password, _ => 0L, StringComparer.Ordinal);
        for (var i = 0; i < each * passwords.Count; i++)
        {
            var buffer = new byte[recipe.DrawLength(RandomBytes.OfThread)];
            recipe.Draw(buffer, RandomBytes.OfThread);
            counts[Encoding.ASCII.GetString(buffer)]++; // throws for a password that is none
        }

        Assert.InRange(ChiSquared.Deviations(counts.Values.Select(count => (count, (double)each))), -6, 6);
    }

    private static List<string> ListRandom(int length, CharacterClasses required) =>
        [.. Strings(_small.All, length).Where(text => text[0] != '#' && Has(_small, text, required))];

    private static List<string> ListPronounceable(int length, CharacterClasses required) => [.. Strings(_syllables.All, length).Where(text =>
        text[0] != '#'
        && Has(_syllables, text, required)
        && text.Count(char.IsAsciiLetterUpper) == ((required & CharacterClasses.Upper) != 0 ? 1 : 0)
        && text.Count(char.IsAsciiDigit) == ((required & CharacterClasses.Digit) != 0 ? 1 : 0)
        && text.Count(c => c is '#' or '.') == ((required & CharacterClasses.Special) != 0 ? 1 : 0)
        && text.Any(char.IsAsciiLetter)
        && Regex.IsMatch(text, "^([23#.]|[bd][aio])*([bd][23#.]*)?$", RegexOptions.IgnoreCase))];

    // Digits behind a word, one joint throughout, one capital or all.
    private static readonly string[] _list = ["bo", "ab", "ca", "daa", "cb"];
    private static readonly Alphabet _beside = new() { Upper = "ABD", Lower = "abcd", Digits = "23", Special = "#-." };

    public static TheoryData<int, int, int, int, bool> WordSettings()
    {
        var data = new TheoryData<int, int, int, int, bool>();
        for (var words = 1; words <= 3; words++)
        {
            for (var required = 0; required <= (int)AllFour; required++)
            {
                foreach (var (least, most) in new[] { (1, 40), (7, 9), (8, 8), (1, 6) })
                {
                    data.Add(words, required, least, most, false);
                    if ((required & (int)CharacterClasses.Upper) == 0)
                    {
                        data.Add(words, required, least, most, true);
                    }
                }
            }
        }

        return data;
    }

    /// <summary>Those of which every phrase can be drawn often.</summary>
    public static IEnumerable<object[]> SettingsOfFewPhrases() =>
        WordSettings().Where(row => ListPhrases((int)row[0], (int)row[1], (int)row[2], (int)row[3], (bool)row[4]).Count is > 10 and < 400);

    private static WordsRecipe Phrases(int words, int required, int least, int most, bool anyUpper)
    {
        var classes = (CharacterClasses)required | CharacterClasses.Lower | (anyUpper ? CharacterClasses.Upper : 0);
        return new WordsRecipe(new WordList(_list), _beside.Only(classes), (CharacterClasses)required, words, least, most);
    }

    // Every string of the characters that may occur is looked at from outside: which of them are phrases, by the rules as docs/policy.md has them.
    private static List<string> ListPhrases(int words, int required, int least, int most, bool anyUpper)
    {
        var need = (CharacterClasses)required;
        var hasJoint = (need & CharacterClasses.Special) != 0;
        var mayUpper = anyUpper || (need & CharacterClasses.Upper) != 0;
        string[] joints = hasJoint ? ["-", "."] : [""];
        var spellings = _list.Concat(_list.Where(word => "abd".Contains(word[0], StringComparison.Ordinal)).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        var pieces = spellings.SelectMany(word => (need & CharacterClasses.Digit) != 0 ? [word, word + "2", word + "3"] : new[] { word }).ToList();
        IEnumerable<string[]> sequences = [[]];
        for (var i = 0; i < words; i++)
        {
            sequences = sequences.SelectMany(start => pieces.Select(piece => (string[])[.. start, piece]));
        }

        var phrases = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sequence in sequences)
        {
            var capitals = sequence.Count(piece => char.IsAsciiLetterUpper(piece[0]));
            var digits = sequence.Count(piece => char.IsAsciiDigit(piece[^1]));
            var wantedCapitals = hasJoint ? ((need & CharacterClasses.Upper) != 0 ? 1 : 0) : mayUpper ? words : 0;
            if (capitals == wantedCapitals && digits == ((need & CharacterClasses.Digit) != 0 ? 1 : 0) && (!hasJoint || words > 1))
            {
                foreach (var joint in joints)
                {
                    var phrase = string.Join(joint, sequence);
                    if (phrase.Length >= least && phrase.Length <= most)
                    {
                        Assert.True(phrases.Add(phrase), "two sequences give the same phrase");
                    }
                }
            }
        }

        return [.. phrases];
    }

    private static bool Has(Alphabet alphabet, string text, CharacterClasses required) =>
        text.Aggregate(CharacterClasses.None, (seen, character) => seen | alphabet.ClassOf(character)) is var seen && (seen & required) == required;

    private static IEnumerable<string> Strings(string alphabet, int length) => length == 0
        ? [""]
        : Strings(alphabet, length - 1).SelectMany(start => alphabet.Select(end => start + end));

    private delegate void DrawPassword(Span<byte> buffer);
}
