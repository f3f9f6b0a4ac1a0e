using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>Writes a list of texts as JSON, which SQLite splits again: one parameter, however long the list is.</summary>
internal static class SqliteTexts
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToJson(IReadOnlyCollection<string> texts)
    {
        // Two quotes and a comma each; longer still only if something must be escaped.
        var buffer = new ArrayBufferWriter<byte>(2 + texts.Sum(text => Encoding.UTF8.GetByteCount(text) + 3));
        using var json = new Utf8JsonWriter(buffer, s_options);
        json.WriteStartArray();
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
