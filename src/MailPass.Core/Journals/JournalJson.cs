using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MailPass.Journals;

/// <summary>The JSON of a journal's header and end and of the index of runs, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JournalHeader))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(IndexLine))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    /// <summary>Escapes only what JSON requires: hashes are full of '+' and '/', and addresses may be in any script.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
