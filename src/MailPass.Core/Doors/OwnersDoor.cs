using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using MailPass.Changes;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Sessions;
using MailPass.Sessions.Sql;
using MailPass.Stores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MailPass.Doors;

/// <summary>
/// The owner's door: anyone who knows a mailbox's password may change it. Each change is its own run: checked, journaled, written and
/// logged out everywhere as an admin's. Thread-safe.
/// </summary>
public sealed class OwnersDoor : IOwnersDoor, IDisposable
{
    /// <summary>The name of these runs in journals.</summary>
    public const string Command = "poppassd";

    // Each change has its own thread for hashing, and connections to the store and to the session systems.
    private const int ChangesTogether = 64;

    // When to search for the webmail's own session again: its page is done moments after our answer.
    private static readonly TimeSpan[] s_webmailLooks = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8)];

    private readonly IMailboxStore _store;
    private readonly OwnersDoorOptions _options;
    private readonly ILogger _logger;
    private readonly Lazy<Task<StoredHash>> _decoy;
    private readonly SemaphoreSlim _verifying = new(Environment.ProcessorCount);
    private readonly SemaphoreSlim _changing = new(ChangesTogether);
    private readonly SemaphoreSlim _journaling = new(1);

    /// <summary>Makes the door.</summary>
    /// <param name="store">Where the mailboxes live; stays the caller's.</param>
    /// <param name="options">How it works; its session systems stay the caller's.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public OwnersDoor(IMailboxStore store, OwnersDoorOptions options, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _options, _logger) = (store, options, logger ?? NullLogger.Instance);
        _decoy = new(() => Decoy.ChooseAsync(store, CancellationToken.None));
    }

    /// <summary>Prepares what every answer needs, and ends runs that an earlier process left behind: their mailboxes are logged out.</summary>
    /// <exception cref="MailPassException">The store cannot be read, or not be written.</exception>
    public async Task PrepareAsync()
    {
        if (_store.Info.IsReadOnly)
        {
            throw new MailPassException(ErrorIds.StoreReadOnly, $"{_store.Info.Location} can be read but not written. {_store.Info.ReadOnlyReason}".TrimEnd(), "Name the primary server, or give the current user the right to write.");
        }

        await _decoy.Value.ConfigureAwait(false);
        foreach (var run in _options.Runs.InterruptedOn(_store.Info).Where(run => run.Header.Command == Command))
        {
            await SettleAsync(run).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<(DoorAnswer Answer, MailboxAccount? Owner)> SignInAsync(ReadOnlyMemory<byte> mailbox, Secret password, DoorClient client, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentNullException.ThrowIfNull(client);
        var address = AddressOf(mailbox.Span);
        var counted = address?.Key ?? "\n" + Encoding.Latin1.GetString(mailbox.Span);
        try
        {
            var permit = _options.Limiter.Ask(counted, client);
            if (!permit.Allowed)
            {
                DoorEvents.Refused(_logger, client.Name, (int)Math.Ceiling(permit.Wait.TotalSeconds));
                return (new(false, $"Too many wrong passwords. Please try again in {InWords(permit.Wait)}."), null);
            }

            await Task.Delay(permit.Wait, _options.Clock, cancellationToken).ConfigureAwait(false);
            return await VerifyAsync(address, counted, password, client, permit.Guesses, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return (Broken(client, fault), null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DoorAnswer> ChangeAsync(MailboxAccount owner, Secret current, ReadOnlyMemory<byte> password, DoorClient client)
    {
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(client);
        if (Decode(password.Span) is not { } secret)
        {
            current.Dispose();
            return NotChanged(owner.Address, client, ErrorIds.PasswordInvalid, "The new password is not valid UTF-8 text.");
        }

        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            return await RunAsync(owner.Address, new ChangeRequest { Identity = owner.Address.Value, CurrentPassword = current, Password = secret }, client).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            return Broken(client, fault);
        }
        finally
        {
            current.Dispose();
            secret.Dispose();
            _changing.Release();
        }
    }

    /// <summary>Ends the webmail session that wrote itself back after the change of password, unless the options keep it.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="cancellationToken">The service stops.</param>
    /// <returns>A task. It does not throw for a system's answer.</returns>
    public async Task EndWebmailAsync(MailboxAddress mailbox, CancellationToken cancellationToken)
    {
        var webmails = _options.Changes.SessionAuthorities.Where(system => system.IsWebmail).ToList();
        if (!_options.EndsWebmail || webmails.Count == 0)
        {
            return;
        }

        foreach (var after in s_webmailLooks)
        {
            // A service that stops does not wait, and searches for the last time now.
            await Task.Delay(after, _options.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (_, receipts) = await LogOutAsync(webmails, [mailbox], new RevocationScope { Services = [SqlSessionAuthority.WebmailService] }).ConfigureAwait(false);
            DoorEvents.WebmailEnded(_logger, mailbox.Value, receipts);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _verifying.Dispose();
        _changing.Dispose();
        _journaling.Dispose();
    }

    private async Task<(DoorAnswer Answer, MailboxAccount? Owner)> VerifyAsync(
        MailboxAddress? address, string counted, Secret password, DoorClient client, int guesses, CancellationToken cancellationToken)
    {
        var asked = _options.Clock.GetTimestamp();
        MailboxAccount? account;
        bool isRight;
        try
        {
            account = address is null ? null : (await _store.FindAsync([address], cancellationToken).ConfigureAwait(false))[0];
            isRight = await IsRightAsync(account, password, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _options.Limiter.Forgive(counted, client, wasRight: false);
            throw;
        }

        if (isRight)
        {
            _options.Limiter.Forgive(counted, client, wasRight: true);
            return (new(true, "Your new password, please."), account);
        }

        _options.Limiter.Blame(client);

        // Only the name of an existing mailbox is logged, because somebody may have typed the password as the name.
        DoorEvents.Wrong(_logger, account?.Address.Value ?? "an unknown mailbox", client.Name, guesses);
        var took = _options.Clock.GetElapsedTime(asked);
        var rest = _options.RefusalTime.Ticks - (took.Ticks % _options.RefusalTime.Ticks);
        await Task.Delay(TimeSpan.FromTicks(rest), _options.Clock, cancellationToken).ConfigureAwait(false);
        return (new(false, "The mailbox or its password is wrong."), null);
    }

    private async Task<bool> IsRightAsync(MailboxAccount? account, Secret password, CancellationToken cancellationToken)
    {
        StoredHash? stored = null;
        if (account?.PasswordHash is { Length: > 0 } text && !StoredHash.TryParseToVerify(text, _store.Info.UnprefixedScheme, out stored, out var fault))
        {
            DoorEvents.Unverifiable(_logger, account.Address.Value, fault!.Message, fault.ErrorId);
        }

        var hash = stored ?? await _decoy.Value.ConfigureAwait(false);
        await _verifying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var fits = await Task.Run(() => hash.Verify(password, cancellationToken), cancellationToken).ConfigureAwait(false);
            return fits && stored is not null && password.Length > 0;
        }
        finally
        {
            _verifying.Release();
        }
    }

    private async Task<DoorAnswer> RunAsync(MailboxAddress mailbox, ChangeRequest request, DoorClient client)
    {
        using var run = await BeginAsync(mailbox, client).ConfigureAwait(false);

        // The start of a run of one mailbox needs no log line; its outcome is logged below.
        var changes = new ChangeRun(
            _store, _options.Changes with { Journal = run.Journal, Generator = null, HashingThreads = 1, BatchSize = 1 }, _logger.IsEnabled(LogLevel.Debug) ? _logger : NullLogger.Instance);
        await using var closing = changes.ConfigureAwait(false);
        ChangeResult? result = null;
        await foreach (var row in changes.ExecuteAsync(Single(request), CancellationToken.None).ConfigureAwait(false))
        {
            result = row;
            run.Summary.Count(row);
            row.Password?.Dispose();
        }

        await EndAsync(run, result!, changes.StillOpen).ConfigureAwait(false);
        return Answer(mailbox, result!, client, run.IsFinished && run.Id is { } id ? $", run {id}" : string.Empty);
    }

    private async Task<OpenRun> BeginAsync(MailboxAddress mailbox, DoorClient client)
    {
        var description = new RunDescription
        {
            Command = Command,
            Scope = RunScope.Of([mailbox.Value]),
            Reason = $"{_options.Reason}, from {client.Name}",
            Head = "mailpass",
        };
        await _journaling.WaitAsync().ConfigureAwait(false);
        try
        {
            // An admin's run over the whole domain does not block an owner: the run notices what owners change meanwhile.
            return _options.Runs.Begin(_store.Info, description, _options.Journals with { AllowConcurrent = true })!;
        }
        finally
        {
            _journaling.Release();
        }
    }

    private async Task EndAsync(OpenRun run, ChangeResult result, IReadOnlyList<string> stillOpen)
    {
        await _journaling.WaitAsync().ConfigureAwait(false);
        try
        {
            if (result.Status is ChangeStatus.Changed || result.ErrorId is ErrorIds.WriteUnknown || !run.Discard())
            {
                run.Finish(stillOpen);
            }
        }
        catch (MailPassException fault)
        {
            // The change and its journal stay; only the end of the run is missing in the index.
            DoorEvents.Fault(_logger, "The journal", fault.Message, fault.ErrorId);
        }
        finally
        {
            _journaling.Release();
        }
    }

    private DoorAnswer Answer(MailboxAddress mailbox, ChangeResult result, DoorClient client, string run)
    {
        switch (result.Status, result.ErrorId)
        {
            case (ChangeStatus.Changed, null):
                DoorEvents.Changed(_logger, mailbox.Value, client.Name, run, result.Sessions);
                return new(true, "Your password was changed.");
            case (ChangeStatus.Changed, _):
                DoorEvents.ChangedBut(_logger, mailbox.Value, client.Name, run, result.Message ?? string.Empty, result.Sessions);
                return new(true, "Your password was changed. Some programs may still be logged in with the old one; please tell your administrator.");
            case (ChangeStatus.Unchanged, _):
                return NotChanged(mailbox, client, ErrorIds.PolicyViolation, "This is the password that you have already. Please choose another one.");
            case (_, ErrorIds.PolicyViolation or ErrorIds.PasswordInvalid or ErrorIds.PasswordMissing or ErrorIds.PasswordTooLongForScheme):
                return NotChanged(mailbox, client, result.ErrorId, result.Message ?? string.Empty);
            case (_, ErrorIds.CurrentPasswordWrong or ErrorIds.WriteConflict or ErrorIds.Superseded):
                return NotChanged(mailbox, client, result.ErrorId, result.Message ?? string.Empty, "The password was changed by someone else a moment ago. Please log in again.");
            case (_, ErrorIds.WriteUnknown):
                return NotChanged(mailbox, client, result.ErrorId, result.Message ?? string.Empty, "The connection was lost, and either password may be the right one now. Please try both.");
            default:
                return NotChanged(mailbox, client, result.ErrorId ?? ErrorIds.Unexpected, result.Message ?? string.Empty, $"The password cannot be changed here. Please tell your administrator ({result.ErrorId ?? ErrorIds.Unexpected}).");
        }
    }

    private DoorAnswer NotChanged(MailboxAddress mailbox, DoorClient client, string errorId, string reason, string? text = null)
    {
        DoorEvents.NotChanged(_logger, mailbox.Value, client.Name, reason, errorId);
        return new(false, text ?? reason);
    }

    private DoorAnswer Broken(DoorClient client, Exception fault)
    {
        DoorEvents.Fault(_logger, client.Name, fault is MailPassException ? fault.Message : $"{fault.GetType().Name}: {fault.Message}", (fault as MailPassException)?.ErrorId ?? ErrorIds.Unexpected);
        return new(false, "The service has a fault. Please try again later, or tell your administrator.");
    }

    // The journal has no password of these runs, so nothing is lost with its key; whether the change was made or not, logging out does no harm.
    private async Task SettleAsync(MailboxRun run)
    {
        try
        {
            var mailboxes = run.Header.Scope.Names.Select(name => MailboxAddress.TryParse(name, out var address, out _) ? address : null).OfType<MailboxAddress>().ToList();
            using var open = _options.Runs.Begin(
                _store.Info,
                new RunDescription { Command = Command, Scope = run.Header.Scope, Head = "mailpass" },
                _options.Journals with { AllowConcurrent = true, Resume = true, ResumeRun = run.Id });
            var systems = _options.Changes.SessionAuthorities;
            var (isOut, receipts) = await LogOutAsync(systems, mailboxes, _options.Changes.RevocationScope).ConfigureAwait(false);
            if (!isOut && systems.Count > 0)
            {
                // It stays interrupted, and the next start tries again.
                DoorEvents.NotSettled(_logger, run.Id, receipts);
                return;
            }

            open?.Finish();
            DoorEvents.Settled(_logger, run.Id, systems.Count == 0 ? "no session system is named, so nobody was logged out." : receipts);
        }
        catch (MailPassException fault)
        {
            // Another process was quicker, or its key is gone: it stays named until an admin removes it.
            DoorEvents.Fault(_logger, $"Run {run.Id}", fault.Message, fault.ErrorId);
        }
    }

    // Whether every system confirmed it, and their answers.
    private static async Task<(bool IsConfirmed, string Said)> LogOutAsync(IReadOnlyList<ISessionAuthority> systems, IReadOnlyList<MailboxAddress> mailboxes, RevocationScope scope)
    {
        try
        {
            var answers = systems.Count == 0 ? [] : await SessionSystems.RevokeAsync(systems, mailboxes, scope, CancellationToken.None).ConfigureAwait(false);
            return (answers.Count > 0 && answers.All(answer => answer.Complete), string.Join("; ", answers.SelectMany(answer => answer.Receipts).Select(receipt => receipt.Summary)));
        }
        catch (MailPassException fault)
        {
            return (false, fault.Message);
        }
    }

    private MailboxAddress? AddressOf(ReadOnlySpan<byte> name)
    {
        if (!Utf8.IsValid(name))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(name);
        var full = _options.DefaultDomain is { } domain && !text.Contains('@', StringComparison.Ordinal) ? $"{text}@{domain}" : text;
        return MailboxAddress.TryParse(full, out var address, out _) ? address : null;
    }

    /// <summary>The new password, in NFC as everywhere; <see langword="null"/> if it is not text.</summary>
    private static Secret? Decode(ReadOnlySpan<byte> utf8)
    {
        var chars = GC.AllocateUninitializedArray<char>(utf8.Length, pinned: true);
        try
        {
            return Utf8.ToUtf16(utf8, chars, out _, out var written, replaceInvalidSequences: false) is OperationStatus.Done
                && Secret.TryFromChars(chars.AsSpan(0, written), out var secret) ? secret : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(chars.AsSpan()));
        }
    }

    private static string InWords(TimeSpan time) => time.TotalSeconds <= 90
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds)} seconds")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMinutes)} minutes");

    private static async IAsyncEnumerable<ChangeRequest> Single(ChangeRequest request)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return request;
    }
}
