using System.Globalization;

namespace MailPass.Stores.Ldap;

/// <summary>Times in the formats of attributes.</summary>
internal static class LdapClocks
{
    private const string GeneralizedForm = "yyyyMMddHHmmss'Z'";

    /// <summary>Writes a time.</summary>
    public static string Write(LdapClock clock, DateTimeOffset time) => clock switch
    {
        LdapClock.Days => (time.ToUnixTimeSeconds() / 86400).ToString(CultureInfo.InvariantCulture),
        LdapClock.Unix => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        _ => time.UtcDateTime.ToString(GeneralizedForm, CultureInfo.InvariantCulture),
    };

    /// <summary>Reads a time; <see langword="null"/> if the value is not a time, or is the zero that means "must be changed".</summary>
    public static DateTimeOffset? Read(LdapClock clock, string? value)
    {
        if (clock is LdapClock.Generalized)
        {
            return DateTimeOffset.TryParseExact(value, GeneralizedForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
        }

        var unit = clock is LdapClock.Days ? 86400L : 1;
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count < 100_000_000_000 / unit
            ? DateTimeOffset.FromUnixTimeSeconds(count * unit)
            : null;
    }
}
