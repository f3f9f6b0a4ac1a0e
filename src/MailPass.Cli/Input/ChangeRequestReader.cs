using System.Runtime.CompilerServices;
using MailPass.Changes;
using MailPass.Secrets;

namespace MailPass.Cli.Input;

/// <summary>Which passwords the rows bring.</summary>
[Flags]
internal enum PasswordColumns
{
    /// <summary>None: each mailbox is to get a generated one, whatever other columns there are.</summary>
    None = 0,

    /// <summary>The new one.</summary>
    New = 1,

    /// <summary>The current one, for a self-service change.</summary>
    Current = 2,
}

/// <summary>Reads the changes that a CSV asks for, one for each row that is not empty.</summary>
internal sealed class ChangeRequestReader(CsvTable table, PasswordColumns passwords, Shard? shard) : IDisposable
{
    public static async Task<ChangeRequestReader> OpenAsync(
        Stream stream, string name, PasswordColumns passwords, Shard? shard, CancellationToken cancellationToken)
    {
        List<Column> required = [Column.Mailbox];
        if (passwords.HasFlag(PasswordColumns.New))
        {
            required.Add(Column.Password);
        }

        if (passwords.HasFlag(PasswordColumns.Current))
        {
            required.Add(Column.CurrentPassword);
        }

        var table = await CsvTable.OpenAsync(stream, name, [.. required], [], cancellationToken).ConfigureAwait(false);
        return new ChangeRequestReader(table, passwords, shard);
    }

    public long BytesRead => table.BytesRead;

    /// <summary>Reads the rows; what is wrong with one becomes its <see cref="ChangeRequest.Fault"/>.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the input cannot be read on.</exception>
    public async IAsyncEnumerable<ChangeRequest> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await table.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Next() is { } request)
            {
                yield return request;
            }
        }
    }

    public void Dispose() => table.Dispose();

    private ChangeRequest? Next()
    {
        var identity = SpreadsheetText.Undo(table[Column.Mailbox].Trim());
        if (shard is not null && !shard.Contains(identity))
        {
            return null;
        }

        var fault = table.RowFault();
        var password = fault is null ? Take(PasswordColumns.New, Column.Password, ref fault) : null;
        var current = fault is null ? Take(PasswordColumns.Current, Column.CurrentPassword, ref fault) : null;
        return new ChangeRequest
        {
            Identity = identity,
            Password = password,
            CurrentPassword = current,
            Fault = fault,
            Line = table.Line,
        };
    }

    private Secret? Take(PasswordColumns which, Column column, ref MailPassException? fault)
    {
        if (!passwords.HasFlag(which))
        {
            return null;
        }

        var text = table[column];
        if (text.IsEmpty)
        {
            fault = new MailPassException(ErrorIds.PasswordMissing, $"The row has no {column.Name}.");
            return null;
        }

        if (!Secret.TryFromChars(text, out var secret))
        {
            fault = new MailPassException(ErrorIds.PasswordInvalid, $"The {column.Name} is no valid Unicode text.");
        }

        return secret;
    }
}
