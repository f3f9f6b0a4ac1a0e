using System.CommandLine;
using MailPass.Sessions.Dovecot;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary>How connections of a call are protected: the store's, the webmails' and the Dovecot servers'.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<bool> _allowPlaintext = new("--allow-plaintext") { Description = "Allow unencrypted connections to other machines." };
    private readonly Option<string?> _caFile = new("--ca-file") { Description = "Trust the certificate authorities in this PEM file instead of the machine's." };

    public ConnectionOptions(Command command)
    {
        command.Options.Add(_allowPlaintext);
        command.Options.Add(_caFile);
    }

    /// <summary>The options of a database's connection, with those of the call.</summary>
    public StoreOpenOptions AddTo(ParseResult call, StoreOpenOptions options) => options with
    {
        AllowPlaintext = options.AllowPlaintext || call.GetValue(_allowPlaintext),
        AuthorityFile = call.GetValue(_caFile) ?? options.AuthorityFile,
    };

    /// <summary>The options of the Dovecot servers' connections, with those of the call.</summary>
    public DovecotOptions AddTo(ParseResult call, DovecotOptions options) => options with { AllowPlaintext = options.AllowPlaintext || call.GetValue(_allowPlaintext) };

    /// <summary>The certificate authorities that the call names.</summary>
    public string? AuthorityFile(ParseResult call) => call.GetValue(_caFile);
}
