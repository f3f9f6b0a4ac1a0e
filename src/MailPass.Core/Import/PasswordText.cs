using MailPass.Secrets;

namespace MailPass.Import;

/// <summary>Checks a password's text for traces of a wrong conversion.</summary>
public static class PasswordText
{
    /// <summary>The remark on a password with <see cref="HasOuterSpace(Secret)"/>.</summary>
    public const string OuterSpace = "The new password begins or ends with a space, which is set as it is.";

    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <summary>Checks a password that was read as text somewhere else, by <c>Import-Csv</c> for instance.</summary>
    /// <param name="password">The password.</param>
    /// <returns><see cref="ErrorIds.PasswordInvalid"/> if a character was lost; otherwise <see langword="null"/>.</returns>
    public static MailPassException? FaultOf(Secret password)
    {
        ArgumentNullException.ThrowIfNull(password);
        var isDamaged = password.Utf8.IndexOf(Replacement) >= 0;
        GC.KeepAlive(password);
        return isDamaged
            ? new MailPassException(
                ErrorIds.PasswordInvalid,
                "The password contains U+FFFD, which replaces a lost character: its file was read without the right -Encoding.",
                "Name the encoding that the file was saved in, for example ansi, or save it as UTF-8.")
            : null;
    }

    /// <summary>Whether a password begins or ends with a space, which is seldom intended.</summary>
    /// <param name="password">The password.</param>
    public static bool HasOuterSpace(Secret password)
    {
        ArgumentNullException.ThrowIfNull(password);
        Span<char> text = password.Length <= 256 ? stackalloc char[password.Length] : GC.AllocateUninitializedArray<char>(password.Length, pinned: true);
        var length = password.CopyChars(text);
        var has = HasOuterSpace(text[..length]);
        text.Clear();
        return has;
    }

    internal static bool HasOuterSpace(ReadOnlySpan<char> text) =>
        !text.IsEmpty && (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]));
}
