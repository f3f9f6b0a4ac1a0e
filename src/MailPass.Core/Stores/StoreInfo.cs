using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>Describes a store and its hash column.</summary>
public sealed record StoreInfo
{
    /// <summary>The kind: <c>SQLite</c>, <c>MySql</c>, <c>PostgreSql</c>, <c>LDAP</c>, <c>passwd-file</c>, <c>postfix-accounts</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it is, for people: a path, or <c>server/database</c>. Never a password.</summary>
    public required string Location { get; init; }

    /// <summary>The server's own version text; <see langword="null"/> if there is no server, or it does not say.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The schema's name.</summary>
    public required string Schema { get; init; }

    /// <summary>The scheme for a mailbox that has no readable hash, if the schema prescribes one.</summary>
    public string? DefaultScheme { get; init; }

    /// <summary>The scheme that the mail system assumes for a hash without prefix; <see langword="null"/> if only self-describing <c>$…$</c> hashes occur.</summary>
    public string? UnprefixedScheme { get; init; }

    /// <summary>Whether hashes carry <c>{SCHEME}</c>.</summary>
    public PrefixStyle Prefix { get; init; }

    /// <summary>The only schemes that every reader of the hash column verifies; empty for any.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = [];

    /// <summary>A remark for rows with a scheme of <see cref="Schemes"/> that not every installation reads, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> SchemeCaveats { get; init; } = new Dictionary<string, string>();

    /// <summary>Schemes that one reader recognises only under another name (<c>{CRYPT}</c>), and that name.</summary>
    public IReadOnlyDictionary<string, string> SchemePrefixes { get; init; } = new Dictionary<string, string>();

    /// <summary>Schemes whose hashes occur in the store without <c>{SCHEME}</c>, as far as a sample shows.</summary>
    public IReadOnlyList<string> BareSchemes { get; init; } = [];

    /// <summary>Schemes whose hashes occur in the store after <c>{SCHEME}</c>, as far as a sample shows.</summary>
    public IReadOnlyList<string> PrefixedSchemes { get; init; } = [];

    /// <summary>Whether a sample has hashes whose scheme shows neither in a prefix nor in their own form.</summary>
    public bool HasNamelessHashes { get; init; }

    /// <summary>Whether those are at least as many as the hashes without prefix whose form shows their scheme. The readers then do not recognise hashes by their form.</summary>
    public bool IsMostlyNameless { get; init; }

    /// <summary>Whether more hashes have no <c>{SCHEME}</c> than have one, as far as a sample shows.</summary>
    public bool IsMostlyBare { get; init; }

    /// <summary>The width of the hash column in characters, prefix included; <see langword="null"/> for no limit.</summary>
    public int? HashColumnWidth { get; init; }

    /// <summary>The number of changes per transaction that suits the store.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>
    /// How long a mail server may still use what it read from this store before a change; zero if each login reads the store.
    /// A mailbox that is logged out sooner could log in again with its old password, which the server's cache would then keep.
    /// </summary>
    public TimeSpan ReaderLag { get; init; }

    /// <summary>The scope: which actions on which mailboxes are allowed.</summary>
    public MailboxScope Scope { get; init; } = MailboxScope.Everything;

    /// <summary>Whether the store hashes passwords itself: it gets the passwords, no scheme can be chosen, and no change can be undone.</summary>
    public bool HashesItself { get; init; }

    /// <summary>What the mail system does to make a person choose another password at the next login, as a sentence; <see langword="null"/> if it cannot.</summary>
    public string? ForceChange { get; init; }

    /// <summary>Whether the store can be written.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Why it cannot be written and what helps, as sentences, if the store knows.</summary>
    public string? ReadOnlyReason { get; init; }

    /// <summary>Credentials of the same mailboxes that this store cannot change, one sentence each (app passwords, OAuth…).</summary>
    public IReadOnlyList<string> OtherCredentials => [.. Credentials.Select(credential => credential.Text)];

    /// <summary>The same credentials, each with the table that has it.</summary>
    internal IReadOnlyList<OtherCredential> Credentials { get; init; } = [];

    /// <summary>Contradictions between the schema and the store, which a head must show when the store is opened; one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Notes about this store for the admin (parts left out because they are missing or not visible), one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Another way into the same mailboxes, which a new hash does not close.</summary>
/// <param name="Text">The sentence that names it.</param>
/// <param name="Table">The table that has it, without prefix: a session system that deletes a mailbox's rows from it closes the way; <see langword="null"/> if none can.</param>
internal sealed record OtherCredential(string Text, string? Table);
