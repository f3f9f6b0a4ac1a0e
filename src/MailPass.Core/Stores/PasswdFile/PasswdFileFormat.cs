using System.Text;
using System.Text.Unicode;
using MailPass.Hashing;
using MailPass.Mailboxes;

namespace MailPass.Stores.PasswdFile;

/// <summary>The line format of a file of users.</summary>
/// <param name="Kind">The name that <see cref="StoreInfo.Kind"/> has.</param>
/// <param name="Separator">The separator between fields.</param>
internal sealed record PasswdFileFormat(string Kind, byte Separator)
{
    /// <summary>Dovecot's passwd-file: <c>user:password:uid:gid:(gecos):home:(shell):extra_fields</c> (https://doc.dovecot.org/, "Passwd-file").</summary>
    public static PasswdFileFormat PasswdFile { get; } = new("passwd-file", (byte)':');

    /// <summary>docker-mailserver's <c>postfix-accounts.cf</c>: <c>user|password</c>, after which it allows extra fields.</summary>
    public static PasswdFileFormat PostfixAccounts { get; } = new("postfix-accounts", (byte)'|');

    /// <summary>The domain, in its ASCII form, of users whose names have none; <see langword="null"/> if such a user is not a mailbox.</summary>
    public string? Domain { get; init; }

    private const string Capitals = "Its name has capitals in the file, so Dovecot finds it only if auth_username_format keeps them; by default it lower-cases what a client sends.";

    // The positions of Dovecot's fields, counted from 0.
    private const int GecosField = 4;
    private const int ExtraField = 7;

    /// <summary>Finds user and password in a line.</summary>
    /// <param name="line">The line, with or without its end.</param>
    /// <param name="user">The user's name.</param>
    /// <param name="password">The place of the password in the line; an empty place after the name if the line ends there.</param>
    /// <returns><see langword="false"/> for a comment, an empty line or one that names no user.</returns>
    public bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> user, out Range password)
    {
        line = WithoutEnd(line);
        user = default;
        password = default;
        // As Dovecot skips them: empty, a comment, or no user before the first separator.
        if (line.IsEmpty || line[0] == '#' || line[0] == Separator || line.Trim(" \t"u8) is [] or [(byte)'#', ..])
        {
            return false;
        }

        var end = line.IndexOf(Separator);
        if (end < 0)
        {
            user = line;
            password = line.Length..line.Length;
            return true;
        }

        user = line[..end];
        var rest = line[(end + 1)..];
        var length = rest.IndexOf(Separator);
        password = (end + 1)..(length < 0 ? line.Length : end + 1 + length);
        return true;
    }

    /// <summary>Reads the mailbox of a line.</summary>
    /// <param name="line">The line.</param>
    /// <returns><see langword="null"/> if there is none: a comment, or a user without a domain, which no address names.</returns>
    public MailboxAccount? Read(ReadOnlySpan<byte> line)
    {
        if (!TrySplit(line, out var user, out var password)
            || !Utf8.IsValid(user)
            // Dovecot compares names exactly, and a login name does not begin or end with a space.
            || Encoding.UTF8.GetString(user) is var name && name.Length != name.AsSpan().Trim().Length
            || !MailboxAddress.TryParse(IsBare(name) ? $"{name}@{Domain}" : name, out var address, out _)
            // Dovecot does not look up users of another domain in a domain's own file.
            || (Domain is not null && address!.Domain != Domain))
        {
            return null;
        }

        var hash = Encoding.UTF8.GetString(line[password]);
        var reason = hash switch
        {
            "" => "It has no password in the file.",
            _ when PasswordLock.IsLocked(hash) => "Its password is locked in the file (! or * stands before the hash).",
            _ => Separator == ':' && IsNoLogin(Field(line, ExtraField)) ? "The file forbids it to log in (nologin)." : null,
        };
        var person = Separator == ':' ? Field(line, GecosField) : default;
        return new MailboxAccount
        {
            Address = address!,
            StoreKey = name,
            PasswordHash = hash,
            State = reason is null ? MailboxState.Active : MailboxState.Disabled,
            StateReason = reason ?? (user.ContainsAnyInRange((byte)'A', (byte)'Z') ? Capitals : null),
            DisplayName = person.IsEmpty ? null : Encoding.UTF8.GetString(person),
        };
    }

    /// <summary>Whether a line has a user whose name has no domain, and no domain is known for it.</summary>
    /// <param name="line">The line.</param>
    public bool LacksDomain(ReadOnlySpan<byte> line) => Domain is null && TrySplit(line, out var user, out _) && user.IndexOf((byte)'@') < 0;

    /// <summary>Why such a file cannot have a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <returns><see langword="null"/> if it can.</returns>
    public string? Refusal(string hash) => hash.AsSpan().IndexOfAny((char)Separator, '\r', '\n') < 0
        ? null
        : $"The hash contains a '{(char)Separator}' or a line end, which would end its field in the file.";

    private bool IsBare(string name) => Domain is not null && !name.Contains('@', StringComparison.Ordinal);

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> line)
    {
        line = line.EndsWith("\n"u8) ? line[..^1] : line;
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    private ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int index)
    {
        line = WithoutEnd(line);
        for (; index > 0; index--)
        {
            var end = line.IndexOf(Separator);
            if (end < 0)
            {
                return default;
            }

            line = line[(end + 1)..];
        }

        // The extra fields come last and may contain the separator.
        var length = line.IndexOf(Separator);
        return length < 0 ? line : line[..length];
    }

    // Whatever its value: Dovecot checks only whether the field is there (auth-request.c).
    private static bool IsNoLogin(ReadOnlySpan<byte> extra) =>
        extra.IndexOf("nologin"u8) >= 0
        && Encoding.UTF8.GetString(extra).Split(' ').Any(field => field is "nologin" || field.StartsWith("nologin=", StringComparison.Ordinal));
}
