using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailPass.Changes;
using MailPass.Mailboxes;
using MailPass.Platform;
using MailPass.Secrets;

namespace MailPass.Journals;

/// <summary>
/// The key of one run, which seals its passwords (AES-256-GCM, NIST SP 800-38D: 12-byte nonce, 16-byte tag). It is in a file beside
/// the journal until every row is delivered. If the run has recipients, the key is sealed to their certificates (CMS, RFC 5652)
/// and never in a file in the clear.
/// </summary>
internal sealed class JournalKey : IDisposable
{
    private const int KeyLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int LengthLength = 2;

    private readonly byte[] _key = GC.AllocateArray<byte>(KeyLength, pinned: true);
    private readonly AesGcm _cipher;

    // Each call for random bytes has a fixed cost, so nonces are drawn many at a time.
    private readonly byte[] _nonces = new byte[NonceLength * 256];
    private int _nextNonce;

    // Sealed together: the passwords, each after its length. The second buffer has the associated data, which must be the same when they are opened.
    private byte[] _plain = GC.AllocateUninitializedArray<byte>(1024, pinned: true);
    private byte[] _with = new byte[1024];

    private JournalKey(Action<byte[]> fill)
    {
        fill(_key);
        _cipher = new AesGcm(_key, TagLength);
    }

    /// <summary>The path of a journal's key.</summary>
    public static string PathFor(string journal) => journal + ".key";

    /// <summary>The same key for another thread: a cipher is for one thread at a time.</summary>
    public JournalKey Clone() => new(key => _key.CopyTo(key, 0));

    /// <summary>Draws a key.</summary>
    public static JournalKey Draw() => new(static key => RandomNumberGenerator.Fill(key));

    /// <summary>Writes the key to a file beside its journal, durably, readable by the owner alone.</summary>
    /// <exception cref="IOException">It cannot be written, or the file exists already.</exception>
    public void Save(string journal)
    {
        using var file = FileSystem.Current.CreatePrivate(PathFor(journal), bufferSize: 0, FileShare.Read);
        file.Write(_key);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The key beside a journal; <see langword="null"/> if there is none.</summary>
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

    /// <summary>Overwrites and removes the key beside a journal. Without it, the journal's passwords cannot be read.</summary>
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

    /// <summary>Seals the passwords of some changes together; they can be opened only for the same mailboxes.</summary>
    /// <param name="batch">Changes.</param>
    /// <param name="from">The index of the first change whose password is sealed.</param>
    /// <param name="to">The index after the last one.</param>
    public byte[] Seal(IReadOnlyList<JournalEntry> batch, int from, int to)
    {
        if (_nextNonce == 0)
        {
            RandomNumberGenerator.Fill(_nonces);
        }

        var (length, with) = (0, 0);
        for (var i = from; i < to; i++)
        {
            var password = batch[i].Password!;
            ReservePlain(length, LengthLength + password.Length);
            BinaryPrimitives.WriteUInt16BigEndian(_plain.AsSpan(length), checked((ushort)password.Length));
            password.Utf8.CopyTo(_plain.AsSpan(length + LengthLength));
            length += LengthLength + password.Length;
            AddMailbox(batch[i].Account.Address, ref with);
        }

        var box = new byte[NonceLength + length + TagLength];
        _nonces.AsSpan(_nextNonce, NonceLength).CopyTo(box);
        _nextNonce = (_nextNonce + NonceLength) % _nonces.Length;
        _cipher.Encrypt(box.AsSpan(0, NonceLength), _plain.AsSpan(0, length), box.AsSpan(NonceLength, length), box.AsSpan(NonceLength + length), _with.AsSpan(0, with));
        CryptographicOperations.ZeroMemory(_plain.AsSpan(0, length));
        return box;
    }

    /// <summary>Opens the passwords of a line.</summary>
    /// <param name="box">The sealed passwords.</param>
    /// <param name="entries">The changes of the line.</param>
    /// <returns>A password for each; the receiver disposes of them.</returns>
    /// <exception cref="CryptographicException">It was sealed with another key or for other mailboxes, or was changed.</exception>
    public Secret[] Open(byte[] box, IReadOnlyList<JournalEntry> entries)
    {
        if (box.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("Sealed passwords are too short.");
        }

        var with = 0;
        foreach (var entry in entries)
        {
            AddMailbox(entry.Account.Address, ref with);
        }

        var length = box.Length - NonceLength - TagLength;
        ReservePlain(0, length);
        var plain = _plain.AsSpan(0, length);
        var opened = new List<Secret>(entries.Count);
        try
        {
            _cipher.Decrypt(box.AsSpan(0, NonceLength), box.AsSpan(NonceLength, length), box.AsSpan(NonceLength + length), plain, _with.AsSpan(0, with));
            for (ReadOnlySpan<byte> rest = plain; rest.Length > 0;)
            {
                var end = LengthLength + BinaryPrimitives.ReadUInt16BigEndian(rest);
                opened.Add(Secret.FromUtf8(rest[LengthLength..end]));
                rest = rest[end..];
            }

            return opened.Count == entries.Count ? [.. opened] : throw new CryptographicException("The numbers of sealed passwords and of changes differ.");
        }
        catch
        {
            opened.ForEach(secret => secret.Dispose());
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private void ReservePlain(int used, int more)
    {
        if (used + more > _plain.Length)
        {
            var larger = GC.AllocateUninitializedArray<byte>((used + more) * 2, pinned: true);
            _plain.AsSpan(0, used).CopyTo(larger);
            CryptographicOperations.ZeroMemory(_plain);
            _plain = larger;
        }
    }

    private void AddMailbox(MailboxAddress mailbox, ref int used)
    {
        var needed = used + Encoding.UTF8.GetMaxByteCount(mailbox.Value.Length) + 1;
        if (needed > _with.Length)
        {
            Array.Resize(ref _with, needed * 2);
        }

        used += Encoding.UTF8.GetBytes(mailbox.Value, _with.AsSpan(used));
        _with[used++] = (byte)'\n';
    }

    /// <summary>Opens a password of a journal of format 2, where each is sealed alone.</summary>
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
