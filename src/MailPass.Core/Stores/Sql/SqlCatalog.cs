namespace MailPass.Stores.Sql;

/// <summary>The tables of a database as the login sees them.</summary>
/// <param name="Tables">By name, without regard to case.</param>
internal sealed record SqlCatalog(IReadOnlyDictionary<string, SqlTable> Tables);

/// <summary>A table (or view) and its columns.</summary>
/// <param name="Name">Its name as it is written there.</param>
/// <param name="Columns">By name, without regard to case.</param>
internal sealed record SqlTable(string Name, IReadOnlyDictionary<string, SqlColumn> Columns);

/// <summary>A column.</summary>
/// <param name="Name">Its name as it is written there.</param>
/// <param name="Type">Its type as the catalogue names it, lower case: <c>varchar</c>, <c>bigint</c>…</param>
/// <param name="Width">The most characters it holds; <see langword="null"/> for no limit.</param>
/// <param name="Charset">Its character set, where the engine has one a column.</param>
/// <param name="Collation">Its collation, where the engine has one a column.</param>
internal sealed record SqlColumn(string Name, string Type, int? Width = null, string? Charset = null, string? Collation = null);
