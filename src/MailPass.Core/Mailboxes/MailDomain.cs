using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MailPass.Mailboxes;

/// <summary>The names of mail domains: RFC 5321 §4.1.2 (<c>Domain</c>) and internationalised names (RFC 5890, IDNA).</summary>
/// <remarks>
/// All spellings are normalised to one form: ASCII (punycode where needed), lower case. Unicode is mapped by
/// <see cref="IdnMapping"/>: UTS #46 without its transitional exceptions, as browsers and mail servers do, so
/// <c>straße.example</c> and <c>strasse.example</c> are two domains. A single label (<c>localhost</c>) is a domain; an IP
/// address, with or without brackets, is none.
/// </remarks>
public static class MailDomain
{
    /// <summary>RFC 5321 §4.5.3.1.2.</summary>
    internal const int MaximumOctets = 255;

    /// <summary>RFC 1035 §2.3.4.</summary>
    internal const int MaximumLabelOctets = 63;

    /// <summary>How an internationalised label begins in ASCII (RFC 5890 §2.3.2.1).</summary>
    private const string AcePrefix = "xn--";

    private static readonly SearchValues<char> _plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly IdnMapping _idn = new() { UseStd3AsciiRules = true };

    /// <summary>Normalises a domain name: ASCII, lower case.</summary>
    /// <param name="text">The name as someone typed it; white space around it is passed over.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.AddressInvalid"/>.</exception>
    public static string Normalize(string? text) =>
        TryNormalize(text, out var domain, out var reason)
            ? domain
            : throw new MailPassException(ErrorIds.AddressInvalid, $"{AddressText.Quote(text)} is not a valid mail domain. {reason}");

    /// <summary>Normalises a domain name: ASCII, lower case.</summary>
    /// <param name="text">The name as someone typed it; white space around it is passed over.</param>
    /// <param name="domain">The domain.</param>
    /// <param name="reason">Why the text is not a domain, as a sentence without the text.</param>
    public static bool TryNormalize(string? text, [NotNullWhen(true)] out string? domain, [NotNullWhen(false)] out string? reason)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.Contains('@'))
        {
            domain = null;
            reason = "A domain has no @ in it; give only the part after the @ of its addresses.";
            return false;
        }

        return TryNormalize(trimmed, out domain, out reason);
    }

    /// <summary>The domain as people read it.</summary>
    /// <param name="domain">A domain in the form that <see cref="Normalize"/> gives.</param>
    /// <returns>Unicode if the domain is punycode, otherwise the domain itself.</returns>
    public static string ToUnicode(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        try
        {
            return domain.Contains(AcePrefix, StringComparison.Ordinal) ? _idn.GetUnicode(domain) : domain;
        }
        catch (ArgumentException)
        {
            return domain;
        }
    }

    /// <summary>The same for a text without white space at its ends and without an @.</summary>
    internal static bool TryNormalize(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? domain, [NotNullWhen(false)] out string? reason)
    {
        domain = null;
        if (text.IsEmpty)
        {
            reason = "The domain is missing.";
            return false;
        }

        if (text[0] == '[' || text[^1] == ']')
        {
            reason = "An IP address in brackets cannot be a domain of mailboxes.";
            return false;
        }

        // Nothing longer can become legal, and the mapping below should not chew on a megabyte.
        if (text.Length > MaximumOctets)
        {
            reason = $"The domain is {text.Length} characters long; at most {MaximumOctets} are allowed.";
            return false;
        }

        string ascii;
        if (!text.ContainsAnyExcept(_plain))
        {
            ascii = text.ToString();
        }
        else if (Ascii.IsValid(text))
        {
            ascii = text.ToString().ToLowerInvariant();
        }
        else if (!TryMap(text.ToString(), out ascii!))
        {
            reason = "The domain contains characters that internationalised domain names may not have.";
            return false;
        }

        reason = WhyNoHostName(ascii) ?? WhyNoInternationalName(ascii);
        domain = reason is null ? ascii : null;
        return reason is null;
    }

    private static string? WhyNoHostName(string domain)
    {
        if (domain.Length > MaximumOctets)
        {
            return $"The domain is {domain.Length} octets long in its ASCII form; at most {MaximumOctets} are allowed.";
        }

        var stray = domain.AsSpan().IndexOfAnyExcept(_plain);
        if (stray >= 0)
        {
            return domain[stray] == ' ' ? "There is a space in the domain." : $"The domain must not contain {AddressText.Name(new Rune(domain[stray]))}.";
        }

        var rest = domain.AsSpan();
        while (true)
        {
            var dot = rest.IndexOf('.');
            var label = dot < 0 ? rest : rest[..dot];
            if (label.IsEmpty)
            {
                return "The domain must not begin or end with a dot, nor have two in a row.";
            }

            if (label.Length > MaximumLabelOctets)
            {
                return $"A label of the domain is {label.Length} octets long in its ASCII form; at most {MaximumLabelOctets} are allowed.";
            }

            if (label[0] == '-' || label[^1] == '-')
            {
                return "A label of the domain must not begin or end with a hyphen.";
            }

            if (dot < 0)
            {
                return IsNumber(label) ? "Its last label is a number, and an IP address cannot be a domain of mailboxes." : null;
            }

            rest = rest[(dot + 1)..];
        }
    }

    private static bool IsNumber(ReadOnlySpan<char> label)
    {
        foreach (var character in label)
        {
            if (!char.IsAsciiDigit(character))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Punycode must be what its Unicode form maps to, or one domain would have two ASCII forms.</summary>
    private static string? WhyNoInternationalName(string domain)
    {
        if (!domain.Contains(AcePrefix, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            if (TryMap(_idn.GetUnicode(domain), out var again) && string.Equals(again, domain, StringComparison.Ordinal))
            {
                return null;
            }
        }
        catch (ArgumentException)
        {
            // Told below.
        }

        return "The domain contains a label in punycode (xn--) that is not a valid internationalised name.";
    }

    private static bool TryMap(string unicode, [NotNullWhen(true)] out string? ascii)
    {
        try
        {
            ascii = _idn.GetAscii(unicode).ToLowerInvariant();
            return true;
        }
        catch (ArgumentException)
        {
            ascii = null;
            return false;
        }
    }
}
