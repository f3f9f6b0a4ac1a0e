using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MailPass.Hashing.Schemes;
using MailPass.Secrets;

namespace MailPass.Hashing;

/// <summary>The schemes MailPass knows, by the names Dovecot gives them.</summary>
public static class PasswordSchemes
{
    /// <summary>The scheme for a mailbox whose own is unknown or must be replaced: every Dovecot and every libc in use verifies it.</summary>
    public const string Default = "SHA512-CRYPT";

    private static readonly PasswordScheme[] Known =
    [
        new Sha512Crypt(),
        new Sha256Crypt(),
        new BlfCrypt(),
        new Argon2Id(),
        new Ssha512(),
        new Ssha256(),
        new Pbkdf2(),
        new ScramSha256(),
        new Argon2I(),
        new Md5Crypt(),
        new Sha512(),
        new Sha256(),
        new Sha1(),
        new Ssha(),
        new Smd5(),
        new LdapMd5(),
        new PlainMd5(),
        new Plain(),
        new PlatformCrypt(),
        new BcryptSha256(),
        new HMailSha256(),
        new KopanoMd5(),
    ];

    private static readonly Dictionary<string, PasswordScheme> ByName = NamesOf(Known);

    // Dovecot verifies all of these with crypt(3), which uses the $id$ in the hash and not the prefix.
    private static readonly HashSet<string> CryptFamily =
        new(StringComparer.OrdinalIgnoreCase) { "CRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT", "MD5", "DES-CRYPT" };

    private static readonly (string Id, string Name)[] CryptIds =
    [
        ("$6$", "SHA512-CRYPT"),
        ("$5$", "SHA256-CRYPT"),
        ("$2y$", "BLF-CRYPT"),
        ("$2b$", "BLF-CRYPT"),
        ("$2a$", "BLF-CRYPT"),
        ("$argon2id$", "ARGON2ID"),
        ("$argon2i$", "ARGON2I"),
        ("$1$", "MD5-CRYPT"),
        (BcryptSha256.Id, "BCRYPT-SHA256"),
    ];

    /// <summary>All schemes: those of Dovecot's that can hash first, in the order of recommendation; those of other programs last.</summary>
    public static IReadOnlyList<PasswordScheme> All => Known;

    /// <summary><see cref="Default"/> at its default cost.</summary>
    public static HashSettings DefaultSettings { get; } = new(Default);

    /// <summary>The scheme of this name, in any case, with or without braces or an encoding suffix.</summary>
    /// <param name="name">For instance <c>SHA512-CRYPT</c>, <c>{ssha512.hex}</c>.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>.</exception>
    public static PasswordScheme Get(string name) =>
        TryGet(name, out var scheme)
            ? scheme
            : throw new MailPassException(
                ErrorIds.SchemeUnknown,
                $"MailPass does not know the password scheme '{name}'.",
                $"Name one of {string.Join(", ", Known.Where(s => s.CanHash && !s.IsForeign).Select(s => s.Name))}.");

    /// <summary>The scheme of this name, in any case, with or without braces or an encoding suffix.</summary>
    /// <param name="name">For instance <c>SHA512-CRYPT</c>, <c>{ssha512.hex}</c>.</param>
    /// <param name="scheme">The scheme.</param>
    public static bool TryGet(string? name, [NotNullWhen(true)] out PasswordScheme? scheme)
    {
        scheme = null;
        return name is not null && (ByName.TryGetValue(name, out scheme) || TryGetSpelled(name, out scheme));
    }

    private static bool TryGetSpelled(string name, [NotNullWhen(true)] out PasswordScheme? scheme)
    {
        scheme = null;
        return SplitName(name) is var (bare, suffix)
            && (suffix is null || HashEncodings.TryParse(suffix, out _))
            && ByName.TryGetValue(bare, out scheme);
    }

    /// <summary>Settings from a scheme's name as an admin types it: <c>blf-crypt</c>, <c>{SSHA512.hex}</c>.</summary>
    /// <param name="name">The scheme, in any case, with or without braces; an encoding suffix is kept.</param>
    /// <param name="cost">The cost; <see langword="null"/> for the scheme's default.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>: unknown, or only verified. <see cref="ErrorIds.SchemeCostInvalid"/>.</exception>
    public static HashSettings Parse(string name, int? cost = null)
    {
        var settings = new HashSettings(Get(name).Name, cost, Encoding: SplitName(name).Suffix);
        return CheckSettings(settings) is { } fault ? throw fault : settings;
    }

    /// <summary>Checks whether a scheme accepts this password at this cost, before anything is hashed or written.</summary>
    /// <param name="settings">Scheme and cost.</param>
    /// <param name="password">The password.</param>
    /// <returns><see langword="null"/>, or the fault (<see cref="ErrorIds.SchemeUnknown"/>, <see cref="ErrorIds.SchemeCostInvalid"/>, <see cref="ErrorIds.PasswordTooLongForScheme"/>, <see cref="ErrorIds.PasswordInvalid"/>).</returns>
    public static MailPassException? Validate(HashSettings settings, Secret password)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(password);
        if (CheckSettings(settings) is { } fault)
        {
            return fault;
        }

        var scheme = Get(settings.Scheme);
        if (scheme.MaxPasswordBytes is { } limit && password.Length > limit)
        {
            return new MailPassException(
                ErrorIds.PasswordTooLongForScheme,
                string.Create(CultureInfo.InvariantCulture, $"The password has {password.Length} bytes, but {scheme.Name} accepts at most {limit}."),
                "Choose a shorter password or another scheme.");
        }

        if (scheme.TakesAsciiOnly && password.Utf8.IndexOfAnyExceptInRange((byte)0, (byte)127) >= 0)
        {
            return new MailPassException(
                ErrorIds.PasswordInvalid,
                $"The password contains characters outside of ASCII, which the reader of {settings.Scheme} may read as others.",
                "Choose a password of letters from A to Z, digits and the special characters of ASCII.");
        }

        return CheckCharacters(password.Utf8) is { } reason
            ? new MailPassException(ErrorIds.PasswordInvalid, reason, "Choose a password of printable characters.")
            : null;
    }

    /// <summary>The most characters a hash with these settings has; compare with a column's width.</summary>
    /// <param name="settings">Scheme, cost and encoding.</param>
    /// <param name="withPrefix">Whether the hash is stored behind its <c>{SCHEME}</c>.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>.</exception>
    public static int LongestHash(HashSettings settings, bool withPrefix)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Get(settings.Scheme).LongestHash(settings, withPrefix);
    }

    /// <summary>The prefix of a hash with these settings: <c>{SHA512-CRYPT}</c>, <c>{SSHA512.hex}</c>.</summary>
    /// <param name="settings">Scheme and encoding.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>.</exception>
    public static string Prefix(HashSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Get(settings.Scheme).Prefix(settings);
    }

    /// <summary>What is wrong with the settings themselves, whatever the password.</summary>
    internal static MailPassException? CheckSettings(HashSettings settings)
    {
        if (!TryGet(settings.Scheme, out var scheme) || !scheme.CanHash
            || (settings.Encoding is { } encoding && !HashEncodings.TryParse(encoding, out _)))
        {
            return new MailPassException(
                ErrorIds.SchemeUnknown,
                scheme is null ? $"MailPass does not know the password scheme '{settings.Scheme}'."
                : scheme.CanHash ? $"MailPass does not know the hash encoding '.{settings.Encoding}'."
                : $"MailPass verifies {scheme.Name}, but does not create hashes in it.",
                $"Name one of {string.Join(", ", Known.Where(s => s.CanHash && !s.IsForeign).Select(s => s.Name))}.");
        }

        return scheme.CheckSettings(settings) is { } reason
            ? new MailPassException(ErrorIds.SchemeCostInvalid, reason, "Leave the cost out to use the scheme's default.")
            : null;
    }

    /// <summary>Finds the scheme of a stored hash from its prefix's name and its own beginning.</summary>
    /// <exception cref="MailPassException"><see cref="ErrorIds.SchemeUnknown"/>.</exception>
    internal static PasswordScheme OfStored(string name, string body)
    {
        if (CryptFamily.Contains(name))
        {
            return OfCrypt(body) ?? (name.Equals("MD5", StringComparison.OrdinalIgnoreCase) ? ByName["PLAIN-MD5"] : throw NoSuchCrypt(body));
        }

        return ByName.TryGetValue(name, out var scheme)
            ? scheme
            : throw new MailPassException(
                ErrorIds.SchemeUnknown,
                $"The stored hash is in the scheme '{name}', which MailPass does not know.",
                "Name the scheme for its new hash.");
    }

    /// <summary>The scheme that crypt(3)'s <c>$id$</c> names; <see langword="null"/> if there is none.</summary>
    internal static PasswordScheme? OfCrypt(string body)
    {
        foreach (var (id, name) in CryptIds)
        {
            if (body.StartsWith(id, StringComparison.Ordinal))
            {
                return ByName[name];
            }
        }

        return PlatformCrypt.Owns(body) ? ByName["CRYPT"] : null;
    }

    internal static (string Bare, string? Suffix) SplitName(string name)
    {
        var inner = name is ['{', .. var braced, '}'] ? braced : name;
        var dot = inner.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (inner, null) : (inner[..dot], inner[(dot + 1)..]);
    }

    private static MailPassException NoSuchCrypt(string body)
    {
        // The id between the first two dollar signs is not a secret; the rest of the hash stays out of the message.
        var end = body.StartsWith('$') ? body.IndexOf('$', 1) : -1;
        var what = end is > 0 and <= 12 ? $"crypt's format '{body[..(end + 1)]}'" : "a format of crypt that MailPass does not know (perhaps DES)";
        return new MailPassException(ErrorIds.SchemeUnknown, $"The stored hash is in {what} and cannot be verified.", "Name the scheme for its new hash.");
    }

    private static string? CheckCharacters(ReadOnlySpan<byte> utf8)
    {
        // Nearly every password is printable ASCII.
        while (!utf8.IsEmpty && utf8[0] is >= 0x20 and < 0x7F)
        {
            utf8 = utf8[1..];
        }

        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var consumed) != OperationStatus.Done)
            {
                return "The password is not valid UTF-8.";
            }

            if (Rune.IsControl(rune))
            {
                return string.Create(CultureInfo.InvariantCulture, $"The password contains the control character U+{rune.Value:X4}, which no login form can send.");
            }

            utf8 = utf8[consumed..];
        }

        return null;
    }

    private static Dictionary<string, PasswordScheme> NamesOf(IEnumerable<PasswordScheme> schemes)
    {
        var names = new Dictionary<string, PasswordScheme>(StringComparer.OrdinalIgnoreCase);
        foreach (var scheme in schemes)
        {
            names.Add(scheme.Name, scheme);
            foreach (var alias in scheme.Aliases)
            {
                names.Add(alias, scheme);
            }
        }

        return names;
    }
}
