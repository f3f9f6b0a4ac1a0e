using System.Data.Common;

namespace MailPass.Stores.Sql;

/// <summary>Runs statements on a connection.</summary>
internal static class SqlCommands
{
    /// <summary>Runs a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="statement">The statement.</param>
    public static Task<int> ExecuteAsync(this DbConnection connection, DbTransaction? transaction, string statement) =>
        connection.ExecuteAsync(transaction, command => command.CommandText = statement);

    /// <summary>Runs a statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="prepare">Gives the command its text and its parameters.</param>
    public static async Task<int> ExecuteAsync(this DbConnection connection, DbTransaction? transaction, Action<DbCommand> prepare)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            try
            {
                prepare(command);
                return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
            finally
            {
                LongText.Release(command);
            }
        }
    }

    /// <summary>Reads an answer row by row.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="read">Receives each row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static Task ReadAsync(this DbConnection connection, string statement, Action<DbDataReader> read, CancellationToken cancellationToken) =>
        connection.ReadAsync(null, command => command.CommandText = statement, read, cancellationToken);

    /// <summary>Reads an answer row by row.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="transaction">Its transaction, if any.</param>
    /// <param name="prepare">Gives the command its text and its parameters.</param>
    /// <param name="read">Receives each row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task ReadAsync(this DbConnection connection, DbTransaction? transaction, Action<DbCommand> prepare, Action<DbDataReader> read, CancellationToken cancellationToken = default)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            try
            {
                prepare(command);
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    {
                        read(reader);
                    }
                }
            }
            finally
            {
                LongText.Release(command);
            }
        }
    }

    /// <summary>Adds a parameter. A number is added to its name, so that names may repeat.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">Its name, without sign.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The parameter, as SQL.</returns>
    public static string Add(this DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = $"@{name}{command.Parameters.Count}";
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter.ParameterName;
    }
}
