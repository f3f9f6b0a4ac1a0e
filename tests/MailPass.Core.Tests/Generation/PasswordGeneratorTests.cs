using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
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
    public void The_entropy_is_that_of_the_set(PasswordStyle style, int length, bool allowLookAlikes, double bits)
    {
        var generator = new PasswordGenerator(PasswordPolicy.Default, new GeneratorOptions { Style = style, Length = length, AllowLookAlikes = allowLookAlikes });

        Assert.Equal(bits, generator.EntropyBits, 9);
    }

    [Theory]
    [InlineData(PasswordStyle.Random)]
    [InlineData(PasswordStyle.Pronounceable)]
    public void By_default_a_password_has_16_characters_and_none_that_look_alike_or_need_quotes(PasswordStyle style)
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
    [InlineData(1, 3, null, PasswordStyle.Random, "3 characters cannot hold the 4 kinds")]
    [InlineData(1, 3, null, PasswordStyle.Pronounceable, "3 characters cannot hold the 4 kinds")]
    [InlineData(1, null, 1, PasswordStyle.Random, "1 character cannot hold")]
    [InlineData(1, null, 0, PasswordStyle.Random, "1 to 1000")]
    [InlineData(1, null, 1001, PasswordStyle.Random, "1 to 1000")]
    public void Where_no_password_can_conform_the_reason_is_given(int minimum, int? maximum, int? length, PasswordStyle style, string reason)
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
                if (password.Length != length || policy.Check(password, PolicyContext.None).Count != 0)
                {
                    return false;
                }
            }

            return canBe && generator.EntropyBits >= 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Fact]
    public void What_another_rule_refuses_is_drawn_again()
    {
        var path = Path.GetTempFileName();
        try
        {
            // One digit of the eight is not in the list.
            File.WriteAllLines(path, "2345689".Select(digit => Convert.ToHexString(SHA1.HashData([(byte)digit])) + ":1").Order(StringComparer.Ordinal));
            using var list = BreachedPasswordList.Open(path);
            var policy = OneDigit() with { BreachedPasswords = list };

            Assert.All(Draw(new PasswordGenerator(policy, new GeneratorOptions { Length = 1 }), 100), password => Assert.Equal("7", password));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Drawing_again_has_an_end()
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

    private static PasswordPolicy OneDigit() => new() { MinimumLength = 1, RequireUpperCase = false, RequireLowerCase = false, RequireSpecial = false };

    private static Gen<(PasswordPolicy Policy, GeneratorOptions Options)> Settings() =>
        from minimum in Gen.Choose(1, 20)
        from maximum in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(1, 30).Select(n => (int?)n))
        from classes in Gen.Choose(0, 15)
        from length in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(0, 40).Select(n => (int?)n))
        from style in Gen.Elements(PasswordStyle.Random, PasswordStyle.Pronounceable)
        from allowLookAlikes in Gen.Elements(true, false)
        select (
            new PasswordPolicy
            {
                MinimumLength = minimum, MaximumLength = maximum,
                RequireUpperCase = (classes & 1) != 0, RequireLowerCase = (classes & 2) != 0, RequireDigit = (classes & 4) != 0, RequireSpecial = (classes & 8) != 0,
            },
            new GeneratorOptions { Length = length, Style = style, AllowLookAlikes = allowLookAlikes });
}
