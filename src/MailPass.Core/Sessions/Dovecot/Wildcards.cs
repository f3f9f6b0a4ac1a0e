namespace MailPass.Sessions.Dovecot;

/// <summary>The characters that stand for others in doveadm's masks, and that nothing can take the meaning from.</summary>
internal static class Wildcards
{
    public const string Reason = "The name holds a wildcard (* or ?), which doveadm would take for many mailboxes, so it was not kicked.";

    public static bool In(string name) => name.AsSpan().ContainsAny('*', '?');
}
