using System.Globalization;
using System.Runtime.CompilerServices;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Sessions;
using MailPass.Sessions.Logins;
using MailPass.Stores;
using Microsoft.Extensions.Logging;

namespace MailPass.Profiles;

/// <summary>
/// Reports all faults of a profile at once, then connects to everything that it names and reports what is there. Changes
/// nothing: it reads, and asks the database to write to no row.
/// </summary>
public sealed class ProfileCheck
{
    /// <summary>How many hashes are read to find the store's schemes.</summary>
    private const int MostHashes = 5000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    // RFC 2606: an address that belongs to nobody, so that no real mailbox is exposed.
    private static readonly MailboxAddress s_nobody = MailboxAddress.Parse("mailpass-check@check.invalid");

    private readonly SiteSecrets _secrets;
    private readonly ILogger? _logger;

    /// <summary>Makes a check.</summary>
    /// <param name="secrets">How secrets are found.</param>
    /// <param name="logger">Receives events, never secrets.</param>
    public ProfileCheck(SiteSecrets secrets, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        _secrets = secrets;
        _logger = logger;
    }

    /// <summary>Checks a profile.</summary>
    /// <param name="nameOrPath">Its name, or the path of its file if it has a slash.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ProfileNotFound"/>.</exception>
    public async IAsyncEnumerable<ProfileFinding> RunAsync(string nameOrPath, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var reading = ProfileReading.Of(nameOrPath, _secrets.Environment);
        foreach (var fault in reading.Faults)
        {
            yield return new(fault.Path.Length == 0 ? "profile" : fault.Path, FindingResult.Fault, fault.Reason, fault.Remedy, fault.ErrorId);
        }

        if (reading.Faults.Count > 0)
        {
            yield break;
        }

        yield return new("profile", FindingResult.Good, $"{reading.File} has no faults.");
        var missing = new List<ProfileFinding>();
        foreach (var (path, source) in reading.Profile.Secrets())
        {
            if (await SecretFaultAsync(path, source, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                missing.Add(fault);
                yield return fault;
            }
        }

        // The scope is for users of the profile; the check covers the whole site.
        var profile = reading.Profile with { Scope = null };
        if (reading.Profile.Scope is { } scope)
        {
            yield return new("scope", FindingResult.Note, $"Through this profile: {scope.ToScope($"profile {reading.Profile.Name}")}.");
        }

        using var site = new Site(profile, _secrets, _logger);
        if (reading.Profile.Store is not null && !missing.Any(fault => fault.Subject.StartsWith("store.", StringComparison.Ordinal)))
        {
            foreach (var finding in await StoreAsync(site, cancellationToken).ConfigureAwait(false))
            {
                yield return finding;
            }
        }

        await foreach (var finding in SessionsAsync(profile, missing, cancellationToken).ConfigureAwait(false))
        {
            yield return finding;
        }

        foreach (var (path, server) in new[] { ("login.imap", reading.Profile.Login?.Imap), ("login.submission", reading.Profile.Login?.Submission) })
        {
            if (server is not null)
            {
                yield return await LoginAsync(path, server, reading.Profile.Login!, cancellationToken).ConfigureAwait(false);
            }
        }

        if (reading.Profile.Journal is { } journal)
        {
            yield return Journal(reading.Profile, journal);
        }
    }

    // The user is asked for a secret when it is needed.
    private async Task<ProfileFinding?> SecretFaultAsync(string path, SecretSource source, CancellationToken cancellationToken)
    {
        if (source.Kind is SecretKind.Ask or SecretKind.Vault)
        {
            return null;
        }

        try
        {
            (await _secrets.GetAsync(source, "secret", cancellationToken).ConfigureAwait(false)).Dispose();
            return null;
        }
        catch (MailPassException fault)
        {
            return Of(path, fault);
        }
    }

    private static async Task<IReadOnlyList<ProfileFinding>> StoreAsync(Site site, CancellationToken cancellationToken)
    {
        var findings = new List<ProfileFinding>();
        try
        {
            var store = await site.OpenStoreAsync(cancellationToken).ConfigureAwait(false);
            await using var closing = store.ConfigureAwait(false);
            var server = store.Info.ServerVersion is { } version ? $", server {version}" : string.Empty;
            findings.Add(new("store", FindingResult.Good, $"{store.Info.Kind} {store.Info.Location}, schema {store.Info.Schema}{server}."));
            findings.AddRange(store.Info.Warnings.Concat(store.Info.Notes).Select(note => new ProfileFinding("store", FindingResult.Note, note)));
            findings.AddRange(store.Info.OtherCredentials.Select(other => new ProfileFinding("store", FindingResult.Note, $"What a new password does not close: {other}")));
            var (schemes, first) = await SchemesAsync(store, cancellationToken).ConfigureAwait(false);
            findings.Add(new("store", FindingResult.Good, schemes));
            var missing = first is not null && store is IRightsCheck rights ? await rights.MissingRightsAsync(first, cancellationToken).ConfigureAwait(false) : [];
            findings.AddRange(missing.Select(fault => Of("store", fault)));
            if (missing.Count == 0)
            {
                findings.Add(await WritingAsync(store, first, cancellationToken).ConfigureAwait(false));
            }

            if (site.Profile.Hash is { } hash && store.Info.Schemes.Count > 0 && !store.Info.Schemes.Contains(hash.Scheme, StringComparer.OrdinalIgnoreCase))
            {
                findings.Add(new("scheme", FindingResult.Fault, $"Not everything that reads this store verifies {hash.Scheme}.", $"Name one of {string.Join(", ", store.Info.Schemes)}, or leave 'scheme' out.", ErrorIds.SchemeUnknown));
            }
        }
        catch (MailPassException fault)
        {
            findings.Add(Of("store", fault));
        }

        return findings;
    }

    private static async Task<(string Text, MailboxAccount? First)> SchemesAsync(IMailboxStore store, CancellationToken cancellationToken)
    {
        var schemes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        MailboxAccount? first = null;
        var count = 0;
        var isCut = false;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            await foreach (var account in store.ListAsync(new MailboxQuery { IncludeInactive = true }, patience.Token).ConfigureAwait(false))
            {
                first ??= account;
                var scheme = string.IsNullOrEmpty(account.PasswordHash) ? "none"
                    : StoredHash.TryParse(account.PasswordHash, store.Info.UnprefixedScheme, out var hash, out _) ? hash!.Settings.Scheme
                    : "unreadable";
                schemes[scheme] = schemes.GetValueOrDefault(scheme) + 1;
                if (++count == MostHashes)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The schemes seen so far are reported.
            isCut = true;
        }

        if (count == 0)
        {
            return (isCut ? $"No mailbox was read within {s_patience.TotalSeconds} seconds." : "The store has no mailboxes.", null);
        }

        var kinds = string.Join(", ", schemes.OrderByDescending(pair => pair.Value).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:N0}")));
        return (string.Create(CultureInfo.InvariantCulture, $"Schemes of {(isCut || count == MostHashes ? "the first " : string.Empty)}{count:N0} {(count == 1 ? "mailbox" : "mailboxes")}: {kinds}."), first);
    }

    // Faults other than missing rights, such as a read-only server, also affect a change that matches no row.
    private static async Task<ProfileFinding> WritingAsync(IMailboxStore store, MailboxAccount? account, CancellationToken cancellationToken)
    {
        if (store.Info.IsReadOnly)
        {
            return new("store", FindingResult.Fault, $"The store can be read, and not written. {store.Info.ReadOnlyReason}".TrimEnd(), "Use a login or an account that may write it.", ErrorIds.StoreReadOnly);
        }

        if (account is null || store.Info.Kind is not ("MySql" or "PostgreSql"))
        {
            // For a file, opening it has shown the rights; a server checks a login's rights only when it writes.
            return store.Info.Kind is "MySql" or "PostgreSql" or "LDAP"
                ? new("store", FindingResult.Note, "Whether the login may change hashes was not tried.")
                : new("store", FindingResult.Good, "The store can be written.");
        }

        var other = new MailboxAccount { Address = account.Address, StoreKey = account.StoreKey, PasswordHash = "{MAILPASS-CHECK}" + Guid.NewGuid().ToString("N"), Bookkeeping = account.Bookkeeping };
        try
        {
            var outcome = (await store.WriteAsync([new HashWrite { Account = other, NewHash = other.PasswordHash, Time = DateTimeOffset.UtcNow }], cancellationToken).ConfigureAwait(false))[0];
            return outcome.Status is WriteStatus.Conflict or WriteStatus.NotFound
                ? new("store", FindingResult.Good, "The login may change hashes.")
                : new("store", FindingResult.Fault, outcome.Message ?? "The login may not change hashes.", "Grant what the mail system's page lists (docs/mail-systems).", outcome.ErrorId ?? ErrorIds.StoreReadOnly);
        }
        catch (MailPassException fault)
        {
            return Of("store", fault);
        }
    }

    private async IAsyncEnumerable<ProfileFinding> SessionsAsync(SiteProfile profile, List<ProfileFinding> missing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Each one separately, so that one that cannot be opened does not hide the findings of the others.
        var parts = new List<(string Path, SiteProfile Site)>();
        if (profile.Dovecot is { } dovecot)
        {
            parts.AddRange(dovecot.Servers.Select((server, i) => (Index("dovecot.servers", i), Alone(dovecot with { Servers = [server], Proxies = [], Local = false }))));
            parts.AddRange(dovecot.Proxies.Select((proxy, i) => (Index("dovecot.proxies", i), Alone(dovecot with { Servers = [], Proxies = [proxy], Local = false }))));
            if (dovecot.Local)
            {
                parts.Add(("dovecot.local", Alone(dovecot with { Servers = [], Proxies = [] })));
            }
        }

        parts.AddRange(profile.Webmails.Select((webmail, i) => (Index("webmail", i), profile with { Dovecot = null, Webmails = [webmail] })));
        foreach (var (path, part) in parts)
        {
            if (missing.Any(fault => fault.Subject.StartsWith(path.StartsWith("dovecot.", StringComparison.Ordinal) ? "dovecot." : path + ".", StringComparison.Ordinal)))
            {
                continue;
            }

            foreach (var finding in await SystemAsync(path, part, cancellationToken).ConfigureAwait(false))
            {
                yield return finding;
            }
        }

        SiteProfile Alone(DovecotProfile servers) => profile with { Dovecot = servers, Webmails = [] };
        static string Index(string path, int i) => string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
    }

    private async Task<IReadOnlyList<ProfileFinding>> SystemAsync(string path, SiteProfile part, CancellationToken cancellationToken)
    {
        using var site = new Site(part, _secrets, _logger);
        IReadOnlyList<ISessionAuthority> systems = [];
        try
        {
            systems = await site.OpenSessionSystemsAsync(includeAppPasswords: false, cancellationToken).ConfigureAwait(false);
            var findings = new List<ProfileFinding>();
            foreach (var system in systems)
            {
                await foreach (var _ in system.ListAsync([s_nobody], cancellationToken).ConfigureAwait(false))
                {
                    // Nobody's sessions.
                }

                var detail = await system.DescribeAsync(cancellationToken).ConfigureAwait(false);
                findings.Add(new(path, FindingResult.Good, detail is null ? $"{system.Name} answers." : $"{system.Name} answers: {detail}"));
            }

            return findings;
        }
        catch (MailPassException fault)
        {
            return [Of(path, fault)];
        }
        finally
        {
            await SessionSystems.DisposeAsync(systems).ConfigureAwait(false);
        }
    }

    private static async Task<ProfileFinding> LoginAsync(string path, string server, LoginProfile login, CancellationToken cancellationToken)
    {
        try
        {
            var target = LoginTarget.Parse(server);
            var greeting = await new LoginTester(login.TestOptions).GreetAsync(target, cancellationToken).ConfigureAwait(false);
            return greeting.Outcome is LoginOutcome.LoginOk
                ? new(path, FindingResult.Good, $"{target.Host}:{target.EffectivePort} answers: {greeting.Answer}")
                : new(path, FindingResult.Fault, $"{target.Host}:{target.EffectivePort}: {greeting.Outcome}. {greeting.Answer}", "Check the server's name and port, and its certificate.", ErrorIds.SessionAuthorityUnreachable);
        }
        catch (MailPassException fault)
        {
            return Of(path, fault);
        }
    }

    private ProfileFinding Journal(SiteProfile profile, JournalProfile journal)
    {
        try
        {
            foreach (var recipient in journal.Recipients)
            {
                Certificates.Load(recipient).Dispose();
            }

            var folder = profile.Runs(_secrets.Environment);
            return new("journal", FindingResult.Good, string.Create(CultureInfo.InvariantCulture, $"Runs are remembered in {folder.Path}, {folder.List().Count:N0} by now."));
        }
        catch (MailPassException fault)
        {
            return Of("journal", fault);
        }
    }

    private static ProfileFinding Of(string path, MailPassException fault) => new(path, FindingResult.Fault, fault.Message, fault.Remedy, fault.ErrorId);
}
