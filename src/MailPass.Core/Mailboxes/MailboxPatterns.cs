using System.IO.Enumeration;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Mailboxes;

/// <summary>Mailboxes by their addresses and by patterns; <c>*</c> stands for any run of characters, <c>?</c> for one, case does not count.</summary>
/// <remarks>
/// An entry that is neither a mailbox nor a pattern is refused: if it silently matched no mailbox, a mailbox would be unprotected.
/// An address with <c>*</c> or <c>?</c> in its local part counts as a pattern, which matches that mailbox too.
/// </remarks>
public sealed class MailboxPatterns
{
    private const string Remedy = "Write a mailbox as local-part@domain, a whole domain as *@domain; * stands for any characters, ? for one.";

    private readonly Dictionary<string, string> _exact = new(StringComparer.Ordinal);
    private readonly List<(string Entry, string Pattern)> _patterns = [];

    private MailboxPatterns()
    {
    }

    /// <summary>None.</summary>
    public static MailboxPatterns None { get; } = new();

    /// <summary>How many entries there are, each counted once.</summary>
    public int Count => _exact.Count + _patterns.Count;

    /// <summary>The entries as they were written, addresses first.</summary>
    public IEnumerable<string> Entries => _exact.Values.Distinct(StringComparer.Ordinal).Concat(Wildcards);

    /// <summary>The mailboxes that are named by their addresses.</summary>
    public IEnumerable<MailboxAddress> Addresses => _exact.Keys.Select(MailboxAddress.Parse);

    /// <summary>The entries that are patterns.</summary>
    public IEnumerable<string> Wildcards => _patterns.Select(pattern => pattern.Entry);

    /// <summary>Reads entries.</summary>
    /// <param name="entries">Addresses and patterns; white space around them is passed over.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: an entry is neither.</exception>
    public static MailboxPatterns Parse(IEnumerable<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var patterns = new MailboxPatterns();
        foreach (var entry in entries)
        {
            patterns.Add((entry ?? string.Empty).Trim());
        }

        return patterns;
    }

    /// <summary>Whether a text is a pattern, not an address.</summary>
    /// <param name="text">The text.</param>
    public static bool IsWildcard(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().ContainsAny('*', '?');
    }

    /// <summary>The entry that matches a mailbox; <see langword="null"/> if none does.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public string? Find(MailboxAddress mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        if (_exact.TryGetValue(mailbox.Key, out var entry))
        {
            return entry;
        }

        foreach (var (written, pattern) in _patterns)
        {
            if (Fits(pattern, mailbox.Key) || Fits(pattern, mailbox.UnicodeValue.ToLowerInvariant()))
            {
                return written;
            }
        }

        return null;
    }

    /// <summary>Whether an entry matches a mailbox.</summary>
    /// <param name="mailbox">The mailbox.</param>
    public bool Contains(MailboxAddress mailbox) => Find(mailbox) is not null;

    /// <summary>These patterns with some more entries.</summary>
    /// <param name="aliases">Mailboxes, each with the entry that means it by another of its addresses.</param>
    public MailboxPatterns With(IReadOnlyCollection<(MailboxAddress Mailbox, string Entry)> aliases)
    {
        ArgumentNullException.ThrowIfNull(aliases);
        if (aliases.Count == 0)
        {
            return this;
        }

        var patterns = new MailboxPatterns();
        foreach (var (key, entry) in _exact)
        {
            patterns._exact[key] = entry;
        }

        foreach (var (mailbox, entry) in aliases)
        {
            patterns._exact.TryAdd(mailbox.Key, entry);
        }

        patterns._patterns.AddRange(_patterns);
        return patterns;
    }

    /// <summary>A pattern in the form that <see cref="Fits"/> needs: lower case, a whole domain in its ASCII form.</summary>
    /// <param name="pattern">The pattern.</param>
    internal static string Prepare(string pattern)
    {
        // Addresses are compared in NFC.
        var lowered = pattern.Normalize(NormalizationForm.FormC).ToLowerInvariant();
        var at = lowered.LastIndexOf('@');
        if (at >= 0 && at < lowered.Length - 1 && !IsWildcard(lowered[(at + 1)..]))
        {
            lowered = lowered[..(at + 1)] + AddressSpellings.Canonical(lowered[(at + 1)..]);
        }

        // In the platform's simple expressions a backslash escapes; in an address it is a character like any other.
        return lowered.Replace("\\", "\\\\", StringComparison.Ordinal);
    }

    /// <summary>Whether a text matches a pattern.</summary>
    /// <param name="pattern">The pattern, from <see cref="Prepare"/>.</param>
    /// <param name="text">The text, in lower case.</param>
    internal static bool Fits(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: false);

    private void Add(string entry)
    {
        if (IsWildcard(entry))
        {
            if (entry.AsSpan().ContainsAny('[', ']'))
            {
                throw new MailPassException(ErrorIds.InputInvalid, $"{AddressText.Quote(entry)} is not a pattern of mailboxes: brackets are not wildcards here.", Remedy);
            }

            if (!UnicodeText.CanBeNormalized(entry))
            {
                throw new MailPassException(ErrorIds.InputInvalid, $"{AddressText.Quote(entry)} is not a pattern of mailboxes: it contains half of a Unicode character.", Remedy);
            }

            _patterns.Add((entry, Prepare(entry)));
        }
        else if (MailboxAddress.TryParse(entry, out var address, out var reason))
        {
            _exact[address.Key] = address.Value;
        }
        else
        {
            throw new MailPassException(ErrorIds.InputInvalid, $"{AddressText.Quote(entry)} is neither a mailbox nor a pattern. {reason}", Remedy);
        }
    }
}
