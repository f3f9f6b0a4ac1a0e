using System.Data.Common;

namespace MailPass.Stores.Sql;

/// <summary>Reads from a database. A read that another client or a restart interrupted is begun again, a few times.</summary>
/// <param name="database">The database.</param>
internal sealed class SqlReading(SqlDatabase database)
{
    private const int MaxAttempts = 6;

    /// <summary>Reads an answer row by row.</summary>
    /// <param name="begin">Discards what an earlier attempt read.</param>
    /// <param name="prepare">Gives the command its text and its parameters.</param>
    /// <param name="read">Receives each row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="MailPassException">The database cannot be reached or refuses.</exception>
    public async Task ReadAsync(Action begin, Action<DbCommand> prepare, Action<DbDataReader> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                begin();
                var connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await connection.ReadAsync(null, prepare, read, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            catch (Exception e) when (database.IsFault(e))
            {
                if (attempt == MaxAttempts || !database.IsTransient(e))
                {
                    throw database.Explain(e);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether an answer has any row.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="MailPassException">The database cannot be reached or refuses.</exception>
    public async Task<bool> AnyAsync(string statement, CancellationToken cancellationToken)
    {
        var any = false;
        await ReadAsync(() => any = false, command => command.CommandText = statement, _ => any = true, cancellationToken).ConfigureAwait(false);
        return any;
    }
}
