using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Threading.Channels;
using MailPass.Import;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.PowerShell.Errors;
using MailPass.Profiles;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Makes the embedded store, with the mailboxes from the pipeline, and connects to it.</summary>
[Cmdlet(VerbsCommon.New, "MailStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(MailStoreConnection))]
public sealed class NewMailStoreCommand : MailPassCommand
{
    private readonly Channel<NewMailbox> _mailboxes = Channel.CreateBounded<NewMailbox>(new BoundedChannelOptions(8192) { SingleReader = true, SingleWriter = true });
    private Task<StoreCreation>? _creation;
    private bool _declined;
    private bool _nameIsGiven;
    private long _line;

    /// <summary>The file to create; it must not exist.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The mailboxes to put in.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias(MailboxNames.Mailbox, MailboxNames.EmailAddress, MailboxNames.Email, MailboxNames.Mail, MailboxNames.UserPrincipalName, MailboxNames.UserName, MailboxNames.Address)]
    [MailboxTransformation]
    [AllowEmptyString]
    [SuppressMessage("Performance", "CA1819", Justification = "PowerShell binds arrays.")]
    public string[] Identity { get; set; } = [];

    /// <summary>The person's name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [AllowEmptyString]
    public string? DisplayName { get; set; }

    /// <summary>A hash as a mail system stores it; none if it is left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Hash")]
    [AllowEmptyString]
    public string? PasswordHash { get; set; }

    private protected override object? FaultTarget => Path;

    private protected override void Begin()
    {
        Path = FullPath(Path!);
        _nameIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(DisplayName));
        _declined = !ShouldProcess(Path, "Make mail store");
        if (!_declined)
        {
            _creation = Task.Run(() => MailPass.Stores.MailStore.CreateAsync(Path, _mailboxes.Reader.ReadAllAsync(CancellationToken.None), StopToken));
        }
    }

    private protected override void Process()
    {
        if (_declined)
        {
            return;
        }

        _line++;
        var row = InputRow.Take(Identity);
        foreach (var identity in Identity)
        {
            if (RefusedInput.Read(identity, out var known) is { } fault)
            {
                WriteFault(fault, known);
                continue;
            }

            Put(new NewMailbox
            {
                Identity = identity,

                // A row's text has an apostrophe if a spreadsheet would take it for a formula.
                DisplayName = string.IsNullOrWhiteSpace(DisplayName) ? null : _nameIsGiven ? DisplayName : SpreadsheetText.Undo(DisplayName),
                PasswordHash = string.IsNullOrWhiteSpace(PasswordHash) ? null : PasswordHash,
                Line = MyInvocation.ExpectingInput ? row?.LineOf(_line) ?? _line : null,
            });
        }
    }

    private protected override void End()
    {
        if (_declined)
        {
            return;
        }

        _mailboxes.Writer.Complete();
        var creation = _creation!.GetAwaiter().GetResult();
        foreach (var refused in creation.Refused)
        {
            WriteError(Fault.ToRecord(refused.ErrorId, refused.Message, refused.Identity));
        }

        WriteVerbose($"{creation.Created} mailboxes were put into {Path}.");
        var site = new SiteProfile { Store = new(new StoreLocation(StoreProvider.Sqlite, Path)) };
        var opened = Await(token => Log.OpenSiteAsync(site, new SiteSecrets(), token));
        var connection = new MailStoreConnection(opened.Store, site);
        RunspaceStores.Current.Add(connection);
        WriteObject(connection);
    }

    private void Put(NewMailbox mailbox)
    {
        while (!_mailboxes.Writer.TryWrite(mailbox))
        {
            // Woken by room, or by the end of a creation that failed.
            Task.WaitAny([_mailboxes.Writer.WaitToWriteAsync(StopToken).AsTask(), _creation!], StopToken);
            if (_creation!.IsCompleted)
            {
                _creation.GetAwaiter().GetResult();
            }
        }

        if (_creation!.IsFaulted)
        {
            _creation.GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_creation is { IsCompleted: false })
        {
            // The pipeline ended early: Core removes the unfinished file.
            StopCore();
            _mailboxes.Writer.TryComplete();
            ((IAsyncResult)_creation).AsyncWaitHandle.WaitOne();
        }

        base.Dispose(disposing);
    }
}
