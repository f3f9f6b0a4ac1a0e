using System.Formats.Asn1;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Core.Tests.Stores.Ldap;

public sealed class LdapFilterTests
{
    [Theory]
    [InlineData("(mail=*)")]
    [InlineData("(&(objectClass=mailUser)(|(mail=a@b.example)(uid=a))(!(accountStatus=disabled)))")]
    [InlineData(@"(cn=Lu\c4\8di\c4\87)")]
    [InlineData("(mail=*@b.example)")]
    [InlineData("(mail=a*b*c)")]
    public void Filter_is_written_as_it_was_read(string text) => Assert.Equal(text, LdapFilter.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("mail=*")]
    [InlineData("(mail=*")]
    [InlineData("(mail=*))")]
    [InlineData("(&)")]
    [InlineData("(mail)")]
    [InlineData(@"(mail=\zz)")]
    [InlineData(@"(mail=\4)")]
    [InlineData("(=x)")]
    [InlineData("(m l=x)")]
    public void Filter_that_is_wrong_is_refused(string text) => Assert.Throws<FormatException>(() => LdapFilter.Parse(text));

    [Fact]
    public void Filter_nested_without_end_is_refused() => Assert.Throws<FormatException>(() => LdapFilter.Parse(new string('(', 1) + string.Concat(Enumerable.Repeat("!(", 100_000))));

    [Fact]
    public void Filter_value_of_any_bytes_stays_one_value() => Prop.ForAll<byte[]>(bytes =>
    {
        var text = new LdapFilter.Equal("mail", bytes).ToString();
        var value = text["(mail=".Length..^1];
        return !value.AsSpan().ContainsAny("()*\0") && (bytes.Length == 0 || ((LdapFilter.Equal)LdapFilter.Parse(text)).Value.AsSpan().SequenceEqual(bytes));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Filter_value_shows_printable_ASCII_alone() =>
        Assert.DoesNotContain(LdapFilter.Escape([.. Enumerable.Range(0, 256).Select(i => (byte)i)]), c => char.IsControl(c) || !char.IsAscii(c));

    [Fact]
    public void Filter_sends_the_value_as_it_is() => Prop.ForAll<NonNull<string>>(text =>
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        new LdapFilter.And([new LdapFilter.Present("objectClass"), new LdapFilter.Equal("mail", text.Get)]).Write(writer);
        var and = new AsnReader(writer.Encode(), AsnEncodingRules.BER).ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0));
        _ = and.ReadOctetString(new Asn1Tag(TagClass.ContextSpecific, 7));
        var equal = and.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3));
        return !and.HasData && Encoding.UTF8.GetString(equal.ReadOctetString()) == "mail" && equal.ReadOctetString().AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text.Get));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("(accountStatus=ACTIVE)", true)]
    [InlineData("(accountStatus=off)", false)]
    [InlineData("(!(domainStatus=*))", true)]
    [InlineData("(&(enabledService=imap)(enabledService=mail))", true)]
    [InlineData("(|(enabledService=pop3)(cn=*))", false)]
    [InlineData("(mail=*@alpha.example)", true)]
    [InlineData("(mail=ann*@*.example)", true)]
    [InlineData("(mail=ann*@beta*)", false)]
    [InlineData("(mail=nna*)", false)]
    [InlineData("(mail=anna@alpha.example*e)", false)]
    [InlineData("(mail=ann*alpha)", false)]
    [InlineData("(mail=a*a*.EXAMPLE)", true)]
    public void Filter_judges_an_entry_as_a_server_does(string filter, bool fits)
    {
        static IReadOnlyList<byte[]> Values(params string[] values) => [.. values.Select(Encoding.UTF8.GetBytes)];
        var entry = new LdapEntry("cn=x", new Dictionary<string, IReadOnlyList<byte[]>>(StringComparer.OrdinalIgnoreCase)
        {
            ["accountstatus"] = Values("active"),
            ["enabledService"] = Values("mail", "imap"),
            ["mail"] = Values("Anna@alpha.example"),
        });
        Assert.Equal(fits, LdapFilter.Parse(filter).Fits(entry));
    }
}
