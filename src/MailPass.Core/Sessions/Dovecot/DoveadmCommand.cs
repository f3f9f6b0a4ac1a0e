using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>One command of a request: <c>[name, {parameters}, tag]</c> (doc.dovecot.org, "Doveadm HTTP API").</summary>
/// <param name="Name">The command's name in the API's camelCase.</param>
/// <param name="Parameter">The list parameter's name; <see langword="null"/> for none.</param>
/// <param name="Values">The list parameter's values.</param>
/// <param name="AsText">Whether the server wants the one value as text instead of a list.</param>
/// <param name="SeparateConnections">Whether <c>who</c> should list each connection separately. The grouped list of 2.3 is malformed from its second row on.</param>
internal sealed record DoveadmCommand(string Name, string? Parameter = null, IReadOnlyList<string>? Values = null, bool AsText = false, bool SeparateConnections = false)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a request; each command's tag is its index.</summary>
    public static byte[] WriteRequest(ReadOnlySpan<DoveadmCommand> commands)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (64 * commands.Length));
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            for (var i = 0; i < commands.Length; i++)
            {
                commands[i].Write(json, i);
            }

            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Write(Utf8JsonWriter json, int tag)
    {
        json.WriteStartArray();
        json.WriteStringValue(Name);
        json.WriteStartObject();
        if (Parameter is not null && AsText)
        {
            json.WriteString(Parameter, Values![0]);
        }
        else if (Parameter is not null)
        {
            json.WriteStartArray(Parameter);
            foreach (var value in Values!)
            {
                json.WriteStringValue(value);
            }

            json.WriteEndArray();
        }

        if (SeparateConnections)
        {
            json.WriteBoolean("separateConnections", true);
        }

        json.WriteEndObject();
        json.WriteStringValue(Tag(tag));
        json.WriteEndArray();
    }

    /// <summary>The tag of the command at an index.</summary>
    public static string Tag(int index) => "c" + index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
