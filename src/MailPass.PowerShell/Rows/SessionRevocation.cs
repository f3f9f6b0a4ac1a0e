using MailPass.Rows;
using MailPass.Sessions;

namespace MailPass;

/// <summary>The result of logging one mailbox out.</summary>
public sealed class SessionRevocation : IMailboxRow
{
    private readonly string _mailbox;

    internal SessionRevocation(MailboxRevocation revocation)
    {
        _mailbox = revocation.Mailbox.Value;
        Status = revocation.Status.ToString();
        IsComplete = revocation.Complete;
        ErrorId = revocation.ErrorId;
        Count = revocation.Count;
        Sessions = string.Join("; ", revocation.Receipts.Select(receipt => receipt.Summary));
        Receipts = [.. revocation.Receipts.Select(receipt => new SessionReceipt(receipt))];
        Time = Timestamps.Text(DateTimeOffset.UtcNow);
    }

    /// <summary>The mailbox.</summary>
    public string Mailbox => RowText.Of(_mailbox);

    /// <summary>The least favourable answer of all systems: Unreachable, NotPurged, Revoked, NoneFound.</summary>
    public string Status { get; }

    /// <summary>Whether every system confirmed that nothing of the mailbox is logged in any more.</summary>
    public bool IsComplete { get; }

    /// <summary>One of the ids in docs/errors.md if a system did not confirm it.</summary>
    public string? ErrorId { get; }

    /// <summary>How many sessions were ended, over all systems.</summary>
    public int Count { get; }

    /// <summary>The systems' answers, in one line.</summary>
    public string Sessions { get; }

    /// <summary>The systems' answers.</summary>
    public IReadOnlyList<SessionReceipt> Receipts { get; }

    /// <summary>When, as ISO 8601 with its offset.</summary>
    public string Time { get; }

    /// <inheritdoc/>
    string IMailboxRow.Mailbox => _mailbox;

    /// <summary>Mailbox and status.</summary>
    public override string ToString() => $"{Mailbox}: {Status}";
}
