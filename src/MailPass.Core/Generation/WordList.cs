namespace MailPass.Generation;

/// <summary>Words for passphrases, grouped by length. No word is the beginning of another, so joined words can be told apart.</summary>
internal sealed class WordList
{
    private static readonly Lazy<WordList> s_english = new(ReadEnglish);

    private readonly string[][] _byLength;

    /// <param name="words">The words: lower-case ASCII letters, each once, none the beginning of another.</param>
    internal WordList(IEnumerable<string> words)
    {
        var all = words.ToList();
        LongestWord = all.Count == 0 ? 0 : all.Max(word => word.Length);
        _byLength = [.. Enumerable.Range(0, LongestWord + 1).Select(length => all.Where(word => word.Length == length).ToArray())];
        Count = all.Count;
    }

    /// <summary>EFF's Long Wordlist (Words/eff-large.txt) without its four words that have a hyphen.</summary>
    internal static WordList English => s_english.Value;

    /// <summary>How many words there are.</summary>
    internal int Count { get; }

    /// <summary>The length of the longest word; 0 without words.</summary>
    internal int LongestWord { get; }

    /// <summary>The words of a length, 0 to <see cref="LongestWord"/>.</summary>
    internal string[] OfLength(int length) => _byLength[length];

    /// <summary>Only the words that match.</summary>
    internal WordList Where(Func<string, bool> fits) => new(_byLength.SelectMany(words => words).Where(fits));

    private static WordList ReadEnglish()
    {
        using var reader = new StreamReader(typeof(WordList).Assembly.GetManifestResourceStream("MailPass.Words.eff-large.txt")!);
        var words = new List<string>(8192);
        while (reader.ReadLine() is { } line)
        {
            if (line.All(char.IsAsciiLetterLower))
            {
                words.Add(line);
            }
        }

        return new WordList(words);
    }
}
