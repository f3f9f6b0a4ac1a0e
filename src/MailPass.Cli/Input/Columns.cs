namespace MailPass.Cli.Input;

/// <summary>A column that MailPass knows, with every name it goes by.</summary>
internal sealed class Column(string name, params string[] aliases)
{
    public static readonly Column Mailbox = new(
        "Mailbox", "Identity", "EmailAddress", "Email", "Mail", "UserPrincipalName", "UserName", "Address");

    public static readonly Column Password = new("Password", "NewPassword");

    public static readonly Column CurrentPassword = new("CurrentPassword", "OldPassword");

    public static readonly Column PasswordHash = new("PasswordHash", "Hash");

    public static readonly Column DisplayName = new("DisplayName", "Name", "FullName");

    public static readonly Column Active = new("Active", "Enabled");

    public string Name => name;

    /// <summary>All names, for a message.</summary>
    public string Names => aliases.Length == 0 ? name : $"{name} (or {string.Join(", ", aliases)})";

    /// <summary>Whether a header means this column: case, spaces, <c>_</c> and <c>-</c> do not count.</summary>
    public bool Matches(ReadOnlySpan<char> header) => Same(header, name) || MatchesAlias(header);

    private bool MatchesAlias(ReadOnlySpan<char> header)
    {
        foreach (var alias in aliases)
        {
            if (Same(header, alias))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(ReadOnlySpan<char> header, string known)
    {
        var at = 0;
        foreach (var c in header)
        {
            if (c is '_' or '-' || char.IsWhiteSpace(c))
            {
                continue;
            }

            if (at == known.Length || char.ToUpperInvariant(c) != char.ToUpperInvariant(known[at]))
            {
                return false;
            }

            at++;
        }

        return at == known.Length;
    }
}
