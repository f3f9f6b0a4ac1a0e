namespace MailPass.Import;

/// <summary>Options for reading a CSV; what is not set is detected from the file.</summary>
public sealed record CsvOptions
{
    /// <summary>Finds everything from the file.</summary>
    public static CsvOptions Default { get; } = new();

    /// <summary>Specifies the delimiter; <see langword="null"/> to detect it from the header: comma, semicolon, tab or <c>|</c>.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Specifies the encoding by name or number (<see cref="TextEncodings.Find"/>); <see langword="null"/> for UTF-8 or UTF-16, whichever the file shows. A byte-order mark counts before it.</summary>
    public string? Encoding { get; init; }

    /// <summary>Specifies the header of the mailbox column; <see langword="null"/> for every column with a name of <see cref="Column.Mailbox"/>.</summary>
    public string? MailboxColumn { get; init; }

    /// <summary>Specifies the header of the password column; <see langword="null"/> for the one with a name of <see cref="Column.Password"/>.</summary>
    public string? PasswordColumn { get; init; }

    /// <summary>The header that was named for a column, if any.</summary>
    internal string? NameOf(Column column) => column == Column.Mailbox ? MailboxColumn : column == Column.Password ? PasswordColumn : null;
}
