using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.Sql;
using MailPass.Stores;
using Microsoft.Data.Sqlite;

namespace MailPass.Core.Tests.Sessions;

/// <summary>A SQLite file with the tables of a webmail or a panel, under their real names.</summary>
internal sealed class SessionTables : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"mailpass-sessions-{Guid.NewGuid():N}.db");

    public SessionTables(string script)
    {
        SQLitePCL.Batteries_V2.Init();
        Execute(script);
    }

    /// <summary>Where the file is.</summary>
    public string Location => _file;

    public string ConnectionString => new SqliteConnectionStringBuilder { DataSource = _file, ForeignKeys = true, Pooling = false }.ToString();

    /// <summary>The file as session systems reach it; each call opens it anew.</summary>
    public SessionDatabase Database => SessionDatabase.OpenAsync(new StoreLocation(StoreProvider.Sqlite, _file), new StoreOpenOptions()).GetAwaiter().GetResult();

    public void Execute(string sql, params (string Name, object Value)[] values)
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    /// <summary>All rows of a query, each as one text.</summary>
    public List<string> Rows(string sql)
    {
        using var connection = new SqliteConnection(ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "NULL" : reader.GetValue(i).ToString())));
        }

        return rows;
    }

    public void Dispose() => File.Delete(_file);

    public static async Task<IReadOnlyList<RevocationReceipt>> RevokeAsync(ISessionAuthority authority, params string[] mailboxes) =>
        await authority.RevokeAsync([.. mailboxes.Select(MailboxAddress.Parse)], RevocationScope.Everything, default);

    public static async Task<List<MailboxSession>> ListAsync(ISessionAuthority authority, params string[] mailboxes) =>
        await authority.ListAsync(mailboxes.Length == 0 ? null : [.. mailboxes.Select(MailboxAddress.Parse)], default).ToListAsync();
}
