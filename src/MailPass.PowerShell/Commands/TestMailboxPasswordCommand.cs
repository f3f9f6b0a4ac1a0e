using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>Says which rules a password breaks and, for a mailbox of the connected store, whether it is the current one.</summary>
[Cmdlet(VerbsDiagnostic.Test, "MailboxPassword")]
[OutputType(typeof(PasswordTest))]
public sealed class TestMailboxPasswordCommand : MailStoreCommand
{
    /// <summary>The password.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("NewPassword")]
    [PasswordTransformation]
    [System.Management.Automation.AllowNull]
    public SecureString? Password { get; set; }

    /// <summary>The mailbox that it is for.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    /// <summary>The policy: a hashtable or a file; left out, that of the connected store, or the default.</summary>
    [Parameter]
    [PolicyTransformation]
    public PasswordPolicy? Policy { get; set; }

    /// <summary>Takes passwords as text too, for example from a CSV's column.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override void Process()
    {
        if (Password is null)
        {
            WriteError(Fault.ToRecord(ErrorIds.PasswordMissing, "There is no password to test.", Identity));
            return;
        }

        if (!AsPlainText && SecretText.WasPlainText(Password))
        {
            WriteError(Fault.ToRecord(FaultIds.PasswordIsPlainText, "-Password came as plain text.", Identity));
            return;
        }

        Secret password;
        try
        {
            password = SecretText.ToSecret(Password);
        }
        catch (MailPassException fault)
        {
            WriteFault(fault, Identity);
            return;
        }

        using (password)
        {
            var connection = MailStore ?? RunspaceStores.Current.Default;
            var policy = Policy ?? connection?.Policy ?? PasswordPolicy.Default;
            if (Identity is null)
            {
                WriteObject(new PasswordTest(null, policy.Check(password, PolicyContext.None), null));
                return;
            }

            foreach (var identity in Identity)
            {
                TestFor(identity, password, policy, connection);
            }
        }
    }

    private void TestFor(string identity, Secret password, PasswordPolicy policy, MailStoreConnection? connection)
    {
        if (!TryReadAddress(identity, out var address))
        {
            return;
        }

        MailboxAccount? account = null;
        bool? isCurrent = null;
        if (connection is not null)
        {
            account = Await(async token => (await connection.Store.FindAsync([address], token).ConfigureAwait(false))[0]);
            if (account is null)
            {
                WriteError(Fault.ToRecord(ErrorIds.MailboxNotFound, $"{address.Value} does not exist in {connection.Location}.", identity));
                return;
            }

            if (!string.IsNullOrEmpty(account.PasswordHash))
            {
                if (!StoredHash.TryParse(account.PasswordHash, connection.Info.UnprefixedScheme, out var hash, out var fault))
                {
                    WriteFault(fault!, identity);
                    return;
                }

                isCurrent = hash!.Verify(password);
            }
            else
            {
                isCurrent = false;
            }
        }

        var context = new PolicyContext { Mailbox = address, DisplayName = account?.DisplayName };
        WriteObject(new PasswordTest(address.Value, policy.Check(password, context), isCurrent));
    }
}
