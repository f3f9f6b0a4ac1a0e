using System.Text.Encodings.Web;
using System.Text.Json;

namespace MailPass.Journals;

/// <summary>How journals and the index of runs are written; <see cref="JournalJson"/> reads them.</summary>
internal static class JournalWriting
{
    /// <summary>Escapes only what JSON requires: hashes are full of '+' and '/', and addresses may be in any script.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a member, unless it has no value.</summary>
    public static void WriteIfAny(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    /// <summary>Writes a list of texts, unless there is none.</summary>
    public static void WriteIfAny(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        if (texts is not null)
        {
            json.WriteStartArray(name);
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        }
    }
}
