using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MailPass.Mailboxes;

/// <summary>An address that can log in: <c>local-part@domain</c> (RFC 5321 §4.1.2, RFC 6531 §3.3).</summary>
/// <remarks>
/// <para>Accepted: local parts as dot-atoms, as quoted strings and in UTF-8 (brought to NFC); domains in ASCII and in
/// Unicode (<see cref="MailDomain"/>); at most 64 octets before the @, 255 after it and 254 in all. A quoted string
/// that needs no quotes loses them, since <c>"jane"@example.com</c> and <c>jane@example.com</c> are the same mailbox.</para>
/// <para>Refused, though the RFCs allow it: an @ inside quotes (mail systems look for the domain after the first @ or
/// after the last, and disagree), an empty quoted string, comments, and IP addresses for domains.</para>
/// <para>Case: the local part keeps the case it was given in and is compared without regard to the case of ASCII
/// letters, which is how Dovecot looks a user up (<c>auth_username_format = %Lu</c>). Other letters are compared as
/// they are, because Dovecot leaves them alone too.</para>
/// </remarks>
public sealed class MailboxAddress : IEquatable<MailboxAddress>
{
    /// <summary>RFC 5321 §4.5.3.1.3 allows a path of 256 octets, of which the angle brackets take two.</summary>
    internal const int MaximumOctets = 254;

    private static readonly SearchValues<char> _listSeparators = SearchValues.Create(",; \t\r\n|");

    // A job's rows are mostly of one domain after the other, so most addresses can share one string.
    [ThreadStatic]
    private static string? _lastDomain;

    private readonly int _at;
    private string? _localPart;

    private MailboxAddress(string value, int at, string domain)
    {
        Value = value;
        Key = LowerAscii(value);
        Domain = domain;
        _at = at;
    }

    /// <summary>The part before the @, in the case it was given in.</summary>
    public string LocalPart => _localPart ??= Value[.._at];

    /// <summary>The domain in its ASCII form, lower case, as in DNS and mail systems.</summary>
    public string Domain { get; }

    /// <summary>The domain as people read it: Unicode if <see cref="Domain"/> is punycode.</summary>
    public string UnicodeDomain => MailDomain.ToUnicode(Domain);

    /// <summary><see cref="LocalPart"/> and <see cref="Domain"/>: the address as mail systems write it.</summary>
    public string Value { get; }

    /// <summary><see cref="LocalPart"/> and <see cref="UnicodeDomain"/>: the address as people read it.</summary>
    public string UnicodeValue
    {
        get
        {
            var domain = UnicodeDomain;
            return ReferenceEquals(domain, Domain) ? Value : LocalPart + "@" + domain;
        }
    }

    /// <summary>What two spellings of the same mailbox have in common; compare by this, ordinally.</summary>
    public string Key { get; }

    /// <summary>
    /// Whether the local part contains <c>*</c> or <c>?</c>. Both are legal in an address and both are wildcards in
    /// Dovecot's user masks (and <c>*</c> separates a master user), so such an address must never become part of a mask:
    /// kicking <c>*@example.com</c> would log out everyone.
    /// </summary>
    public bool HasWildcard => Value.AsSpan(0, _at).ContainsAny('*', '?');

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; white space around it is passed over.</param>
    /// <param name="address">The address.</param>
    /// <param name="reason">Why the text is not an address, as a sentence without the text.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MailboxAddress? address, [NotNullWhen(false)] out string? reason)
    {
        address = null;
        var trimmed = text.AsSpan().Trim();
        if (trimmed.IsEmpty)
        {
            reason = "It is empty.";
            return false;
        }

        // Nothing this long can become legal, even once it is unquoted and composed.
        if (trimmed.Length > 4 * MaximumOctets)
        {
            reason = $"It is {trimmed.Length} characters long; an address has at most {MaximumOctets} octets.";
            return false;
        }

        var at = trimmed.IndexOf('@');
        if (at < 0 || trimmed[(at + 1)..].Contains('@') || IsDecorated(trimmed))
        {
            reason = WhyNotOneAddress(trimmed, at);
            return false;
        }

        var givenLocalPart = trimmed[..at];
        string? newLocalPart = null;
        if (!MailLocalPart.IsPlain(givenLocalPart) && !MailLocalPart.TryCanonicalize(givenLocalPart, out newLocalPart, out reason))
        {
            return false;
        }

        var givenDomain = trimmed[(at + 1)..];
        var domain = _lastDomain;
        if (domain is null || !Ascii.EqualsIgnoreCase(givenDomain, domain))
        {
            if (!MailDomain.TryNormalize(givenDomain, out domain, out reason))
            {
                return false;
            }

            _lastDomain = domain;
        }

        var localPart = newLocalPart is null ? givenLocalPart : newLocalPart;
        var asGiven = trimmed.Length == text!.Length && newLocalPart is null && givenDomain.SequenceEqual(domain);
        var value = asGiven ? text : string.Concat(localPart, "@", domain);
        var octets = Encoding.UTF8.GetByteCount(value);
        if (octets > MaximumOctets)
        {
            reason = $"It is {octets} octets long; an address has at most {MaximumOctets}.";
            return false;
        }

        address = new MailboxAddress(value, localPart.Length, domain);
        reason = null;
        return true;
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; white space around it is passed over.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.AddressInvalid"/>.</exception>
    public static MailboxAddress Parse(string? text) =>
        TryParse(text, out var address, out var reason)
            ? address
            : throw new MailPassException(ErrorIds.AddressInvalid, $"{AddressText.Quote(text)} is not a valid mailbox address. {reason}");

    /// <inheritdoc/>
    public bool Equals(MailboxAddress? other) => other is not null && string.Equals(Key, other.Key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MailboxAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    /// <summary>The address as mail systems write it: <see cref="Value"/>.</summary>
    public override string ToString() => Value;

    /// <summary>What people paste from a mail program: <c>Jane &lt;jane@example.com&gt;</c>, <c>mailto:…</c>.</summary>
    private static bool IsDecorated(ReadOnlySpan<char> text) =>
        text[^1] is '>' or ')' || text[0] is '<' or '(' || text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase);

    private static string WhyNotOneAddress(ReadOnlySpan<char> text, int at)
    {
        if (text[^1] == '>' || text[0] == '<')
        {
            return "Give the bare address, without a display name and angle brackets.";
        }

        if (text[^1] == ')' || text[0] == '(')
        {
            return "Give the bare address, without a comment in parentheses.";
        }

        if (text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
        {
            return "Give the bare address, without 'mailto:'.";
        }

        if (at < 0)
        {
            return "There is no @ in it.";
        }

        var second = at + 1 + text[(at + 1)..].IndexOf('@');
        if (text[(at + 1)..second].ContainsAny(_listSeparators))
        {
            return "It is a list of addresses; give each address a row of its own.";
        }

        return text[(at + 1)..second].Contains('*')
            ? "It is a master user's login on someone else's mailbox, not one mailbox; give the mailbox alone."
            : "There is more than one @ in it.";
    }

    // The framework's searches are compiled without optimization when a program starts, and an address is short.
    private static bool HasUpper(string text)
    {
        foreach (var character in text)
        {
            if (char.IsAsciiLetterUpper(character))
            {
                return true;
            }
        }

        return false;
    }

    private static string LowerAscii(string text) => !HasUpper(text)
        ? text
        : string.Create(text.Length, text, static (lower, given) =>
        {
            for (var i = 0; i < lower.Length; i++)
            {
                lower[i] = char.IsAsciiLetterUpper(given[i]) ? (char)(given[i] | 0x20) : given[i];
            }
        });
}
