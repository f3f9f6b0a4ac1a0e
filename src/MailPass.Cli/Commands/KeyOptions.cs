using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailPass.Journals;

namespace MailPass.Cli.Commands;

/// <summary>The private key of a journal whose key is sealed to recipients.</summary>
internal sealed class KeyOptions
{
    public const string PassphraseVariable = "MAILPASS_KEY_PASSPHRASE";

    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Hidden = true, Description = $"The recipient's certificate with its private key (PEM or PKCS #12), for a run with --recipient; its passphrase comes from {PassphraseVariable}. On Windows, the certificate store by default.",
    };

    public KeyOptions(Command command) => command.Options.Add(_keyFile);

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public X509Certificate2Collection? Load(ParseResult call, CliConsole console) =>
        call.GetValue(_keyFile) is { } path ? [Certificates.LoadWithKey(path, console.Environment(PassphraseVariable))] : Certificates.FromStore();
}
