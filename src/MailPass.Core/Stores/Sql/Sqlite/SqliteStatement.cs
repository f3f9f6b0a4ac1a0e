using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>
/// A prepared statement that runs once for each mailbox of a batch. It uses SQLite's own functions: a command of the driver makes
/// a reader, an enumerator and several objects for each parameter whenever it runs, which took most of the time of writing a row.
/// </summary>
/// <remarks>Runs only inside a transaction that has the write lock, so it never waits for another writer.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;

    /// <param name="connection">The connection.</param>
    /// <param name="text">The statement.</param>
    /// <param name="parameters">The names that it may use (<c>@key</c>), in the order in which values are bound.</param>
    public SqliteStatement(SqliteConnection connection, string text, IReadOnlyList<string> parameters)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, text, out _statement));
        _places = [.. parameters.Select(name => raw.sqlite3_bind_parameter_index(_statement, name))];
    }

    /// <summary>Binds a text.</summary>
    /// <param name="parameter">The index of the parameter's name; nothing happens if the statement does not have it.</param>
    /// <param name="text">The text; <see langword="null"/> for NULL.</param>
    public void Bind(int parameter, string? text)
    {
        var place = _places[parameter];
        if (place == 0)
        {
            return;
        }

        if (text is null)
        {
            Check(raw.sqlite3_bind_null(_statement, place));
            return;
        }

        const int OnStack = 512;
        var longest = Encoding.UTF8.GetMaxByteCount(text.Length);
        var utf8 = longest <= OnStack ? stackalloc byte[OnStack] : new byte[longest];
        Check(raw.sqlite3_bind_text(_statement, place, utf8[..Encoding.UTF8.GetBytes(text, utf8)]));
    }

    /// <summary>Binds a number.</summary>
    /// <param name="parameter">The index of the parameter's name; nothing happens if the statement does not have it.</param>
    /// <param name="number">The number.</param>
    public void Bind(int parameter, long number)
    {
        if (_places[parameter] is not 0 and var place)
        {
            Check(raw.sqlite3_bind_int64(_statement, place, number));
        }
    }

    /// <summary>Runs it.</summary>
    /// <returns>How many rows it changed itself; what triggers changed is not counted.</returns>
    /// <exception cref="SqliteException">The database refuses it.</exception>
    public int Execute()
    {
        try
        {
            Check(raw.sqlite3_step(_statement));
            return raw.sqlite3_changes(_database);
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    /// <summary>Runs it and reads the first two columns of its only row.</summary>
    /// <returns>Whether there is a row, the text of its first column and the number in the second; <see langword="null"/> for NULL.</returns>
    /// <exception cref="SqliteException">The database refuses it.</exception>
    public (bool IsThere, string? Text, int? Number) ReadRow()
    {
        try
        {
            var answer = raw.sqlite3_step(_statement);
            Check(answer);
            return answer != raw.SQLITE_ROW ? default
                : (true, IsNull(0) ? null : raw.sqlite3_column_text(_statement, 0).utf8_to_string(), IsNull(1) ? null : raw.sqlite3_column_int(_statement, 1));
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    private void Check(int answer) => SqliteException.ThrowExceptionForRC(answer, _database);
}
