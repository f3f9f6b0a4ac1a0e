using System.Text;
using MailPass.Hashing;

namespace MailPass.Fuzz.Targets;

/// <summary>Hashes as stores have them; none is verified, because a hash may ask for any amount of time.</summary>
public sealed class HashTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "hash";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["{SHA512-CRYPT}$6$rounds=5000$saltsaltsaltsalt$abcdefghijklmnopqrstuvwxyz", "$5$saltsalt$abcdefgh", "{BLF-CRYPT}$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "$1$abcdefgh$4SxA/ExVYnkhuIxnT9Cn2.",
            "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "{PBKDF2}$1$abcdefgh$5000$0123456789abcdef0123456789abcdef01234567", "{SCRAM-SHA-256}4096,c2FsdA==,c3RvcmVk,c2VydmVy", "{SSHA512.b64}AAAA",
            "{SSHA256}c2FsdHNhbHQ=", "5f4dcc3b5aa765d61d8327deb882cf99", "{PLAIN}secret", "$y$j9T$salt$hash", "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", "{CRYPT}$2b$31$x", "{PLAIN-MD5}5f4dcc3b5aa765d61d8327deb882cf99"])
            .Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["{SHA512-CRYPT}", "{ARGON2I}", "{SCRAM-SHA-256}", ".b64}", ".hex}", ".base64}", "rounds=999999999", "m=4294967295", "t=0", "p=16777216", "v=16", "$2y$31$", "{", "}", "$y$", "$7$"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var accepted = false;
        foreach (var unprefixed in (string?[])[null, "CRYPT", "PLAIN-MD5", "SSHA512", "ARGON2ID"])
        {
            _ = ChallengeResponse.SchemeOf(text, unprefixed);
            if (StoredHash.TryParse(text, unprefixed, out var hash, out var fault))
            {
                _ = hash!.WhyUnverifiable;
                _ = hash.SettingsToKeep;
                Require(hash.Kept is not { } kept || PasswordSchemes.CheckSettings(kept) is null, "a hash is kept in settings that its scheme does not take");
                accepted = true;
            }
            else
            {
                Require(text.Length < 24 || !fault!.Message.Contains(text, StringComparison.Ordinal), "a message quotes a hash");
            }
        }

        return accepted;
    }
}
