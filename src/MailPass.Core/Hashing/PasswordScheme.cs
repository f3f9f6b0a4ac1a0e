using System.Globalization;
using System.Security.Cryptography;

namespace MailPass.Hashing;

/// <summary>
/// One of Dovecot's hash formats. Schemes differ in the salt, the computation of a digest from password, salt and cost, and how
/// these are written and read. Hashing draws a salt, computes and writes; verifying reads, computes with that salt and compares.
/// </summary>
/// <remarks>
/// Formats and names: Dovecot's manual, "Password Schemes". A new scheme is one class here and one line in
/// <see cref="PasswordSchemes"/>.
/// </remarks>
public abstract class PasswordScheme
{
    private protected PasswordScheme(string name, params string[] aliases)
    {
        Name = name;
        Aliases = aliases;
    }

    /// <summary>The scheme as Dovecot writes it, without braces: <c>SHA512-CRYPT</c>.</summary>
    public string Name { get; }

    /// <summary>Other names under which Dovecot knows the same scheme.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>Whether new hashes may use it; otherwise it is only verified, and renewed in a better scheme.</summary>
    public virtual bool CanHash => false;

    /// <summary>The range of its cost; <see langword="null"/> if it has no cost.</summary>
    public virtual CostRange? Cost => null;

    /// <summary>The longest password in bytes of UTF-8; a longer one would be cut or refused at login. <see langword="null"/> for no limit.</summary>
    public virtual int? MaxPasswordBytes => null;

    /// <summary>The most characters a hash made with these settings can have, so that a column's width is checked before anything is hashed.</summary>
    /// <param name="settings">Cost and encoding; the scheme is this one.</param>
    /// <param name="withPrefix">Whether the hash is stored behind its <c>{SCHEME}</c>.</param>
    public int LongestHash(HashSettings settings, bool withPrefix)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var length = HashEncodings.EncodedLength(RawLength(settings), EncodingOf(settings));
        return withPrefix ? length + Prefix(settings).Length : length;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>The encoding if there is no suffix.</summary>
    internal virtual HashEncoding DefaultEncoding => HashEncoding.Text;

    /// <summary>Whether it is one of crypt(3)'s formats, whose text shows the scheme and which every reader of CRYPT accepts.</summary>
    internal virtual bool IsCryptFormat => false;

    /// <summary>Whether it belongs to another program and Dovecot does not know it. Such a hash is written only if a schema lists its scheme, and never with a <c>{SCHEME}</c>.</summary>
    internal virtual bool IsForeign => false;

    /// <summary>Whether passwords outside of ASCII are refused, because its reader's encoding is not known.</summary>
    internal virtual bool TakesAsciiOnly => false;

    /// <summary>Whether its hashes may be stored without a <c>{SCHEME}</c> at all.</summary>
    internal virtual bool CanStandBare => true;

    /// <summary>Whether a password over <see cref="MaxPasswordBytes"/> matches nothing; otherwise only its beginning counts.</summary>
    internal virtual bool RefusesLongPasswords => false;

    /// <summary>The salt of a new hash in bytes.</summary>
    internal virtual int SaltLength => 0;

    /// <summary>The digest of a new hash in bytes.</summary>
    internal abstract int DigestLength { get; }

    /// <summary>The most bytes that <see cref="Format"/> writes.</summary>
    internal abstract int RawLength(HashSettings settings);

    /// <summary>Draws salts, in the form that <see cref="Compute"/> needs.</summary>
    internal virtual void FillSalts(Span<byte> salts) => RandomNumberGenerator.Fill(salts);

    /// <summary>The scheme itself: a digest for each password with its salt.</summary>
    /// <param name="settings">The cost.</param>
    /// <param name="batch">Passwords, salts and room for digests.</param>
    /// <param name="resources">Memory shared between calls.</param>
    internal abstract void Compute(HashSettings settings, in HashBatch batch, HashingResources resources);

    /// <summary>Writes one hash, before encoding.</summary>
    /// <returns>How many bytes were written.</returns>
    internal abstract int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination);

    /// <summary>Reads one hash, already decoded.</summary>
    /// <exception cref="FormatException">It is not in this scheme's form; the message says why, without the hash.</exception>
    internal abstract ParsedHash Parse(ReadOnlySpan<byte> raw);

    /// <summary>The prefix of a hash with these settings: <c>{SHA512-CRYPT}</c>, <c>{SSHA512.hex}</c>.</summary>
    internal string Prefix(HashSettings settings) => settings.Encoding is null ? $"{{{Name}}}" : $"{{{Name}.{settings.Encoding}}}";

    /// <summary>
    /// The settings for renewing a hash with its own scheme and cost, within <see cref="CostRange.Sane"/> and
    /// <see cref="CostRange.Ceiling"/>; <see langword="null"/> if the store's default scheme must replace its scheme.
    /// </summary>
    internal virtual HashSettings? Keep(HashSettings stored) =>
        !CanHash ? null
        : Cost is null ? stored
        : stored with { Cost = Math.Clamp(stored.Cost ?? Cost.Default, Cost.Sane, Cost.Ceiling) };

    /// <summary>Why a stored hash cannot be verified here; <see langword="null"/> if it can.</summary>
    internal virtual MailPassException? RefuseToVerify(ParsedHash stored) =>
        Cost is { } range && stored.Settings.Cost > range.Limit
            ? TooCostly(string.Create(CultureInfo.InvariantCulture, $"{stored.Settings.Cost} {range.Unit}, more than {range.Limit}"))
            : null;

    private protected MailPassException TooCostly(string reason) => new(
        ErrorIds.HashTooCostly,
        $"The stored {Name} hash takes {reason}; verifying it would take too long.",
        "Set a new password: its hash gets a sane cost.");

    /// <summary>What is wrong with these settings, as a sentence; <see langword="null"/> if they are valid.</summary>
    internal virtual string? CheckSettings(HashSettings settings)
    {
        if (settings.Cost is not { } cost)
        {
            return null;
        }

        if (Cost is null)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Name} has no cost setting, but {cost} was given.");
        }

        return Cost.Contains(cost)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Name} accepts {Cost.Minimum} to {Cost.Maximum} {Cost.Unit}, but {cost} was given.");
    }

    internal HashEncoding EncodingOf(HashSettings settings) =>
        settings.Encoding is { } suffix && HashEncodings.TryParse(suffix, out var encoding) ? encoding : DefaultEncoding;

    private protected int CostOf(HashSettings settings) => settings.Cost ?? Cost!.Default;
}
