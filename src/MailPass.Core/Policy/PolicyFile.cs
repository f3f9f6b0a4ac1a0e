using System.Text.Json;

namespace MailPass.Policy;

/// <summary>A policy as a JSON file: an object with one field for each setting; comments and a trailing comma are allowed.</summary>
internal static class PolicyFile
{
    private static readonly JsonDocumentOptions _reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    // One line for each setting: its name in the file, and how its value changes the policy.
    private static readonly Dictionary<string, Func<PasswordPolicy, Field, PasswordPolicy>> _fields = new(StringComparer.Ordinal)
    {
        ["minimumLength"] = static (policy, field) => policy with { MinimumLength = field.Number },
        ["maximumLength"] = static (policy, field) => policy with { MaximumLength = field.NumberOrNull },
        ["requireUpperCase"] = static (policy, field) => policy with { RequireUpperCase = field.Switch },
        ["requireLowerCase"] = static (policy, field) => policy with { RequireLowerCase = field.Switch },
        ["requireDigit"] = static (policy, field) => policy with { RequireDigit = field.Switch },
        ["requireSpecial"] = static (policy, field) => policy with { RequireSpecial = field.Switch },
        ["refuseSimilarToMailbox"] = static (policy, field) => policy with { RefuseSimilarToMailbox = field.Switch },
        ["refuseSimilarToCurrent"] = static (policy, field) => policy with { RefuseSimilarToCurrent = field.Switch },
        ["minimumStrength"] = static (policy, field) => policy with { MinimumStrength = field.NumberOrNull },
        ["breachedPasswords"] = static (policy, field) => policy with { BreachedPasswords = field.PathOrNull is { } path ? BreachedPasswordList.Open(path) : null },
        // For editors that check and complete as one types; it asks for nothing.
        ["$schema"] = static (policy, _) => policy,
    };

    internal static PasswordPolicy Load(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path).AsMemory() is var bytes && bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes, _reading);
            return Read(path, document.RootElement);
        }
        catch (JsonException fault)
        {
            throw Invalid(path, $"is no valid JSON: {fault.Message}", fault);
        }
        catch (InvalidOperationException fault)
        {
            // A text in it is not UTF-8, or holds half a character.
            throw Invalid(path, "holds text that is not valid Unicode.", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Invalid(path, $"cannot be read: {fault.Message}", fault);
        }
    }

    private static PasswordPolicy Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid(path, "must hold one JSON object, such as { \"minimumLength\": 12 }.");
        }

        var policy = PasswordPolicy.Default;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (!_fields.TryGetValue(property.Name, out var set))
            {
                throw Invalid(path, $"has the unknown field '{property.Name}'. Known are {string.Join(", ", _fields.Keys.Where(name => name[0] != '$'))}.");
            }

            if (!seen.Add(property.Name))
            {
                throw Invalid(path, $"has the field '{property.Name}' twice.");
            }

            try
            {
                policy = set(policy, new Field(path, property.Name, property.Value));
            }
            catch (ArgumentOutOfRangeException fault)
            {
                throw Invalid(path, $"has {property.Value.GetRawText()} for '{property.Name}', which is out of its range. {fault.Message.Split('\n', 2)[0]}");
            }
        }

        if (policy.MaximumLength < policy.MinimumLength)
        {
            throw Invalid(path, $"asks for at least {policy.MinimumLength} characters ('minimumLength') and at most {policy.MaximumLength} ('maximumLength'); no password has both.");
        }

        return policy;
    }

    private static MailPassException Invalid(string path, string what, Exception? fault = null) =>
        new(ErrorIds.PolicyInvalid, $"The policy file '{path}' {what}", innerException: fault);

    /// <summary>One field's value, read as what it must be.</summary>
    private readonly record struct Field(string File, string Name, JsonElement Value)
    {
        internal int Number => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) ? number : throw Wrong("a whole number");

        internal int? NumberOrNull => Value.ValueKind == JsonValueKind.Null ? null : Number;

        internal bool Switch => Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Wrong("true or false");

        /// <summary>A path; a relative one starts from the policy file's own folder, so that both can be moved together.</summary>
        internal string? PathOrNull => Value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String when Value.GetString() is { Length: > 0 } path => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(File)) ?? string.Empty, path),
            _ => throw Wrong("the path of a file"),
        };

        private MailPassException Wrong(string expected) => Invalid(File, $"has {Value.GetRawText()} for '{Name}', which must be {expected}.");
    }
}
