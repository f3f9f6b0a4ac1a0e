namespace MailPass.Sessions.Sql;

/// <summary>A table of further credentials besides the password.</summary>
/// <param name="Table">The table.</param>
/// <param name="MailboxColumn">The column with the mailbox's name.</param>
/// <param name="Kind">What its rows are called, for receipts.</param>
/// <param name="ActiveColumn">The column that disables a row; <see langword="null"/> if rows can only be deleted.</param>
internal sealed record CredentialTable(string Table, string MailboxColumn, string Kind, string? ActiveColumn = null);
