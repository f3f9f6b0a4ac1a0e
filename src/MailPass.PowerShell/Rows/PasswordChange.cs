using MailPass.Changes;
using MailPass.PowerShell.Binding;
using MailPass.Rows;

namespace MailPass;

/// <summary>The result of one mailbox's change.</summary>
public sealed class PasswordChange : IMailboxRow
{
    private readonly string _mailbox;

    internal PasswordChange(ChangeResult result, bool asPlainText)
    {
        _mailbox = result.Mailbox;
        Domain = result.Domain;
        Status = result.Status.ToString();
        if (result.Password is { } password)
        {
            Password = asPlainText ? password.Reveal() : SecretText.ToSecureString(password);
        }

        Scheme = result.Scheme;
        Sessions = Printable.Of(result.Sessions);
        ErrorId = result.ErrorId;
        Message = RowText.Of(result.Message);
        Line = result.Line;
        Time = Timestamps.Text(result.Time);
        DisplayName = RowText.Of(result.DisplayName);
    }

    internal PasswordChange(string mailbox, ChangeStatus status, string message, long? line)
    {
        _mailbox = mailbox;
        Status = status.ToString();
        Message = message;
        Line = line;
        Time = Timestamps.Text(DateTimeOffset.UtcNow);
    }

    /// <summary>The mailbox; as it was written if it is not a valid address.</summary>
    public string Mailbox => RowText.Of(_mailbox);

    /// <summary>Its domain.</summary>
    public string Domain { get; } = string.Empty;

    /// <summary>The outcome: Changed, Unchanged, Skipped or Failed.</summary>
    public string Status { get; }

    /// <summary>
    /// The new password: a <see cref="System.Security.SecureString"/>, or text with <c>-AsPlainText</c>;
    /// <see langword="null"/> if nothing was changed.
    /// </summary>
    public object? Password { get; }

    /// <summary>The scheme of the new hash.</summary>
    public string? Scheme { get; }

    /// <summary>The session systems' answers.</summary>
    public string Sessions { get; } = string.Empty;

    /// <summary>The constant name of the error.</summary>
    public string? ErrorId { get; }

    /// <summary>What happened.</summary>
    public string? Message { get; }

    /// <summary>The number of the input, counted from 1; empty if the mailboxes came from the store.</summary>
    public long? Line { get; }

    /// <summary>When it was decided, as ISO 8601 with its offset.</summary>
    public string Time { get; }

    /// <summary>The person's name, if the store keeps one: for a letter.</summary>
    public string? DisplayName { get; }

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _mailbox;

    /// <summary>Mailbox and status; never the password.</summary>
    public override string ToString() => $"{Mailbox}: {Status}";
}
