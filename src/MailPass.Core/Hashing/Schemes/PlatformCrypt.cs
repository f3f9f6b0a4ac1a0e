using System.Security.Cryptography;
using System.Text;
using MailPass.Platform;

namespace MailPass.Hashing.Schemes;

/// <summary>
/// CRYPT in the formats that only the machine's own crypt(3) computes: <c>$y$</c> (yescrypt, the default of today's Linux
/// distributions), <c>$gy$</c> and <c>$7$</c> (scrypt). Verified only.
/// </summary>
internal sealed class PlatformCrypt() : PasswordScheme("CRYPT")
{
    // The character behind "$y$j" or "$7$" is the base-2 logarithm of N; from here on a hash takes more than a gibibyte.
    private const char DearestOfYescrypt = 'F';
    private const char DearestOfScrypt = 'H';

    /// <summary>What libxcrypt accepts (CRYPT_MAX_PASSPHRASE_SIZE less the NUL).</summary>
    public override int? MaxPasswordBytes => 511;

    internal override bool IsCryptFormat => true;

    internal override bool RefusesLongPasswords => true;

    internal override int DigestLength => 43;

    /// <summary>Whether this hash needs crypt(3).</summary>
    internal static bool Owns(string body) => IdOf(body) is not null;

    internal override int RawLength(HashSettings settings) => throw new NotSupportedException("CRYPT is verified only.");

    internal override int Format(HashSettings settings, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> digest, Span<byte> destination) =>
        throw new NotSupportedException("CRYPT is verified only.");

    internal override ParsedHash Parse(ReadOnlySpan<byte> raw)
    {
        var end = raw.LastIndexOf((byte)'$');
        return IdOf(Encoding.Latin1.GetString(raw)) is { } id && end > id.Length && end < raw.Length - 1
            ? new ParsedHash(new HashSettings(Name), raw[..end].ToArray(), raw[(end + 1)..].ToArray())
            : throw new HashFormatException("it is not of the form $id$parameters$salt$digest.");
    }

    internal override MailPassException? RefuseToVerify(ParsedHash stored)
    {
        var setting = Encoding.Latin1.GetString(stored.Salt);
        var id = IdOf(setting)!;
        return !CryptLibrary.Knows(id)
            ? new MailPassException(
                ErrorIds.HashUnreadable,
                $"The stored hash is in crypt's format '{id}', which this machine's crypt(3) does not have.",
                "Verify it on the mail server itself, or name the scheme for its new hash.")
            : IsDear(id, setting[id.Length..])
            ? TooCostly("more memory than MailPass allows for one hash")
            : null;
    }

    internal override void Compute(HashSettings settings, in HashBatch batch, HashingResources resources)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            batch.ThrowIfStopped();
            var hash = Hash(batch.Password(i), batch.Salt(i), batch.Stop).AsSpan();
            var digest = hash[(hash.LastIndexOf((byte)'$') + 1)..];
            batch.Digest(i).Clear();
            if (digest.Length == batch.DigestLength)
            {
                digest.CopyTo(batch.Digest(i));
            }
        }
    }

    // crypt(3) cannot be interrupted, and its most expensive hash takes seconds. After a stop it ends by itself, and nobody waits for it.
    private static byte[] Hash(ReadOnlySpan<byte> password, ReadOnlySpan<byte> setting, CancellationToken stop)
    {
        if (!stop.CanBeCanceled)
        {
            return CryptLibrary.Hash(password, setting);
        }

        var phrase = GC.AllocateUninitializedArray<byte>(password.Length, pinned: true);
        password.CopyTo(phrase);
        var salt = setting.ToArray();
        var hashing = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    return CryptLibrary.Hash(phrase, salt);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(phrase);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        hashing.Wait(stop);
        return hashing.Result;
    }

    // scrypt: N, then r and p in five characters each, of which the first is enough for sane ones. yescrypt: a flavour, then N.
    private static bool IsDear(string id, string parameters) => id == "$7$"
        ? parameters.Length < 11 || parameters[0] >= DearestOfScrypt || parameters[2..6] != "...." || parameters[7..11] != "...."
        : parameters.Length < 2 || parameters[1] >= DearestOfYescrypt;

    private static string? IdOf(string body) => CryptLibrary.Ids.FirstOrDefault(id => body.StartsWith(id, StringComparison.Ordinal));
}
