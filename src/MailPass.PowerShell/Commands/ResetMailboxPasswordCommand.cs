using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Changes;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;

namespace MailPass.PowerShell.Commands;

/// <summary>Gives each mailbox a new generated password and writes one row for each.</summary>
[Cmdlet(VerbsCommon.Reset, "MailboxPassword", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = MailboxSet)]
[OutputType(typeof(PasswordChange))]
public sealed class ResetMailboxPasswordCommand : PasswordChangeCommand
{
    private const string MailboxSet = "Mailbox";
    private const string DomainSet = "Domain";

    private MailboxCount? _count;

    /// <summary>The mailboxes.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = MailboxSet)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [AllowEmptyString]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Identity { get; set; } = [];

    /// <summary>All mailboxes of these domains; <c>*</c> for all domains, <c>*.example.org</c> for those that fit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DomainSet)]
    [ArgumentCompleter(typeof(DomainCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Domain { get; set; } = [];

    /// <summary>Passes over mailboxes that cannot log in, instead of naming each as failed.</summary>
    [Parameter(ParameterSetName = DomainSet)]
    public SwitchParameter ActiveOnly { get; set; }

    /// <summary>Writes the passwords as text, for a CSV; otherwise as <see cref="System.Security.SecureString"/>.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    private protected override string KindName => nameof(MailboxActions.Reset);

    private protected override string JournalName => "reset";

    private protected override RunScope ScopeOfCall =>
        ParameterSetName == DomainSet ? new(RunScopeKind.Domain, Domain, Shard?.ToString())
        : MyInvocation.ExpectingInput ? RunScope.Unknown with { Part = Shard?.ToString() }
        : RunScope.Of(Identity, Shard);

    private protected override string ActionName => "Reset mailbox password";

    private protected override bool EmitsRows => true;

    private protected override bool Generates => true;

    private protected override long? Total => ParameterSetName == MailboxSet
        ? Identity.Length
        : (_count ??= new MailboxCount(Connection.Store, [.. Domain.Select(domain => Selection(domain).Query)], Shard, Exclusions)).Known;

    private protected override bool PlainTextRows => AsPlainText;

    private protected override ChangeRunOptions ConfigureRun(ChangeRunOptions options) => options with
    {
        // A domain's mailboxes come from the store, which has each once.
        RefuseDuplicates = ParameterSetName == MailboxSet || Domain.Length > 1,
    };

    private protected override void Process()
    {
        if (ParameterSetName == DomainSet)
        {
            if (Clipboard)
            {
                throw new MailPassException(ErrorIds.InputInvalid, "-Clipboard takes the password of one mailbox, not those of a domain.", "Leave -Clipboard out.");
            }

            foreach (var domain in Domain)
            {
                ResetDomain(domain);
            }

            return;
        }

        var line = NextLine(InputRow.Take(Identity));
        foreach (var identity in Identity)
        {
            var fault = RefusedInput.Read(identity, out var mailbox);
            Submit(new ChangeRequest { Identity = mailbox, Fault = fault, Line = line });
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _count?.Dispose();
        base.Dispose(disposing);
    }

    private DomainSelection Selection(string domain) => new(domain, MailboxActions.Reset, IncludeInactive: !ActiveOnly);

    private void ResetDomain(string domain)
    {
        var selection = Selection(domain);
        if (selection.Refusal(Connection.Info) is { } refusal)
        {
            WriteFault(refusal, domain);
            return;
        }

        if (!Confirms(selection))
        {
            return;
        }

        var any = false;
        foreach (var account in Read(token => Connection.Store.ListAsync(selection.Query, token)))
        {
            any = true;
            Submit(new ChangeRequest { Identity = account.Address.Value, Account = account });
        }

        if (!any)
        {
            WriteFault(selection.Nobody(Connection.Info), domain);
        }
    }
}
