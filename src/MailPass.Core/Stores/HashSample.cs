using System.Globalization;
using MailPass.Hashing;

namespace MailPass.Stores;

/// <summary>A sample of a store's hashes, read when the store is opened: which schemes occur with a prefix and which without.</summary>
/// <param name="unprefixed">The scheme that the mail system assumes for a hash without prefix; <see langword="null"/> if that is not known.</param>
internal sealed class HashSample(string? unprefixed)
{
    /// <summary>How many hashes make a sufficient sample.</summary>
    public const int Size = 100;

    private readonly HashSet<string> _bare = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _prefixed = new(StringComparer.OrdinalIgnoreCase);
    private int _withPrefix;
    private int _withoutPrefix;
    private int _nameless;
    private bool _hasDigits;

    /// <summary>The schemes of hashes that have no prefix and can be recognised without one.</summary>
    public IReadOnlyList<string> BareSchemes => [.. _bare.Order(StringComparer.Ordinal)];

    /// <summary>The schemes of hashes with a prefix.</summary>
    public IReadOnlyList<string> PrefixedSchemes => [.. _prefixed.Order(StringComparer.Ordinal)];

    /// <summary>Whether more hashes have no prefix than have one.</summary>
    public bool IsMostlyBare => _withoutPrefix > _withPrefix;

    /// <summary>Whether there are hashes whose scheme shows neither in a prefix nor in their own form.</summary>
    public bool HasNameless => _nameless > 0;

    /// <summary>Whether those are at least as many as the hashes without prefix whose form shows their scheme.</summary>
    public bool IsMostlyNameless => HasNameless && 2 * _nameless >= _withoutPrefix;

    /// <summary>How many mailboxes were looked at.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one hash.</summary>
    /// <param name="text">The hash as it is stored.</param>
    public void Add(string? text)
    {
        Count++;
        if (string.IsNullOrEmpty(text) || PasswordLock.IsLocked(text))
        {
            return;
        }

        if (text[0] == '{' && text.IndexOf('}', StringComparison.Ordinal) is var end and > 1)
        {
            _withPrefix++;
            if (StoredHash.TryParse(text, unprefixed, out var prefixed, out _))
            {
                _prefixed.Add(prefixed!.Settings.Scheme);
            }

            return;
        }

        _withoutPrefix++;
        if (StoredHash.TryParse(text, unprefixed, out var bare, out _))
        {
            _bare.Add(bare!.Settings.Scheme);
        }
        else
        {
            _nameless++;
            _hasDigits |= text.Length == 32 && text.All(char.IsAsciiHexDigit);
        }
    }

    /// <summary>Where the sample contradicts the schema's description of the column, one sentence each.</summary>
    /// <param name="prefix">What the schema says.</param>
    public IEnumerable<string> Contradictions(PrefixStyle prefix)
    {
        var all = _withPrefix + _withoutPrefix;
        if (_nameless > 0 && (unprefixed is null || IsCrypt(unprefixed)))
        {
            var guess = _hasDigits ? " (32 hexadecimal digits are PLAIN-MD5, perhaps)" : string.Empty;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Hashes with neither {{SCHEME}} nor $ before them: {_nameless} of {all} looked at{guess}. Only the mail system's own default says what they are, so new hashes {(prefix is PrefixStyle.Never ? "are refused unless you insist on a scheme" : $"begin with {{SCHEME}}{(prefix is PrefixStyle.AsStored && !IsMostlyNameless ? ", but for mailboxes whose own hash begins with $" : string.Empty)}")}.");
        }

        if (prefix is PrefixStyle.Never && _withPrefix > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Hashes that begin with {{SCHEME}}: {_withPrefix} of {all} looked at. This mail system neither writes nor reads the prefix, so new hashes have none.");
        }

        if (prefix is PrefixStyle.AsStored && unprefixed is null && _bare.Count > 0 && !_bare.Any(CanBeWritten))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Hashes without {{SCHEME}}: {_withoutPrefix} of {all} looked at, in {string.Join(", ", BareSchemes)} alone. The mail system may take every hash without prefix for that, so new hashes begin with {{SCHEME}}.");
        }
    }

    private static bool CanBeWritten(string scheme) => PasswordSchemes.TryGet(scheme, out var known) && known.CanHash;

    private static bool IsCrypt(string? scheme) => string.Equals(scheme, "CRYPT", StringComparison.OrdinalIgnoreCase);
}
