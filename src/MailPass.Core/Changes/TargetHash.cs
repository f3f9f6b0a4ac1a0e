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
            throw new MailPassException(
                ErrorIds.SchemeUnknown,
                $"The mail system of {store.Location} reads hashes without {{SCHEME}} before them, so it would not recognise {asked.Scheme}.",
                "Choose SHA512-CRYPT, BLF-CRYPT or another scheme whose hashes begin with $.");
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

    /// <summary>Without prefix only such hashes can stand in a store as say themselves what they are.</summary>
    private bool Suits(HashSettings settings) =>
        store.WritesPrefix
        || (settings.Encoding is null
            && (PasswordSchemes.NamesItself(settings.Scheme) || string.Equals(settings.Scheme, store.UnprefixedScheme, StringComparison.OrdinalIgnoreCase)));
}
