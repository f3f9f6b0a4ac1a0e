using System.Collections.Concurrent;
using System.Formats.Asn1;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>Builds the operation that replaces one hash, and interprets its answer.</summary>
/// <param name="schema">The schema.</param>
/// <param name="serverName">The server's name, for people.</param>
/// <param name="hasAssertions">Whether the directory supports operations under the condition that the entry matches a filter (RFC 4528).</param>
internal sealed class LdapModifications(LdapSchema schema, string serverName, bool hasAssertions)
{
    /// <summary>The control with the filter.</summary>
    public const string Assertion = "1.3.6.1.1.12";

    /// <summary>Why a hash of a scheme that the directory alters is not written.</summary>
    public const string Altered = "The directory does not store a hash in this scheme as it is: it takes the hash for a password and hashes it again (OpenLDAP: ppolicy_hash_cleartext, without the module that knows the scheme). The mailbox keeps its old hash; choose a scheme that the directory knows.";

    private readonly ConcurrentDictionary<string, bool> _isKept = new(StringComparer.OrdinalIgnoreCase);
    private volatile bool _replaces;

    /// <summary>Whether the server hashes the password.</summary>
    public static bool IsByServer(HashWrite write) => write.NewHash == HashWrite.ByStore;

    /// <summary>The dates that are written together with a password that the server hashes; <see langword="null"/> for none.</summary>
    public Action<AsnWriter>? DatesOf(HashWrite write) =>
        Beside(write).ToArray() is { Length: > 0 } dates ? LdapRequests.Modify(write.Account.StoreKey, dates) : null;

    /// <summary>Whether it is known what the directory does with hashes of this scheme.</summary>
    public bool IsTried(HashWrite write) => IsByServer(write) || _isKept.ContainsKey(SchemeOf(write));

    /// <summary>Notes what the directory does with hashes of this scheme.</summary>
    public void Try(HashWrite write, bool isKept) => _isKept[SchemeOf(write)] = isKept;

    /// <summary>Why a change is not sent to the directory; <see langword="null"/> if it is sent.</summary>
    public WriteOutcome? Refuse(HashWrite write) =>
        write.Account.WriteRefusal is { } refusal ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, refusal)
        : _isKept.TryGetValue(SchemeOf(write), out var isKept) && !isKept ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, Altered)
        : IsByServer(write) ? null
        : write.Account.PasswordHash is null && !hasAssertions ? new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, $"No {schema.HashAttribute} is visible, and the directory cannot make sure that there is none (RFC 4528).")
        : null;

    /// <summary>The operation and its condition, if any.</summary>
    public (Action<AsnWriter> Operation, LdapControl? Condition) Of(HashWrite write)
    {
        var attribute = schema.HashAttribute;
        string[]? old = write.Account.PasswordHash?.Split(LdapAccounts.Between);
        string[] values = write.NewHash.Length == 0 ? [] : write.NewHash.Split(LdapAccounts.Between);
        if (old is null || _replaces)
        {
            LdapFilter isAsRead = old is null ? new LdapFilter.Not(new LdapFilter.Present(attribute)) : new LdapFilter.And([.. old.Select(value => new LdapFilter.Equal(attribute, value))]);
            return (
                LdapRequests.Modify(write.Account.StoreKey, [new LdapChange(LdapChangeKind.Replace, attribute, values), .. Beside(write)]),
                new LdapControl(Assertion, IsCritical: true, LdapRequests.Value(isAsRead.Write)));
        }

        LdapChange[] added = values.Length == 0 ? [] : [new LdapChange(LdapChangeKind.Add, attribute, values)];
        return (LdapRequests.Modify(write.Account.StoreKey, [new LdapChange(LdapChangeKind.Delete, attribute, old), .. added, .. Beside(write)]), null);
    }

    /// <summary>Whether the answer shows that hashes must be replaced under a condition; the same change is then sent once more.</summary>
    public bool TurnsToReplacing(LdapAnswer answer)
    {
        var turns = hasAssertions && LdapPasswordPolicy.WantsOldPassword(answer) && !_replaces;
        _replaces |= turns;
        return turns;
    }

    /// <summary>What an answer means for its mailbox; <see langword="null"/> if the operation must be sent again.</summary>
    public WriteOutcome? OutcomeOf(LdapAnswer answer) => answer.Code switch
    {
        LdapResultCode.Success => new WriteOutcome(WriteStatus.Written),
        LdapResultCode.NoSuchAttribute or LdapResultCode.AttributeOrValueExists or LdapResultCode.AssertionFailed => new WriteOutcome(WriteStatus.Conflict),
        LdapResultCode.NoSuchObject or LdapResultCode.InvalidDnSyntax => new WriteOutcome(WriteStatus.NotFound),
        LdapResultCode.Busy or LdapResultCode.Unavailable => null,
        LdapResultCode.Referral => new WriteOutcome(WriteStatus.Failed, ErrorIds.StoreReadOnly, $"{serverName} is a read-only copy; name the server that it refers to: {string.Join(", ", answer.Referrals)}."),
        LdapResultCode.InsufficientAccessRights => new WriteOutcome(WriteStatus.Failed, ErrorIds.StoreReadOnly, $"This login may not write {schema.HashAttribute} or an attribute that is written with it: {answer}."),
        _ => new WriteOutcome(WriteStatus.Failed, ErrorIds.WriteFailed, LdapPasswordPolicy.ReasonOf(answer) is { } reason ? $"{reason} ({answer})" : $"{answer}."),
    };

    private static string SchemeOf(HashWrite write) => write.NewHash.StartsWith('{') ? write.NewHash[..(write.NewHash.IndexOf('}', StringComparison.Ordinal) + 1)] : string.Empty;

    private IEnumerable<LdapChange> Beside(HashWrite write)
    {
        if (write.PutBack is { } before)
        {
            return before.Places.Zip(before.Values, (attribute, value) => new LdapChange(LdapChangeKind.Replace, attribute, value is null ? [] : [value]));
        }

        var places = write.Account.Bookkeeping?.Places ?? [];
        return schema.Set.Where(set => places.Contains(set.To.Attribute))
            .Select(set => new LdapChange(LdapChangeKind.Replace, set.To.Attribute, [LdapClocks.Write(set.To.Clock, write.Time)]));
    }
}
