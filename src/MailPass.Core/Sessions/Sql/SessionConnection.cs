using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MailPass.Stores.Sql;

namespace MailPass.Sessions.Sql;

/// <summary>A store's connection with what session systems need: lists of any length, and tables that may be missing.</summary>
internal sealed partial class SessionConnection(SqlDatabase database, DbConnection connection) : IAsyncDisposable
{
    /// <summary>The most values in one IN list; SQLite allows 999 parameters per statement in its older builds.</summary>
    private const int MaxListLength = 500;

    private DbTransaction? _transaction;

    /// <summary>A table's or column's name, quoted.</summary>
    /// <exception cref="MailPassException">It is not a plain name.</exception>
    public string Name(string name) => PlainName().IsMatch(name)
        ? database.Quote(name)
        : throw new MailPassException(ErrorIds.InputInvalid, $"'{name}' is not the name of a table: letters, digits and underscores only.");

    /// <summary>Begins a transaction.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken) =>
        _transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Commits it.</summary>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        await _transaction!.CommitAsync(cancellationToken).ConfigureAwait(false);
        await _transaction.DisposeAsync().ConfigureAwait(false);
        _transaction = null;
    }

    /// <summary>Whether a table with these columns exists and may be read.</summary>
    public async Task<bool> HasAsync(string table, string[] columns, CancellationToken cancellationToken)
    {
        try
        {
            _ = await QueryAsync($"SELECT {string.Join(", ", columns.Select(Name))} FROM {Name(table)} WHERE 1 = 0", [], _ => 0, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }

    /// <summary>The width of a column in characters; <see langword="null"/> for no limit.</summary>
    public async Task<int?> WidthAsync(string table, string column, CancellationToken cancellationToken)
    {
        var command = Command($"SELECT {Name(column)} FROM {Name(table)} WHERE 1 = 0", []);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return reader.CanGetColumnSchema() && reader.GetColumnSchema()[0].ColumnSize is > 0 and var size ? size : null;
            }
        }
    }

    /// <summary>Reads rows.</summary>
    /// <param name="sql">The statement, with <c>@p0</c>, <c>@p1</c>… for the values.</param>
    /// <param name="values">The values.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<List<T>> QueryAsync<T>(string sql, IReadOnlyList<object> values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        await foreach (var row in StreamAsync(sql, values, read, cancellationToken).ConfigureAwait(false))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Reads rows one after the other, without keeping them.</summary>
    public async IAsyncEnumerable<T> StreamAsync<T>(string sql, IReadOnlyList<object> values, Func<DbDataReader, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    yield return read(reader);
                }
            }
        }
    }

    /// <summary>Reads rows for a list of values of any length.</summary>
    /// <param name="sql">The statement up to and including the column; the list is appended.</param>
    /// <param name="values">The values.</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<List<T>> QueryInAsync<T>(string sql, IReadOnlyCollection<object> values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        foreach (var part in values.Chunk(MaxListLength))
        {
            rows.AddRange(await QueryAsync(sql + List(part.Length), part, read, cancellationToken).ConfigureAwait(false));
        }

        return rows;
    }

    /// <summary>Changes rows for a list of values of any length.</summary>
    /// <param name="sql">The statement up to and including the column; the list is appended.</param>
    /// <param name="values">The values.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="andAlso">A further condition, or nothing.</param>
    public async Task ExecuteInAsync(string sql, IReadOnlyCollection<object> values, CancellationToken cancellationToken, string andAlso = "")
    {
        foreach (var part in values.Chunk(MaxListLength))
        {
            await ExecuteAsync($"{sql}{List(part.Length)} {andAlso}", part, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Changes rows.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ExecuteAsync(string sql, IReadOnlyList<object> values, CancellationToken cancellationToken)
    {
        var command = Command(sql, values);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null)
        {
            await _transaction.DisposeAsync().ConfigureAwait(false);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Reads a time that is in UTC although its column has no time zone; <see langword="null"/> if there is none.</summary>
    public static DateTimeOffset? UtcTime(DbDataReader reader, int ordinal) =>
        DateTimeOffset.TryParse(ColumnText.Read(reader, ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;

    private static string List(int count) => $" IN ({string.Join(", ", Enumerable.Range(0, count).Select(Placeholder))})";

    private static string Placeholder(int number) => "@p" + number.ToString(CultureInfo.InvariantCulture);

    private DbCommand Command(string sql, IReadOnlyList<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        for (var i = 0; i < values.Count; i++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = Placeholder(i);
            parameter.Value = values[i];
            command.Parameters.Add(parameter);
        }

        return command;
    }

    [GeneratedRegex("^[A-Za-z0-9_]{1,64}$")]
    private static partial Regex PlainName();
}
