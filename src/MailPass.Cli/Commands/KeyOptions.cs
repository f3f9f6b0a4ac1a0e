using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using MailPass.Cli.Input;
using MailPass.Journals;

namespace MailPass.Cli.Commands;

/// <summary>The private key of a journal whose key is sealed to recipients.</summary>
internal sealed class KeyOptions
{
    private readonly Option<string?> _keyFile = new("--key-file")
    {
        Description = $"The recipient's certificate with its private key (PEM or PKCS #12), for a run with --recipient; its passphrase comes from {Certificates.PassphraseVariable}, or a prompt. On Windows, the certificate store by default.",
    };

    public KeyOptions(Command command, bool isRare)
    {
        _keyFile.Hidden = isRare;
        command.Options.Add(_keyFile);
    }

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public async Task<X509Certificate2Collection?> LoadAsync(ParseResult call, CliConsole console, CancellationToken cancellationToken)
    {
        if (call.GetValue(_keyFile) is not { } path)
        {
            return Certificates.FromStore();
        }

        var passphrase = console.Environment(Certificates.PassphraseVariable);
        if (string.IsNullOrEmpty(passphrase) && console.CanAsk && Certificates.NeedsPassphrase(path))
        {
            using var typed = await SecretInput.AskAsync(console, $"Passphrase of {path}: ", cancellationToken).ConfigureAwait(false);
            passphrase = typed.Reveal();
        }

        return [Certificates.LoadWithKey(path, passphrase)];
    }
}
