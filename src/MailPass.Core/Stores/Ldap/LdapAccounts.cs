using System.Globalization;
using System.Text.Unicode;
using MailPass.Hashing;
using MailPass.Mailboxes;
using MailPass.Stores.Ldap.Protocol;

namespace MailPass.Stores.Ldap;

/// <summary>Reads mailboxes from entries, as a schema says.</summary>
/// <param name="schema">The schema.</param>
/// <param name="options">The schema's options that are on.</param>
internal sealed class LdapAccounts(LdapSchema schema, IReadOnlyCollection<string> options)
{
    /// <summary>The separator between the values of an attribute that has several; a mailbox with several passwords has them all as one hash.</summary>
    public const char Between = '\n';

    // Values for which another server verifies the password: OpenLDAP's pass-through, Kerberos.
    private static readonly string[] s_elsewhere = ["{SASL}", "{KERBEROS}", "{K5KEY}"];

    /// <summary>The attributes that a mailbox is read from.</summary>
    public IReadOnlyList<string> Attributes { get; } =
    [
        .. schema.Address
            .Concat(schema.Aliases)
            .Concat(schema.DisplayName)
            .Append(schema.HashAttribute)
            .Concat(schema.Changed is { } changed ? [changed.Attribute] : [])
            .Concat(schema.Login.SelectMany(login => login.Filter.Attributes))
            .Concat(schema.Refuse.SelectMany(guard => guard.Filter.Attributes))
            .Concat(schema.Set.SelectMany(set => set.When is null ? [set.To.Attribute] : set.When.Attributes.Append(set.To.Attribute)))
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>The names that a mailbox logs in under, its address first.</summary>
    /// <param name="entry">The entry.</param>
    public IEnumerable<MailboxAddress> NamesOf(LdapEntry entry)
    {
        foreach (var text in schema.Address.Concat(schema.Aliases).SelectMany(entry.Texts))
        {
            if (MailboxAddress.TryParse(text, out var address, out _))
            {
                yield return address;
            }
        }
    }

    /// <summary>The mailbox's address; <see langword="null"/> if the entry has none.</summary>
    /// <param name="entry">The entry.</param>
    public MailboxAddress? AddressOf(LdapEntry entry) => schema.Address.SelectMany(entry.Texts)
        .Select(text => MailboxAddress.TryParse(text, out var address, out _) ? address : null)
        .FirstOrDefault(address => address is not null);

    /// <summary>The hash of an entry as a mailbox has it; <see langword="null"/> if the login sees none.</summary>
    /// <param name="entry">The entry.</param>
    public string? HashOf(LdapEntry entry) =>
        entry.Values(schema.HashAttribute).Count == 0 ? null : string.Join(Between, entry.Texts(schema.HashAttribute));

    /// <summary>Reads a mailbox.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="refusal">Why it must not be written, if the caller knows a reason.</param>
    /// <returns><see langword="null"/> if the entry has no address.</returns>
    public MailboxAccount? Read(LdapEntry entry, string? refusal = null)
    {
        if (AddressOf(entry) is not { } address)
        {
            return null;
        }

        var values = entry.Values(schema.HashAttribute);
        var (state, reason) = StateOf(entry);
        if (state is MailboxState.Active && values.Count > 1)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"It had {values.Count} passwords ({schema.HashAttribute}), each of which worked; a new one replaces all of them.");
        }

        var before = schema.Set.Where(set => set.When?.Fits(entry) is not false).Select(set => set.To.Attribute).ToArray();
        return new MailboxAccount
        {
            Address = address,
            StoreKey = entry.Dn,
            State = state,
            StateReason = reason,
            PasswordHash = HashOf(entry),
            PasswordChanged = schema.Changed is { } changed ? LdapClocks.Read(changed.Clock, entry.Text(changed.Attribute)) : null,
            Bookkeeping = before.Length == 0 ? null : new Bookkeeping(before, Array.ConvertAll(before, entry.Text)),
            DisplayName = schema.DisplayName.Select(entry.Text).FirstOrDefault(name => name is not null),
            WriteRefusal = refusal
                ?? schema.Refuse.FirstOrDefault(guard => !guard.Filter.Fits(entry) && (guard.Unless is null || !(options.Contains(guard.Unless) || options.Contains(LdapWriter.ServerHashes))))?.Because
                ?? (values.All(value => Utf8.IsValid(value) && !value.Contains((byte)Between)) ? null : $"One of its values of {schema.HashAttribute} is not text."),
        };
    }

    private (MailboxState State, string? Reason) StateOf(LdapEntry entry)
    {
        string? remark = null;
        foreach (var login in schema.Login.Where(login => !login.Filter.Fits(entry)))
        {
            if (login.Else is not MailboxState.Active)
            {
                return (login.Else, login.Because);
            }

            remark ??= login.Because;
        }

        foreach (var value in entry.Texts(schema.HashAttribute))
        {
            if (s_elsewhere.FirstOrDefault(start => value.StartsWith(start, StringComparison.OrdinalIgnoreCase)) is { } elsewhere)
            {
                return (MailboxState.External, $"Its {schema.HashAttribute} begins with {elsewhere}, so another server verifies its password.");
            }

            // passwd -l and Univention lock accounts like this; without a prefix it would be a clear-text password.
            if (value.StartsWith('{') && PasswordLock.IsLocked(value))
            {
                return (MailboxState.Disabled, $"Its password is locked in the directory ({schema.HashAttribute} has ! or * before the hash).");
            }
        }

        return (MailboxState.Active, remark);
    }
}
