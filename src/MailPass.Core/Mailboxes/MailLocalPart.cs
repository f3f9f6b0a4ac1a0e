using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MailPass.Secrets;

namespace MailPass.Mailboxes;

/// <summary>The part of an address before the @: RFC 5321 §4.1.2 (<c>Local-part</c>), extended to UTF-8 by RFC 6531 §3.3.</summary>
internal static class MailLocalPart
{
    /// <summary>RFC 5321 §4.5.3.1.1.</summary>
    internal const int MaximumOctets = 64;

    /// <summary><c>atext</c> of RFC 5322 §3.2.3, and the dot between atoms.</summary>
    private static readonly SearchValues<char> _atomsAndDots =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.");

    /// <summary>Whether it is an ASCII dot-atom within the length limit, which nearly all are; makes no garbage.</summary>
    internal static bool IsPlain(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaximumOctets && !text.ContainsAnyExcept(_atomsAndDots) && HasNoStrayDot(text);

    /// <summary>Normalises a legal local part, or says why it is not one.</summary>
    internal static bool TryCanonicalize(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? canonical, [NotNullWhen(false)] out string? reason)
    {
        canonical = null;
        if (text.IsEmpty)
        {
            reason = "There is nothing before the @.";
            return false;
        }

        if (!UnicodeText.CanBeNormalized(text))
        {
            reason = "The part before the @ is not valid Unicode text: it contains half of a surrogate pair, or U+FFFE.";
            return false;
        }

        var normalized = Ascii.IsValid(text) ? text.ToString() : text.ToString().Normalize(NormalizationForm.FormC);
        var isQuoted = normalized[0] == '"';
        reason = isQuoted ? Unquote(normalized, out var content) : WhyNoDotAtom(content = normalized);
        if (reason is not null)
        {
            return false;
        }

        var result = !isQuoted || WhyNoDotAtom(content) is null ? content : Quote(content);
        var octets = Encoding.UTF8.GetByteCount(result);
        if (octets > MaximumOctets)
        {
            reason = $"The part before the @ is {octets} octets long; at most {MaximumOctets} are allowed.";
            return false;
        }

        canonical = result;
        return true;
    }

    private static bool HasNoStrayDot(ReadOnlySpan<char> text) =>
        text[0] != '.' && text[^1] != '.' && text.IndexOf("..", StringComparison.Ordinal) < 0;

    private static string? WhyNoDotAtom(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii ? !_atomsAndDots.Contains((char)rune.Value) : !MayStand(rune))
            {
                return rune.Value switch
                {
                    ' ' => "There is a space before the @.",
                    '"' => "Quotes must go around the whole part before the @.",
                    '(' or ')' => "Give the bare address, without a comment in parentheses.",
                    _ => $"The part before the @ must not contain {AddressText.Name(rune)}.",
                };
            }
        }

        return text.Length > 0 && HasNoStrayDot(text)
            ? null
            : "The part before the @ must not begin or end with a dot, nor have two in a row.";
    }

    /// <summary>Reads a <c>Quoted-string</c>; returns why it is not one.</summary>
    private static string? Unquote(string text, out string content)
    {
        content = string.Empty;
        if (text.Length < 2 || text[^1] != '"')
        {
            return "The quotes before the @ are not closed.";
        }

        var unquoted = new StringBuilder(text.Length);
        var isEscaped = false;
        foreach (var rune in text.AsSpan(1, text.Length - 2).EnumerateRunes())
        {
            if (rune.IsAscii ? Rune.IsControl(rune) : isEscaped || !MayStand(rune))
            {
                return $"The part before the @ must not contain {AddressText.Name(rune)}.";
            }

            if (!isEscaped && rune.Value == '"')
            {
                return "Quotes must go around the whole part before the @.";
            }

            if (!isEscaped && rune.Value == '\\')
            {
                isEscaped = true;
                continue;
            }

            isEscaped = false;
            unquoted.Append(rune.ToString());
        }

        if (isEscaped)
        {
            return "The quotes before the @ are not closed.";
        }

        content = unquoted.ToString();
        return content.Length == 0 ? "There is nothing between the quotes before the @." : null;
    }

    private static string Quote(string content) =>
        "\"" + content.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    /// <summary>
    /// Whether a character beyond ASCII may occur in a local part. RFC 6532 §3.1 allows them all; invisible ones, spaces
    /// and those without a fixed meaning would only let two different mailboxes look the same.
    /// </summary>
    private static bool MayStand(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
