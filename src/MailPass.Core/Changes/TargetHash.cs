using System.Globalization;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Decides for each mailbox which scheme, cost and prefix its next hash gets, by what the readers of the store understand.</summary>
/// <param name="store">The store.</param>
/// <param name="asked">What the admin named; <see langword="null"/> to keep each mailbox's own.</param>
/// <param name="allowAnyScheme">Whether to allow a scheme that not every reader verifies.</param>
internal sealed class TargetHash(StoreInfo store, HashSettings? asked, bool allowAnyScheme)
{
    private const string Scram = "SCRAM-SHA-256";

    private readonly HashSettings _fallback = store.DefaultScheme is { } scheme ? new HashSettings(scheme) : PasswordSchemes.DefaultSettings;

    // Most mailboxes of a run have the plan of the one before. It has passed every check.
    private HashPlan? _last;

    /// <summary>The scheme that was asked for; else the mailbox's own; else the store's default.</summary>
    /// <exception cref="MailPassException">No hash can be written that every reader of the store verifies, or the column is too narrow.</exception>
    public HashPlan For(MailboxAccount account)
    {
        var isSameForAll = asked is not null && store.Prefix is PrefixStyle.Always;
        if (isSameForAll && _last is not null)
        {
            return _last;
        }

        // A scheme that the admin named gets its prefix, whatever the mailbox has now.
        StoredHash? stored = null;
        if (!isSameForAll)
        {
            StoredHash.TryParse(account.PasswordHash, store.UnprefixedScheme, out stored, out _);
        }

        var (settings, remark) = asked is null ? Kept(account, stored) : Asked(asked);
        var prefix = !WithPrefix(settings, account, stored) ? string.Empty
            : settings.Encoding is null && store.SchemePrefixes.TryGetValue(settings.Scheme, out var name) ? $"{{{name}}}"
            : PasswordSchemes.Prefix(settings);
        if (_last is { } last && ReferenceEquals(last.Settings, settings) && last.Prefix == prefix && last.Remark == remark)
        {
            return last;
        }

        var length = prefix.Length + PasswordSchemes.LongestHash(settings, withPrefix: false);
        return store.HashColumnWidth is { } width && length > width
            ? throw new MailPassException(
                ErrorIds.HashTooLongForColumn,
                $"A {settings.Scheme} hash of {length} characters does not fit into the store's column of {width}.",
                "Widen the column or choose a scheme with a shorter hash.")
            : _last = new HashPlan(settings, prefix, remark);
    }

    private (HashSettings Settings, string? Remark) Asked(HashSettings settings) => IsAllowed(settings.Scheme)
        ? (settings, Caveat(settings.Scheme))
        : throw new MailPassException(
            ErrorIds.SchemeUnknown,
            $"Not everything that reads the passwords of {store.Location} verifies {settings.Scheme}.{(Caveat(settings.Scheme) is { } caveat ? $" {caveat}" : string.Empty)}",
            $"Choose {string.Join(", ", store.Schemes)}, or allow it with -AllowAnyScheme (--allow-any-scheme).");

    private (HashSettings Settings, string? Remark) Kept(MailboxAccount account, StoredHash? stored)
    {
        RefuseChallengeResponse(account, stored);

        // No hash, an unreadable one (another program's scheme) or one in an outdated scheme is replaced in the store's default scheme.
        if (stored?.Kept is not { } kept)
        {
            return (_fallback, null);
        }

        // If the readers' configuration decides which schemes they know, the mailbox's own hash shows that they know its scheme.
        if (IsAllowed(kept.Scheme) || (store.Prefix is PrefixStyle.AsStored && Is(kept.Scheme, stored.Settings.Scheme)))
        {
            return (kept, Moved(stored.Settings, kept));
        }

        return (_fallback, $"{_fallback.Scheme}, which everything that reads this store verifies, replaced {kept.Scheme}.");
    }

    // CRAM-MD5 and similar mechanisms compute their answer from the stored value: any other hash locks those clients out.
    private void RefuseChallengeResponse(MailboxAccount account, StoredHash? stored)
    {
        var scheme = ChallengeResponse.SchemeOf(account.PasswordHash, store.UnprefixedScheme);
        if (scheme is null && stored is null && store is { Prefix: PrefixStyle.AsStored, UnprefixedScheme: null } && account.PasswordHash is { Length: > 0 } text)
        {
            scheme = ChallengeResponse.GuessOf(text);
        }

        if (scheme is null || (stored?.Kept is { } kept && (IsAllowed(kept.Scheme) || store.Prefix is PrefixStyle.AsStored)))
        {
            return;
        }

        throw new MailPassException(
            ErrorIds.SchemeChoiceNeeded,
            $"The hash of {account.Address} is {scheme}, which clients may need to log in without sending the password (CRAM-MD5, DIGEST-MD5, SCRAM); MailPass does not replace it unasked.",
            $"Name the scheme (-Scheme, --scheme): {_fallback.Scheme}, after which only logins that send the password (PLAIN, LOGIN) work{(IsAllowed(Scram) ? $", or {Scram} for clients that know it" : string.Empty)}.");
    }

    private bool WithPrefix(HashSettings settings, MailboxAccount account, StoredHash? stored)
    {
        if (PasswordSchemes.Get(settings.Scheme).IsForeign)
        {
            return false;
        }

        switch (store.Prefix)
        {
            case PrefixStyle.Always:
                return true;
            case PrefixStyle.Never when CanStandBare(settings, stored):
                return false;
            case PrefixStyle.Never:
                throw new MailPassException(
                    ErrorIds.SchemeUnknown,
                    $"The readers of {store.Location} do not understand a {{SCHEME}} prefix, and would not recognise {settings.Scheme} without it.",
                    $"Choose {WouldDo()}.");
            case PrefixStyle.AsStored when store.IsMostlyNameless:
                // The readers take a hash without prefix for one of a scheme that cannot be recognised by its text.
                return true;
            default:
                // Dovecot always understands a prefix, so it is left out only if the store's hashes clearly have none.
                var isBare = stored is null ? string.IsNullOrEmpty(account.PasswordHash) && store.IsMostlyBare && !store.HasNamelessHashes : !stored.HasPrefix;
                return !isBare || !CanStandBare(settings, stored);
        }
    }

    /// <summary>Whether the readers are known to recognise the scheme without a prefix.</summary>
    private bool CanStandBare(HashSettings settings, StoredHash? stored)
    {
        if (settings.Encoding is not null || !PasswordSchemes.Get(settings.Scheme).CanStandBare)
        {
            return false;
        }

        // The same scheme already has no prefix: at this mailbox, or in this store if this mailbox has no hash without prefix. Other
        // mailboxes prove nothing if this mailbox has a bare hash of another scheme: one of the two may be locked out.
        if (stored is { HasPrefix: false } ? Is(stored.Settings.Scheme, settings.Scheme) : store.BareSchemes.Any(bare => Is(bare, settings.Scheme)))
        {
            return true;
        }

        var isCrypt = PasswordSchemes.Get(settings.Scheme).IsCryptFormat;
        var ofCrypt = stored is { HasPrefix: false, Scheme.IsCryptFormat: true } || store.BareSchemes.Any(bare => PasswordSchemes.Get(bare).IsCryptFormat);
        if (isCrypt && Is("CRYPT", store.UnprefixedScheme) && (ofCrypt || store.Prefix is PrefixStyle.Never))
        {
            return true;
        }

        // A column without prefixes: allowed are the mail system's own default and what the admin explicitly allows.
        return store.Prefix is PrefixStyle.Never && isCrypt
            && (allowAnyScheme || store.BareSchemes.Any(bare => Is(bare, settings.Scheme))
                || (store.BareSchemes.Count == 0 && !store.HasNamelessHashes && stored is not { HasPrefix: false } && Is(settings.Scheme, _fallback.Scheme)));
    }

    private string WouldDo()
    {
        var known = PasswordSchemes.All.Where(scheme => scheme.CanHash && IsListed(scheme.Name) && CanStandBare(new HashSettings(scheme.Name), null)).Select(scheme => scheme.Name).ToList();
        return known.Count > 0
            ? string.Join(", ", known)
            : $"a scheme that the mail system and Dovecot's query are configured for, and allow it with -AllowAnyScheme (--allow-any-scheme): {string.Join(", ", store.Schemes)}";
    }

    private bool IsAllowed(string scheme) =>
        allowAnyScheme || IsListed(scheme)
        || (store.Prefix is PrefixStyle.AsStored && store.BareSchemes.Concat(store.PrefixedSchemes).Any(there => Is(there, scheme)));

    private bool IsListed(string scheme) => (store.Schemes.Count == 0 && !PasswordSchemes.Get(scheme).IsForeign) || store.Schemes.Any(listed => Is(listed, scheme));

    private string? Caveat(string scheme) => store.SchemeCaveats.GetValueOrDefault(scheme);

    private static string? Moved(HashSettings from, HashSettings to)
    {
        if (!Is(from.Scheme, to.Scheme) || (from.Cost == to.Cost && from.MemoryKiB == to.MemoryKiB))
        {
            return null;
        }

        var unit = PasswordSchemes.Get(to.Scheme).Cost!.Unit;
        return from.MemoryKiB is null
            ? string.Create(CultureInfo.InvariantCulture, $"The cost changed from {from.Cost} to {to.Cost} {unit}.")
            : string.Create(CultureInfo.InvariantCulture, $"The cost changed from {from.Cost} {unit} in {from.MemoryKiB} KiB to {to.Cost} in {to.MemoryKiB}.");
    }

    private static bool Is(string one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
