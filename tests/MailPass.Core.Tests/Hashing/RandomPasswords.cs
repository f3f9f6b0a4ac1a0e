using System.Text;

namespace MailPass.Core.Tests.Hashing;

/// <summary>Passwords of any length in bytes, of one to four bytes a character, without what a terminal or C would cut.</summary>
internal static class RandomPasswords
{
    private static readonly string[] Characters = [.. "abcXYZ019 !#$%{}:'\"\\,.-~".Select(c => c.ToString()), "ä", "ß", "Ж", "€", "漢", "😀", "𝔸"];

    public static string OfBytes(Random random, int bytes)
    {
        var text = new StringBuilder();
        for (var left = bytes; left > 0;)
        {
            var character = Characters[random.Next(Characters.Length)];
            var size = Encoding.UTF8.GetByteCount(character);
            if (size <= left)
            {
                text.Append(character);
                left -= size;
            }
        }

        return text.ToString();
    }
}
