namespace MailPass.Mailboxes;

/// <summary>The spellings that one mailbox or domain may have in a table: domain in Unicode or punycode, case as given or lower.</summary>
internal static class AddressSpellings
{
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
                spellings.Add($"{address.Key[..address.Key.LastIndexOf('@')]}@{domain}");
            }
        }
    }

    /// <summary>The spellings of a domain.</summary>
    /// <param name="domain">The domain, in either form.</param>
    public static IReadOnlyCollection<string> OfDomain(string domain)
    {
        var canonical = Canonical(domain);
        return new HashSet<string>(StringComparer.Ordinal) { canonical, domain.ToLowerInvariant(), MailDomain.ToUnicode(canonical) };
    }

    /// <summary>A domain's ASCII form in lower case, or the text in lower case if it is not a domain name.</summary>
    /// <param name="domain">The domain.</param>
    public static string Canonical(string domain) =>
        MailDomain.TryNormalize(domain, out var normalized, out _) ? normalized : domain.ToLowerInvariant();
}
