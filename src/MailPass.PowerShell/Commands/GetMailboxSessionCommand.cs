using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using MailPass.Mailboxes;
using MailPass.PowerShell.Binding;
using MailPass.Sessions;

namespace MailPass.PowerShell.Commands;

/// <summary>Who is logged in where.</summary>
[Cmdlet(VerbsCommon.Get, "MailboxSession")]
[OutputType(typeof(Session))]
public sealed class GetMailboxSessionCommand : SessionCommand
{
    /// <summary>Only sessions of these mailboxes; all if neither mailboxes nor domains are named.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [ArgumentCompleter(typeof(MailboxCompleter))]
    [MailboxTransformation]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[]? Identity { get; set; }

    private protected override string ActionName => nameof(MailboxActions.Sessions);

    private protected override void Process() => Gather(Identity ?? []);

    private protected override void End()
    {
        GatherDomains();
        Flush();
        if (Domain is null && !MyInvocation.ExpectingInput && Identity is null)
        {
            List(null);
        }

        SayExcluded();
    }

    private protected override void Handle(IReadOnlyList<MailboxAddress> mailboxes) => List(mailboxes);

    private void List(IReadOnlyList<MailboxAddress>? mailboxes)
    {
        var systems = Connection.AuthoritiesToRevoke();
        var scope = new RevocationScope { Services = Service ?? [] };
        foreach (var session in Read(token => SessionSystems.ListAsync(systems, mailboxes, scope, token)))
        {
            // If no mailbox is named, the systems list all sessions.
            if (mailboxes is not null || !Exclusions.Excludes(session.Mailbox))
            {
                WriteObject(new Session(session));
            }
        }
    }
}
