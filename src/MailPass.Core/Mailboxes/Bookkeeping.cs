using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MailPass.Mailboxes;

/// <summary>
/// The values that a mail system keeps with a mailbox's hash and that a change replaces too (when the password was changed, when it
/// expires), as they were when the mailbox was read. They are put back together with the old hash.
/// </summary>
/// <remarks>It has dates and flags, never a secret: a schema says for each column whether it is put back.</remarks>
public sealed class Bookkeeping : IEquatable<Bookkeeping>
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Makes it.</summary>
    /// <param name="places">The places of the values, as the store names them; each once.</param>
    /// <param name="values">The values as the database writes them, in the same order; <see langword="null"/> if there is none.</param>
    /// <exception cref="ArgumentException">There are not as many values as places.</exception>
    public Bookkeeping(IReadOnlyList<string> places, IReadOnlyList<string?> values)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(values);
        if (places.Count != values.Count)
        {
            throw new ArgumentException("Every place needs a value.", nameof(values));
        }

        Places = places;
        Values = values;
    }

    /// <summary>The places of the values.</summary>
    public IReadOnlyList<string> Places { get; }

    /// <summary>The values, in the order of <see cref="Places"/>.</summary>
    public IReadOnlyList<string?> Values { get; }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <param name="text">One JSON object of texts and nulls.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Bookkeeping Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            json.Read();
            return Read(ref json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("The text is not bookkeeping as MailPass writes it.", e);
        }
    }

    /// <summary>All of it in one line of JSON; <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the same object into a larger text.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        for (var i = 0; i < Places.Count; i++)
        {
            json.WriteString(Places[i], Values[i]);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <param name="json">At its beginning; afterwards at its end.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    /// <exception cref="InvalidOperationException">A value is neither text nor null.</exception>
    internal static Bookkeeping Read(ref Utf8JsonReader json)
    {
        if (json.TokenType is not JsonTokenType.StartObject)
        {
            throw new FormatException("The text is not bookkeeping as MailPass writes it.");
        }

        var (places, values) = (new List<string>(), new List<string?>());
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            places.Add(json.GetString()!);
            json.Read();
            values.Add(json.GetString());
        }

        return new Bookkeeping(places, values);
    }

    /// <inheritdoc/>
    public bool Equals(Bookkeeping? other) => other is not null && Places.SequenceEqual(other.Places) && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Bookkeeping);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(Places.Count, HashCode.Combine);
}
