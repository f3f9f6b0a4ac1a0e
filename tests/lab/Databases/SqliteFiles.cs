using System.Text.Json;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>SQLite files, read and written by SQLite's own command line.</summary>
public sealed class SqliteFiles : LabDatabaseServer
{
    private readonly LabFolder _folder = new("sqlite");
    private readonly string _client = LabTools.Require("sqlite3", "sqlite3");

    /// <inheritdoc/>
    public override string Engine => "sqlite";

    /// <inheritdoc/>
    public override int Port => 0;

    /// <summary>The file of a database.</summary>
    public string PathOf(string database) => _folder.At(database + ".db");

    /// <inheritdoc/>
    public override Task CreateDatabaseAsync(string database) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task ExecuteAsync(string database, string sql) => Command.RunAsync(_client, ["-batch", "-bail", PathOf(database)], sql);

    /// <inheritdoc/>
    public override Task<LabLogin> CreateOwnerAsync(string database) => Task.FromResult(new LabLogin(string.Empty, string.Empty));

    /// <inheritdoc/>
    public override Task<LabLogin> CreateMailPassAsync(string database, string grants) => CreateOwnerAsync(database);

    /// <inheritdoc/>
    public override Task<LabLogin> CreateReaderAsync(string database) => CreateOwnerAsync(database);

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<LabRow>> QueryAsync(string database, string sql)
    {
        var json = await Command.RunAsync(_client, ["-batch", "-bail", "-json", PathOf(database)], sql);
        if (string.IsNullOrWhiteSpace(json))
        {
            return [];
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateArray().Select(element =>
        {
            var row = new LabRow();
            foreach (var cell in element.EnumerateObject())
            {
                row[cell.Name] = cell.Value.ValueKind == JsonValueKind.Null ? null : cell.Value.ToString();
            }

            return row;
        }).ToArray();
    }

    /// <inheritdoc/>
    public override async Task<IReadOnlyDictionary<string, string[]>> TablesAsync(string database)
    {
        var rows = await QueryAsync(database,
            """
            SELECT m.name AS t, (SELECT group_concat(c.name) FROM pragma_table_info(m.name) c WHERE c.pk > 0) AS k
            FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
            """);
        return rows.ToDictionary(row => row["t"]!, row => row["k"]?.Split(',') ?? []);
    }

    /// <inheritdoc/>
    public override string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
