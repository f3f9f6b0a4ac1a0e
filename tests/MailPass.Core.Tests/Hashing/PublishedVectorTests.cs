using System.Text;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

/// <summary>Published hashes, with their sources.</summary>
public sealed class PublishedVectorTests
{
    // Drepper, "Unix crypt using SHA-256 and SHA-512", the test vectors in its reference sources. Those with a salt
    // over 16 characters are written with the 16 that count.
    [Theory]
    [InlineData("Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1")]
    [InlineData("Hello world!", "$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.")]
    [InlineData("This is just a test", "$6$rounds=5000$toolongsaltstrin$lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0")]
    [InlineData("a very much longer text to encrypt.  This one even stretches over morethan one line.", "$6$rounds=1400$anotherlongsalts$POfYwTEok97VWcjxIiSOjiykti.o/pQs.wPvMxQ6Fm7I6IoYN3CmLs66x9t0oSwbtEW7o7UmJEiDwGqd8p4ur1")]
    [InlineData("we have a short salt string but not a short password", "$6$rounds=77777$short$WuQyW2YR.hBNpjjRhpYD/ifIw05xdfeEyQoMxIXbkvr0gge1a1x3yRULJ5CCaUeOxFmtlcGZelFl5CxtgfiAc0")]
    [InlineData("a short string", "$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1")]
    [InlineData("the minimum number is still observed", "$6$rounds=1000$roundstoolow$kUMsbe306n21p9R.FRkW3IGn.S9NPN0x50YhH1xhLsPuWGsUSklZt58jaTfF4ZEQpyUNGc0dqbpBYYBaHHrsX.")]
    [InlineData("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5")]
    [InlineData("Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA")]
    [InlineData("This is just a test", "$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5")]
    [InlineData("a very much longer text to encrypt.  This one even stretches over morethan one line.", "$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1")]
    public void Sha_crypt(string password, string hash) => AssertOnly(password, hash);

    // The test sources of OpenBSD's and Openwall's crypt_blowfish.
    [Theory]
    [InlineData("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")]
    [InlineData("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a")]
    [InlineData("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")]
    [InlineData("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui")]
    [InlineData("Kk4DQuMMfZL9o", "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm")]
    public void Bcrypt_passwords(string password, string hash) => AssertOnly(password, hash);

    [Theory]
    [InlineData("A3", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq")]
    [InlineData("A3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq")]
    [InlineData("FFFFA3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e")]
    [InlineData("D191", "$2y$05$6bNw2HLQYeqHYyBfLMsv/OUcZd0LKP39b87nBw3.S2tVZSqiQX6eu")]
    public void Bcrypt_bytes_above_127(string hex, string hash)
    {
        using var password = Secret.FromUtf8(Convert.FromHexString(hex));
        Assert.True(StoredHash.Parse(hash).Verify(password));
    }

    // PHP's manual and other implementations' tests.
    [Theory]
    [InlineData("rasmuslerdorf", "$1$rasmusle$rISCgZzpwk3UhDidwXvin0")]
    [InlineData("hello", "$1$oKnN0HHt$Aul2g/J4edgga3WE/03cN/")]
    [InlineData("this is a password longer than 16 characters", "$1$oKnN0HHt$KtM1JhHfFNyQOq5OgbGo.1")]
    [InlineData("abcdefghijk", "$1$$pL/BYSxMXs.jVuSV1lynn1")]
    public void Md5_crypt(string password, string hash) => AssertOnly(password, hash);

    // PHP's documentation of password_verify().
    [Fact]
    public void Php_manual() => AssertOnly("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq");

    // The reference implementation's test.c, version 1.3.
    [Theory]
    [InlineData("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")]
    [InlineData("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")]
    [InlineData("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc")]
    [InlineData("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8")]
    [InlineData("password", "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E")]
    public void Argon2_reference(string password, string hash) => AssertOnly(password, hash);

    // RFC 5802 section 5 and RFC 7677 section 3 show the exchange; its server signature proves ServerKey.
    [Fact]
    public void Scram_rfc7677()
    {
        using var password = Secret.FromChars("pencil");
        const string stored = "4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        Assert.True(StoredHash.Parse("{SCRAM-SHA-256}" + stored).Verify(password));

        const string exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        var serverKey = Convert.FromBase64String(stored.Split(',')[3]);
        var signature = System.Security.Cryptography.HMACSHA256.HashData(serverKey, Encoding.ASCII.GetBytes(exchange));
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(signature));
    }

    // RFC 6070, those with 20 bytes of output and a salt of text.
    [Theory]
    [InlineData("password", "$1$salt$1$0c60c80f961f0e71f3a9b524af6012062fe037a6")]
    [InlineData("password", "$1$salt$2$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")]
    [InlineData("password", "$1$salt$4096$4b007901b765489abead49d926f721d065a429c1")]
    public void Pbkdf2_rfc6070(string password, string hash) => AssertOnly(password, "{PBKDF2}" + hash);

    // RFC 7693 appendix A.
    [Fact]
    public void Blake2b_abc()
    {
        var digest = new byte[64];
        var hash = new Blake2b(64);
        hash.Append("abc"u8);
        hash.Finish(digest);
        Assert.Equal(
            "BA80A53F981C4D0D6A2797B69F12F6E94C212F14685AC4B74B12BB6FDBFFA2D17D87C5392AAB792DC252D5DE4533CC9518D38AA8DBF1925AB92386EDD4009923",
            Convert.ToHexString(digest));
    }

    // Made by Dovecot 2.3.19's doveadm pw.
    [Theory]
    [InlineData("{SHA512-CRYPT}$6$ZLmv9qL1Hl2fCuP0$JzSQZ6xt5yYLANgkqWdKafbs3ABIbCTOVyVguEqSpnsPV.WuA0hsBPoxbrCCbvOsQX7Y425QR.VuoAPVIKRLy.")]
    [InlineData("{SHA256-CRYPT}$5$fcewq728lSXrVFZL$KM09yvsFJ1Y6IqRb3A0INhmaxUfFjjnxfNwTTTVXTY1")]
    [InlineData("{BLF-CRYPT}$2y$05$6IdLbUsNf/XFQeEOe1e1puikwhKNgExcASDPTROKdHhpTuxdfAGvi")]
    [InlineData("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$qF/Fx+T4+OgAX35936SBrg$atYjGraxD7jQQJgfQK29M/UdtBRYXwi+xqoH5lOett8")]
    [InlineData("{SSHA512}BEitBvH5ceGSYyiFzHQ0AvwRM8nSfkh1UfT62MX/uIwNnF8t1/im+vP0RxoASMx47+RaQMINSK8EYsiMoFJnfawnqQc=")]
    [InlineData("{PBKDF2}$1$pAM0McGu.fxe/yZC$5000$60c2526c3d39eb828116c68066d9108aa7e65470")]
    [InlineData("{SCRAM-SHA-256}4096,HrwUCkes4WoYih/dccVl4w==,MDBcrxhXEM8gw1y6QVyd5SXTFwZfJ/ZFMYW6AuXzQhg=,lb6mkJOTH+NHSUmoYoYL3sYoID8lx+S6oBKjHYCs61I=")]
    public void Dovecot(string hash) => AssertOnly("Corr3ct!horse", hash);

    internal static void AssertOnly(string password, string hash)
    {
        using var right = Secret.FromChars(password);
        using var wrong = Secret.FromChars(password.Length == 0 ? "x" : password[..^1] + (char)(password[^1] ^ 1));
        var stored = StoredHash.Parse(hash);
        Assert.True(stored.Verify(right), hash);
        Assert.False(stored.Verify(wrong), hash);
    }
}
