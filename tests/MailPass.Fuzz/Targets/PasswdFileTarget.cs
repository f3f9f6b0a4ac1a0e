using System.Text;
using MailPass.Stores.PasswdFile;

namespace MailPass.Fuzz.Targets;

/// <summary>Lines of passwd-files and of postfix-accounts.cf.</summary>
public sealed class PasswdFileTarget : FuzzTarget
{
    private static readonly PasswdFileFormat[] s_formats = [PasswdFileFormat.PasswdFile, PasswdFileFormat.PostfixAccounts, PasswdFileFormat.PasswdFile with { Domain = "example.com" }];

    /// <inheritdoc/>
    public override string Name => "passwd-file";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["anna@example.com:{SHA512-CRYPT}$6$salt$hash:1000:1000:Anna:/home/anna:/bin/false:userdb_quota_rule=*:storage=1G nologin=y\n", "ben@example.com|{SHA512-CRYPT}$6$x$y\n", "# comment\n", "cleo:!:::\r\n", ":x:y"]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = [":", "::::::", "|", "#", "!", "*", "nologin", "@example.com", "\r\n"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        var accepted = false;
        foreach (var format in s_formats)
        {
            _ = format.LacksDomain(input);
            if (format.Read(input) is not { } account)
            {
                continue;
            }

            accepted = true;
            Require(format.TrySplit(input, out _, out var place) && Encoding.UTF8.GetString(input.AsSpan()[place]) == account.PasswordHash, "a password is not where the line is split");
        }

        return accepted;
    }
}
