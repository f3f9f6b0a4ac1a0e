using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Changes;

/// <summary>Copies a new password to the clipboard, and words the message about it.</summary>
public static class ClipboardHandover
{
    /// <summary>Copies a mailbox's password.</summary>
    /// <param name="clipboard">The clipboard.</param>
    /// <param name="result">The mailbox's row, which has the password.</param>
    /// <param name="said">What happened, as a sentence.</param>
    /// <returns>Whether it arrived: <see langword="null"/> if that cannot be known.</returns>
    public static bool? Copy(Clipboard clipboard, ChangeResult result, out string said)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Copy(clipboard, result.Password!, result.Status is ChangeStatus.Changed ? $"The new password of {result.Mailbox}" : $"The possible new password of {result.Mailbox}", out said);
    }

    /// <summary>Copies a password.</summary>
    /// <param name="clipboard">The clipboard.</param>
    /// <param name="password">The password.</param>
    /// <param name="what">What it is, at the beginning of a sentence.</param>
    /// <param name="said">What happened, as a sentence.</param>
    /// <returns>Whether it arrived: <see langword="null"/> if that cannot be known.</returns>
    public static bool? Copy(Clipboard clipboard, Secret password, string what, out string said)
    {
        ArgumentNullException.ThrowIfNull(clipboard);
        ArgumentNullException.ThrowIfNull(password);
        try
        {
            clipboard.Copy(password.Utf8);
        }
        catch (MailPassException fault)
        {
            said = fault.Message;
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
