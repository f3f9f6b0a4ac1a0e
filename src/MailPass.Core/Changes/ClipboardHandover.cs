using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Changes;

/// <summary>A new password's way to the clipboard, and what is to be said of it.</summary>
public static class ClipboardHandover
{
    /// <summary>Copies a password.</summary>
    /// <param name="clipboard">The clipboard.</param>
    /// <param name="password">The password.</param>
    /// <param name="whose">Whose it is, for the sentence: a mailbox; <see langword="null"/> for nobody's.</param>
    /// <param name="said">What happened, as a sentence.</param>
    /// <returns>Whether it arrived: <see langword="null"/> if that cannot be known.</returns>
    public static bool? Copy(Clipboard clipboard, Secret password, string? whose, out string said)
    {
        ArgumentNullException.ThrowIfNull(clipboard);
        ArgumentNullException.ThrowIfNull(password);
        var what = whose is null ? "The password" : $"The new password of {whose}";
        try
        {
            clipboard.Copy(password.Utf8);
        }
        catch (MailPassException fault)
        {
            said = whose is null ? fault.Message : $"{whose} has a new password. {fault.Message}";
            return false;
        }

        if (clipboard.Confirms)
        {
            said = $"{what} is on {clipboard.Name}.";
            return true;
        }

        var hint = clipboard is TerminalClipboard terminal ? $" ({terminal.Hint})" : string.Empty;
        said = $"{what} was sent to {clipboard.Name}. Whether the terminal took it cannot be known{hint}; paste it to see.";
        return null;
    }
}
