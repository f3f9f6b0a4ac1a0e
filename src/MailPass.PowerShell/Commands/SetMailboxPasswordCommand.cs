using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.Changes;
using MailPass.Import;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Pipeline;
using MailPass.Secrets;

namespace MailPass.PowerShell.Commands;

/// <summary>Sets the given passwords: the admin's change, or a person's own with the current password.</summary>
[Cmdlet(VerbsCommon.Set, "MailboxPassword", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(PasswordChange))]
public sealed class SetMailboxPasswordCommand : PasswordChangeCommand
{
    private bool _passwordIsGiven;
    private bool _currentIsGiven;
    private UpstreamCsv? _file;

    /// <summary>The mailboxes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [AllowEmptyString]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Identity { get; set; } = [];

    /// <summary>The new password; asked for twice if it is left out and somebody can be asked.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("NewPassword")]
    [PasswordTransformation]
    public SecureString? Password { get; set; }

    /// <summary>The current password, for a person's own change: it is verified first.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PasswordTransformation]
    public SecureString? CurrentPassword { get; set; }

    /// <summary>Generates the new password, also for a person's own change; the row has it.</summary>
    [Parameter]
    public SwitchParameter Generate { get; set; }

    /// <summary>Leaves a mailbox as it is if it has this password already; takes twice as long.</summary>
    [Parameter]
    public SwitchParameter LeaveUnchanged { get; set; }

    /// <summary>Takes passwords as text too, for example from a CSV's column.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Writes a row for each mailbox.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string KindName => CurrentPassword is null ? nameof(MailboxActions.Set) : nameof(MailboxActions.Change);

    private protected override string JournalName => "set";

    private protected override RunScope ScopeOfCall => MyInvocation.ExpectingInput ? RunScope.Unknown with { Part = Shard?.ToString() } : RunScope.Of(Identity, Shard);

    private protected override string ActionName => "Set mailbox password";

    private protected override bool EmitsRows => PassThru || Generate;

    private protected override bool Generates => Generate;

    private protected override bool PlainTextRows => AsPlainText;

    private protected override long? Total => Identity.Length;

    private protected override ChangeRunOptions ConfigureRun(ChangeRunOptions options) => options with { LeaveUnchanged = LeaveUnchanged };

    private protected override void Begin()
    {
        base.Begin();
        _passwordIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Password));
        _currentIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(CurrentPassword));
    }

    private protected override void Process()
    {
        var row = InputRow.Take(Identity);
        var line = NextLine(row);
        foreach (var identity in Identity)
        {
            var fault = RefusedInput.Read(identity, out var mailbox);
            Submit(fault is null ? Request(mailbox, row, line) : new ChangeRequest { Identity = mailbox, Fault = fault, Line = line });
        }
    }

    private ChangeRequest Request(string mailbox, InputRow? row, long? line)
    {
        Secret? password = null;
        Secret? current = null;
        try
        {
            if (row is not null && !_passwordIsGiven && (_file ??= UpstreamCsv.Read(this, FullPath, StopToken)).FaultOf(mailbox) is { } halved)
            {
                throw halved;
            }

            var given = row is null || _passwordIsGiven ? Password : row.Password(Column.Password, Password);
            var old = row is null || _currentIsGiven ? CurrentPassword : row.Password(Column.CurrentPassword, CurrentPassword);
            current = old is null ? null : SecretText.Take(old, nameof(CurrentPassword), AsPlainText);
            if (Generate)
            {
                return given is null
                    ? new ChangeRequest { Identity = mailbox, CurrentPassword = current, Line = line }
                    : throw new MailPassException(ErrorIds.InputInvalid, "-Generate cannot be combined with a given password.", "Leave out one of them.");
            }

            // Read here, because only the pipeline thread knows the runspace.
            var store = Connection.Store;
            if (given is null && current is not null && CanAsk && Await(token => CurrentPasswordCheck.FaultOfAsync(store, mailbox, current, token)) is { } wrong)
            {
                throw wrong;
            }

            password = SecretText.Take(given ?? Ask(mailbox), nameof(Password), AsPlainText);
            if (PasswordText.HasOuterSpace(password))
            {
                WriteWarning($"{mailbox}: {PasswordText.OuterSpace}");
            }

            return new ChangeRequest { Identity = mailbox, Password = password, CurrentPassword = current, Line = line };
        }
        catch (MailPassException fault)
        {
            password?.Dispose();
            current?.Dispose();
            return new ChangeRequest { Identity = mailbox, Fault = fault, Line = line };
        }
    }

    private bool CanAsk => !MyInvocation.ExpectingInput && !IsWhatIf;

    private SecureString? Ask(string mailbox) => !CanAsk ? null : PasswordPrompt.AskTwice(Host, mailbox);
}
