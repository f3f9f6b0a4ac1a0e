using System.CommandLine;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Mailboxes;
using MailPass.Profiles;
using MailPass.Secrets;
using MailPass.Sessions.Logins;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass login</c>: a real login, to test that a new password works and an old one does not.</summary>
internal sealed class LoginCommand : CliCommand
{
    private readonly Option<string> _mailbox = new("--mailbox", "-m") { Description = "Who logs in; the password is asked for, or is the first line of standard input.", Required = true };
    private readonly Option<string?> _server = new("--server") { Description = "The mail server's name, as its certificate has it; otherwise the profile's." };
    private readonly Option<LoginProtocol> _protocol = new("--protocol") { Description = "imap or submission." };
    private readonly Option<LoginSecurity> _security = new("--security") { Description = "tls, starttls or none." };
    private readonly Option<int?> _port = new("--port") { Description = "The port. The protocol's own by default." };
    private readonly Option<bool> _allowPlaintext = new("--allow-plaintext") { Description = "Let the password leave this machine unencrypted." };
    private readonly Option<string?> _caFile = new("--ca-file") { Description = "A PEM file with the certificate authorities of the mail server, trusted instead of the machine's." };
    private readonly ProfileOption _profile;
    private readonly OutputOptions _output;

    public LoginCommand(CliConsole console)
        : base(console, "login", "Logs in once and shows the server's answer. Exit code 0 only if the login succeeds.")
    {
        _profile = new ProfileOption(this);
        Options.Add(_mailbox);
        Options.Add(_server);
        Options.Add(_protocol);
        Options.Add(_security);
        Options.Add(_port);
        Options.Add(_allowPlaintext);
        Options.Add(_caFile);
        _output = new OutputOptions(this);
        AddCommonOptions();
        _security.DefaultValueFactory = static _ => LoginSecurity.Tls;
        Validators.Add(result =>
        {
            if (result.GetResult(_server) is null && !_profile.IsNamed(result))
            {
                result.AddError("name the server: --server, or a profile with login servers.");
            }

            if (result.GetResult(_server) is null && (result.GetResult(_port) is { Implicit: false } || result.GetResult(_security) is { Implicit: false }))
            {
                result.AddError("--port and --security go with --server; a profile's servers have their own.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var mailbox = MailboxAddress.Parse(call.GetValue(_mailbox));
        var profile = _profile.Load(call, ignoreVariable: call.GetValue(_server) is not null);
        if (profile.ToScope().Refusal(mailbox, MailboxActions.Login) is { } refusal)
        {
            throw refusal;
        }

        var (target, options) = Where(call, profile.Login);
        using var password = Terminal.CanAsk
            ? await SecretInput.AskAsync(Terminal, $"Password of {mailbox}: ", cancellationToken).ConfigureAwait(false)
            : await SecretLine.ReadAsync(Terminal.Input, cancellationToken).ConfigureAwait(false);
        if (password is not { Length: > 0 })
        {
            throw new MailPassException(ErrorIds.PasswordMissing, "There is no password on standard input.");
        }

        var tester = new LoginTester(options, Logger);
        var result = await tester.TestAsync(target, mailbox, password, cancellationToken).ConfigureAwait(false);
        using var output = _output.Open(call, _columns, Terminal);
        output.Add(result);
        output.Complete();
        return output.Fault is not null ? output.Conclude(Terminal) : result.Outcome switch
        {
            LoginOutcome.LoginOk => ExitCodes.Done,
            LoginOutcome.Refused => ExitCodes.SomeFailed,
            _ => ExitCodes.Unreachable,
        };
    }

    private (LoginTarget Target, LoginTestOptions Options) Where(ParseResult call, LoginProfile? login)
    {
        var options = login?.TestOptions ?? new LoginTestOptions();
        options = options with
        {
            AllowPlaintext = options.AllowPlaintext || call.GetValue(_allowPlaintext),
            TrustedRoots = call.GetValue(_caFile) is { } file ? CertificateAuthorities.Read(file) : options.TrustedRoots,
        };
        if (call.GetValue(_server) is { } server)
        {
            return (new LoginTarget(call.GetValue(_protocol), server, call.GetValue(_security), call.GetValue(_port)), options);
        }

        var protocol = call.GetValue(_protocol);
        var text = (protocol is LoginProtocol.Imap ? login?.Imap : login?.Submission)
            ?? throw new MailPassException(ErrorIds.InputInvalid, $"The profile names no server for {protocol}.", "Give --server, or add it to the profile's 'login'.");
        return (LoginTarget.Parse(text), options);
    }

    private static readonly IReadOnlyList<RowColumn<LoginTestResult>> _columns =
    [
        new("Mailbox", static (row, to) => to.Text(row.Mailbox.Value)),
        new("Server", static (row, to) => to.Text($"{row.Target.Host}:{row.Target.EffectivePort}")),
        new("Protocol", static (row, to) => to.Text(row.Target.Protocol.ToString())),
        new("Outcome", static (row, to) => to.Text(row.Outcome.ToString())),
        new("Answer", static (row, to) => to.Text(row.Answer)),
        new("Milliseconds", static (row, to) => to.Number((long?)row.Duration.TotalMilliseconds)),
    ];
}
