using System.Globalization;
using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>The ways one mailbox or domain may stand in a table: domain in Unicode or punycode, case as given or lowered.</summary>
internal static class AddressSpellings
{
    private static readonly IdnMapping s_idn = new() { AllowUnassigned = true };

    /// <summary>Adds the spellings of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="spellings">Receives them.</param>
    public static void Add(MailboxAddress address, ISet<string> spellings)
    {
        spellings.Add(address.Key);
        spellings.Add(address.Value);
        if (address.Domain.Contains("xn--", StringComparison.Ordinal))
        {
            foreach (var domain in OfDomain(address.Domain))
            {
                spellings.Add($"{address.LocalPart}@{domain}");
                spellings.Add($"{address.LocalPart.ToLowerInvariant()}@{domain}");
            }
        }
    }

    /// <summary>The spellings of a domain.</summary>
    /// <param name="domain">The domain, in either form.</param>
    public static IReadOnlyCollection<string> OfDomain(string domain)
    {
        var spellings = new HashSet<string>(StringComparer.Ordinal) { domain.ToLowerInvariant() };
        try
        {
            var ascii = Ascii(domain);
            spellings.Add(ascii);
            spellings.Add(s_idn.GetUnicode(ascii));
        }
        catch (ArgumentException)
        {
            // Not a domain name in either form; asked for as it is.
        }

        return spellings;
    }

    /// <summary>A domain's ASCII form in lower case, or the lowered text where it has none.</summary>
    /// <param name="domain">The domain.</param>
    public static string Canonical(string domain)
    {
        try
        {
            return Ascii(domain);
        }
        catch (ArgumentException)
        {
            return domain.ToLowerInvariant();
        }
    }

    private static string Ascii(string domain) => s_idn.GetAscii(domain).ToLowerInvariant();
}
