namespace MailPass.Stores.Sql.Server;

/// <summary>One change of a batch and its place in it.</summary>
/// <param name="Index">The place, which the statements return so that each answer can be matched to its row.</param>
/// <param name="Write">The change.</param>
internal readonly record struct BatchRow(int Index, HashWrite Write)
{
    /// <summary>The row's key.</summary>
    public string Key => Write.Account.StoreKey;

    /// <summary>The hash that the row must still have.</summary>
    public string? Old => Write.Account.PasswordHash;

    /// <summary>The hash to be written.</summary>
    public string New => Write.NewHash;

    /// <summary>A value to be put back with the hash.</summary>
    /// <param name="index">Its place in the bookkeeping.</param>
    public string? Before(int index) => Write.PutBack?.Values[index];
}
