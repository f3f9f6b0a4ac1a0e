using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// The first stage: everything that can be known to be wrong before a second of hashing is spent. Hashes nothing,
/// writes nothing.
/// </summary>
internal sealed class ChangeCheck(IMailboxStore store, ChangeRunOptions options) : IDisposable
{
    private readonly SeenMailboxes? _seen = options.RefuseDuplicates ? new SeenMailboxes() : null;
    private readonly TargetHash _target = new(store.Info, options.Settings, options.AllowAnyScheme);

    public async ValueTask CheckAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        foreach (var change in batch.Changes)
        {
            ReadAddress(change);
        }

        await FindAccountsAsync(batch, cancellationToken).ConfigureAwait(false);
        foreach (var change in batch.Pending)
        {
            try
            {
                CheckAccount(change, change.Account!);
                CheckPassword(change, change.Account!);
            }
            catch (MailPassException fault)
            {
                change.Fail(fault);
            }

            if (options.WhatIf && change.IsPending)
            {
                change.Decide(ChangeStatus.Skipped, message: $"Would be changed ({change.Settings!.Scheme}).{(change.Plan!.Remark is { } remark ? " " + remark : string.Empty)}");
            }
        }
    }

    public void Dispose() => _seen?.Dispose();

    /// <summary>The state of a mailbox that was read again after somebody else had changed it.</summary>
    public static void CheckAccount(Change change, MailboxAccount account)
    {
        var because = account.StateReason is null ? string.Empty : $" {account.StateReason}";
        switch (account.State)
        {
            case MailboxState.Disabled:
                change.Fail(ErrorIds.MailboxDisabled, $"{account.Address} cannot log in: it is switched off.{because}");
                break;
            case MailboxState.External:
                change.Fail(ErrorIds.MailboxExternal, $"{account.Address} signs in elsewhere; a password in this store would not be looked at.{because}");
                break;
            case MailboxState.Active when account.WriteRefusal is { } refusal:
                change.Fail(ErrorIds.WriteFailed, $"The hash of {account.Address} must not be written: {refusal}");
                break;
        }
    }

    private void ReadAddress(Change change)
    {
        if (change.Request.Account is { } account)
        {
            change.Account = account;
            change.Address = account.Address;
        }
        else if (MailboxAddress.TryParse(change.Request.Identity, out var address, out var reason))
        {
            change.Address = address;
        }
        else if (change.Request.Fault is null)
        {
            change.Fail(ErrorIds.AddressInvalid, $"'{change.Request.Identity}' is no mailbox address. {reason}");
            return;
        }

        // A row that could not be read does not make a later, good row of the same mailbox a double.
        if (change.Request.Fault is { } fault)
        {
            change.Fail(fault);
        }
        else if (_seen?.Add(change.Address!) == false)
        {
            change.Fail(ErrorIds.AddressDuplicate, $"{change.Address} stands earlier in the input; the first row counts.");
        }
    }

    private async ValueTask FindAccountsAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        var unknown = batch.Pending.Where(change => change.Account is null).ToList();
        if (unknown.Count == 0)
        {
            return;
        }

        var found = await store.FindAsync(unknown.ConvertAll(change => change.Address!), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < unknown.Count; i++)
        {
            unknown[i].Account = found[i];
            if (found[i] is null)
            {
                unknown[i].Fail(ErrorIds.MailboxNotFound, $"{unknown[i].Address} does not exist in {store.Info.Location}.");
            }
        }
    }

    private void CheckPassword(Change change, MailboxAccount account)
    {
        if (!change.IsPending)
        {
            return;
        }

        change.Plan = _target.For(account);
        var context = new PolicyContext { Mailbox = account.Address, DisplayName = account.DisplayName, CurrentPassword = change.Request.CurrentPassword };
        if (change.Password is null)
        {
            Generate(change, context);
            return;
        }

        if (change.Password.Length == 0)
        {
            change.Fail(ErrorIds.PasswordMissing, $"The password for {account.Address} is empty.");
            return;
        }

        var violations = options.Policy.Check(change.Password, context);
        if (violations.Count > 0)
        {
            change.Fail(
                violations.Any(violation => violation.RuleId == ErrorIds.PasswordInvalid) ? ErrorIds.PasswordInvalid : ErrorIds.PolicyViolation,
                $"The password for {account.Address} breaks the policy: {string.Join(' ', violations.Select(violation => violation.Message))}");
            return;
        }

        CheckScheme(change, change.Password);
    }

    private void Generate(Change change, PolicyContext context)
    {
        if (options.Generator is null)
        {
            change.Fail(ErrorIds.PasswordMissing, $"No password was given for {change.Address}.");
            return;
        }

        // A dry run needs to know only that the scheme takes passwords at all; drawing one would be thrown away.
        if (options.WhatIf)
        {
            return;
        }

        change.Password = options.Generator.Next(context);
        change.PasswordWasGenerated = true;
        CheckScheme(change, change.Password);
    }

    private static void CheckScheme(Change change, Secret password)
    {
        if (PasswordSchemes.Validate(change.Settings!, password) is { } fault)
        {
            change.Fail(fault);
        }
    }
}
