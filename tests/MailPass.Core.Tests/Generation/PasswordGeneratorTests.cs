using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Core.Tests.Stores;
using MailPass.Generation;
using MailPass.Mailboxes;
using MailPass.Policy;

namespace MailPass.Core.Tests.Generation;

public sealed class PasswordGeneratorTests
{
    // Counted once in another language with the same alphabets: log2 of the inclusion-exclusion sum.
    [Theory]
    [InlineData(PasswordStyle.Random, 16, false, 95.84174738614516)]
    [InlineData(PasswordStyle.Random, 8, false, 46.589756396485065)]
    [InlineData(PasswordStyle.Random, 16, true, 97.58437844050133)]
    [InlineData(PasswordStyle.Pronounceable, 16, false, 59.15324685109918)]
    [InlineData(PasswordStyle.Words, null, false, 73.78055194258131)]
    [InlineData(PasswordStyle.Words, 30, false, 67.93537399405719)]
    public void The_entropy_is_that_of_the_set(PasswordStyle style, int? length, bool allowLookAlikes, double bits)
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, Length = length, AllowLookAlikes = allowLookAlikes });

        Assert.Equal(bits, generator.EntropyBits, 9);
    }

    // log2 of 82, 467, 928, 1372, 1591, 1779 and 1557 words of 3 to 9 letters, taken n at a time.
    [Theory]
    [InlineData(null, 5)]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    [InlineData(12, 12)]
    public void Words_without_extras_have_log2_of_the_list_each(int? given, int count)
    {
        var policy = Policy(CharacterClasses.Lower) with { MinimumLength = 1 };
        var generator = new PasswordGenerator(policy, new GeneratorOptions { Style = PasswordStyle.Words, WordCount = given });

        Assert.Equal(count * Math.Log2(7772), generator.EntropyBits, 9);
        Assert.Equal((3 * count, 9 * count), (generator.LeastLength, generator.Length));
    }

    [Theory]
    [InlineData(8, null, null)]
    [InlineData(8, 20, null)]
    [InlineData(8, 12, null)]
    [InlineData(40, 60, null)]
    [InlineData(60, null, null)]
    [InlineData(8, null, 24)]
    [InlineData(8, null, 31)]
    [InlineData(8, null, 200)]
    public void Words_keep_to_every_length(int minimum, int? maximum, int? length)
    {
        var policy = new PasswordPolicy { MinimumLength = minimum, MaximumLength = maximum };
        var generator = new PasswordGenerator(policy, new GeneratorOptions { Style = PasswordStyle.Words, Length = length });

        Assert.All(Draw(generator, 300), password =>
        {
            Assert.InRange(password.Length, length ?? minimum, length ?? maximum ?? 1000);
            Assert.Matches("^[A-Za-z]{3,9}[2-9]?(([-._])[A-Za-z]{3,9}[2-9]?)+$", password);
        });
    }

    [Fact]
    public void More_words_are_taken_if_the_length_asks_for_more()
    {
        PasswordGenerator Of(int? minimum, int? maximum) => new(new PasswordPolicy { MinimumLength = minimum ?? 8, MaximumLength = maximum }, new GeneratorOptions { Style = PasswordStyle.Words });
        static int Words(PasswordGenerator generator) => Draw(generator, 1)[0].Split('-', '.', '_').Length;

        Assert.Equal(5, Words(Of(null, null)));
        Assert.Equal(5, Words(Of(null, 72)));
        Assert.InRange(Words(Of(null, 16)), 2, 4);
        Assert.InRange(Words(Of(100, null)), 10, 14);
        Assert.True(Of(100, null).EntropyBits > Of(null, null).EntropyBits);
    }

    [Theory]
    [InlineData(PasswordStyle.Random)]
    [InlineData(PasswordStyle.Pronounceable)]
    [InlineData(PasswordStyle.Words)]
    public void A_kind_that_the_policy_does_not_ask_for_is_left_out(PasswordStyle style)
    {
        var all = CharacterClasses.Upper | CharacterClasses.Lower | CharacterClasses.Digit | CharacterClasses.Special;
        var without = new Dictionary<CharacterClasses, string> { [CharacterClasses.Special] = "^[A-Za-z0-9]+$", [CharacterClasses.Digit] = "^[^0-9]+$", [CharacterClasses.Upper] = "^[^A-Z]+$" };
        foreach (var (left, pattern) in without)
        {
            Assert.All(Draw(new PasswordGenerator(Policy(all & ~left), new GeneratorOptions { Style = style }), 500), password => Assert.Matches(pattern, password));
        }
    }

    [Theory]
    [InlineData(PasswordStyle.Random, "^[A-Za-z0-9]{16}$", 90)]
    [InlineData(PasswordStyle.Pronounceable, "^[a-z]{16}$", 45)]
    [InlineData(PasswordStyle.Words, "^([A-Z][a-z]{2,8}){5}$", 60)]
    public void A_policy_of_length_alone_gives_letters(PasswordStyle style, string pattern, double bits)
    {
        var generator = new PasswordGenerator(Policy(CharacterClasses.None), new GeneratorOptions { Style = style });

        Assert.All(Draw(generator, 500), password => Assert.Matches(pattern, password));
        Assert.True(generator.EntropyBits > bits);
    }

    [Theory]
    [InlineData(PasswordStyle.Random, "B8S5Z2#@")]
    [InlineData(PasswordStyle.Pronounceable, "bBfFuU34+")]
    [InlineData(PasswordStyle.Words, "qjxz-2A")]
    public void Excluded_characters_never_occur(PasswordStyle style, string excluded)
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, ExcludeCharacters = excluded });

        Assert.All(Draw(generator, 3000), password => Assert.Equal(-1, password.AsSpan().IndexOfAny(excluded)));
        Assert.True(generator.EntropyBits < new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style }).EntropyBits);
    }

    [Theory]
    [InlineData(PasswordStyle.Random, "0123456789", "leave no digit")]
    [InlineData(PasswordStyle.Words, "23456789", "leave no digit")]
    [InlineData(PasswordStyle.Random, "#+-./:@_", "leave no special character")]
    [InlineData(PasswordStyle.Pronounceable, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "leave no upper-case letter")]
    [InlineData(PasswordStyle.Pronounceable, "BDFGHJKLMNPRSTVZAEU", "leave no pronounceable syllable")]
    [InlineData(PasswordStyle.Pronounceable, "aeiou", "leave no pronounceable syllable")]
    [InlineData(PasswordStyle.Words, "aeiouy", "leave none of the words")]
    [InlineData(PasswordStyle.Words, "ABCDEFGHJKLMNPQRSTUVWYZx", "leave no word that may begin with a capital")]
    public void Exclusion_that_leaves_no_characters_is_refused(PasswordStyle style, string excluded, string reason)
    {
        var fault = Assert.Throws<MailPassException>(() => new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, ExcludeCharacters = excluded }));
        Assert.Equal(ErrorIds.PolicyUnsatisfiable, fault.ErrorId);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Equal("Exclude fewer characters.", fault.Remedy);
    }

    [Fact]
    public void No_letter_left_for_a_policy_of_length_alone()
    {
        var everything = string.Concat(Enumerable.Range(33, 94).Select(code => (char)code));

        var fault = Assert.Throws<MailPassException>(() => new PasswordGenerator(Policy(CharacterClasses.None), new GeneratorOptions { ExcludeCharacters = everything }));
        Assert.Contains("leave no character", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, null, "One word does not make a passphrase of at least 8 characters")]
    [InlineData(2, 60, "2 words do not make a passphrase of 60 characters")]
    [InlineData(0, null, "1 to 100 words, not 0")]
    [InlineData(null, 7, "No number of words makes a passphrase of 7 characters")]
    public void A_number_of_words_that_cannot_be_is_named(int? words, int? length, string reason)
    {
        var policy = PasswordPolicy.Default with { MinimumLength = length is 7 ? 1 : 8 };
        var fault = Assert.Throws<MailPassException>(() => new PasswordGenerator(policy, new GeneratorOptions { Style = PasswordStyle.Words, WordCount = words, Length = length }));
        Assert.Equal(ErrorIds.PolicyUnsatisfiable, fault.ErrorId);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_words_without_words_is_refused()
    {
        var fault = Assert.Throws<MailPassException>(() => new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { WordCount = 4 }));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
    }

    [Theory]
    [InlineData(PasswordStyle.Random)]
    [InlineData(PasswordStyle.Pronounceable)]
    public void Default_has_16_characters_that_need_no_quotes_nor_look_alike(PasswordStyle style)
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style });

        Assert.All(Draw(generator, 5000), password =>
        {
            Assert.Equal(16, password.Length);
            Assert.DoesNotContain(password, "0O1lI|\"'`\\ ,;$!%&<>()[]{}*?~^=".Contains);
            Assert.False(password[0] is '=' or '+' or '-' or '@' or '#' or '/');
        });
    }

    [Theory]
    [InlineData(PasswordStyle.Random, "0O1lI")]
    [InlineData(PasswordStyle.Pronounceable, "0O1lI")]
    public void Look_alikes_occur_where_they_are_allowed(PasswordStyle style, string lookAlikes)
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, AllowLookAlikes = true });
        var drawn = string.Concat(Draw(generator, 3000));

        Assert.All(lookAlikes, character => Assert.Contains(character, drawn));
    }

    [Theory]
    [InlineData(8, null, 16)]
    [InlineData(20, null, 20)]
    [InlineData(8, 12, 12)]
    [InlineData(8, 40, 16)]
    public void The_length_follows_the_policy(int minimum, int? maximum, int length)
    {
        var generator = new PasswordGenerator(new PasswordPolicy { MinimumLength = minimum, MaximumLength = maximum });

        Assert.Equal(length, generator.Length);
        Assert.Equal(length, Draw(generator, 1)[0].Length);
    }

    [Theory]
    [InlineData(8, 6, null, PasswordStyle.Random, "at least 8 and at most 6")]
    [InlineData(8, null, 7, PasswordStyle.Random, "at least 8")]
    [InlineData(8, 20, 21, PasswordStyle.Random, "at most 20")]
    [InlineData(1, 3, null, PasswordStyle.Random, "3 characters cannot contain the 4 kinds")]
    [InlineData(1, 3, null, PasswordStyle.Pronounceable, "3 characters cannot contain the 4 kinds")]
    [InlineData(1, null, 1, PasswordStyle.Random, "1 character cannot contain")]
    [InlineData(1, null, 0, PasswordStyle.Random, "1 to 1000")]
    [InlineData(1, null, 1001, PasswordStyle.Random, "1 to 1000")]
    public void Unsatisfiable_policy_is_reported_with_its_reason(int minimum, int? maximum, int? length, PasswordStyle style, string reason)
    {
        var policy = new PasswordPolicy { MinimumLength = minimum, MaximumLength = maximum };

        var fault = Assert.Throws<MailPassException>(() => new PasswordGenerator(policy, new GeneratorOptions { Length = length, Style = style }));
        Assert.Equal(ErrorIds.PolicyUnsatisfiable, fault.ErrorId);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.Remedy);
    }

    [Fact]
    public void Every_policy_is_passed_or_named_unsatisfiable() =>
        Prop.ForAll(Settings().ToArbitrary(), settings =>
        {
            var (policy, options) = settings;
            var kinds = (policy.RequireUpperCase ? 1 : 0) + (policy.RequireLowerCase ? 1 : 0);
            var extras = (policy.RequireDigit ? 1 : 0) + (policy.RequireSpecial ? 1 : 0);
            var length = options.Length ?? Math.Min(Math.Max(16, policy.MinimumLength), policy.MaximumLength ?? 1000);
            var canBe = policy.MinimumLength <= (policy.MaximumLength ?? 1000) && length >= policy.MinimumLength && length <= (policy.MaximumLength ?? 1000)
                && (options.Style == PasswordStyle.Random ? length >= kinds + extras : length - extras >= Math.Max(1, kinds));
            if (options.Style == PasswordStyle.Words)
            {
                // 3 to 9 letters per word, and two words if there must be a special character between them.
                var (least, most) = (options.Length ?? policy.MinimumLength, options.Length ?? policy.MaximumLength ?? 1000);
                var digit = policy.RequireDigit ? 1 : 0;
                canBe = policy.MinimumLength <= (policy.MaximumLength ?? 1000) && length >= policy.MinimumLength && length <= (policy.MaximumLength ?? 1000)
                    && Enumerable.Range(policy.RequireSpecial ? 2 : 1, 40).Any(words =>
                    {
                        var beside = digit + (policy.RequireSpecial ? words - 1 : 0);
                        return least <= beside + (9 * words) && most >= beside + (3 * words);
                    });
            }

            PasswordGenerator generator;
            try
            {
                generator = new PasswordGenerator(policy, options);
            }
            catch (MailPassException fault)
            {
                return !canBe && fault.ErrorId == ErrorIds.PolicyUnsatisfiable;
            }

            for (var i = 0; i < 20; i++)
            {
                using var password = generator.Next();
                if ((options.Style != PasswordStyle.Words && password.Length != length) || policy.Check(password, PolicyContext.None).Count != 0)
                {
                    return false;
                }
            }

            return canBe && generator.EntropyBits >= 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void Password_that_another_rule_refuses_is_drawn_again()
    {
        // One digit of the eight is not in the list.
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["breached"], "2345689".Select(digit => Convert.ToHexString(SHA1.HashData([(byte)digit])) + ":1").Order(StringComparer.Ordinal));
        using var list = BreachedPasswordList.Open(folder["breached"]);
        var policy = OneDigit() with { BreachedPasswords = list };

        Assert.All(Draw(new PasswordGenerator(policy, new GeneratorOptions { Length = 1 }), 100), password => Assert.Equal("7", password));
    }

    [Fact]
    public void Drawing_again_ends_with_an_error()
    {
        var generator = new PasswordGenerator(OneDigit() with { MinimumStrength = 4 }, new GeneratorOptions { Length = 1 });

        var fault = Assert.Throws<MailPassException>(() => generator.Next());
        Assert.Equal(ErrorIds.PolicyUnsatisfiable, fault.ErrorId);
        Assert.Contains("easy to guess", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mailbox_is_taken_into_account()
    {
        var policy = PasswordPolicy.Default with { RefuseSimilarToMailbox = true, MinimumStrength = 3 };
        var context = new PolicyContext { Mailbox = MailboxAddress.Parse("jane.doe@example.com"), DisplayName = "Jane Doe" };
        using var password = new PasswordGenerator(policy, new GeneratorOptions { Style = PasswordStyle.Pronounceable }).Next(context);

        Assert.Empty(policy.Check(password, context));
    }

    [Fact]
    public void Threads_may_share_a_generator_and_never_draw_alike()
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default);
        var drawn = new ConcurrentBag<string>();
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            foreach (var password in Draw(generator, 20_000))
            {
                drawn.Add(password);
            }
        });

        Assert.Equal(80_000, drawn.Distinct(StringComparer.Ordinal).Count());
    }

    [SkippableTheory]
    [InlineData(PasswordStyle.Random)]
    [InlineData(PasswordStyle.Pronounceable)]
    [InlineData(PasswordStyle.Words)]
    public void A_shell_takes_a_password_without_quotes(PasswordStyle style)
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no POSIX shell on Windows.");
        var passwords = Draw(new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, AllowLookAlikes = true }), 2000);
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var output = shell.StandardOutput.ReadToEndAsync();
        foreach (var password in passwords)
        {
            shell.StandardInput.Write($"printf '%s\\n' {password}\n");
        }

        shell.StandardInput.Close();
        Assert.Equal(passwords, output.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        shell.WaitForExit();
    }

    private static List<string> Draw(PasswordGenerator generator, int count)
    {
        var passwords = new List<string>(count);
        for (var i = 0; i < count; i++)
        {
            using var password = generator.Next();
            passwords.Add(Encoding.UTF8.GetString(password.Utf8));
        }

        return passwords;
    }

    private static PasswordPolicy Policy(CharacterClasses required) => new()
    {
        RequireUpperCase = (required & CharacterClasses.Upper) != 0, RequireLowerCase = (required & CharacterClasses.Lower) != 0,
        RequireDigit = (required & CharacterClasses.Digit) != 0, RequireSpecial = (required & CharacterClasses.Special) != 0,
    };

    private static PasswordPolicy OneDigit() => new() { MinimumLength = 1, RequireUpperCase = false, RequireLowerCase = false, RequireSpecial = false };

    private static Gen<(PasswordPolicy Policy, GeneratorOptions Options)> Settings() =>
        from minimum in Gen.Choose(1, 20)
        from maximum in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(1, 30).Select(n => (int?)n))
        from classes in Gen.Choose(0, 15)
        from length in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(0, 40).Select(n => (int?)n))
        from style in Gen.Elements(PasswordStyle.Random, PasswordStyle.Pronounceable, PasswordStyle.Words)
        from allowLookAlikes in Gen.Elements(true, false)
        select (
            new PasswordPolicy
            {
                MinimumLength = minimum, MaximumLength = maximum,
                RequireUpperCase = (classes & 1) != 0, RequireLowerCase = (classes & 2) != 0, RequireDigit = (classes & 4) != 0, RequireSpecial = (classes & 8) != 0,
            },
            new GeneratorOptions { Length = length, Style = style, AllowLookAlikes = allowLookAlikes });
}
