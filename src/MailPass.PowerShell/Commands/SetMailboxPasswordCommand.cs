using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Changes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Errors;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>Gives mailboxes the passwords that the input brings: the admin's change, or a person's own with the current password.</summary>
[Cmdlet(VerbsCommon.Set, "MailboxPassword", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(PasswordChange))]
public sealed class SetMailboxPasswordCommand : PasswordChangeCommand
{
    private long _line;

    /// <summary>The mailboxes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [MailboxTransformation]
    [AllowEmptyString]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Identity { get; set; } = [];

    /// <summary>The new password; asked for twice where it is left out and somebody can be asked.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("NewPassword")]
    [PasswordTransformation]
    public SecureString? Password { get; set; }

    /// <summary>The current password, for a person's own change: it is verified first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PasswordTransformation]
    public SecureString? CurrentPassword { get; set; }

    /// <summary>Takes passwords as text too, for example from a CSV's column.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Writes a row for each mailbox.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string ActionName => "Set mailbox password";

    private protected override bool EmitsRows => PassThru;

    private protected override bool PlainTextRows => AsPlainText;

    private protected override ChangeRunOptions ConfigureRun(ChangeRunOptions options) => options;

    private protected override void Process()
    {
        _line++;
        foreach (var identity in Identity)
        {
            var (mailbox, fault) = Identify(identity);
            Submit(fault is null ? Request(mailbox) : new ChangeRequest { Identity = mailbox, Fault = fault, Line = Line });
        }
    }

    // A mailbox typed on the command line has no line.
    private long? Line => MyInvocation.ExpectingInput ? _line : null;

    private ChangeRequest Request(string mailbox)
    {
        Secret? password = null;
        Secret? current = null;
        try
        {
            password = Take(Password ?? Ask(mailbox), nameof(Password));
            current = CurrentPassword is null ? null : Take(CurrentPassword, nameof(CurrentPassword));
            return new ChangeRequest { Identity = mailbox, Password = password, CurrentPassword = current, Line = Line };
        }
        catch (MailPassException fault)
        {
            password?.Dispose();
            current?.Dispose();
            return new ChangeRequest { Identity = mailbox, Fault = fault, Line = Line };
        }
    }

    private Secret Take(SecureString? password, string parameter)
    {
        if (password is null || password.Length == 0)
        {
            throw new MailPassException(ErrorIds.PasswordMissing, "There is no password for this mailbox.");
        }

        if (!AsPlainText && SecretText.WasPlainText(password))
        {
            throw new MailPassException(FaultIds.PasswordIsPlainText, $"-{parameter} came as plain text.");
        }

        return SecretText.ToSecret(password);
    }

    private SecureString? Ask(string mailbox) =>
        MyInvocation.ExpectingInput || IsWhatIf ? null : PasswordPrompt.AskTwice(Host, mailbox);
}
