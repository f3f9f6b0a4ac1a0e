using System.Diagnostics;
using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>
/// A hash as a store has it, parsed: its scheme and cost, whether it has a <c>{SCHEME}</c> prefix, and whether a password matches
/// it.
/// </summary>
[DebuggerDisplay("({Settings})")]
public sealed class StoredHash
{
    private readonly ParsedHash _parsed;

    private StoredHash(PasswordScheme scheme, ParsedHash parsed, bool hasPrefix)
    {
        Scheme = scheme;
        _parsed = parsed;
        HasPrefix = hasPrefix;
    }

    /// <summary>The scheme of a stored hash as lists show it.</summary>
    /// <param name="text">The hash.</param>
    /// <param name="unprefixedScheme">The scheme of a hash without <c>{SCHEME}</c>.</param>
    /// <returns>The scheme; <c>unreadable</c> for a hash in no known scheme, empty without a hash.</returns>
    public static string SchemeOf(string? text, string? unprefixedScheme) =>
        string.IsNullOrEmpty(text) ? string.Empty
        : TryParse(text, unprefixedScheme, out var hash, out _) ? hash!.Settings.Scheme
        : "unreadable";

    /// <summary>Whether it has a <c>{SCHEME}</c> prefix.</summary>
    public bool HasPrefix { get; }

    /// <summary>
    /// Scheme, cost and encoding as they are. <c>{CRYPT}</c> counts as the scheme that the hash inside names
    /// (<c>$6$</c>: SHA512-CRYPT), because crypt(3) uses only that.
    /// </summary>
    public HashSettings Settings => _parsed.Settings;

    /// <summary>
    /// Scheme, cost and encoding for the same mailbox's next hash: its own, but not weaker than the minimum
    /// (BLF-CRYPT 10, SHA512-CRYPT and SHA256-CRYPT 5000 rounds, ARGON2ID 64 MiB and 3 passes, PBKDF2 5000, SCRAM-SHA-256
    /// 4096 iterations) and not more expensive than the maximum (<see cref="CostRange.Ceiling"/>; ARGON2ID: 1 GiB, 4 GiB over all passes).
    /// <see cref="PasswordSchemes.Default"/> replaces a scheme that is weak or only verified (MD5-CRYPT, PLAIN, SHA512, SSHA, SMD5…);
    /// ARGON2ID replaces ARGON2I.
    /// </summary>
    public HashSettings SettingsToKeep => Kept ?? PasswordSchemes.DefaultSettings;

    /// <summary>Why it cannot be verified here; <see langword="null"/> if it can: <see cref="ErrorIds.HashTooCostly"/>, <see cref="ErrorIds.HashUnreadable"/>.</summary>
    public MailPassException? WhyUnverifiable => Scheme.RefuseToVerify(_parsed);

    /// <summary>Reads a stored hash.</summary>
    /// <param name="text">The hash with or without <c>{SCHEME}</c> or <c>{SCHEME.b64}</c>, <c>{SCHEME.hex}</c>.</param>
    /// <param name="unprefixedScheme">
    /// The scheme that the mail system assumes for a hash without prefix (Dovecot's <c>default_pass_scheme</c>);
    /// <see langword="null"/> if only <c>$…$</c> hashes, whose text shows the scheme, have no prefix.
    /// </param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.HashUnreadable"/>.</exception>
    public static StoredHash Parse(string text, string? unprefixedScheme = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (name, body, hasPrefix) = Split(text, unprefixedScheme);
        var (bare, suffix) = PasswordSchemes.SplitName(name);
        var encoding = HashEncoding.Text;
        if (suffix is not null && !HashEncodings.TryParse(suffix, out encoding))
        {
            throw new MailPassException(
                ErrorIds.SchemeUnknown,
                $"The stored hash is in the encoding '.{suffix}', which MailPass does not know.",
                "Name the scheme for its new hash.");
        }

        try
        {
            PasswordScheme scheme;
            byte[] raw;
            if (suffix is null)
            {
                scheme = PasswordSchemes.OfStored(bare, body);
                raw = HashEncodings.Decode(body, GuessEncoding(scheme, body));
            }
            else
            {
                raw = HashEncodings.Decode(body, encoding);
                scheme = PasswordSchemes.OfStored(bare, System.Text.Encoding.Latin1.GetString(raw));
            }

            var parsed = scheme.Parse(raw);
            return new StoredHash(scheme, parsed with { Settings = parsed.Settings with { Encoding = suffix } }, hasPrefix);
        }
        catch (FormatException fault)
        {
            // Not as the inner exception: the platform's messages may quote the input.
            throw Unreadable($"The stored hash cannot be read as {bare}: {(fault is HashFormatException ? fault.Message : "its encoding is wrong.")}");
        }
    }

    /// <summary>Reads a stored hash, without an exception if it cannot be read.</summary>
    /// <param name="text">See <see cref="Parse"/>.</param>
    /// <param name="unprefixedScheme">See <see cref="Parse"/>.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="fault">Why it could not be read.</param>
    public static bool TryParse(string? text, string? unprefixedScheme, out StoredHash? hash, out MailPassException? fault)
    {
        try
        {
            hash = Parse(text ?? "", unprefixedScheme);
            fault = null;
            return true;
        }
        catch (MailPassException exception)
        {
            hash = null;
            fault = exception;
            return false;
        }
    }

    /// <summary>Like <see cref="TryParse"/>, for verifying: a hash that cannot be verified here is a fault, too.</summary>
    /// <param name="text">See <see cref="Parse"/>.</param>
    /// <param name="unprefixedScheme">See <see cref="Parse"/>.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="fault">Why it cannot be verified.</param>
    public static bool TryParseToVerify(string? text, string? unprefixedScheme, out StoredHash? hash, out MailPassException? fault)
    {
        if (TryParse(text, unprefixedScheme, out hash, out fault) && hash!.WhyUnverifiable is { } reason)
        {
            (hash, fault) = (null, reason);
        }

        return fault is null;
    }

    /// <summary>Whether this is the password; many are tried faster by <see cref="BatchVerifier"/>. Takes as long as one hash of this scheme and cost, whatever byte differs.</summary>
    /// <param name="password">The password to try.</param>
    /// <param name="cancellationToken">Stops within a second, whatever the hash costs.</param>
    /// <exception cref="MailPassException">See <see cref="WhyUnverifiable"/>.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public bool Verify(Secret password, CancellationToken cancellationToken = default) => BatchVerifier.Verify([new VerifyJob(this, password)], cancellationToken)[0];

    /// <summary>The scheme alone: hashes stay out of logs.</summary>
    public override string ToString() => PasswordSchemes.Prefix(Settings);

    /// <summary>Like <see cref="SettingsToKeep"/>; <see langword="null"/> if the store's default scheme must replace the scheme.</summary>
    internal HashSettings? Kept => Scheme.Keep(Settings);

    internal PasswordScheme Scheme { get; }

    internal byte[] Salt => _parsed.Salt;

    internal byte[] Digest => _parsed.Digest;

    private static (string Name, string Body, bool HasPrefix) Split(string text, string? unprefixedScheme)
    {
        if (text.Length == 0)
        {
            throw Unreadable("The mailbox has no hash.");
        }

        if (text[0] == '{' && text.IndexOf('}', StringComparison.Ordinal) is var end and > 1)
        {
            return (text[1..end], text[(end + 1)..], true);
        }

        if (unprefixedScheme is not null)
        {
            return (unprefixedScheme.Trim('{', '}'), text, false);
        }

        return text[0] == '$'
            ? ("CRYPT", text, false)
            : throw Unreadable("The stored hash has no {SCHEME} before it, and the scheme of such hashes is not known.");
    }

    // A digest of known length may be in either encoding: Dovecot decides by its length.
    private static HashEncoding GuessEncoding(PasswordScheme scheme, string body) =>
        scheme.DefaultEncoding != HashEncoding.Text && scheme.SaltLength == 0 && !body.Contains('=', StringComparison.Ordinal)
            ? body.Length == scheme.DigestLength * 2 ? HashEncoding.Hex : HashEncoding.Base64
            : scheme.DefaultEncoding;

    private static MailPassException Unreadable(string message) =>
        new(ErrorIds.HashUnreadable, message, "Name the scheme for its new hash, or repair the stored one.");
}
