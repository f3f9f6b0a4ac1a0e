using MailPass.Sessions;

namespace MailPass;

/// <summary>One system's answer about one mailbox.</summary>
public sealed class SessionReceipt
{
    private readonly RevocationReceipt _receipt;

    internal SessionReceipt(RevocationReceipt receipt) => _receipt = receipt;

    /// <summary>The mailbox.</summary>
    public string Mailbox => RowText.Of(_receipt.Mailbox.Value);

    /// <summary>The system.</summary>
    public string System => _receipt.System;

    /// <summary>The answer.</summary>
    public string Status => _receipt.Status.ToString();

    /// <summary>One of the ids in docs/errors.md if the system did not confirm that the mailbox is logged out.</summary>
    public string? ErrorId => _receipt.ErrorId;

    /// <summary>How many sessions were ended.</summary>
    public int Count => _receipt.Count;

    /// <summary>Why, if the answer needs an explanation.</summary>
    public string? Reason => _receipt.Reason;

    /// <summary>The answer in a few words.</summary>
    public override string ToString() => _receipt.Summary;
}
