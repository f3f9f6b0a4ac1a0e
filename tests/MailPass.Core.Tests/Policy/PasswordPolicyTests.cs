using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Policy;

public sealed class PasswordPolicyTests
{
    private static readonly PasswordPolicy _anything = new()
    {
        MinimumLength = 1, RequireUpperCase = false, RequireLowerCase = false, RequireDigit = false, RequireSpecial = false,
    };

    [Theory]
    [InlineData("Abcdef1!", "")]
    [InlineData("Abcde1!", "TooShort")]
    [InlineData("abcdef1!", "UpperCaseMissing")]
    [InlineData("ABCDEF1!", "LowerCaseMissing")]
    [InlineData("Abcdefg!", "DigitMissing")]
    [InlineData("Abcdefg1", "SpecialMissing")]
    [InlineData("Abcdef 1", "SpecialMissing")] // a space is allowed and not special
    [InlineData("Abcdef§1", "SpecialMissing")] // nor is a symbol beyond ASCII
    [InlineData("Abcd ef1!", "")]
    [InlineData("abc", "TooShort UpperCaseMissing DigitMissing SpecialMissing")]
    [InlineData("", "TooShort UpperCaseMissing LowerCaseMissing DigitMissing SpecialMissing")]
    [InlineData("Äöüöäöü1!", "")] // letters of any script count to their class
    [InlineData("öäüöäü1!", "UpperCaseMissing")]
    [InlineData("Ünicode٣!", "")] // Arabic-Indic digit three
    [InlineData("ǅabcdef1!", "")] // a title-case letter is a capital
    [InlineData("語語語語語語1!", "UpperCaseMissing LowerCaseMissing")]
    [InlineData("Aa1!😀😀😀😀", "")]
    [InlineData("Aa1!😀😀😀", "TooShort")] // 7 code points in 16 bytes
    [InlineData("Abcdef1!\t", "PasswordInvalid")]
    [InlineData("Abcdef1!\0", "PasswordInvalid")]
    [InlineData("Abcdef1!\r\n", "PasswordInvalid")]
    [InlineData("Abcdef1!\u007F", "PasswordInvalid")]
    [InlineData("Abcdef1!\u0085", "PasswordInvalid")]
    [InlineData("a\0", "PasswordInvalid TooShort UpperCaseMissing DigitMissing SpecialMissing")]
    [InlineData("{PLAIN}aB1", "")] // a password like any other
    public void The_default_names_every_rule_that_is_broken(string password, string ruleIds) =>
        Assert.Equal(ruleIds, Check(PasswordPolicy.Default, password));

    [Fact]
    public void Other_printable_ASCII_characters_are_special() =>
        Assert.All(Enumerable.Range(0x20, 0x5F), code => Assert.Equal(
            code == ' ' || char.IsAsciiLetterOrDigit((char)code) ? "SpecialMissing" : "",
            Check(_anything with { RequireSpecial = true }, ((char)code).ToString())));

    [Theory]
    [InlineData(1000, "")]
    [InlineData(1001, "PasswordInvalid")]
    [InlineData(20_000_000, "PasswordInvalid")]
    public void Longer_password_than_a_login_takes_is_refused(int length, string ruleIds) =>
        Assert.Equal(ruleIds, Check(PasswordPolicy.Default, "aB1!".PadRight(length, 'x')));

    [Fact]
    public void Invalid_UTF8_is_refused()
    {
        using var password = Secret.FromUtf8([.. "Abcdef1!"u8, 0xC3]);

        var violation = Assert.Single(PasswordPolicy.Default.Check(password, PolicyContext.None));
        Assert.Equal(PolicyRuleIds.PasswordInvalid, violation.RuleId);
    }

    [Fact]
    public void The_default_agrees_with_regular_expressions() =>
        Prop.ForAll(Gen.Elements("abyzABYZ019!~ /:@[`{ü".ToCharArray()).ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            var expected = string.Join(' ', new (string Id, string Pattern)[]
            {
                ("TooShort", "^.{8,}$"), ("UpperCaseMissing", "[A-Z]"), ("LowerCaseMissing", @"[a-zü]"),
                ("DigitMissing", "[0-9]"), ("SpecialMissing", @"[!-/:-@\[-`{-~]"),
            }.Where(rule => !Regex.IsMatch(text, rule.Pattern)).Select(rule => rule.Id));
            return Check(PasswordPolicy.Default, text) == expected;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Messages_are_sentences_that_never_quote_the_password()
    {
        using var password = Secret.FromChars("zq");
        var violations = (PasswordPolicy.Default with { MinimumStrength = 4 }).Check(password, PolicyContext.None);

        Assert.Equal(5, violations.Count);
        Assert.All(violations, violation =>
        {
            Assert.EndsWith(".", violation.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("zq", violation.Message, StringComparison.Ordinal);
        });
        Assert.Equal("The password must have at least 8 characters; it has 2.", violations[0].Message);
        Assert.Equal(6, PasswordPolicy.Default.Describe().Count);
        Assert.All(PasswordPolicy.Default.Describe(), sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void A_variant_has_its_own_rules()
    {
        Assert.Equal("", Check(PasswordPolicy.Default, "Abcdef1!"));
        var longer = PasswordPolicy.Default with { MinimumLength = 12, MaximumLength = 14 };

        Assert.Equal("TooShort", Check(longer, "Abcdef1!"));
        Assert.Equal("TooLong", Check(longer, "Abcdef1!Abcdef1!"));
        Assert.Equal("", Check(PasswordPolicy.Default, "Abcdef1!"));
        Assert.Equal(longer, PasswordPolicy.Default with { MaximumLength = 14, MinimumLength = 12 });
        Assert.NotEqual(longer, PasswordPolicy.Default);
        Assert.Equal("", Check(PasswordPolicy.Default with { RequireSpecial = false }, "Abcdefg1"));
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        Assert.Equal("MinimumLength", Assert.Throws<ArgumentOutOfRangeException>(() => PasswordPolicy.Default with { MinimumLength = 0 }).ParamName);
        Assert.Equal("MaximumLength", Assert.Throws<ArgumentOutOfRangeException>(() => PasswordPolicy.Default with { MaximumLength = 1001 }).ParamName);
        Assert.Equal("MinimumStrength", Assert.Throws<ArgumentOutOfRangeException>(() => PasswordPolicy.Default with { MinimumStrength = 5 }).ParamName);
    }

    [Theory]
    [InlineData("Summer24!", "Summer25!", true)]
    [InlineData("Summer24!", "summer24!", true)]
    [InlineData("Summer24!", "5umm3r24!", true)]
    [InlineData("Summer24!", "24!Summer", true)]
    [InlineData("Summer24!", "Winter24!", true)]
    [InlineData("Summer24!", "Summer24!Summer24!", true)]
    [InlineData("Summer24!", "Summer24!", true)]
    [InlineData("Summer24!", "xxSummer24!xx", true)]
    [InlineData("Summer24!", "Kfz-Brief77", false)]
    [InlineData("9wKTFctsmP-RsX9/", "mVPNW5mE5BNnhKp+", false)]
    [InlineData("", "Summer24!", false)]
    public void The_current_password_with_a_few_changes_is_refused(string current, string password, bool isRefused)
    {
        using var currentPassword = Secret.FromChars(current);

        Assert.Equal(
            isRefused ? "SimilarToCurrent" : "",
            Check(_anything with { RefuseSimilarToCurrent = true }, password, new PolicyContext { CurrentPassword = currentPassword }));
        Assert.Equal("", Check(_anything, password, new PolicyContext { CurrentPassword = currentPassword }));
    }

    [Theory]
    [InlineData("jane.doe@example.com", null, "Jane-4711!", true)]
    [InlineData("jane.doe@example.com", null, "JaneDoe!1", true)]
    [InlineData("jane.doe@example.com", null, "J4n3.D0e!", true)]
    [InlineData("jane.doe@example.com", null, "eod.enaj1!", true)]
    [InlineData("jane.doe@example.com", null, "Ex4mple!2025", true)]
    [InlineData("x@bücher.example", null, "Bücher!2025", true)]
    [InlineData("jd@example.com", "Jane Müller-Lüdenscheidt", "Lüdenscheidt1!", true)]
    [InlineData("jonathan@example.com", null, "Jonathn24!", true)]
    [InlineData("jd@example.com", null, "jd-Kfz-Brief77", false)] // two letters occur by chance
    [InlineData("jane.doe@example.com", "Jane Doe", "9wKTFctsmP-RsX9/", false)]
    public void The_address_and_the_name_are_refused(string mailbox, string? name, string password, bool isRefused)
    {
        var context = new PolicyContext { Mailbox = MailboxAddress.Parse(mailbox), DisplayName = name };

        Assert.Equal(isRefused ? "SimilarToMailbox" : "", Check(_anything with { RefuseSimilarToMailbox = true }, password, context));
        Assert.Equal("", Check(_anything with { RefuseSimilarToMailbox = true }, password));
    }

    [Fact]
    public void Similarity_is_symmetric_in_range_and_1_for_equal_texts() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), ArbMap.Default.ArbFor<NonNull<string>>(), (first, second) =>
        {
            var similarity = Similarity.Of(first.Get, second.Get);
            return similarity is >= 0 and <= 1
                && similarity.Equals(Similarity.Of(second.Get, first.Get))
                && Similarity.Of(first.Get, first.Get).Equals(1.0)
                && similarity.Equals(Math.Max(Kept(first.Get, second.Get), LongestRun(first.Get, second.Get)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData("Password1!", 2, "TooWeak")]
    [InlineData("qwertyuiop", 2, "TooWeak")]
    [InlineData("9wKTFctsmP-RsX9/", 4, "")]
    [InlineData("", 1, "TooWeak")]
    public void Strength_is_judged_as_crackers_guess(string password, int minimum, string ruleIds)
    {
        var policy = _anything with { MinimumStrength = minimum };

        Assert.Equal(password.Length == 0 ? "TooShort " + ruleIds : ruleIds, Check(policy, password));
        Assert.Equal(password.Length == 0 ? "TooShort" : "", Check(policy with { MinimumStrength = 0 }, password));
    }

    [Fact]
    public void Strength_knows_the_mailbox()
    {
        var policy = _anything with { MinimumStrength = 3 };
        const string password = "kwembelzafrodix7";

        Assert.Equal("", Check(policy, password));
        Assert.Equal("TooWeak", Check(policy, password, new PolicyContext { Mailbox = MailboxAddress.Parse("kwembel.zafrodix@example.com") }));
    }

    [Fact]
    public void Endless_password_is_refused_without_the_costly_rules() => Assert.Equal(
        "PasswordInvalid", Check(_anything with { MinimumStrength = 3, RefuseSimilarToMailbox = true, RefuseSimilarToCurrent = true }, string.Concat(Enumerable.Range(0, 100_000).Select(i => (char)('!' + ((long)i * i % 89))))));

    [Fact]
    public void Conforming_password_allocates_nothing()
    {
        using var password = Secret.FromChars("9wKTFctsmP-RsX9/");
        PasswordPolicy.Default.Check(password, PolicyContext.None);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            PasswordPolicy.Default.Check(password, PolicyContext.None);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string Check(PasswordPolicy policy, string text, PolicyContext? context = null)
    {
        using var password = Secret.FromChars(text);
        return string.Join(' ', policy.Check(password, context ?? PolicyContext.None).Select(violation => violation.RuleId));
    }

    /// <summary>The plain textbook table, to check the one that keeps a single row.</summary>
    private static double Kept(string first, string second)
    {
        var table = new int[first.Length + 1, second.Length + 1];
        for (var i = 0; i <= first.Length; i++)
        {
            for (var j = 0; j <= second.Length; j++)
            {
                table[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(
                    Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1));
            }
        }

        var longer = Math.Max(first.Length, second.Length);
        return longer == 0 ? 1 : (double)(longer - table[first.Length, second.Length]) / longer;
    }

    private static double LongestRun(string first, string second)
    {
        var longer = Math.Max(first.Length, second.Length);
        for (var length = first.Length; length > 0; length--)
        {
            for (var start = 0; start + length <= first.Length; start++)
            {
                if (second.Contains(first.Substring(start, length), StringComparison.Ordinal))
                {
                    return (double)length / longer;
                }
            }
        }

        return longer == 0 ? 1 : 0;
    }
}
