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
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Invalid(path, $"cannot be read: {fault.Message}", fault);
        }
    }

    internal static PasswordPolicy Parse(ReadOnlyMemory<byte> json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json, _reading);
            return Read(path, document.RootElement);
        }
        catch (JsonException fault)
        {
            throw Invalid(path, $"is not valid JSON: {fault.Message}", fault);
        }
        catch (InvalidOperationException fault)
        {
            // A text in it is not UTF-8, or contains half a Unicode character.
            throw Invalid(path, "contains text that is not valid Unicode.", fault);
        }
    }

    private static PasswordPolicy Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid(path, "must contain one JSON object, such as { \"minimumLength\": 12 }.");
        }

        var policy = PasswordPolicy.Default;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in root.EnumerateObject())
        {
            if (!_fields.ContainsKey(property.Name))
            {
                throw Invalid(path, $"has the unknown field '{property.Name}'. Known are {string.Join(", ", _fields.Keys.Where(name => name[0] != '$'))}.");
            }

            if (!seen.Add(property.Name))
            {
                throw Invalid(path, $"has the field '{property.Name}' twice.");
            }

            try
            {
                policy = Set(policy, property.Name, property.Value, Folder(path));
            }
            catch (FormatException fault)
            {
                throw Invalid(path, $"has {property.Value.GetRawText()} for '{property.Name}', which {fault.Message}");
            }
        }

        return LengthFault(policy) is { } lengths ? throw Invalid(path, lengths) : policy;
    }

    /// <summary>The names of the settings.</summary>
    internal static IReadOnlyCollection<string> Names => _fields.Keys;

    /// <summary>The policy with one setting changed.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="name">The setting, one of <see cref="Names"/>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="folder">The folder from which relative paths start.</param>
    /// <exception cref="FormatException">The value is not valid; the message says what it must be, as the end of a sentence.</exception>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PolicyInvalid"/>: a file that it names cannot be used.</exception>
    internal static PasswordPolicy Set(PasswordPolicy policy, string name, JsonElement value, string folder)
    {
        try
        {
            return _fields[name](policy, new Field(folder, value));
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new FormatException($"is out of its range. {fault.Message.Split('\n', 2)[0]}", fault);
        }
    }

    /// <summary>Writes the settings in which a policy differs from another, as <see cref="Load"/> reads them.</summary>
    /// <param name="to">Writes into an open object.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="from">The settings for absent fields.</param>
    internal static void WriteDifferences(Utf8JsonWriter to, PasswordPolicy policy, PasswordPolicy from)
    {
        Number("minimumLength", policy.MinimumLength, from.MinimumLength);
        Number("maximumLength", policy.MaximumLength, from.MaximumLength);
        Flag("requireUpperCase", policy.RequireUpperCase, from.RequireUpperCase);
        Flag("requireLowerCase", policy.RequireLowerCase, from.RequireLowerCase);
        Flag("requireDigit", policy.RequireDigit, from.RequireDigit);
        Flag("requireSpecial", policy.RequireSpecial, from.RequireSpecial);
        Flag("refuseSimilarToMailbox", policy.RefuseSimilarToMailbox, from.RefuseSimilarToMailbox);
        Flag("refuseSimilarToCurrent", policy.RefuseSimilarToCurrent, from.RefuseSimilarToCurrent);
        Number("minimumStrength", policy.MinimumStrength, from.MinimumStrength);
        if (policy.BreachedPasswords?.Path != from.BreachedPasswords?.Path)
        {
            to.WriteString("breachedPasswords", policy.BreachedPasswords?.Path);
        }

        void Number(string name, int? value, int? other)
        {
            if (value == other)
            {
                return;
            }

            if (value is { } number)
            {
                to.WriteNumber(name, number);
            }
            else
            {
                to.WriteNull(name);
            }
        }

        void Flag(string name, bool value, bool other)
        {
            if (value != other)
            {
                to.WriteBoolean(name, value);
            }
        }
    }

    /// <summary>The fault of a policy's lengths taken together, as the end of a sentence; <see langword="null"/> if there is none.</summary>
    internal static string? LengthFault(PasswordPolicy policy) => policy.MaximumLength < policy.MinimumLength
        ? $"asks for at least {policy.MinimumLength} characters ('minimumLength') and at most {policy.MaximumLength} ('maximumLength'); no password has both."
        : null;

    private static string Folder(string file) => Path.GetDirectoryName(Path.GetFullPath(file)) ?? string.Empty;

    private static MailPassException Invalid(string path, string what, Exception? fault = null) =>
        new(ErrorIds.PolicyInvalid, $"The policy file '{path}' {what}", innerException: fault);

    /// <summary>Reads one field's value as the required kind.</summary>
    private readonly record struct Field(string Folder, JsonElement Value)
    {
        internal int Number => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) ? number : throw Wrong("a whole number");

        internal int? NumberOrNull => Value.ValueKind == JsonValueKind.Null ? null : Number;

        internal bool Switch => Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? Value.GetBoolean() : throw Wrong("true or false");

        /// <summary>A path; a relative one starts from the file's own folder, so that both can be moved together.</summary>
        internal string? PathOrNull => Value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String when Value.GetString() is { Length: > 0 } path => Path.Combine(Folder, path),
            _ => throw Wrong("the path of a file"),
        };

        private static FormatException Wrong(string expected) => new($"must be {expected}.");
    }
}
