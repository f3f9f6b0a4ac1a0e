using System.Text;

namespace MailPass.Fuzz;

/// <summary>Makes inputs from real ones: a few changes each, of the kinds that files suffer and that attackers try.</summary>
/// <param name="samples">Real inputs.</param>
/// <param name="words">Pieces that mean something to the reader.</param>
/// <param name="seed">Which inputs.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> samples, IReadOnlyList<string> words, int seed)
{
    private const int Longest = 64 * 1024;

    // Inputs on which readers have failed: ends, controls, halves of characters, marks, numbers out of range.
    private static readonly byte[][] s_pieces =
    [
        [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBF, 0xBE], [0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF], [0x80],
        .. ((string[])["\r\n", "\r", "\n", "\t", " ", "\"", "\"\"", "'", "\\", "\\u0000", "\\ud800", "\\ufffe", "\u00A0", "\u2028", "\u200B", "\u202E", "e\u0301", "\u00DF", "\u0130", "xn--", "@", ".", "..",
            "0", "-1", "1e999", "2147483648", "99999999999999999999", "0.5", "null", "true", "{}", "[]", "[[", "}}", ",", ";", ":", "|", "{", "}", "$", "$$", "=", "/", "\U0001F600"]).Select(Encoding.UTF8.GetBytes),
    ];

    private readonly Random _random = new(seed);
    private readonly byte[][] _words = [.. words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        var input = samples[_random.Next(samples.Count)].ToList();

        // Mostly few changes, because an input that is wrong everywhere is refused at its first byte.
        for (var changes = 1 + _random.Next(_random.Next(4) == 0 ? 16 : 3); changes > 0; changes--)
        {
            Change(input);
        }

        return [.. input];
    }

    private void Change(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        var length = Math.Min(input.Count - at, 1 + _random.Next(_random.Next(3) == 0 ? 64 : 4));
        switch (_random.Next(9))
        {
            case 0 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 1 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, s_pieces[_random.Next(s_pieces.Length)]);
                break;
            case 4 when _words.Length > 0:
                input.InsertRange(at, _words[_random.Next(_words.Length)]);
                break;
            case 5:
                // The same once more, or many times.
                var piece = input.GetRange(at, length);
                for (var times = _random.Next(20) == 0 ? 500 : 1; times > 0 && input.Count + piece.Count < Longest; times--)
                {
                    input.InsertRange(at, piece);
                }

                break;
            case 6:
                // A piece of another real one.
                var other = samples[_random.Next(samples.Count)];
                var from = _random.Next(other.Length + 1);
                input.InsertRange(at, other.AsSpan(from, _random.Next(Math.Min(other.Length - from, 200) + 1)).ToArray());
                break;
            case 7:
                Exchange(input);
                break;
            default:
                input.RemoveRange(at, input.Count - at);
                break;
        }
    }

    /// <summary>Replaces the text between two quotes or marks: a value instead of a byte.</summary>
    private void Exchange(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        while (at < input.Count && !IsMark(input[at]))
        {
            at++;
        }

        var end = at + 1;
        while (end < input.Count && !IsMark(input[end]))
        {
            end++;
        }

        if (at + 1 < input.Count)
        {
            input.RemoveRange(at + 1, end - at - 1);
            input.InsertRange(at + 1, _words.Length > 0 && _random.Next(2) == 0 ? _words[_random.Next(_words.Length)] : s_pieces[_random.Next(s_pieces.Length)]);
        }
    }

    private static bool IsMark(byte value) => value is (byte)'"' or (byte)':' or (byte)',' or (byte)';' or (byte)'@' or (byte)'$' or (byte)'{' or (byte)'}' or (byte)'\n' or (byte)'.';
}
