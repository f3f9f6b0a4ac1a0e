using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Journals;

/// <summary>
/// The key of one run, which seals its passwords (AES-256-GCM, NIST SP 800-38D: 12-byte nonce, 16-byte tag). It lies beside the
/// journal until every row is delivered, or is sealed to certificates (CMS, RFC 5652) and never lies in the clear.
/// </summary>
internal sealed class JournalKey : IDisposable
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    private readonly byte[] _key = GC.AllocateArray<byte>(KeyLength, pinned: true);
    private readonly AesGcm _cipher;

    // Random bytes cost most by the call.
    private readonly byte[] _nonces = new byte[NonceLength * 256];
    private int _nextNonce;

    private JournalKey(Action<byte[]> fill)
    {
        fill(_key);
        _cipher = new AesGcm(_key, TagLength);
    }

    /// <summary>Where the key of a journal lies.</summary>
    public static string PathFor(string journal) => journal + ".key";

    /// <summary>The same key for another thread: a cipher serves one at a time.</summary>
    public JournalKey Clone() => new(key => _key.CopyTo(key, 0));

    /// <summary>Draws a key.</summary>
    public static JournalKey Draw() => new(static key => RandomNumberGenerator.Fill(key));

    /// <summary>Puts the key beside its journal, durably, for the owner alone.</summary>
    /// <exception cref="IOException">It cannot be written, or there is one.</exception>
    public void Save(string journal)
    {
        using var file = FileSystem.Current.CreatePrivate(PathFor(journal), bufferSize: 0);
        file.Write(_key);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The key that lies beside a journal; <see langword="null"/> if there is none.</summary>
    public static JournalKey? Load(string journal)
    {
        var path = PathFor(journal);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return file.Length == KeyLength ? new JournalKey(key => file.ReadExactly(key)) : null;
    }

    /// <summary>Overwrites and removes the key that lies beside a journal. Afterwards nobody can learn a password from it.</summary>
    public static void Destroy(string journal)
    {
        var path = PathFor(journal);
        if (!File.Exists(path))
        {
            return;
        }

        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            file.Write(new byte[KeyLength]);
            file.Flush(flushToDisk: true);
        }

        File.Delete(path);
        FileSystem.Current.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Seals the key to certificates.</summary>
    /// <returns>CMS in base64.</returns>
    public string SealTo(IReadOnlyList<X509Certificate2> recipients)
    {
        var envelope = new EnvelopedCms(new ContentInfo(_key), new AlgorithmIdentifier(new Oid("2.16.840.1.101.3.4.1.42")));
        envelope.Encrypt(new CmsRecipientCollection(SubjectIdentifierType.IssuerAndSerialNumber, [.. recipients]));
        return Convert.ToBase64String(envelope.Encode());
    }

    /// <summary>Opens an envelope with a private key.</summary>
    /// <exception cref="CryptographicException">None of the certificates opens it.</exception>
    public static JournalKey FromEnvelope(string envelope, X509Certificate2Collection certificates)
    {
        var sealedKey = new EnvelopedCms();
        sealedKey.Decode(Convert.FromBase64String(envelope));
        sealedKey.Decrypt(certificates);
        var content = sealedKey.ContentInfo.Content;
        try
        {
            return content.Length == KeyLength ? new JournalKey(key => content.CopyTo(key, 0)) : throw new CryptographicException("The envelope does not hold a run's key.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Seals a password; it opens only with the same mailbox.</summary>
    public byte[] Seal(Secret password, MailboxAddress mailbox)
    {
        if (_nextNonce == 0)
        {
            RandomNumberGenerator.Fill(_nonces);
        }

        var box = new byte[NonceLength + password.Length + TagLength];
        _nonces.AsSpan(_nextNonce, NonceLength).CopyTo(box);
        _nextNonce = (_nextNonce + NonceLength) % _nonces.Length;
        _cipher.Encrypt(box.AsSpan(0, NonceLength), password.Utf8, box.AsSpan(NonceLength, password.Length), box.AsSpan(NonceLength + password.Length), Encoding.UTF8.GetBytes(mailbox.Value));
        return box;
    }

    /// <summary>Opens a sealed password.</summary>
    /// <exception cref="CryptographicException">It was sealed with another key or for another mailbox, or was changed.</exception>
    public Secret Open(byte[] box, MailboxAddress mailbox)
    {
        if (box.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("A sealed password is too short.");
        }

        var length = box.Length - NonceLength - TagLength;
        var text = GC.AllocateArray<byte>(length, pinned: true);
        try
        {
            _cipher.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength, length), box.AsSpan(NonceLength + length), text, Encoding.UTF8.GetBytes(mailbox.Value));
            return Secret.FromUtf8(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    public void Dispose()
    {
        _cipher.Dispose();
        CryptographicOperations.ZeroMemory(_key);
    }
}
