using System.Text;
using MailPass.Mailboxes;

namespace MailPass.Fuzz.Targets;

/// <summary>Addresses and domains, as in a CSV or a store.</summary>
public sealed class AddressTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "address";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["anna@example.com", "\"two words\"@example.com", "o'brien+news@sub.example.co.uk", "müller@bücher.example", "a@xn--bcher-kva.example", "Jane <jane@example.com>", "mailto:a@b.example",
            "用户@例子.测试", "x@[192.0.2.1]", "a.b.c@1.2.3", "e\u0301@example.com", "name@EXAMPLE.COM.", "a*b?c@example.com", "user%other@example.com", "master*user@example.com", "a@b@c", "\u200Ea@example.com", "ﬀ@example.com", "a@ex\u00ADample.com"])
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["@example.com", "xn--", "\"", "\\\"", "mailto:", "<", ">", "。", "．", "ß", "ς", "\u200D", "\u0307", "K", "İ", "%", "*", "(", ")"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        // UTF-16 too, because a pipeline can have halves of characters, which a file cannot.
        var utf8 = Read(Encoding.UTF8.GetString(input));
        return Read(Encoding.Unicode.GetString(input)) || utf8;
    }

    private static bool Read(string text)
    {
        if (MailDomain.TryNormalize(text, out var domain, out var wrong))
        {
            Require(MailDomain.TryNormalize(domain, out var again, out _) && again == domain, "a domain changes when it is read again");
            _ = MailDomain.ToUnicode(domain);
        }
        else
        {
            Require(!string.IsNullOrEmpty(wrong), "a domain is refused without a reason");
        }

        if (!MailboxAddress.TryParse(text, out var address, out var reason))
        {
            Require(!string.IsNullOrEmpty(reason), "an address is refused without a reason");
            return false;
        }

        Require(MailboxAddress.TryParse(address.Value, out var same, out _) && same.Value == address.Value && same.Equals(address) && same.GetHashCode() == address.GetHashCode(), "an address changes when it is read again");
        Require(MailboxAddress.TryParse(address.UnicodeValue, out var shown, out _) && shown.Equals(address), "an address is shown as another");
        Require(!address.Value.Any(char.IsControl), "an address holds a control character");
        Require(Encoding.UTF8.GetByteCount(address.Value) <= 254, "an address is longer than SMTP allows");
        Require(address.Value == $"{address.LocalPart}@{address.Domain}", "an address is not made of its parts");
        return true;
    }
}
