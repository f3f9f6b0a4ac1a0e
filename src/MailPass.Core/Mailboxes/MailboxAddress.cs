using System.Diagnostics.CodeAnalysis;

namespace MailPass.Mailboxes;

/// <summary>An address that can log in: <c>local-part@domain</c>.</summary>
public sealed class MailboxAddress : IEquatable<MailboxAddress>
{
    private MailboxAddress(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
        Value = localPart + "@" + domain;
        Key = Value.ToLowerInvariant();
    }

    /// <summary>What stands before the @, as it was given.</summary>
    public string LocalPart { get; }

    /// <summary>The domain in its ASCII form, lower case.</summary>
    public string Domain { get; }

    /// <summary>The address as people read it.</summary>
    public string Value { get; }

    /// <summary>What two spellings of the same mailbox have in common; compare by this, ordinally.</summary>
    public string Key { get; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; white space around it is passed over.</param>
    /// <param name="address">The address.</param>
    /// <param name="reason">Why the text is none, as a sentence without the address.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MailboxAddress? address, [NotNullWhen(false)] out string? reason)
    {
        var parts = (text ?? string.Empty).Trim().Split('@');
        address = parts.Length == 2 ? new MailboxAddress(parts[0], parts[1].ToLowerInvariant()) : null;
        reason = address is null ? "There must be exactly one @." : null;
        return address is not null;
    }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.AddressInvalid"/>.</exception>
    public static MailboxAddress Parse(string? text) =>
        TryParse(text, out var address, out var reason)
            ? address
            : throw new MailPassException(ErrorIds.AddressInvalid, $"'{text}' is no mailbox address. {reason}");

    /// <inheritdoc/>
    public bool Equals(MailboxAddress? other) => other is not null && string.Equals(Key, other.Key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MailboxAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    /// <summary>The address as people read it.</summary>
    public override string ToString() => Value;
}
