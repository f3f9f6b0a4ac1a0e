using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Import;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.Secrets;
using MailPass.Sessions.Logins;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Logs in, to test that a new password works and an old one does not. Each login is tried once.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MailboxLogin")]
[OutputType(typeof(LoginTest))]
public sealed class TestMailboxLoginCommand : MailPassCommand
{
    // Kept as numbers: a field of one of Core's enums would need Core before PowerShell has called ModuleLifetime.
    private int[] _protocols = [0];
    private int _security = (int)LoginSecurity.Tls;
    private LoginTester? _tester;
    private bool _passwordIsGiven;

    /// <summary>The mailboxes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Identity { get; set; } = [];

    /// <summary>The password to log in with.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("NewPassword")]
    [PasswordTransformation]
    [System.Management.Automation.AllowNull]
    public SecureString? Password { get; set; }

    /// <summary>The mail server's name, as its certificate has it.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Server { get; set; }

    /// <summary>Imap, Submission or both.</summary>
    [Parameter]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public LoginProtocol[] Protocol
    {
        get => Array.ConvertAll(_protocols, protocol => (LoginProtocol)protocol);
        set => _protocols = Array.ConvertAll(value, protocol => (int)protocol);
    }

    /// <summary>Tls, StartTls or None.</summary>
    [Parameter]
    public LoginSecurity Security
    {
        get => (LoginSecurity)_security;
        set => _security = (int)value;
    }

    /// <summary>The port; the protocol's own if it is left out.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Takes passwords as text too, for example from a CSV's column.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Lets the password leave this machine unencrypted.</summary>
    [Parameter]
    public SwitchParameter AllowPlaintext { get; set; }

    /// <summary>A PEM file with the certificate authorities of the mail server, trusted instead of the machine's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    private protected override object? FaultTarget => Server;

    private protected override void Begin() => _passwordIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Password));

    private protected override void Process()
    {
        var row = InputRow.Take(Identity);
        Secret given;
        try
        {
            given = SecretText.Take(row is null || _passwordIsGiven ? Password : row.Password(Column.Password, Password), nameof(Password), AsPlainText);
        }
        catch (MailPassException fault)
        {
            WriteFault(fault, Identity);
            return;
        }

        using var password = given;
        _tester ??= Log.CreateLoginTester(new LoginTestOptions
        {
            AllowPlaintext = AllowPlaintext,
            TrustedRoots = CaFile is null ? null : CertificateAuthorities.Read(FullPath(CaFile)),
        });
        foreach (var identity in Identity)
        {
            if (!TryReadAddress(identity, out var address))
            {
                continue;
            }

            // A login needs no store; if one is connected, its scope decides which mailboxes may be tested.
            if (RunspaceStores.Current.Default?.Info.Scope.Refusal(address, MailboxActions.Login) is { } refusal)
            {
                WriteFault(refusal, address.Value);
                continue;
            }

            foreach (var protocol in Protocol)
            {
                var target = new LoginTarget(protocol, Server!, Security, Port);
                WriteObject(new LoginTest(Await(token => _tester.TestAsync(target, address, password, token))));
            }
        }
    }
}
