using System.Globalization;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using MailPass.Import;
using MailPass.PowerShell.Errors;
using MailPass.Secrets;

namespace MailPass.PowerShell.Binding;

/// <summary>Converts passwords between PowerShell's <see cref="SecureString"/> and Core's <see cref="Secret"/>, without leaving a copy.</summary>
internal static class SecretText
{
    // Only the conversion during binding knows whether a SecureString was made from text, so it is remembered there.
    private static readonly ConditionalWeakTable<SecureString, object> _fromText = [];

    // The reason why an input is not a password is remembered too: an error of the binder would quote it, and end more than its row.
    private static readonly ConditionalWeakTable<SecureString, MailPassException> _refused = [];

    // The maximum length of a SecureString.
    private const int LongestText = 65536;

    // A spreadsheet, and a double in PowerShell, keep up to 15 digits of a whole number as typed.
    private const double LargestNumber = 999_999_999_999_999;

    /// <summary>Converts an input to a password: a <see cref="SecureString"/>, a credential or any other object with a password, text, or a whole number that a spreadsheet reader has made from text.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The password, or a placeholder that <see cref="Take"/> refuses; <see langword="null"/> for none.</returns>
    public static SecureString? FromInput(object? input)
    {
        var value = input is PSObject wrapped ? wrapped.BaseObject : input;
        return value switch
        {
            null or DBNull => null,
            SecureString secure => secure,
            PSCredential credential => credential.Password,
            GeneratedPassword generated => generated.Password,
            string text => FromPlainText(text),
            byte or sbyte or short or ushort or int or uint or long or ulong or float or double or decimal => FromNumber(value),
            _ when value is not ValueType && PSObject.AsPSObject(input!).Properties[nameof(Column.Password)]?.Value is SecureString secure => secure,
            _ => Refuse($"A password is a SecureString, a credential or text, not {Article(value.GetType().Name)}.", "If a spreadsheet reader made it from a cell, format the column as text."),
        };
    }

    /// <summary>Takes text over, remembering that it was text.</summary>
    public static SecureString FromPlainText(string text)
    {
        var secure = FromText(text);
        _fromText.TryAdd(secure, secure);
        return secure;
    }

    /// <summary>Whether the password came as text.</summary>
    public static bool WasPlainText(SecureString password) => _fromText.TryGetValue(password, out _);

    /// <summary>Takes text over that was not an ordinary string before.</summary>
    public static unsafe SecureString FromText(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestText)
        {
            return Refuse($"The password is longer than {LongestText} characters.", "Choose a shorter password.");
        }

        fixed (char* characters = text)
        {
            // An empty span has no address.
            return text.IsEmpty ? new SecureString() : new SecureString(characters, text.Length);
        }
    }

    /// <summary>The password that a parameter was given.</summary>
    /// <param name="password">The password as it was bound.</param>
    /// <param name="parameter">The parameter, for the message.</param>
    /// <param name="asPlainText">Whether plain text is allowed.</param>
    /// <exception cref="MailPassException">There is none, or none that can be used.</exception>
    public static Secret Take(SecureString? password, string parameter, bool asPlainText)
    {
        if (password is not null && _refused.TryGetValue(password, out var reason))
        {
            throw new MailPassException(reason.ErrorId, reason.Message, reason.Remedy);
        }

        if (password is null || password.Length == 0)
        {
            throw new MailPassException(ErrorIds.PasswordMissing, $"-{parameter} is empty.");
        }

        if (!asPlainText && WasPlainText(password))
        {
            throw new MailPassException(FaultIds.PasswordIsPlainText, $"-{parameter} came as plain text.");
        }

        var secret = ToSecret(password);
        if (PasswordText.FaultOf(secret) is { } fault)
        {
            secret.Dispose();
            throw fault;
        }

        return secret;
    }

    private static SecureString FromNumber(object value)
    {
        var number = Convert.ToDecimal(value is float or double && Math.Abs(Convert.ToDouble(value, CultureInfo.InvariantCulture)) is not <= LargestNumber ? decimal.MaxValue : value, CultureInfo.InvariantCulture);
        return decimal.IsInteger(number) && Math.Abs(number) <= (decimal)LargestNumber
            ? FromPlainText(number.ToString("0", CultureInfo.InvariantCulture))
            : Refuse("The password is a number with a fraction or with more than 15 digits; a spreadsheet may have changed it.", "Format the column as text, and enter the password again.");
    }

    private static SecureString Refuse(string message, string remedy)
    {
        var stand = new SecureString();
        _refused.Add(stand, new MailPassException(ErrorIds.PasswordInvalid, message, remedy));
        return stand;
    }

    private static string Article(string name) => (name[0] is 'A' or 'E' or 'I' or 'O' or 'U' ? "an " : "a ") + name;

    /// <summary>A password as Core takes it.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PasswordInvalid"/>: it is not valid Unicode.</exception>
    public static unsafe Secret ToSecret(SecureString password)
    {
        // Always 16 bits per character, unlike PtrToStringAuto, which reads UTF-16 as UTF-8 on Linux.
        var characters = Marshal.SecureStringToGlobalAllocUnicode(password);
        try
        {
            return Secret.FromChars(new ReadOnlySpan<char>((void*)characters, password.Length));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(characters);
        }
    }

    /// <summary>A password as PowerShell keeps it.</summary>
    public static unsafe SecureString ToSecureString(Secret password)
    {
        Span<char> characters = password.Length <= 256 ? stackalloc char[password.Length] : GC.AllocateUninitializedArray<char>(password.Length, pinned: true);
        try
        {
            var length = password.CopyChars(characters);
            fixed (char* first = characters)
            {
                var secure = new SecureString(first, length);
                secure.MakeReadOnly();
                return secure;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(characters));
        }
    }
}
