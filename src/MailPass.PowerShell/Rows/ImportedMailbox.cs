using MailPass.Import;

namespace MailPass;

/// <summary>
/// A row of a file of mailboxes. The file's other columns are properties too, under their own names; passwords are
/// properties <c>Password</c> and <c>CurrentPassword</c>, as <see cref="System.Security.SecureString"/>, if the file has them.
/// </summary>
public sealed class ImportedMailbox : IMailboxRow
{
    private readonly string _mailbox;

    internal ImportedMailbox(string mailbox, long line, MailPassException? problem)
    {
        _mailbox = mailbox;
        Line = line;
        Problem = problem;
    }

    /// <summary>The mailbox as the file has it.</summary>
    public string Mailbox => RowText.Of(_mailbox);

    /// <summary>The line of the file on which the row begins; the header is usually line 1.</summary>
    public long Line { get; }

    /// <summary>Why the row cannot be used; <see langword="null"/> if it can. The next cmdlet fails the row with this reason.</summary>
    public string? Fault => Problem?.Message;

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _mailbox;

    /// <summary>The fault with its id and remedy.</summary>
    internal MailPassException? Problem { get; }

    /// <summary>About how many rows the file has, as far as that was known when this one was read.</summary>
    internal long? ExpectedRows { get; init; }

    /// <summary>The mailbox; never the password.</summary>
    public override string ToString() => Mailbox;
}
