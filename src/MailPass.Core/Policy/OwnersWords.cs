namespace MailPass.Policy;

/// <summary>The words that anyone who knows a mailbox can guess: those of its address and of its owner's name.</summary>
internal static class OwnersWords
{
    private static readonly char[] _separators = [' ', '.', '-', '_', '+', '=', '/', '\'', '"', ',', '\t', '\u00A0'];

    /// <summary>The local part, its pieces, the domain without its last label, its pieces, the name and its pieces.</summary>
    internal static IReadOnlyCollection<string> Of(PolicyContext context)
    {
        var words = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (context.Mailbox is { } mailbox)
        {
            AddWithPieces(words, mailbox.LocalPart);
            var domain = mailbox.UnicodeDomain;
            words.Add(domain);
            AddWithPieces(words, domain.LastIndexOf('.') is var dot and > 0 ? domain[..dot] : domain);
        }

        if (context.DisplayName is { } name)
        {
            AddWithPieces(words, name);
        }

        return words;
    }

    private static void AddWithPieces(HashSet<string> words, string text)
    {
        var pieces = text.Split(_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var piece in pieces)
        {
            words.Add(piece);
        }

        // "jane.doe" is tried as janedoe too.
        if (pieces.Length > 1)
        {
            words.Add(string.Concat(pieces));
        }
    }
}
