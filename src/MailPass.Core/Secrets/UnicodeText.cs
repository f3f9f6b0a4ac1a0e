using System.Buffers;
using System.Text;

namespace MailPass.Secrets;

/// <summary>Recognises text that the platform can normalise without an exception.</summary>
internal static class UnicodeText
{
    /// <summary>Whether all surrogates come in pairs and U+FFFE, which is not a character and which .NET refuses, does not occur.</summary>
    internal static bool CanBeNormalized(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAny(_suspects) is var next and >= 0)
        {
            if (text[next] == '\uFFFE' || Rune.DecodeFromUtf16(text[next..], out _, out var consumed) != OperationStatus.Done)
            {
                return false;
            }

            text = text[(next + consumed)..];
        }

        return true;
    }

    private static readonly SearchValues<char> _suspects = SearchValues.Create([.. Enumerable.Range(0xD800, 0x800).Select(static code => (char)code), '\uFFFE']);
}
