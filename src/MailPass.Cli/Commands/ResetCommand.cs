using System.CommandLine;
using MailPass.Changes;
using MailPass.Cli.Input;
using MailPass.Cli.Output;
using MailPass.Import;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass reset</c>: a new generated password each, for a domain, a CSV or single mailboxes.</summary>
internal sealed class ResetCommand : CliCommand
{
    private readonly Option<string?> _domain = new("--domain", "-d") { Description = "Every mailbox of this domain; '*' for all domains, '*.example.org' for some." };
    private readonly Option<string?> _csv = new("--csv") { Description = "Every mailbox in the Mailbox column of this CSV; - for standard input." };
    private readonly Option<string[]> _mailbox = new("--mailbox", "-m") { Description = "This mailbox. Repeatable." };
    private readonly Option<bool> _activeOnly = new("--active-only") { Description = "With --domain: pass over mailboxes that cannot log in." };
    private readonly Option<string?> _shard = new("--shard") { Hidden = true, Description = "Only this part of the mailboxes: 3/8 is the third of eight parts, one per host." };
    private readonly Option<bool> _forceChange = new("--force-change") { Description = "Make each person choose another one at the next login, if the mail system can." };
    private readonly Option<bool> _whatIf = new("--what-if") { Description = "Check everything, change nothing." };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask before resetting a whole domain." };
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

    public ResetCommand(CliConsole console)
        : base(console, "reset", "Gives mailboxes new generated passwords, one row for each with the password.")
    {
        _store = new StoreOptions(this);
        StoreNames.CompleteMailboxes(_mailbox, _store, console);
        StoreNames.CompleteDomains(_domain, _store, console);
        Options.Add(_domain);
        Options.Add(_csv);
        _input = new CsvInputOptions(this, _csv, withPassword: false);
        Options.Add(_mailbox);
        Options.Add(_activeOnly);
        _exclude = new ExcludeOptions(this);
        _output = new OutputOptions(this, toFile: true);
        _journal = new JournalOptions(this);
        _waves = new WaveOptions(this, _store.Profile);
        _passwords = new PasswordOptions(this, generates: true);
        _clipboard = new ClipboardOption(this, result => result.GetValue(_mailbox) is { Length: 1 } ? null : "--clipboard takes the password of one --mailbox.");
        _hash = new HashOptions(this, _store.Profile);
        Options.Add(_forceChange);
        Options.Add(_shard);
        _sessions = new SessionOptions(this, _store, SessionUse.AfterChange);
        Options.Add(_whatIf);
        Options.Add(_yes);
        AddCommonOptions();
        Validators.Add(Choice.ExactlyOne(_domain, _csv, _mailbox));
    }

    protected override async Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        using var site = SiteCall.Create(call, Terminal, Logger, _store, _sessions);
        var options = new ChangeRunOptions
        {
            DomainGenerators = _passwords.Generators(call, site.Profile),
            Settings = _hash.Settings(call, site.Profile),
            AllowAnyScheme = _hash.AllowAnyScheme(call),
            ForceChange = call.GetValue(_forceChange),
            MaxHashingMemory = _hash.MaxMemory(call),
            WhatIf = call.GetValue(_whatIf),
            RefuseDuplicates = call.GetValue(_domain) is null,
        };
        options = _waves.AddTo(call, options, site.Profile, isMany: call.GetValue(_mailbox) is not [_], Terminal);
        var clipboard = options.WhatIf ? null : _clipboard.Find(call, Terminal);
        var shard = call.GetValue(_shard) is { } text ? Shard.Parse(text) : null;
        var systems = await _sessions.OpenAsync(call, site, cancellationToken).ConfigureAwait(false);
        await using var closingSystems = systems.ConfigureAwait(false);
        options = options with { SessionAuthorities = systems.All, RevocationScope = _sessions.Scope(call, systems.All) };
        _store.TellsInterrupted = !_journal.Resumes(call);
        var store = await _store.OpenAsync(site, Terminal, Logger, cancellationToken).ConfigureAwait(false);
        await using var closing = store.ConfigureAwait(false);
        ChangeRun.Require(store.Info, options);
        var exclusions = await _exclude.ReadAsync(call, store, MailboxActions.Reset, Terminal, cancellationToken).ConfigureAwait(false);
        if (call.GetValue(_csv) is { } path)
        {
            var stream = InputSource.Open(path, Terminal);
            using var reader = await ChangeRequestReader.OpenAsync(stream, InputSource.NameOf(path), _input.Read(call), shard, cancellationToken)
                .ConfigureAwait(false);
            return await RunAsync(reader.ReadAllAsync(cancellationToken), new(RunScopeKind.Csv, [InputSource.FullNameOf(path)], shard?.ToString())).ConfigureAwait(false);
        }

        if (call.GetValue(_domain) is { } domain)
        {
            var selection = new DomainSelection(domain, MailboxActions.Reset, IncludeInactive: !call.GetValue(_activeOnly));
            return await ConfirmAsync(call, store, selection, exclusions, shard, cancellationToken).ConfigureAwait(false)
                ? await RunAsync(Requests.FromStore(store, selection, shard, exclusions, cancellationToken), new(RunScopeKind.Domain, [domain], shard?.ToString())).ConfigureAwait(false)
                : ExitCodes.Refused;
        }

        var mailboxes = call.GetValue(_mailbox)!.Where(mailbox => shard is null || shard.Contains(mailbox));
        return await RunAsync(Requests.Of([.. mailboxes.Select(mailbox => new ChangeRequest { Identity = mailbox })]), RunScope.Of(call.GetValue(_mailbox)!, shard)).ConfigureAwait(false);

        async Task<int> RunAsync(IAsyncEnumerable<ChangeRequest> requests, RunScope scope)
        {
            var within = exclusions.IsEmpty ? scope : scope with { Except = exclusions.Names };
            var exitCode = await _journal.RunAsync(call, site.Profile, store, options, "reset", within, exclusions.Filter(requests), _output, Terminal, Logger, cancellationToken, clipboard).ConfigureAwait(false);
            ExcludeOptions.Say(exclusions, Terminal);
            return exitCode;
        }
    }

    private async Task<bool> ConfirmAsync(ParseResult call, IMailboxStore store, DomainSelection selection, Exclusions exclusions, Shard? shard, CancellationToken cancellationToken)
    {
        var isDry = call.GetValue(_whatIf);
        if (isDry ? !selection.IsPattern && exclusions.IsEmpty : call.GetValue(_yes) || !Terminal.CanAsk)
        {
            return true;
        }

        var count = await selection.CountAsync(store, exclusions, shard, cancellationToken).ConfigureAwait(false);
        if (isDry)
        {
            Terminal.Say($"this would reset {count} in {store.Info.Location}.");
            return true;
        }

        if (count.Mailboxes == 0 || await Question.AskAsync(Terminal, $"Give {count} in {store.Info.Location} new passwords? [y/N] ", cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        Terminal.Say("nothing was changed.");
        return false;
    }
}
