using System.Runtime.CompilerServices;
using MailPass.Changes;
using MailPass.Secrets;

namespace MailPass.Import;

/// <summary>Reads the changes that a CSV asks for, one for each row that is not empty.</summary>
internal sealed class ChangeRequestReader : IDisposable
{
    private readonly CsvTable _table;
    private readonly Shard? _shard;
    private readonly bool _takesPasswords;
    private readonly bool _takesCurrent;

    private ChangeRequestReader(CsvTable table, Shard? shard, bool takesPasswords)
    {
        _table = table;
        _shard = shard;
        _takesPasswords = takesPasswords;

        // If a current password is given, it must be verified.
        _takesCurrent = table.Has(Column.CurrentPassword);
    }

    /// <summary>Receives a remark about a row that is processed nevertheless: the line, and a sentence.</summary>
    public Action<long, string>? Warn { get; init; }

    // A shard's part of the rows is about its part of the mailboxes.
    private long? Total => _table.ExpectedRows is { } rows ? rows / (_shard?.Count ?? 1) : null;

    /// <summary>Opens a CSV of mailboxes without passwords.</summary>
    public static async Task<ChangeRequestReader> OpenAsync(Stream stream, string name, CsvOptions options, Shard? shard, CancellationToken cancellationToken) =>
        new(await CsvTable.OpenAsync(stream, name, [Column.Mailbox], [], options, cancellationToken).ConfigureAwait(false), shard, takesPasswords: false);

    /// <summary>Opens a CSV of mailboxes and new passwords.</summary>
    /// <param name="stream">The CSV; taken over.</param>
    /// <param name="name">Its name in messages.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="needsCurrent">Whether a column with the current passwords must be there; if it is there, it counts in any case.</param>
    /// <param name="shard">Which rows are this host's.</param>
    /// <param name="warn">See <see cref="Warn"/>.</param>
    /// <param name="cancellationToken">Stops waiting for input.</param>
    public static async Task<ChangeRequestReader> OpenWithPasswordsAsync(
        Stream stream, string name, CsvOptions options, bool needsCurrent, Shard? shard, Action<long, string>? warn, CancellationToken cancellationToken)
    {
        Column[] required = needsCurrent ? [Column.Mailbox, Column.Password, Column.CurrentPassword] : [Column.Mailbox, Column.Password];
        var table = await CsvTable.OpenAsync(stream, name, required, needsCurrent ? [] : [Column.CurrentPassword], options, cancellationToken).ConfigureAwait(false);
        return new ChangeRequestReader(table, shard, takesPasswords: true) { Warn = warn };
    }

    /// <summary>Reads the rows; a fault of a row becomes its <see cref="ChangeRequest.Fault"/>.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: the input cannot be read on.</exception>
    public CountedRequests ReadAllAsync(CancellationToken cancellationToken = default) => new(ReadRowsAsync(cancellationToken), () => Total);

    public void Dispose() => _table.Dispose();

    private async IAsyncEnumerable<ChangeRequest> ReadRowsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await _table.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Next() is { } request)
            {
                yield return request;
            }
        }
    }

    private ChangeRequest? Next()
    {
        var fault = _table.ReadMailbox(out var identity);
        if (_shard is not null && !_shard.Contains(identity))
        {
            return null;
        }

        var password = fault is null && _takesPasswords ? Take(Column.Password, ref fault) : null;
        var current = fault is null && _takesCurrent ? Take(Column.CurrentPassword, ref fault) : null;
        if (fault is not null)
        {
            password?.Dispose();
            password = null;
        }

        return new ChangeRequest
        {
            Identity = identity,
            Password = password,
            CurrentPassword = current,
            Fault = fault,
            Line = _table.Line,
        };
    }

    private Secret? Take(Column column, ref MailPassException? fault)
    {
        var text = _table[column];
        if (text.IsEmpty)
        {
            fault = new MailPassException(ErrorIds.PasswordMissing, $"The row has no {column.Name}.");
            return null;
        }

        if (!Secret.TryFromChars(text, out var secret))
        {
            fault = new MailPassException(ErrorIds.PasswordInvalid, $"The {column.Name} is not valid Unicode text.");
        }
        else if (column == Column.Password && PasswordText.HasOuterSpace(text))
        {
            Warn?.Invoke(_table.Line, PasswordText.OuterSpace);
        }

        return secret;
    }
}
