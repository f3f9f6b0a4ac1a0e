using System.Numerics;
using MailPass.Policy;

namespace MailPass.Generation;

/// <summary>
/// All strings of a length over an alphabet that contain every required class and do not begin with a character that may
/// not come first. Strings are drawn evenly and those without a class are thrown away whole, so every one that is left is
/// as likely as any other and no position is special.
/// </summary>
internal sealed class RandomRecipe : IPasswordRecipe
{
    private readonly int _length;
    private readonly CharacterClasses _required;
    private readonly Draws _first;
    private readonly Draws _other;

    internal RandomRecipe(Alphabet alphabet, int length, CharacterClasses required)
    {
        _length = length;
        _required = required;
        _first = new Draws(alphabet, string.Concat(alphabet.All.Where(Alphabet.MayBeFirst)));
        _other = new Draws(alphabet, alphabet.All);
        Count = CountOf(alphabet, length, required);
    }

    public BigInteger Count { get; }

    public int LeastLength => _length;

    public int MostLength => _length;

    public int DrawLength(RandomBytes random) => _length;

    public void Draw(Span<byte> password, RandomBytes random)
    {
        CharacterClasses seen;
        do
        {
            seen = _first.Draw(password[..1], random) | _other.Draw(password[1..], random);
        }
        while ((seen & _required) != _required);
    }

    /// <summary>Inclusion and exclusion: all strings, less those without one class, plus those without two…</summary>
    internal static BigInteger CountOf(Alphabet alphabet, int length, CharacterClasses required)
    {
        var count = BigInteger.Zero;
        for (var missing = CharacterClasses.None; missing <= required; missing++)
        {
            if ((missing & required) != missing)
            {
                continue;
            }

            var characters = alphabet.Without(missing);
            var strings = characters.Count(Alphabet.MayBeFirst) * BigInteger.Pow(characters.Length, length - 1);
            count += BitOperations.PopCount((uint)missing) % 2 == 0 ? strings : -strings;
        }

        return count;
    }

    /// <summary>The character of each random byte; none beyond the last whole multiple of the alphabet.</summary>
    private sealed class Draws
    {
        private readonly byte[] _characters = new byte[256];
        private readonly byte[] _classes = new byte[256];
        private readonly int _limit;

        internal Draws(Alphabet alphabet, string characters)
        {
            // An alphabet without a character that may come first has no strings at all; then nothing is ever drawn.
            _limit = characters.Length == 0 ? 0 : 256 - (256 % characters.Length);
            for (var i = 0; i < _limit; i++)
            {
                var character = characters[i % characters.Length];
                _characters[i] = (byte)character;
                _classes[i] = (byte)alphabet.ClassOf(character);
            }
        }

        internal CharacterClasses Draw(Span<byte> password, RandomBytes random)
        {
            var seen = 0;
            for (var i = 0; i < password.Length;)
            {
                int value = random.Next();
                if (value < _limit)
                {
                    password[i++] = _characters[value];
                    seen |= _classes[value];
                }
            }

            return (CharacterClasses)seen;
        }
    }
}
