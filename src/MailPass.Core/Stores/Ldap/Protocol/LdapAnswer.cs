using MailPass.Platform;

namespace MailPass.Stores.Ldap.Protocol;

/// <summary>A control that goes with an operation (RFC 4511, section 4.1.11).</summary>
/// <param name="Oid">Which one.</param>
/// <param name="IsCritical">Whether a server that does not know it must refuse the operation.</param>
/// <param name="Value">Its value, encoded; <see langword="null"/> for none.</param>
internal sealed record LdapControl(string Oid, bool IsCritical, byte[]? Value = null);

/// <summary>What a directory answered to an operation.</summary>
/// <param name="Code">The result.</param>
/// <param name="Message">The server's own words; empty for none.</param>
internal sealed record LdapAnswer(LdapResultCode Code, string Message)
{
    /// <summary>The entries of a search.</summary>
    public IReadOnlyList<LdapEntry> Entries { get; init; } = [];

    /// <summary>The servers that it names instead of answering. MailPass follows none of them, because that would send them the password.</summary>
    public IReadOnlyList<string> Referrals { get; init; } = [];

    /// <summary>The controls that came with it.</summary>
    public IReadOnlyList<LdapControl> Controls { get; init; } = [];

    /// <summary>The value of a control that came with it; <see langword="null"/> for none.</summary>
    public byte[]? ControlValue(string oid) => Controls.FirstOrDefault(control => control.Oid == oid)?.Value;

    /// <summary>What an extended operation brought.</summary>
    public byte[]? Value { get; init; }

    /// <summary>The result and the server's words, for people.</summary>
    public override string ToString()
    {
        var name = Enum.IsDefined(Code) ? char.ToLowerInvariant(Code.ToString()[0]) + Code.ToString()[1..] : "result " + (int)Code;
        return Message.Length == 0 ? name : $"{ServerText.OneLine(Message).TrimEnd('.')} ({name})";
    }
}
