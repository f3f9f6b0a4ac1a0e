using System.CommandLine;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass test</c>: which rules a password breaks, and whether it is a mailbox's current one.</summary>
internal sealed class TestCommand : CliCommand
{
    private readonly Option<string?> _mailbox = new("--mailbox", "-m") { Description = "Tell too whether it is this mailbox's current password; needs --store." };
    private readonly StoreOptions _store;
    private readonly PasswordOptions _passwords;
    private readonly OutputOptions _output;

    public TestCommand(CliConsole console)
        : base(console, "test", "Lists the rules that a password breaks. Reads it from a prompt or the first line of standard input.")
    {
        _store = new StoreOptions(this, required: false);
        StoreNames.CompleteMailboxes(_mailbox, _store, console);
        Options.Add(_mailbox);
        _passwords = new PasswordOptions(this, generates: false);
        _output = new OutputOptions(this);
        AddCommonOptions();
        Validators.Add(result =>
        {
            if (result.GetResult(_mailbox) is not null ? !_store.IsGiven(result) : _store.IsNamed(result))
            {
                result.AddError("--mailbox and --store go together.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var policies = _passwords.Policies(call, _store.Site(call));
        var account = await FindAsync(call, cancellationToken).ConfigureAwait(false);
        using var password = Terminal.CanAsk
            ? await SecretInput.AskAsync(Terminal, "Password: ", cancellationToken).ConfigureAwait(false)
            : await SecretLine.ReadAsync(Terminal.Input, cancellationToken).ConfigureAwait(false);
        if (password is null)
        {
            throw new MailPassException(ErrorIds.PasswordMissing, "There is no password on standard input.");
        }

        var context = account is null
            ? PolicyContext.None
            : new PolicyContext { Mailbox = account.Value.Account.Address, DisplayName = account.Value.Account.DisplayName };
        var violations = policies.For(context.Mailbox).Check(password, context);
        using var output = _output.Open(call, _columns, Terminal);
        foreach (var violation in violations)
        {
            output.Add(new Finding(violation.RuleId, "broken", violation.Message));
        }

        if (violations.Count == 0)
        {
            output.Add(new Finding("Policy", "passed", "The password conforms to the policy."));
        }

        if (account is { } found)
        {
            output.Add(Compare(password, found.Account, found.Store, cancellationToken));
        }

        output.Complete();
        return output.Fault is not null ? output.Conclude(Terminal) : violations.Count == 0 ? ExitCodes.Done : ExitCodes.SomeFailed;
    }

    private async Task<(MailboxAccount Account, StoreInfo Store)?> FindAsync(ParseResult call, CancellationToken cancellationToken)
    {
        if (call.GetValue(_mailbox) is not { } text)
        {
            return null;
        }

        var address = MailboxAddress.Parse(text);
        using var site = SiteCall.Create(call, Terminal, Logger, _store, sessions: null);
        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        if (store.Info.Scope.Refusal(address, MailboxActions.Test) is { } refusal)
        {
            throw refusal;
        }

        var found = await store.FindAsync([address], cancellationToken).ConfigureAwait(false);
        return found[0] is { } account
            ? (account, store.Info)
            : throw new MailPassException(ErrorIds.MailboxNotFound, $"The store {store.Info.Location} has no mailbox {address}.");
    }

    private static Finding Compare(Secret password, MailboxAccount account, StoreInfo store, CancellationToken cancellationToken)
    {
        const string Check = "CurrentPassword";
        if (string.IsNullOrEmpty(account.PasswordHash))
        {
            return new Finding(Check, "different", $"{account.Address} has no password yet.");
        }

        if (!StoredHash.TryParseToVerify(account.PasswordHash, store.UnprefixedScheme, out var hash, out var fault))
        {
            return new Finding(Check, "unknown", fault!.Message);
        }

        var state = account.State == MailboxState.Active ? string.Empty : $" But the mailbox cannot log in: {account.StateReason}";
        return hash!.Verify(password, cancellationToken)
            ? new Finding(Check, "same", $"This is the current password of {account.Address}.{state}")
            : new Finding(Check, "different", $"This is not the current password of {account.Address}.");
    }

    private static readonly IReadOnlyList<RowColumn<Finding>> _columns =
    [
        new("Check", static (row, to) => to.Text(row.Check)),
        new("Result", static (row, to) => to.Text(row.Result)),
        new("Message", static (row, to) => to.Text(row.Message)),
    ];

    private sealed record Finding(string Check, string Result, string Message);
}
