using System.CommandLine;
using System.Globalization;
using MailPass.Changes;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Import;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass set</c>: given passwords, for one mailbox or for a CSV of them.</summary>
internal sealed class SetCommand : CliCommand
{
    private readonly Option<string?> _csv = new("--csv") { Description = "A CSV with the columns Mailbox and Password; - for standard input." };
    private readonly Option<string?> _mailbox = new("--mailbox", "-m") { Description = "One mailbox; its password is asked for, or is the first line of standard input." };
    private readonly Option<bool> _current = new("--current")
    {
        Description = "A self-service change: the current password is needed too, asked for first, the first line of standard input, or the column CurrentPassword (which is verified without this option too, if the CSV has it).",
    };

    private readonly Option<bool> _generate = new("--generate") { Description = "With --mailbox: make the new password, also for a self-service change; the row has it." };
    private readonly Option<bool> _leaveUnchanged = new("--leave-unchanged") { Description = "Skip mailboxes that already have this password. Takes twice as long." };
    private readonly Option<string?> _shard = new("--shard") { Hidden = true, Description = "Only this part of the CSV: 3/8 is the third of eight parts, one per host." };
    private readonly Option<bool> _forceChange = new("--force-change") { Description = "Make each person choose another one at the next login, if the mail system can." };
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Check everything, change nothing." };
    private readonly CsvInputOptions _input;
    private readonly ExcludeOptions _exclude;
    private readonly StoreOptions _store;
    private readonly SessionOptions _sessions;
    private readonly PasswordOptions _passwords;
    private readonly HashOptions _hash;
    private readonly OutputOptions _output;
    private readonly JournalOptions _journal;
    private readonly WaveOptions _waves;
    private readonly ClipboardOption _clipboard;

    public SetCommand(CliConsole console)
        : base(console, "set", "Sets given passwords.")
    {
        _store = new StoreOptions(this);
        StoreNames.CompleteMailboxes(_mailbox, _store, console);
        Options.Add(_csv);
        _input = new CsvInputOptions(this, _csv, withPassword: true);
        Options.Add(_mailbox);
        _exclude = new ExcludeOptions(this);
        Options.Add(_current);
        Options.Add(_generate);
        _passwords = new PasswordOptions(this, generates: true, onlyWith: _generate);
        _clipboard = new ClipboardOption(this, result => result.GetValue(_generate) ? null : "--clipboard takes a generated password: add --generate.");
        _hash = new HashOptions(this, _store.Profile);
        Options.Add(_leaveUnchanged);
        Options.Add(_forceChange);
        Options.Add(_shard);
        _sessions = new SessionOptions(this, _store, SessionUse.AfterChange);
        Options.Add(_whatIf);
        _output = new OutputOptions(this, toFile: true);
        _journal = new JournalOptions(this);
        _waves = new WaveOptions(this, _store.Profile);
        AddCommonOptions();
        Validators.Add(Choice.ExactlyOne(_csv, _mailbox));
        Validators.Add(result =>
        {
            if (result.GetValue(_generate) && result.GetResult(_csv) is not null)
            {
                result.AddError("--generate is for one --mailbox; `mailpass reset --csv` generates a password for each.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _store, _sessions);
        var options = new ChangeRunOptions
        {
            DomainPolicies = _passwords.Policies(call, site.Profile),
            DomainGenerators = call.GetValue(_generate) ? _passwords.Generators(call, site.Profile) : null,
            Settings = _hash.Settings(call, site.Profile),
            AllowAnyScheme = _hash.AllowAnyScheme(call),
            ForceChange = call.GetValue(_forceChange),
            MaxHashingMemory = _hash.MaxMemory(call),
            WhatIf = call.GetValue(_whatIf),
            LeaveUnchanged = call.GetValue(_leaveUnchanged) || call.GetValue(_mailbox) is not null,
        };
        options = _waves.AddTo(call, options, site.Profile, isMany: call.GetValue(_csv) is not null, Terminal);
        var clipboard = options.WhatIf ? null : _clipboard.Find(call, Terminal);
        var shard = call.GetValue(_shard) is { } text ? Shard.Parse(text) : null;
        var systems = await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false);
        await using var closingSystems = systems.ConfigureAwait(false);
        options = options with { SessionAuthorities = systems.All, RevocationScope = _sessions.Scope(call, systems.All) };
        _store.TellsInterrupted = !_journal.Resumes(call);
        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        ChangeRun.Require(store.Info, options);
        var exclusions = await _exclude.ReadAsync(call, store, MailboxActions.Set, Terminal, cancellationToken).ConfigureAwait(false);
        if (call.GetValue(_mailbox) is { } mailbox)
        {
            var request = await AskAsync(store, mailbox, call.GetValue(_current), generates: call.GetValue(_generate), cancellationToken).ConfigureAwait(false);
            return await RunAsync(Requests.Of(request), RunScope.Of([mailbox])).ConfigureAwait(false);
        }

        var path = call.GetValue(_csv)!;
        var stream = InputSource.Open(path, Terminal);
        using var reader = await ChangeRequestReader.OpenWithPasswordsAsync(
            stream, InputSource.NameOf(path), _input.Read(call), call.GetValue(_current), shard, Warn, cancellationToken).ConfigureAwait(false);
        return await RunAsync(reader.ReadAllAsync(cancellationToken), new(RunScopeKind.Csv, [InputSource.FullNameOf(path)], shard?.ToString())).ConfigureAwait(false);

        async Task<int> RunAsync(IAsyncEnumerable<ChangeRequest> requests, RunScope scope)
        {
            var within = exclusions.IsEmpty ? scope : scope with { Except = exclusions.Names };
            var exitCode = await _journal.RunAsync(call, site.Profile, store, options, "set", within, exclusions.Filter(requests), _output, Terminal, Logger, cancellationToken, clipboard).ConfigureAwait(false);
            ExcludeOptions.Say(exclusions, Terminal);
            return exitCode;
        }
    }

    private void Warn(long line, string message) => Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"line {line}: {message}"));

    private async Task<ChangeRequest> AskAsync(IMailboxStore store, string mailbox, bool withCurrent, bool generates, CancellationToken cancellationToken)
    {
        Secret? current = null;
        try
        {
            if (withCurrent)
            {
                current = await OneAsync("Current password", twice: false).ConfigureAwait(false);

                // Checked first, so that nobody thinks up a new password and only then learns that the old one was mistyped.
                if (!generates && Terminal.CanAsk && await CurrentPasswordCheck.FaultOfAsync(store, mailbox, current, cancellationToken).ConfigureAwait(false) is { } fault)
                {
                    current.Dispose();
                    return new ChangeRequest { Identity = mailbox, Fault = fault };
                }
            }

            return new ChangeRequest
            {
                Identity = mailbox,
                CurrentPassword = current,
                Password = generates ? null : await OneAsync("New password", twice: true).ConfigureAwait(false),
            };
        }
        catch
        {
            current?.Dispose();
            throw;
        }

        async Task<Secret> OneAsync(string what, bool twice)
        {
            var secret = !Terminal.CanAsk ? await SecretLine.ReadAsync(Terminal.Input, cancellationToken).ConfigureAwait(false)
                : twice ? await SecretInput.AskTwiceAsync(Terminal, $"{what} of {mailbox}: ", cancellationToken).ConfigureAwait(false)
                : await SecretInput.AskAsync(Terminal, $"{what} of {mailbox}: ", cancellationToken).ConfigureAwait(false);
            return secret is { Length: > 0 }
                ? PasswordText.FaultOf(secret) is { } fault ? throw fault : secret
                : throw new MailPassException(ErrorIds.PasswordMissing, $"There is no {what.ToLowerInvariant()} on standard input.");
        }
    }
}
