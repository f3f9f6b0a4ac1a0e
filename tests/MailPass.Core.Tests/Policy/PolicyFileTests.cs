using MailPass.Policy;

namespace MailPass.Core.Tests.Policy;

public sealed class PolicyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailpass-policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_setting_can_be_given()
    {
        File.WriteAllText(Path.Combine(_folder, "known.txt"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n");

        var policy = Load("""
            {
              // comments are for the admin who comes after
              "$schema": "https://example.com/any",
              "minimumLength": 12, "maximumLength": 64,
              "requireUpperCase": false, "requireLowerCase": false, "requireDigit": false, "requireSpecial": false,
              "refuseSimilarToMailbox": true, "refuseSimilarToCurrent": true,
              "minimumStrength": 3,
              "breachedPasswords": "known.txt", // beside this file, wherever that is
            }
            """);

        Assert.Equal(Path.Combine(_folder, "known.txt"), policy.BreachedPasswords?.Path);
        Assert.Equal(
            new PasswordPolicy
            {
                MinimumLength = 12, MaximumLength = 64, RequireUpperCase = false, RequireLowerCase = false, RequireDigit = false, RequireSpecial = false,
                RefuseSimilarToMailbox = true, RefuseSimilarToCurrent = true, MinimumStrength = 3, BreachedPasswords = policy.BreachedPasswords,
            },
            policy);
        policy.BreachedPasswords!.Dispose();
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("""{ "maximumLength": null, "minimumStrength": null, "breachedPasswords": null }""")]
    public void Absent_settings_are_the_defaults(string json) => Assert.Equal(PasswordPolicy.Default, Load(json));

    [Theory]
    [InlineData("""{ "minLength": 12 }""", "'minLength'")]
    [InlineData("""{ "MinimumLength": 12 }""", "'MinimumLength'")]
    [InlineData("""{ "minimumLength": 12, "minimumLength": 8 }""", "'minimumLength' twice")]
    [InlineData("""{ "minimumLength": "12" }""", "'minimumLength', which must be a whole number")]
    [InlineData("""{ "minimumLength": 8.5 }""", "'minimumLength', which must be a whole number")]
    [InlineData("""{ "minimumLength": null }""", "'minimumLength'")]
    [InlineData("""{ "minimumLength": 0 }""", "'minimumLength', which is out of its range. MinimumLength must be from 1 to 1000.")]
    [InlineData("""{ "minimumStrength": 5 }""", "'minimumStrength'")]
    [InlineData("""{ "requireDigit": 1 }""", "'requireDigit', which must be true or false")]
    [InlineData("""{ "breachedPasswords": 7 }""", "'breachedPasswords', which must be the path")]
    [InlineData("""{ "breachedPasswords": "absent.txt" }""", "absent.txt")]
    [InlineData("""{ "breachedPasswords": "a\u0000b" }""", "cannot be read")]
    [InlineData("""{ "maximumLength": 6 }""", "'maximumLength'")]
    [InlineData("""[1]""", "one JSON object")]
    [InlineData("""{ "minimumLength": """, "not valid JSON")]
    [InlineData("", "not valid JSON")]
    public void Invalid_setting_is_named(string json, string part)
    {
        var fault = Assert.Throws<MailPassException>(() => Load(json));

        Assert.Equal(ErrorIds.PolicyInvalid, fault.ErrorId);
        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
        Assert.Contains(_folder, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var fault = Assert.Throws<MailPassException>(() => PasswordPolicy.Load(Path.Combine(_folder, "absent.json")));

        Assert.Equal(ErrorIds.PolicyInvalid, fault.ErrorId);
        Assert.Contains("absent.json", fault.Message, StringComparison.Ordinal);
    }

    private PasswordPolicy Load(string json)
    {
        var path = Path.Combine(_folder, "policy.json");
        File.WriteAllText(path, json);
        return PasswordPolicy.Load(path);
    }
}
