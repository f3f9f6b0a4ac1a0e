using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores;

namespace MailPass.Changes;

/// <summary>Decides in which scheme a mailbox's next hash is, and how it is written into this store.</summary>
internal sealed class TargetHash(StoreInfo store, HashSettings? asked)
{
    private readonly HashSettings _fallback = store.DefaultScheme is { } scheme ? new HashSettings(scheme) : PasswordSchemes.DefaultSettings;

    /// <summary>The scheme that was asked for; else the mailbox's own; else the store's default.</summary>
    /// <exception cref="MailPassException">The scheme that was asked for does not suit the store or its column.</exception>
    public HashSettings For(MailboxAccount account)
    {
        var settings = asked ?? KeptFrom(account);
        if (asked is not null && !Suits(asked))
        {
            throw Unsuited(asked);
        }

        var length = PasswordSchemes.LongestHash(settings, store.WritesPrefix);
        return store.HashColumnWidth is { } width && length > width
            ? throw new MailPassException(
                ErrorIds.HashTooLongForColumn,
                $"A {settings.Scheme} hash of {length} characters does not fit into the store's column of {width}.",
                "Widen the column or choose a scheme with a shorter hash.")
            : settings;
    }

    /// <summary>The hash as it stands in a store.</summary>
    public static string Write(HashSettings settings, string hash, bool withPrefix) =>
        withPrefix ? PasswordSchemes.Prefix(settings) + hash : hash;

    private HashSettings KeptFrom(MailboxAccount account)
    {
        // A hash that cannot be read (none, a lock mark, a scheme of some other program) is replaced like any other.
        if (string.IsNullOrEmpty(account.PasswordHash)
            || !StoredHash.TryParse(account.PasswordHash, store.UnprefixedScheme, out var hash, out _))
        {
            return _fallback;
        }

        return Suits(hash!.SettingsToKeep) ? hash.SettingsToKeep : _fallback;
    }

    /// <summary>
    /// Whether every reader of the column understands the hash. Without prefix only such hashes can stand there as say
    /// themselves what they are, or as the mail system takes unmarked ones for.
    /// </summary>
    private bool Suits(HashSettings settings) =>
        IsAllowed(settings.Scheme)
        && (store.WritesPrefix
            || (settings.Encoding is null && (PasswordSchemes.NamesItself(settings.Scheme) || Is(settings.Scheme, store.UnprefixedScheme))));

    private bool IsAllowed(string scheme) => store.Schemes.Count == 0 || store.Schemes.Any(allowed => Is(allowed, scheme));

    private static bool Is(string one, string? other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private MailPassException Unsuited(HashSettings settings) =>
        store.Schemes.Count > 0
            ? new MailPassException(
                ErrorIds.SchemeUnknown,
                $"What reads the passwords of {store.Location} does not understand {settings.Scheme}.",
                $"Choose {string.Join(", ", store.Schemes)}.")
            : new MailPassException(
                ErrorIds.SchemeUnknown,
                $"The mail system of {store.Location} reads hashes without {{SCHEME}} before them, so it would not recognise {settings.Scheme}.",
                "Choose SHA512-CRYPT, BLF-CRYPT or another scheme whose hashes begin with $.");
}
