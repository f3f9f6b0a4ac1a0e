using System.Globalization;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Policy.Rules;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>
/// The first stage: finds everything that can be found wrong before time is spent on hashing. Hashes nothing, writes nothing.
/// </summary>
internal sealed class ChangeCheck(IMailboxStore store, ChangeRunOptions options) : IDisposable
{
    private readonly SeenMailboxes? _seen = options.RefuseDuplicates ? new SeenMailboxes() : null;
    private readonly MailboxScope _scope = store.Info.Scope;
    private readonly TargetHash _target = new(store.Info, options.Settings, options.AllowAnyScheme);
    private bool _isRightAfterStart = options.Recorded is null;

    // Made once: as method groups they are made anew for each mailbox.
    private Action<Change>? _readAddress;
    private Action<Change>? _checkOne;

    public async ValueTask CheckAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        _readAddress ??= ReadAddress;
        _checkOne ??= CheckOne;
        foreach (var change in batch.Changes)
        {
            Guard(change, _readAddress);
        }

        await FindAccountsAsync(batch, cancellationToken).ConfigureAwait(false);
        if (options.Recorded is { } recorded)
        {
            await TakeOverAsync(batch, recorded, cancellationToken).ConfigureAwait(false);
        }

        foreach (var change in batch.Pending)
        {
            Guard(change, _checkOne);

            if (options.WhatIf && change.IsPending)
            {
                change.Decide(ChangeStatus.Skipped, message: $"Would be changed ({change.Settings?.Scheme ?? "hashed by the store"}).{(change.Plan?.Remark is { } remark ? " " + remark : string.Empty)}");
            }
        }

        _isRightAfterStart = false;
    }

    public void Dispose() => _seen?.Dispose();

    private void CheckOne(Change change)
    {
        CheckAccount(change, change.Account!);
        if (change.IsPending)
        {
            ReconsiderOwner(change, change.Account!);
        }

        if (change.IsPending)
        {
            CheckPassword(change, change.Account!);
        }
    }

    /// <summary>
    /// Handles an owner's change after the run began. A date in the future is ignored: the store's clock is wrong. Many stores keep whole
    /// seconds, so the second of the start counts too, except for mailboxes that were read right after the start.
    /// </summary>
    private void ReconsiderOwner(Change change, MailboxAccount account)
    {
        if (account.PasswordChanged is not { } changed || options.Started is not { } started || changed >= DateTimeOffset.UtcNow.AddMinutes(1) || change.Request.CurrentPassword is not null)
        {
            return;
        }

        // PostfixAdmin sets this date for any change to the mailbox, so the message refers to the store.
        var isInFirstSecond = changed.Ticks % TimeSpan.TicksPerSecond == 0 && changed <= started && started - changed < TimeSpan.FromSeconds(1);
        if (changed > started || (isInFirstSecond && !_isRightAfterStart))
        {
            change.NoteOwnersChange(
                $"According to the store, {account.Address} was changed at {Clock(changed)}, {(isInFirstSecond ? "in the second in which the run began" : "while the run was under way")}",
                options.KeepNewer || options.Recorded is not null);
        }
    }

    /// <summary>A time by the store's clock, for a message.</summary>
    public static string Clock(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:sszzz} (the store's clock)");

    /// <summary>Turns a fault of one mailbox into that mailbox's result.</summary>
    private static void Guard(Change change, Action<Change> step)
    {
        try
        {
            step(change);
        }
        catch (MailPassException fault)
        {
            change.Fail(fault);
        }
        catch (Exception fault)
        {
            change.Fail(ErrorIds.Unexpected, $"{change.Request.Identity} was not changed: {fault.GetType().Name}: {fault.Message}");
        }
    }

    /// <summary>Fails a change if the mailbox's state does not allow it.</summary>
    public static void CheckAccount(Change change, MailboxAccount account)
    {
        var because = account.StateReason is null ? string.Empty : $" {account.StateReason}";
        switch (account.State)
        {
            case MailboxState.Disabled:
                change.Fail(ErrorIds.MailboxDisabled, $"{account.Address} is disabled in the store.{because}");
                break;
            case MailboxState.External:
                change.Fail(ErrorIds.MailboxExternal, $"{account.Address} signs in elsewhere; a password in this store would not be looked at.{because}");
                break;
            case MailboxState.Active when account.WriteRefusal is { } refusal:
                change.Fail(ErrorIds.WriteFailed, $"The hash of {account.Address} must not be written: {refusal}");
                break;
        }
    }

    public static MailPassException Invalid(string identity, string? reason) => new(ErrorIds.AddressInvalid, $"'{identity}' is not a valid mailbox address. {reason}");

    public static MailPassException NotFound(MailboxAddress address, StoreInfo store, string or = "") => new(ErrorIds.MailboxNotFound, $"{address} does not exist in {store.Location}{or}.");

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
            change.Fail(Invalid(change.Request.Identity, reason));
            return;
        }

        if (change.Address is { } mailbox && _scope.Refusal(mailbox, change.Request.IsOnlyRecorded ? MailboxActions.None : change.Request.Action) is { } refusal)
        {
            change.Fail(refusal);
            return;
        }

        // If this row could not be read, a later good row of the same mailbox is not a duplicate.
        if (change.Request.Fault is { } fault)
        {
            change.Fail(fault);
        }
        else if (_seen?.Add(change.Address!) == false)
        {
            change.Fail(ErrorIds.AddressDuplicate, $"{change.Address} appears earlier in the input; the first row counts.");
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
                unknown[i].Fail(NotFound(unknown[i].Address!, store.Info, _scope.IsEverything ? string.Empty : $", or is another address of a mailbox outside the scope of {_scope.Name}"));
            }
        }
    }

    /// <summary>Takes over the changes that an earlier part of this run made, if the store has them.</summary>
    private async ValueTask TakeOverAsync(ChangeBatch batch, IRecordedChanges recorded, CancellationToken cancellationToken)
    {
        // Asks for failed changes too, so that a mailbox of the input gets no second row at the end.
        var known = batch.Changes.Where(change => change.Address is not null).ToList();
        var earlier = await recorded.FindAsync(known.ConvertAll(change => change.Address!), cancellationToken).ConfigureAwait(false);
        foreach (var (change, before) in known.Zip(earlier))
        {
            if (before is not null)
            {
                TakeOver(change, before);
            }
        }
    }

    private void TakeOver(Change change, RecordedChange before)
    {
        var hash = change.Account?.PasswordHash ?? string.Empty;
        var stands = change.Account is null ? false : before.Entry.Stands(hash, store.Info, change.Password);
        if (change.IsPending && stands is true)
        {
            change.TakeOver(before);
            change.ForcedChange = options.ForceChange ? store.Info.ForceChange : null;
            return;
        }

        before.Entry.Password?.Dispose();
        if (!change.IsPending)
        {
            return;
        }

        if (stands is null)
        {
            change.Fail(ErrorIds.WriteUnknown, $"The interrupted run may have given {change.Address} a password, and the store hashed it itself, so nobody can tell whether that password works. It was left as it is.");
        }
        else if (hash != (before.Entry.Account.PasswordHash ?? string.Empty))
        {
            change.Fail(ErrorIds.WriteConflict, $"The password of {change.Address} was changed by someone else since the run was interrupted; it was left as they set it.");
        }
        else if (change.Request.IsOnlyRecorded)
        {
            change.Decide(ChangeStatus.Skipped, message: "The interrupted run did not write it, and it is no longer in the input; it was left as it is.");
        }
    }

    private void CheckPassword(Change change, MailboxAccount account)
    {
        if (!store.Info.HashesItself)
        {
            change.Plan = _target.For(account);
        }
        else if (options.Settings is not null)
        {
            change.Fail(ErrorIds.SchemeUnknown, $"{store.Info.Location} hashes passwords itself, so you cannot choose a scheme for it.");
            return;
        }

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

        var violations = (options.DomainPolicies?.For(account.Address) ?? options.Policy).Check(change.Password, context);
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
        PasswordGenerator? generator;
        try
        {
            generator = options.DomainGenerators?.For(change.Address) ?? options.Generator;
        }
        catch (MailPassException fault)
        {
            change.Fail(fault);
            return;
        }

        if (generator is null)
        {
            change.Fail(ErrorIds.PasswordMissing, $"No password was given for {change.Address}.");
            return;
        }

        // A dry run needs to know only that the scheme accepts passwords; a generated one would be discarded.
        if (options.WhatIf)
        {
            return;
        }

        change.Password = generator.Next(context);
        change.PasswordWasGenerated = true;
        if (ValidTextRule.IsTooLong(change.Password, change.Address))
        {
            change.Fail(ErrorIds.PasswordInvalid, $"The requested length is too long for {change.Address}: {ValidTextRule.Limit}");
            return;
        }

        CheckScheme(change, change.Password);
    }

    private static void CheckScheme(Change change, Secret password)
    {
        if (change.Settings is { } settings && PasswordSchemes.Validate(settings, password) is { } fault)
        {
            change.Fail(fault);
        }
    }
}
