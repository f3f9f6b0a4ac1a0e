using System.Text.Json.Serialization;

namespace MailPass.Journals;

/// <summary>Reads the JSON of a journal's header and end and of the index of runs, without reflection.</summary>
/// <remarks>
/// They are written by hand (<see cref="JournalHeader.WriteTo"/> and its like): every run writes them, and the serializer compiled 400
/// methods for that at each start. Few runs read one.
/// </remarks>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JournalHeader))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(IndexLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
