namespace MailPass.Sessions.Dovecot;

/// <summary>The <c>doveadm</c> program of this machine, for a server without the HTTP API.</summary>
public sealed record DovecotProgram
{
    /// <summary>The program: a name to be found on the path, or a file.</summary>
    public string Path { get; init; } = "doveadm";

    /// <summary>The arguments before the command: <c>-c</c>, <c>/etc/dovecot/dovecot.conf</c>, or <c>-i</c>, <c>instance</c>; or, with <c>docker</c> as the program, <c>exec</c>, <c>container</c>, <c>doveadm</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
