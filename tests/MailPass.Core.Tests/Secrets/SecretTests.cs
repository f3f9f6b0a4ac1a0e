using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Secrets;

public sealed class SecretTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("Aa1!", "Aa1!")]
    [InlineData("Pa\u0308sswort", "Pässwort")]
    [InlineData("\u212B", "Å")] // the Angstrom sign
    [InlineData("\uAC01", "\uAC01")] // a Hangul syllable stays composed
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("ﬁ", "ﬁ")] // NFC, not NFKC: a ligature stays
    [InlineData("😀", "😀")]
    public void Text_is_held_as_UTF8_in_NFC(string typed, string held)
    {
        using var secret = Secret.FromChars(typed);

        Assert.Equal(Encoding.UTF8.GetBytes(held), secret.Utf8.ToArray());
        Assert.Equal(secret.Utf8.Length, secret.Length);
        Assert.Equal(held, secret.Reveal());
    }

    // No [InlineData]: an attribute is stored in UTF-8, which has no half of a surrogate pair.
    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Assert.All(["\uD800", "a\uDC00b", "a\uD83D", "\uDE00\uD83D"], typed =>
    {
        Assert.False(Secret.TryFromChars(typed, out var secret));
        Assert.Null(secret);
        var fault = Assert.Throws<MailPassException>(() => Secret.FromChars(typed));
        Assert.Equal(ErrorIds.PasswordInvalid, fault.ErrorId);
    });

    [Fact]
    public void Bytes_are_taken_over_as_they_are()
    {
        byte[] bytes = [0x61, 0xCC, 0x88, 0x00, 0xFF];
        using var secret = Secret.FromUtf8(bytes);
        bytes[0] = 0;

        Assert.Equal([0x61, 0xCC, 0x88, 0x00, 0xFF], secret.Utf8.ToArray());
    }

    [Fact]
    public void Disposing_overwrites_every_byte()
    {
        using var secret = Secret.Create(1000, (byte)0x41, static (buffer, value) => buffer.Fill(value));
        Assert.False(secret.Utf8.ContainsAnyExcept((byte)0x41));

        secret.Erase(); // what Dispose does before it gives the memory back

        Assert.False(secret.Utf8.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Nothing_can_be_read_after_disposal()
    {
        var secret = Secret.FromChars("Aa1!");
        using var other = Secret.FromChars("Aa1!");
        secret.Dispose();
        secret.Dispose(); // twice is harmless

        Assert.Throws<ObjectDisposedException>(() => secret.Utf8.Length);
        Assert.Throws<ObjectDisposedException>(() => secret.Reveal());
        Assert.Throws<ObjectDisposedException>(() => secret.CopyChars(new char[4]));
        Assert.Throws<ObjectDisposedException>(secret.Clone);
        Assert.Throws<ObjectDisposedException>(() => other.FixedTimeEquals(secret));
        Assert.Equal("(secret)", secret.ToString());
    }

    [Fact]
    public void A_clone_outlives_its_original()
    {
        var secret = Secret.FromChars("Aa1!");
        using var clone = secret.Clone();
        secret.Dispose();

        Assert.Equal("Aa1!", clone.Reveal());
    }

    [Fact]
    public void Created_buffer_has_zeros_and_the_requested_length()
    {
        using var secret = Secret.Create(3, 7, static (buffer, value) => buffer[1] = (byte)value);
        using var empty = Secret.Create(0, 0, static (buffer, _) => Assert.True(buffer.IsEmpty));

        Assert.Equal([0, 7, 0], secret.Utf8.ToArray());
        Assert.Equal(0, empty.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => Secret.Create(-1, 0, static (_, _) => { }));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("Aa1!", "Aa1!", true)]
    [InlineData("Aa1!", "Aa1?", false)]
    [InlineData("Aa1!", "Aa1!!", false)]
    [InlineData("Pa\u0308ss", "Päss", true)]
    public void Comparison_is_of_the_bytes(string first, string second, bool isSame)
    {
        using var one = Secret.FromChars(first);
        using var other = Secret.FromChars(second);

        Assert.Equal(isSame, one.FixedTimeEquals(other));
    }

    [Fact]
    public void A_secret_shows_only_on_request()
    {
        using var secret = Secret.FromChars("Hush4!now");

        Assert.DoesNotContain("Hush", secret.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Hush", $"{secret}", StringComparison.Ordinal);
        Assert.DoesNotContain("Hush", System.Text.Json.JsonSerializer.Serialize(new { Password = secret.ToString() }), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_held_as_the_platform_normalizes_it() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            var isText = !text.Get.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar) || text.Get.Contains('\uFFFD', StringComparison.Ordinal);
            if (!Secret.TryFromChars(text.Get, out var secret))
            {
                return !isText || text.Get.Any(char.IsSurrogate);
            }

            using (secret)
            {
                var characters = new char[secret!.Length];
                var count = secret.CopyChars(characters);
                var expected = text.Get.Normalize(NormalizationForm.FormC);
                return string.Equals(secret.Reveal(), expected, StringComparison.Ordinal)
                    && characters.AsSpan(0, count).SequenceEqual(expected);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
