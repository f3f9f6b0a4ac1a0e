using System.Globalization;
using MailPass.Mailboxes;

namespace MailPass.Sessions.Dovecot;

/// <summary>The state of one mailbox during a revocation.</summary>
internal sealed class RevocationTarget(MailboxAddress mailbox)
{
    private readonly Dictionary<DoveadmSession, int> _seen = [];
    private readonly Dictionary<DoveadmSession, int> _now = [];

    // Services outside the scope: seen in this check, and ended by a kick.
    private readonly HashSet<string> _otherServicesNow = new(StringComparer.Ordinal);
    private readonly HashSet<string> _otherServices = new(StringComparer.Ordinal);
    private int _foreign;

    /// <summary>Why the server's answer about this mailbox is missing.</summary>
    public string? Fault { get; set; }

    public string? FlushFault { get; set; }

    /// <summary>Why the server cannot flush at all.</summary>
    public string? FlushObstacle { get; set; }

    public string? KickFault { get; set; }

    public string? Unkickable { get; set; }

    /// <summary>Whether this check found sessions that began after an earlier kick.</summary>
    public bool CameBack { get; private set; }

    /// <summary>Other mailboxes that a kicked process also served.</summary>
    public HashSet<string> Bystanders { get; } = new(StringComparer.Ordinal);

    public void BeginLook()
    {
        _now.Clear();
        _otherServicesNow.Clear();
        CameBack = false;
    }

    public void See(DoveadmSession session, bool own, bool meant, int round)
    {
        if (!meant)
        {
            _otherServicesNow.Add(session.Service);
            return;
        }

        var count = _now[session] = _now.GetValueOrDefault(session) + 1;
        if (count > _seen.GetValueOrDefault(session))
        {
            _seen[session] = count;
            CameBack |= round > 1;
            _foreign += own ? 0 : 1;
        }
    }

    public void NoteKick() => _otherServices.UnionWith(_otherServicesNow);

    public RevocationReceipt Receipt(string system)
    {
        var left = _now.Values.Sum();
        var ended = Math.Max(0, _seen.Values.Sum() - left);
        if (Fault is not null)
        {
            return new(mailbox, system, ReceiptStatus.Unreachable, Reason: Fault);
        }

        if (FlushFault is not null)
        {
            return new(mailbox, system, ReceiptStatus.Unreachable, ended, "The authentication cache may still take the old password. " + FlushFault);
        }

        if (FlushObstacle is not null)
        {
            var live = left > 0 ? $" Live sessions: {left}." : string.Empty;
            return new(mailbox, system, ReceiptStatus.NotPurged, ended, $"The authentication cache, where it is on, may still take the old password until auth_cache_ttl. {FlushObstacle}{live}");
        }

        if (left > 0)
        {
            var count = left.ToString(CultureInfo.InvariantCulture);
            return Unkickable is not null ? new(mailbox, system, ReceiptStatus.NotPurged, ended, $"{Unkickable} Live sessions: {count}.")
                : KickFault is not null ? new(mailbox, system, ReceiptStatus.Unreachable, ended, $"{KickFault} Live sessions: {count}.")
                : CameBack ? new(mailbox, system, ReceiptStatus.NotPurged, ended, $"Clients keep logging in again ({count} live): they have a password that is valid now (the new one, an app password, a master user's), or the server caches logins under keys that no flush finds.")
                : new(mailbox, system, ReceiptStatus.NotPurged, ended, $"{count} sessions did not end when told to.");
        }

        return new(mailbox, system, ended > 0 ? ReceiptStatus.Revoked : ReceiptStatus.NoneFound, ended, Remarks());
    }

    private string? Remarks()
    {
        var remarks = new List<string>();
        if (_foreign > 0)
        {
            remarks.Add($"As a master user of the domain it could be logged in under any of its names: {_foreign} sessions of the domain's other mailboxes ended too.");
        }

        if (_otherServices.Count > 0)
        {
            remarks.Add($"Dovecot ends all sessions of a mailbox together: {string.Join(", ", _otherServices.Order(StringComparer.Ordinal))} ended too.");
        }

        if (Bystanders.Count > 0)
        {
            remarks.Add($"A process that was ended also served {Bystanders.Count} other mailboxes, whose connections may have been cut off.");
        }

        return remarks.Count == 0 ? null : string.Join(" ", remarks);
    }
}
