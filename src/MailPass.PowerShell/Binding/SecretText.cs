using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.PowerShell.Binding;

/// <summary>The way of a password between PowerShell's <see cref="SecureString"/> and Core's <see cref="Secret"/>, leaving no copy behind.</summary>
internal static class SecretText
{
    // Whether a SecureString was made from text is asked of the binder's own conversions, so it is remembered there.
    private static readonly ConditionalWeakTable<SecureString, object> _fromText = [];

    /// <summary>Takes text over, remembering that it was text.</summary>
    public static unsafe SecureString FromPlainText(string text)
    {
        fixed (char* characters = text)
        {
            var secure = new SecureString(characters, text.Length);
            _fromText.Add(secure, secure);
            return secure;
        }
    }

    /// <summary>Whether the password came as text.</summary>
    public static bool WasPlainText(SecureString password) => _fromText.TryGetValue(password, out _);

    /// <summary>A password as Core takes it.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PasswordInvalid"/>: it is no valid Unicode.</exception>
    public static unsafe Secret ToSecret(SecureString password)
    {
        // Always 16 bits a character, unlike PtrToStringAuto, which takes UTF-16 for UTF-8 on Linux.
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
