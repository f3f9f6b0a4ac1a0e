using System.Globalization;

namespace MailPass.Hashing;

/// <summary>Amounts of memory as people write them: <c>512M</c>, <c>2GB</c>, <c>1.5 GiB</c>. A thousand is 1,024, as in PowerShell.</summary>
public static class MemorySize
{
    /// <summary>1 MiB in bytes.</summary>
    public const long Mebibyte = 1024 * 1024;

    /// <summary>Reads an amount.</summary>
    /// <param name="text">A number with or without a unit: <c>B</c>, <c>K</c>, <c>M</c>, <c>G</c>, <c>T</c>, also as <c>MB</c> or <c>MiB</c>, in any case.</param>
    /// <param name="bare">The unit, in bytes, of a number without one; 1 or more.</param>
    /// <param name="bytes">The amount in bytes, 1 or more.</param>
    /// <returns>Whether it is an amount.</returns>
    public static bool TryParse(string? text, long bare, out long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bare, 1);
        bytes = 0;
        var amount = text.AsSpan().Trim();
        var digits = 0;
        while (digits < amount.Length && (char.IsAsciiDigit(amount[digits]) || amount[digits] == '.'))
        {
            digits++;
        }

        if (Factor(amount[digits..].TrimStart(), bare) is not { } factor
            || !decimal.TryParse(amount[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > long.MaxValue / factor)
        {
            return false;
        }

        bytes = (long)(value * factor);
        return bytes >= 1;
    }

    private static long? Factor(ReadOnlySpan<char> unit, long bare)
    {
        if (unit.IsEmpty)
        {
            return bare;
        }

        if (unit.Equals("B", StringComparison.OrdinalIgnoreCase))
        {
            return 1;
        }

        var power = "KMGT".IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal);
        var rest = unit[1..];
        return power >= 0 && (rest.IsEmpty || rest.Equals("B", StringComparison.OrdinalIgnoreCase) || rest.Equals("iB", StringComparison.OrdinalIgnoreCase))
            ? 1L << (10 * (power + 1))
            : null;
    }
}
