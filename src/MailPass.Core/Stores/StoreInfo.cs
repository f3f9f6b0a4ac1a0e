using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>What a store is and what its hash column can hold.</summary>
public sealed record StoreInfo
{
    /// <summary>The kind: <c>SQLite</c>, <c>MySql</c>, <c>PostgreSql</c>, <c>LDAP</c>, <c>passwd-file</c>, <c>postfix-accounts</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it is, for people: a path, or <c>server/database</c>. Never a password.</summary>
    public required string Location { get; init; }

    /// <summary>The server's own version text; <see langword="null"/> if there is no server, or it tells none.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The schema's name.</summary>
    public required string Schema { get; init; }

    /// <summary>The scheme for a mailbox that has no readable hash yet, where the schema prescribes one.</summary>
    public string? DefaultScheme { get; init; }

    /// <summary>The scheme that a hash without prefix is in, as the mail system reads it; <see langword="null"/> where only self-describing <c>$…$</c> hashes occur.</summary>
    public string? UnprefixedScheme { get; init; }

    /// <summary>Whether hashes carry <c>{SCHEME}</c>.</summary>
    public PrefixStyle Prefix { get; init; }

    /// <summary>The only schemes that every reader of the hash column verifies; empty for any.</summary>
    public IReadOnlyList<string> Schemes { get; init; } = [];

    /// <summary>What a row must say of a scheme of <see cref="Schemes"/> that not every set-up reads, by the scheme.</summary>
    public IReadOnlyDictionary<string, string> SchemeCaveats { get; init; } = new Dictionary<string, string>();

    /// <summary>Schemes that one reader recognises only behind another name for them (<c>{CRYPT}</c>), and that name.</summary>
    public IReadOnlyDictionary<string, string> SchemePrefixes { get; init; } = new Dictionary<string, string>();

    /// <summary>Schemes whose hashes stand in the store without <c>{SCHEME}</c>, as far as a sample shows.</summary>
    public IReadOnlyList<string> BareSchemes { get; init; } = [];

    /// <summary>Schemes whose hashes stand in the store behind <c>{SCHEME}</c>, as far as a sample shows.</summary>
    public IReadOnlyList<string> PrefixedSchemes { get; init; } = [];

    /// <summary>Whether a sample shows hashes whose scheme neither a prefix nor they themselves name.</summary>
    public bool HasNamelessHashes { get; init; }

    /// <summary>Whether those are at least as many as the hashes without prefix that name themselves, which the readers then do not take for what they are.</summary>
    public bool IsMostlyNameless { get; init; }

    /// <summary>Whether more hashes stand there without <c>{SCHEME}</c> than with it, as far as a sample shows.</summary>
    public bool IsMostlyBare { get; init; }

    /// <summary>The most characters the hash column holds, prefix included; <see langword="null"/> where there is no limit.</summary>
    public int? HashColumnWidth { get; init; }

    /// <summary>How many changes the store likes to have in one transaction, where nothing else decides.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>
    /// How long a mail server may go on by what it read of this store before a change; zero where each login asks anew.
    /// A mailbox that is logged out sooner is let in again with its old password, which the server's cache then keeps.
    /// </summary>
    public TimeSpan ReaderLag { get; init; }

    /// <summary>What may be done with it.</summary>
    public MailboxScope Scope { get; init; } = MailboxScope.Everything;

    /// <summary>Whether the store hashes passwords itself: it gets the passwords, no scheme can be chosen, and no change can be undone.</summary>
    public bool HashesItself { get; init; }

    /// <summary>What it means here that a person must choose another password at the next login, as a sentence; <see langword="null"/> where the mail system knows no such thing.</summary>
    public string? ForceChange { get; init; }

    /// <summary>Whether the store can be written.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Why it cannot be written and what helps, where the store knows; sentences.</summary>
    public string? ReadOnlyReason { get; init; }

    /// <summary>Credentials of the same mailboxes that this store cannot change, one sentence each (app passwords, OAuth…).</summary>
    public IReadOnlyList<string> OtherCredentials => [.. Credentials.Select(credential => credential.Text)];

    /// <summary>The same, each with the table that has it.</summary>
    internal IReadOnlyList<OtherCredential> Credentials { get; init; } = [];

    /// <summary>What contradicts the schema's picture of the store, so that a head must show it when it is opened; one sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What an admin should know about this store as it was found (parts left out because they are not there or not visible), one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>Another way into the same mailboxes, which a new hash does not close.</summary>
/// <param name="Text">The sentence that names it.</param>
/// <param name="Table">The table that has it, without prefix: a session system that empties it of a mailbox's rows closes the way; <see langword="null"/> where none can.</param>
internal sealed record OtherCredential(string Text, string? Table);
