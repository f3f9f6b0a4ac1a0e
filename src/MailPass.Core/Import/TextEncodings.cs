using System.Globalization;
using System.Text;

namespace MailPass.Import;

/// <summary>The encodings of files, by the names that people use for them.</summary>
public static class TextEncodings
{
    /// <summary>The encoding of a name: a name of PowerShell's (<c>utf8</c>, <c>unicode</c>, <c>ansi</c>, <c>oem</c>), a standard one (<c>windows-1252</c>, <c>iso-8859-15</c>, <c>utf-16</c>), or a Windows code page by number (<c>1252</c>, <c>cp850</c>).</summary>
    /// <param name="name">The name; case does not count.</param>
    /// <returns>The encoding; invalid bytes are read as U+FFFD.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: no such encoding is known.</exception>
    public static Encoding Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var key = name.Trim().ToLowerInvariant();
        try
        {
            return key switch
            {
                "utf8" or "utf-8" or "utf8bom" or "utf8nobom" => Of(Encoding.UTF8.CodePage),
                "unicode" or "utf16" or "utf16le" => Of(Encoding.Unicode.CodePage),
                "bigendianunicode" or "utf16be" => Of(Encoding.BigEndianUnicode.CodePage),
                "utf32" => Of(Encoding.UTF32.CodePage),
                "bigendianutf32" => Of(12001),
                "latin1" => Of(Encoding.Latin1.CodePage),
                // The encodings in which Windows saves plain text and console text in this user's language.
                "ansi" => Of(Western(CultureInfo.CurrentCulture.TextInfo.ANSICodePage, 1252)),
                "oem" => Of(Western(CultureInfo.CurrentCulture.TextInfo.OEMCodePage, 850)),
                "utf7" or "utf-7" or "65000" => throw new NotSupportedException("UTF-7 is not safe to read."),
                _ when CodePage(key) is { } number => Of(number),
                _ => Lossless(Provided(key) ?? Encoding.GetEncoding(key)),
            };
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw new MailPassException(
                ErrorIds.InputInvalid,
                "The encoding is not known.",
                "Name it like utf-8, utf-16, windows-1252, iso-8859-15 or ansi, or by the number of its code page.",
                fault);
        }
    }

    private static int? CodePage(string key)
    {
        var digits = key.StartsWith("windows-", StringComparison.Ordinal) ? key.AsSpan(8)
            : key.StartsWith("cp", StringComparison.Ordinal) ? key.AsSpan(2)
            : key;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
    }

    // A culture without its own code page (and the invariant one, in containers) has 0, 1 or UTF-8's number.
    private static int Western(int codePage, int fallback) => codePage is 0 or 1 or 65001 ? fallback : codePage;

    private static Encoding? Provided(string name) => CodePagesEncodingProvider.Instance.GetEncoding(name);

    private static Encoding Of(int codePage) => Lossless(CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage));

    // By default, an encoding may read invalid bytes as '?', which no longer looks like a fault.
    private static Encoding Lossless(Encoding encoding)
    {
        var own = (Encoding)encoding.Clone();
        own.DecoderFallback = new DecoderReplacementFallback(TextSource.Replacement.ToString());
        return own;
    }
}
