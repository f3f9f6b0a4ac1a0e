using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>One command's answer.</summary>
/// <param name="ErrorType"><see langword="null"/> for a proper answer; otherwise <c>exitCode</c>, <c>unknownMethod</c>, <c>invalidRequest</c>, <c>unAuthorized</c>…</param>
/// <param name="ExitCode">The command's exit code if the error type is <c>exitCode</c>; otherwise meaningless (2.3 repeats the last command's).</param>
/// <param name="Rows">What the command printed, one object per row.</param>
internal sealed record DoveadmAnswer(string? ErrorType, int ExitCode, IReadOnlyList<JsonElement> Rows)
{
    /// <summary>sysexits.h EX_NOUSER: <c>kick</c> found no session (2.3), which is a success.</summary>
    public const int NoUser = 68;

    /// <summary>Whether the command matched no user.</summary>
    public bool IsNoUser => ErrorType == "exitCode" && ExitCode == NoUser;

    /// <summary>A text or number of a row; <see langword="null"/> if there is none or it is not valid Unicode.</summary>
    public static string? Text(JsonElement row, string name)
    {
        try
        {
            return row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out var value) ? TextOf(value) : null;
        }
        catch (InvalidOperationException)
        {
            // Half a Unicode character, in the value or in a name beside it.
            return null;
        }
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    /// <summary>
    /// Reads a response as far as it is complete.
    /// </summary>
    /// <remarks>
    /// The server does not send strict JSON: 2.3 leaves out the comma before an error that follows an error, and prints further rows
    /// of a grouped list beside the first row's array. Answers are matched by their tags. A missing answer is missing from the
    /// result, and the caller asks again.
    /// </remarks>
    /// <param name="body">The response.</param>
    /// <param name="fault">Where the response becomes unreadable, as a sentence; <see langword="null"/> if it is complete.</param>
    public static Dictionary<string, DoveadmAnswer> ReadAll(ReadOnlySpan<byte> body, out string? fault)
    {
        var answers = new Dictionary<string, DoveadmAnswer>(StringComparer.Ordinal);
        var rest = body.TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty || rest[0] != (byte)'[')
        {
            fault = rest.IsEmpty ? "The answer is empty." : "The answer is not a JSON list.";
            return answers;
        }

        rest = rest[1..];
        while (true)
        {
            rest = rest.TrimStart(" \t\r\n,"u8);
            if (rest.IsEmpty)
            {
                fault = "The answer breaks off.";
                return answers;
            }

            if (rest[0] == (byte)']')
            {
                fault = null;
                return answers;
            }

            JsonElement element;
            var reader = new Utf8JsonReader(rest);
            try
            {
                element = JsonElement.ParseValue(ref reader);
            }
            catch (JsonException)
            {
                fault = "The answer breaks off or is not JSON.";
                return answers;
            }

            rest = rest[(int)reader.BytesConsumed..];
            try
            {
                if (TryRead(element, out var tag, out var answer))
                {
                    // The first answer to a tag counts: a second one can only be a mistake.
                    answers.TryAdd(tag, answer);
                }
            }
            catch (InvalidOperationException)
            {
                // Half a Unicode character in a word of the protocol: that command has no answer.
            }
        }
    }

    private static bool TryRead(JsonElement element, out string tag, out DoveadmAnswer answer)
    {
        tag = string.Empty;
        answer = null!;
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < 3)
        {
            return false;
        }

        var last = element.GetArrayLength() - 1;
        if (element[0].ValueKind != JsonValueKind.String || TextOf(element[last]) is not { } found)
        {
            return false;
        }

        tag = found;
        if (element[0].ValueEquals("error"u8))
        {
            var error = element[1];
            if (error.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            var exitCode = error.TryGetProperty("exitCode"u8, out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : -1;
            answer = new(Text(error, "type") ?? "unknown", exitCode, []);
            return true;
        }

        if (!element[0].ValueEquals("doveadmResponse"u8))
        {
            return false;
        }

        var rows = new List<JsonElement>();
        var position = 0;
        foreach (var part in element.EnumerateArray())
        {
            if (position > 0 && position < last)
            {
                Gather(part, rows);
            }

            position++;
        }

        answer = new(null, 0, rows);
        return true;
    }

    private static void Gather(JsonElement part, List<JsonElement> rows)
    {
        if (part.ValueKind == JsonValueKind.Object)
        {
            rows.Add(part);
        }
        else if (part.ValueKind == JsonValueKind.Array)
        {
            foreach (var inner in part.EnumerateArray())
            {
                Gather(inner, rows);
            }
        }
    }
}
