using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Mailboxes;

namespace MailPass.Core.Tests.Mailboxes;

public sealed class MailboxAddressTests
{
    private const string Atext = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~";

    // Examples of RFC 5321, RFC 5322, RFC 3696 §3 (with its errata) and RFC 6531/6532, and what admins meet.
    [Theory]
    [InlineData("smith@example.com", "smith@example.com")]
    [InlineData("Bob.Smith+tag@EXAMPLE.Org", "Bob.Smith+tag@example.org")]
    [InlineData("user+mailbox@example.com", "user+mailbox@example.com")]
    [InlineData("customer/department=shipping@example.com", "customer/department=shipping@example.com")]
    [InlineData("$A12345@example.com", "$A12345@example.com")]
    [InlineData("!def!xyz%abc@example.com", "!def!xyz%abc@example.com")]
    [InlineData("_somename@example.com", "_somename@example.com")]
    [InlineData("o'neill@example.com", "o'neill@example.com")]
    [InlineData("*@example.com", "*@example.com")]
    [InlineData("a@b", "a@b")]
    [InlineData("root@localhost", "root@localhost")]
    [InlineData("a@ab--cd.example", "a@ab--cd.example")]
    [InlineData("a@1.example", "a@1.example")]
    [InlineData(" \tjane@example.com\r\n", "jane@example.com")]
    [InlineData("\"Joe\\'Blow\"@example.com", "Joe'Blow@example.com")]
    [InlineData("\"jane\"@example.com", "jane@example.com")]
    [InlineData("\"j\\ane\"@example.com", "jane@example.com")]
    [InlineData("\"Fred Bloggs\"@example.com", "\"Fred Bloggs\"@example.com")]
    [InlineData("\"Fred\\ Bloggs\"@example.com", "\"Fred Bloggs\"@example.com")]
    [InlineData("\"a..b\"@example.com", "\"a..b\"@example.com")]
    [InlineData("\"a\\\\b\\\"c\"@example.com", "\"a\\\\b\\\"c\"@example.com")]
    [InlineData("\"müller maier\"@example.com", "\"müller maier\"@example.com")]
    [InlineData("müller@example.com", "müller@example.com")]
    [InlineData("mu\u0308ller@example.com", "müller@example.com")]
    [InlineData("\u212Aelvin@example.com", "Kelvin@example.com")] // the Kelvin sign is K in NFC
    [InlineData("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v")]
    [InlineData("अजय@डाटा.भारत", "अजय@xn--c2bd1gb.xn--h2brj9c")]
    [InlineData("квіточка@пошта.укр", "квіточка@xn--80a1acn3a.xn--j1amh")]
    [InlineData("χρήστης@παράδειγμα.ελ", "χρήστης@xn--hxajbheg2az3al.xn--qxam")]
    [InlineData("x@straße.example", "x@xn--strae-oqa.example")]
    [InlineData("x@日本語。jp", "x@xn--wgv71a119e.jp")] // the ideographic full stop separates labels (RFC 3490 §3.1)
    public void Legal_addresses_have_one_spelling(string text, string value)
    {
        var address = MailboxAddress.Parse(text);

        Assert.Equal(value, address.Value);
        Assert.Equal(value, address.ToString());
        Assert.Equal(value, address.LocalPart + "@" + address.Domain);
        Assert.Equal(address, MailboxAddress.Parse(address.Value));
        Assert.Equal(address, MailboxAddress.Parse(address.UnicodeValue));
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData("  ", "empty")]
    [InlineData("jane", "no @")]
    [InlineData("@example.com", "nothing before the @")]
    [InlineData("jane@", "domain is missing")]
    [InlineData("@", "nothing before the @")]
    [InlineData("a@b@c", "more than one @")]
    [InlineData("\"a@b\"@c", "more than one @")]
    [InlineData("victim@example.com*owner@example.com", "master user")]
    [InlineData(".a@example.com", "dot")]
    [InlineData("a.@example.com", "dot")]
    [InlineData("a..b@example.com", "dot")]
    [InlineData("a b@example.com", "space")]
    [InlineData("a\0b@example.com", "U+0000")]
    [InlineData("a\nb@example.com", "U+000A")]
    [InlineData("a\u0085b@example.com", "U+0085")]
    [InlineData("a\u200Bb@example.com", "U+200B")] // zero width space
    [InlineData("a\u202Eb@example.com", "U+202E")] // right-to-left override
    [InlineData("a\u00A0b@example.com", "U+00A0")]
    [InlineData("\uFEFFa@example.com", "U+FEFF")]
    [InlineData("a,b@example.com", "','")]
    [InlineData("a;b@example.com", "';'")]
    [InlineData("a:b@example.com", "':'")]
    [InlineData("'; DROP TABLE mailbox; --@example.com", "';'")]
    [InlineData("a\\b@example.com", "'\\'")]
    [InlineData("\"\"@example.com", "between the quotes")]
    [InlineData("\"a@example.com", "not closed")]
    [InlineData("\"a\\\"@example.com", "not closed")]
    [InlineData("a\"b\"@example.com", "Quotes")]
    [InlineData("\"a\"b@example.com", "not closed")]
    [InlineData("\"a\nb\"@example.com", "U+000A")]
    [InlineData("a(comment)@example.com", "comment")]
    [InlineData("a@example.com (Jane)", "comment")]
    [InlineData("(Jane) a@example.com", "comment")]
    [InlineData("Jane Doe <jane@example.com>", "display name")]
    [InlineData("<jane@example.com>", "angle brackets")]
    [InlineData("mailto:jane@example.com", "mailto:")]
    [InlineData("a@[192.0.2.1]", "IP address")]
    [InlineData("a@[IPv6:2001:db8::1]", "IP address")]
    [InlineData("a@192.0.2.1", "IP address")]
    [InlineData("a@example.com.", "dot")]
    [InlineData("a@.example.com", "dot")]
    [InlineData("a@example..com", "dot")]
    [InlineData("a@-example.com", "hyphen")]
    [InlineData("a@example-.com", "hyphen")]
    [InlineData("a@exa_mple.com", "'_'")]
    [InlineData("a@exa mple.com", "space")]
    [InlineData("a@exa*mple.com", "'*'")]
    [InlineData("a@exam\0ple.com", "U+0000")]
    [InlineData("a@xn--a.example", "punycode")]
    [InlineData("a@xn--abc.example", "punycode")]
    [InlineData("a@a\u200Db.example", "internationalised")] // a joiner out of place (RFC 5892 appendix A.2)
    [InlineData("a@⒈com", "internationalised")]
    public void Everything_else_is_refused_with_its_reason(string? text, string reason)
    {
        Assert.False(MailboxAddress.TryParse(text, out var address, out var given));
        Assert.Null(address);
        Assert.Contains(reason, given, StringComparison.Ordinal);
        Assert.EndsWith(".", given, StringComparison.Ordinal);

        var fault = Assert.Throws<MailPassException>(() => MailboxAddress.Parse(text));
        Assert.Equal(ErrorIds.AddressInvalid, fault.ErrorId);
        Assert.Contains(given, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fault.Message, char.IsControl);
    }

    // No [InlineData]: an attribute is stored in UTF-8, which has no half of a surrogate pair.
    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        Everything_else_is_refused_with_its_reason("a\uD800@example.com", "surrogate");
        Everything_else_is_refused_with_its_reason("\"a\uD800 b\"@example.com", "surrogate");
        Everything_else_is_refused_with_its_reason("a@ex\uDC00.com", "internationalised");
    }

    [Fact]
    public void Lengths_are_those_of_the_RFC_in_octets()
    {
        var longest = new string('a', 64);
        Assert.True(MailboxAddress.TryParse(longest + "@example.com", out _, out _));
        Assert.False(MailboxAddress.TryParse(longest + "a@example.com", out _, out var reason));
        Assert.Contains("65 octets", reason, StringComparison.Ordinal);
        Assert.True(MailboxAddress.TryParse(new string('ü', 32) + "@example.com", out _, out _));
        Assert.False(MailboxAddress.TryParse(new string('ü', 33) + "@example.com", out _, out reason));
        Assert.Contains("66 octets", reason, StringComparison.Ordinal);

        var label = new string('b', 63);
        Assert.True(MailboxAddress.TryParse($"a@{label}.example", out _, out _));
        Assert.False(MailboxAddress.TryParse($"a@{label}b.example", out _, out reason));
        Assert.Contains("label", reason, StringComparison.Ordinal);

        var domain = $"{label}.{label}.{label}."; // 192
        Assert.True(MailboxAddress.TryParse($"a@{domain}{new string('c', 60)}", out var whole, out _));
        Assert.Equal(254, whole.Value.Length);
        Assert.False(MailboxAddress.TryParse($"a@{domain}{new string('c', 61)}", out _, out reason));
        Assert.Contains("255 octets", reason, StringComparison.Ordinal);
        Assert.True(MailDomain.TryNormalize($"{domain}{label}", out _, out _));
        Assert.False(MailDomain.TryNormalize($"{domain}{label}.c", out _, out reason));
        Assert.Contains("255", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_text_is_refused_without_being_repeated()
    {
        var fault = Assert.Throws<MailPassException>(() => MailboxAddress.Parse(new string('ä', 1_000_000) + "@example.com"));
        Assert.InRange(fault.Message.Length, 1, 400);
    }

    [Theory]
    [InlineData("Jane@Example.com", "jANE@eXAMPLE.COM", true)]
    [InlineData("jane@bücher.example", "jane@XN--BCHER-KVA.example", true)]
    [InlineData("jane@BÜCHER.example", "jane@bücher.example", true)]
    [InlineData("jane@bu\u0308cher.example", "jane@bücher.example", true)]
    [InlineData("\"jane\"@example.com", "Jane@example.com", true)]
    [InlineData("jane+tag@example.com", "jane@example.com", false)]
    [InlineData("j.ane@example.com", "jane@example.com", false)]
    [InlineData("jane@straße.example", "jane@strasse.example", false)]
    [InlineData("Ärger@example.com", "ärger@example.com", false)] // Dovecot lowers ASCII letters alone
    [InlineData("ärger@example.com", "äRGER@example.com", true)]
    public void Equality_is_that_of_mailboxes(string first, string second, bool isSame)
    {
        var (one, other) = (MailboxAddress.Parse(first), MailboxAddress.Parse(second));

        Assert.Equal(isSame, one.Equals(other));
        Assert.Equal(isSame, string.Equals(one.Key, other.Key, StringComparison.Ordinal));
        Assert.True(!isSame || one.GetHashCode() == other.GetHashCode());
        Assert.Equal(one, (object)MailboxAddress.Parse(one.Key));
        Assert.False(one.Equals((object?)"x"));
    }

    [Fact]
    public void The_local_part_keeps_its_case_for_display()
    {
        var address = MailboxAddress.Parse("Jane.DOE@EXAMPLE.com");

        Assert.Equal("Jane.DOE", address.LocalPart);
        Assert.Equal("Jane.DOE@example.com", address.Value);
        Assert.Equal("jane.doe@example.com", address.Key);
    }

    [Fact]
    public void A_domain_has_a_form_for_machines_and_one_for_people()
    {
        var address = MailboxAddress.Parse("Jane@Bücher.example");

        Assert.Equal("xn--bcher-kva.example", address.Domain);
        Assert.Equal("bücher.example", address.UnicodeDomain);
        Assert.Equal("Jane@bücher.example", address.UnicodeValue);
        Assert.Equal("example.com", MailboxAddress.Parse("jane@example.com").UnicodeDomain);
    }

    [Theory]
    [InlineData("*@example.com", true)]
    [InlineData("j?ne@example.com", true)]
    [InlineData("\"a * b\"@example.com", true)]
    [InlineData("jane@example.com", false)]
    public void Wildcards_are_flagged(string text, bool hasWildcard) =>
        Assert.Equal(hasWildcard, MailboxAddress.Parse(text).HasWildcard);

    [Theory]
    [InlineData(" Example.COM ", "example.com")]
    [InlineData("Bücher.example", "xn--bcher-kva.example")]
    [InlineData("localhost", "localhost")]
    public void Domains_are_normalized(string text, string domain)
    {
        Assert.Equal(domain, MailDomain.Normalize(text));
        Assert.Equal(domain, MailDomain.Normalize(MailDomain.ToUnicode(domain)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@example.com")]
    [InlineData("jane@example.com")]
    [InlineData("example.com/x")]
    [InlineData("*.example.com")]
    [InlineData("192.0.2.1")]
    [InlineData("ex\u001b[31mample.com")]
    public void Invalid_domain_is_refused(string? text)
    {
        var fault = Assert.Throws<MailPassException>(() => MailDomain.Normalize(text));
        Assert.Equal(ErrorIds.AddressInvalid, fault.ErrorId);
        Assert.DoesNotContain(fault.Message, char.IsControl);
    }

    [Fact]
    public void Invalid_punycode_is_shown_unchanged() => Assert.Equal("xn--a.example", MailDomain.ToUnicode("xn--a.example"));

    [Fact]
    public void Any_text_is_read_or_refused_and_what_is_read_is_stable() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            if (!MailboxAddress.TryParse(text, out var address, out var reason))
            {
                return !string.IsNullOrEmpty(reason);
            }

            var again = MailboxAddress.Parse(address.Value);
            return again.Equals(address) && string.Equals(again.Value, address.Value, StringComparison.Ordinal);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Every_dot_atom_is_legal_and_survives_a_change_of_case() =>
        Prop.ForAll(Addresses(), text =>
        {
            var address = MailboxAddress.Parse(text);
            return address.Value.Length == text.Length
                && address.Equals(MailboxAddress.Parse(text.ToUpperInvariant()))
                && address.Equals(MailboxAddress.Parse(address.Key))
                && address.HasWildcard == text.AsSpan().ContainsAny('*', '?')
                && Encoding.UTF8.GetByteCount(address.Value) <= 254;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void A_quoted_string_stands_for_its_content() =>
        Prop.ForAll(Gen.Elements(Enumerable.Range(32, 95).Select(i => (char)i).Where(c => c != '@').ToArray()).NonEmptyListOf().Where(list => list.Count <= 25).ToArbitrary(), list =>
        {
            var content = string.Concat(list);
            var everyEscaped = "\"" + string.Concat(content.Select(c => "\\" + c)) + "\"@example.com";
            var address = MailboxAddress.Parse(everyEscaped);
            var isAtom = content.All(c => c == '.' || Atext.Contains(c, StringComparison.Ordinal)) && !("." + content + ".").Contains("..", StringComparison.Ordinal);
            return isAtom ? address.LocalPart == content : address.LocalPart[0] == '"' && MailboxAddress.Parse(address.Value).Equals(address);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void An_address_as_it_should_be_costs_no_copy_of_its_text()
    {
        const string text = "jane.doe@example.com";
        var address = MailboxAddress.Parse(text);
        var second = MailboxAddress.Parse("john.doe@example.com");

        Assert.Same(text, address.Value);
        Assert.Same(text, address.Key);
        Assert.Same(address.Domain, second.Domain);
    }

    private static Arbitrary<string> Addresses()
    {
        var atom = Gen.Elements(Atext.ToCharArray()).NonEmptyListOf().Select(list => string.Concat(list.Take(15)));
        var label = Gen.Elements("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".ToCharArray()).NonEmptyListOf().Select(list => string.Concat(list.Take(20)));
        return (from local in atom.NonEmptyListOf()
                from domain in label.NonEmptyListOf()
                select string.Join('.', local.Take(4)) + "@" + string.Join('.', domain.Take(5))).ToArbitrary();
    }
}
