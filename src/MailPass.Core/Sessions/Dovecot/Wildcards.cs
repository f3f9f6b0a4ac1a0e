namespace MailPass.Sessions.Dovecot;

/// <summary>The wildcards of doveadm's masks, which cannot be escaped.</summary>
internal static class Wildcards
{
    public const string Reason = "The name contains a wildcard (* or ?), by which doveadm would match many mailboxes, so it was not kicked.";

    public static bool In(string name) => name.AsSpan().ContainsAny('*', '?');
}
