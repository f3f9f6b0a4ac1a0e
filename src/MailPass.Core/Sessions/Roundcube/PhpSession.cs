using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MailPass.Sessions.Roundcube;

/// <summary>
/// Reads the top level of a PHP session (<c>session.serialize_handler = php</c>): <c>name|value name|value …</c>, each
/// value in the format of PHP's <c>serialize()</c>. Values are skipped by their own lengths, so text inside a value that
/// looks like another entry (a mail's subject saying <c>username|s:…</c>) is never taken for one.
/// </summary>
internal static class PhpSession
{
    private const int MaxDepth = 64;

    /// <summary>Reads the entries with text or a whole number; other entries are skipped.</summary>
    /// <param name="session">The session.</param>
    /// <param name="values">The entries, text as it is and numbers as text.</param>
    /// <returns><see langword="false"/> if it is not such a session.</returns>
    public static bool TryRead(ReadOnlySpan<byte> session, [NotNullWhen(true)] out Dictionary<string, string>? values)
    {
        values = null;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        while (!session.IsEmpty)
        {
            // A name that was registered but never set has a mark and no value.
            var unset = session[0] == (byte)'!';
            var bar = session.IndexOf((byte)'|');
            if (bar < 0)
            {
                return false;
            }

            var name = Encoding.UTF8.GetString(session[(unset ? 1 : 0)..bar]);
            session = session[(bar + 1)..];
            if (unset)
            {
                continue;
            }

            var value = session;
            if (!TrySkip(ref session, MaxDepth))
            {
                return false;
            }

            if (Scalar(value[..^session.Length]) is { } text)
            {
                found[name] = text;
            }
        }

        values = found;
        return true;
    }

    private static string? Scalar(ReadOnlySpan<byte> value) => value[0] switch
    {
        (byte)'s' => Encoding.UTF8.GetString(value[(value.IndexOf((byte)'"') + 1)..^2]),
        (byte)'i' => Encoding.ASCII.GetString(value[2..^1]),
        _ => null,
    };

    private static bool TrySkip(ref ReadOnlySpan<byte> rest, int depth)
    {
        if (rest.Length < 2 || depth == 0)
        {
            return false;
        }

        switch (rest[0])
        {
            case (byte)'N':
                return TryTake(ref rest, "N;"u8);
            case (byte)'i' or (byte)'d' or (byte)'b' or (byte)'r' or (byte)'R':
                var end = rest.IndexOf((byte)';');
                if (rest[1] != (byte)':' || end < 3)
                {
                    return false;
                }

                rest = rest[(end + 1)..];
                return true;
            case (byte)'s' or (byte)'E':
                rest = rest[1..];
                return TryTakeText(ref rest) && TryTake(ref rest, ";"u8);
            case (byte)'a':
                rest = rest[1..];
                return TryTakeNumber(ref rest, out var items) && TrySkipItems(ref rest, items, depth);
            case (byte)'O':
                rest = rest[1..];
                return TryTakeText(ref rest) && TryTakeNumber(ref rest, out var fields) && TrySkipItems(ref rest, fields, depth);
            case (byte)'C':
                rest = rest[1..];
                if (!TryTakeText(ref rest) || !TryTakeNumber(ref rest, out var length) || !TryTake(ref rest, ":{"u8) || length >= rest.Length)
                {
                    return false;
                }

                rest = rest[length..];
                return TryTake(ref rest, "}"u8);
            default:
                return false;
        }
    }

    // ":2:{key value key value}"
    private static bool TrySkipItems(ref ReadOnlySpan<byte> rest, int count, int depth)
    {
        if (!TryTake(ref rest, ":{"u8))
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!TrySkip(ref rest, depth - 1) || !TrySkip(ref rest, depth - 1))
            {
                return false;
            }
        }

        return TryTake(ref rest, "}"u8);
    }

    // ":5:"hello"", the length in bytes
    private static bool TryTakeText(ref ReadOnlySpan<byte> rest)
    {
        if (!TryTakeNumber(ref rest, out var length) || !TryTake(ref rest, ":\""u8) || length >= rest.Length)
        {
            return false;
        }

        rest = rest[length..];
        return TryTake(ref rest, "\""u8);
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> rest, out int number)
    {
        number = 0;
        if (rest.Length < 2 || rest[0] != (byte)':' || !Utf8Parser.TryParse(rest[1..], out number, out var consumed) || number < 0)
        {
            return false;
        }

        rest = rest[(1 + consumed)..];
        return true;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> text)
    {
        if (!rest.StartsWith(text))
        {
            return false;
        }

        rest = rest[text.Length..];
        return true;
    }
}
