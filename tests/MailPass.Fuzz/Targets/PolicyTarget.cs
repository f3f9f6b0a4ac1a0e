using System.Text;
using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Fuzz.Targets;

/// <summary>Policy files, and a password against each that is accepted.</summary>
public sealed class PolicyTarget : FuzzTarget
{
    private static readonly Secret s_password = Secret.FromChars("N3w-Passw0rd!");

    /// <inheritdoc/>
    public override string Name => "policy";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["""{ "minimumLength": 12, "requireSpecial": false }""",
            """{ "$schema": "https://example.com/x.json", "minimumLength": 8, "maximumLength": 64, "requireUpperCase": true, "requireLowerCase": true, "requireDigit": true, "requireSpecial": true, "refuseSimilarToMailbox": true, "refuseSimilarToCurrent": false, "minimumStrength": 3 }""",
            """{ "minimumStrength": null, /* none */ "breachedPasswords": "breached.txt", }""", "\uFEFF{}"]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["\"minimumLength\":", "\"maximumLength\":", "\"minimumStrength\":", "\"breachedPasswords\":", "\"requireDigit\":", "1000", "1001", "4", "5", "//", "/*", "*/", "\"\\u0000\"", "\"/dev/null\"", "\"..\""];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        _ = PolicyFile.Parse(input, "policy.json").Check(s_password, PolicyContext.None);
        return true;
    }
}
