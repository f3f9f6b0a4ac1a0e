using System.Buffers.Binary;
using System.Security.Cryptography;
using MailPass.Platform;

namespace MailPass.Doors;

/// <summary>What the table has about a mailbox, a client, or the two together.</summary>
/// <param name="Guesses">How many wrong passwords.</param>
/// <param name="Last">When the last of them was tried, or is going to be.</param>
internal readonly record struct GuessEntry(int Guesses, DateTimeOffset Last)
{
    /// <summary>What is left of it by now.</summary>
    public int Left(GuessRule rule, DateTimeOffset now) => Last >= now ? Guesses : (int)Math.Max(0, Guesses - ((now - Last).Ticks / rule.Forgotten.Ticks));
}

/// <summary>
/// Wrong guesses in a file of one size, for its owner alone: a hash table with room for 32,768 entries of each kind. Its
/// keys are keyed digests, so that it shows no names and nobody can choose which entries collide. Several processes may share it.
/// </summary>
/// <remarks>
/// The file: <c>MPGUESS1</c>, 32 random bytes for the digests, and from <see cref="HeaderBytes"/> on the buckets of each kind: eight
/// entries of 32 bytes, which are 16 bytes of digest, the number of guesses (32 bits), and the time (64 bits, milliseconds
/// since 1970), least significant byte first. A full bucket drops its least important entry.
/// </remarks>
internal sealed class GuessTable
{
    public const int Buckets = 4096;
    private const int BucketEntries = 8;
    private const int EntryBytes = 32;
    private const int DigestBytes = 16;
    private const int HeaderBytes = 4096;
    private const int BucketBytes = BucketEntries * EntryBytes;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly byte[] s_magic = "MPGUESS1"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly GuessRule[] _rules;

    /// <summary>Opens the table, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rules">One for each kind of entry.</param>
    /// <exception cref="IOException">The file cannot be made or used.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be made or used.</exception>
    public GuessTable(string path, params GuessRule[] rules)
    {
        (_path, _rules) = (path, rules);
        using var visit = Enter();
    }

    /// <summary>Begins to read and write; nobody else does until the visit is disposed of.</summary>
    public Visit Enter()
    {
        _gate.Enter();
        try
        {
            return new Visit(this, Open());
        }
        catch
        {
            _gate.Exit();
            throw;
        }
    }

    private FileStream Open()
    {
        var started = Environment.TickCount64;
        while (true)
        {
            try
            {
                return File.Exists(_path) ? new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0) : Create();
            }
            catch (IOException) when (File.Exists(_path) && Environment.TickCount64 - started < s_patience.TotalMilliseconds)
            {
                // Another process has it, for a moment.
                Thread.Sleep(2);
            }
        }
    }

    private FileStream Create()
    {
        FileSystem.Current.CreatePrivateFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return FileSystem.Current.CreatePrivate(_path, bufferSize: 0);
    }

    /// <summary>A time in which the table is this caller's.</summary>
    internal sealed class Visit : IDisposable
    {
        private readonly GuessTable _table;
        private readonly FileStream _file;
        private readonly byte[] _key = new byte[32];

        public Visit(GuessTable table, FileStream file)
        {
            (_table, _file) = (table, file);
            try
            {
                ReadHeader();
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }

        /// <summary>The entry of a name; a blank one if there is none.</summary>
        public GuessEntry Read(int kind, ReadOnlySpan<byte> name)
        {
            Span<byte> bucket = stackalloc byte[BucketBytes];
            Span<byte> digest = stackalloc byte[DigestBytes];
            Load(Place(kind, name, digest), bucket);
            return IndexOf(bucket, digest) is var index and >= 0 ? Decode(bucket[(index * EntryBytes)..]) : default;
        }

        /// <summary>Writes the entry of a name; a blank one removes it.</summary>
        public void Write(int kind, ReadOnlySpan<byte> name, GuessEntry entry, DateTimeOffset now)
        {
            Span<byte> bucket = stackalloc byte[BucketBytes];
            Span<byte> digest = stackalloc byte[DigestBytes];
            var place = Place(kind, name, digest);
            Load(place, bucket);
            var index = IndexOf(bucket, digest);
            if (index < 0 && entry.Guesses == 0)
            {
                return;
            }

            index = index < 0 ? Lightest(bucket, _table._rules[kind], now) : index;
            var slot = bucket.Slice(index * EntryBytes, EntryBytes);
            slot.Clear();
            if (entry.Guesses > 0)
            {
                digest.CopyTo(slot);
                BinaryPrimitives.WriteInt32LittleEndian(slot[DigestBytes..], entry.Guesses);
                BinaryPrimitives.WriteInt64LittleEndian(slot[(DigestBytes + 8)..], entry.Last.ToUnixTimeMilliseconds());
            }

            RandomAccess.Write(_file.SafeFileHandle, slot, place + (index * EntryBytes));
        }

        public void Dispose()
        {
            _file.Dispose();
            _table._gate.Exit();
        }

        private void ReadHeader()
        {
            Span<byte> header = stackalloc byte[s_magic.Length + _key.Length];
            var size = HeaderBytes + ((long)_table._rules.Length * Buckets * BucketBytes);
            if (_file.Length == size && RandomAccess.Read(_file.SafeFileHandle, header, 0) == header.Length && header.StartsWith(s_magic))
            {
                header[s_magic.Length..].CopyTo(_key);
                return;
            }

            // New, or not written by us.
            _file.SetLength(0);
            _file.SetLength(size);
            RandomNumberGenerator.Fill(_key);
            s_magic.CopyTo(header);
            _key.CopyTo(header[s_magic.Length..]);
            RandomAccess.Write(_file.SafeFileHandle, header, 0);
        }

        private long Place(int kind, ReadOnlySpan<byte> name, Span<byte> digest)
        {
            Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
            HMACSHA256.HashData(_key, name, whole);
            whole[..DigestBytes].CopyTo(digest);
            var bucket = BinaryPrimitives.ReadUInt32LittleEndian(whole[DigestBytes..]) % Buckets;
            return HeaderBytes + (((long)kind * Buckets) + bucket) * BucketBytes;
        }

        private void Load(long place, Span<byte> bucket)
        {
            if (RandomAccess.Read(_file.SafeFileHandle, bucket, place) != bucket.Length)
            {
                throw new EndOfStreamException($"{_table._path} is shorter than it was.");
            }
        }

        private static int IndexOf(ReadOnlySpan<byte> bucket, ReadOnlySpan<byte> digest)
        {
            for (var i = 0; i < BucketEntries; i++)
            {
                if (bucket.Slice(i * EntryBytes, DigestBytes).SequenceEqual(digest))
                {
                    return i;
                }
            }

            return -1;
        }

        private static int Lightest(ReadOnlySpan<byte> bucket, GuessRule rule, DateTimeOffset now)
        {
            var lightest = 0;
            for (var (i, least) = (0, (Guesses: int.MaxValue, Last: DateTimeOffset.MaxValue)); i < BucketEntries; i++)
            {
                var entry = Decode(bucket[(i * EntryBytes)..]);
                var weight = (entry.Left(rule, now), entry.Last);
                if (weight.CompareTo(least) < 0)
                {
                    (lightest, least) = (i, weight);
                }
            }

            return lightest;
        }

        private static GuessEntry Decode(ReadOnlySpan<byte> slot)
        {
            var milliseconds = BinaryPrimitives.ReadInt64LittleEndian(slot[(DigestBytes + 8)..]);
            return milliseconds is > 0 and < 253_402_300_800_000
                ? new(Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(slot[DigestBytes..])), DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
                : default;
        }
    }
}
