using System.Text.Json.Serialization;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>Writes a list of texts as JSON, which SQLite splits again: one parameter, however long the list is.</summary>
[JsonSerializable(typeof(IReadOnlyCollection<string>))]
internal sealed partial class SqliteTexts : JsonSerializerContext;
