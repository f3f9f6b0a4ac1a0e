using System.Runtime.InteropServices;
using MailPass.Hashing;
using MailPass.Hashing.Primitives;
using MailPass.Secrets;

namespace MailPass.Core.Tests.Hashing;

public sealed unsafe class Argon2Tests
{
    public static IEnumerable<object[]> Paths => Argon2Block.All.Select(path => new object[] { path.Name });

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_compresses_alike(string name)
    {
        var path = Argon2Block.All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        var plain = Argon2Block.All.Single(p => p.Name == "scalar").Compress;
        var random = new Random(3);
        using var memory = new ZeroedBuffer(4 * Argon2.BlockBytes);
        ulong* x = (ulong*)memory.Address, y = x + Argon2Block.Words, ours = y + Argon2Block.Words, expected = ours + Argon2Block.Words;
        for (var i = 0; i < 100; i++)
        {
            random.NextBytes(memory.Bytes[..(3 * Argon2.BlockBytes)]);
            new Span<ulong>(ours, Argon2Block.Words).CopyTo(new Span<ulong>(expected, Argon2Block.Words));
            plain(x, y, expected, i % 2 == 0);
            path.Compress(x, y, ours, i % 2 == 0);
            Assert.True(new Span<ulong>(expected, Argon2Block.Words).SequenceEqual(new Span<ulong>(ours, Argon2Block.Words)));

            // The result may be one of the operands.
            plain(x, y, expected, false);
            path.Compress(x, y, i % 3 == 0 ? x : y, false);
            Assert.True(new Span<ulong>(expected, Argon2Block.Words).SequenceEqual(new Span<ulong>(i % 3 == 0 ? x : y, Argon2Block.Words)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_and_any_number_side_by_side_agree_with_libargon2(string name)
    {
        var path = Argon2Block.All.Single(p => p.Name == name);
        Skip.IfNot(path.IsSupported, $"this processor or runtime has no {name}");
        Skip.IfNot(NativeLibrary.TryLoad("libargon2.so.1", out var library), "libargon2 (libargon2.so.1) is not installed");
        var random = new Random(4);
        for (var round = 0; round < 40; round++)
        {
            var type = round % 2 == 0 ? Argon2Type.Id : Argon2Type.I;
            var (lanes, passes, count, saltLength) = (1 + random.Next(4), 1 + random.Next(4), 1 + random.Next(3), 8 + random.Next(20));
            var memoryKiB = (8 * lanes) + random.Next(1200);
            var passwords = Enumerable.Range(0, count + 1).Select(_ => Secret.FromChars(RandomPasswords.OfBytes(random, random.Next(60)))).ToArray();
            var salts = new byte[(count + 1) * saltLength];
            random.NextBytes(salts);
            var tags = new byte[(count + 1) * 32];
            var batch = new HashBatch(passwords, salts, saltLength, tags, 32);
            var buffers = Enumerable.Range(0, count).Select(_ => new LargeBuffer(Argon2.MemoryBytes(memoryKiB, lanes))).ToArray();
            Argon2.Compute(type, batch, 1, passes, memoryKiB, lanes, buffers, path.Compress);
            for (var i = 1; i <= count; i++)
            {
                Assert.Equal(Reference(library, type, batch.Password(i), batch.Salt(i), passes, memoryKiB, lanes), batch.Digest(i).ToArray());
            }

            Array.ForEach(buffers, buffer => buffer.Dispose());
        }
    }

    [Fact]
    public void No_more_memory_is_used_at_a_time_than_allowed()
    {
        using var resources = new HashingResources(maxMemory: 10_000, keep: true);
        var first = resources.Rent(3_000, wanted: 2);
        Assert.Equal(2, first.Length);
        Assert.Single(resources.Rent(3_000, wanted: 2));

        // 1,000 are left now.
        LargeBuffer[] late = [];
        var waiting = new Thread(() => late = resources.Rent(6_000, wanted: 1));
        waiting.Start();
        Assert.False(waiting.Join(50));
        resources.Return(first);
        waiting.Join();
        Assert.Single(late);
    }

    [Fact]
    public void A_hash_that_needs_more_than_allowed_is_made_alone()
    {
        using var resources = new HashingResources(maxMemory: 1_000, keep: false);
        Assert.Single(resources.Rent(3_000, wanted: 2));
        using var hasher = new BatchHasher(maxMemory: 1);
        using var password = Secret.FromChars("x");
        var settings = new HashSettings("ARGON2ID", 1, 64);
        Assert.All(hasher.Hash([new(password, settings), new(password, settings), new(password, settings)]), hash => Assert.True(StoredHash.Parse(hash).Verify(password)));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(4 * 1024 * 1024)]
    public void Discarded_memory_reads_as_zeros(int length)
    {
        using var buffer = new LargeBuffer(length);
        var bytes = new Span<byte>(buffer.Address, length);
        bytes.Fill(0xAA);
        buffer.Discard();
        Assert.True(bytes.IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void Memory_of_a_hash_that_was_given_up_is_not_kept()
    {
        using var resources = new HashingResources(maxMemory: 100_000, keep: true);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using var password = Secret.FromChars("x");
        var scheme = PasswordSchemes.Get("ARGON2ID");
        Assert.Throws<OperationCanceledException>(() => scheme.Compute(
            new HashSettings("ARGON2ID", 1, 64), new HashBatch([password], new byte[16], 16, new byte[32], 32, stop.Token), resources));
        Assert.Equal(0, resources.Kept);
    }

    [Fact]
    public void Memory_is_kept_overwritten()
    {
        using var resources = new HashingResources(maxMemory: 100_000, keep: true);
        var buffers = resources.Rent(4_096, wanted: 1);
        new Span<byte>(buffers[0].Address, 4_096).Fill(0xAA);
        resources.Return(buffers);
        var again = resources.Rent(4_096, wanted: 1);
        Assert.Same(buffers[0], again[0]);
        Assert.True(new Span<byte>(again[0].Address, 4_096).IndexOfAnyExcept((byte)0) < 0);
    }

    private static byte[] Reference(nint library, Argon2Type type, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int passes, int memoryKiB, int lanes)
    {
        var hash = (delegate* unmanaged<uint, uint, uint, byte*, nuint, byte*, nuint, byte*, nuint, int>)NativeLibrary.GetExport(
            library, type == Argon2Type.Id ? "argon2id_hash_raw" : "argon2i_hash_raw");
        var tag = new byte[32];
        fixed (byte* p = password, s = salt, t = tag)
        {
            Assert.Equal(0, hash((uint)passes, (uint)memoryKiB, (uint)lanes, p, (nuint)password.Length, s, (nuint)salt.Length, t, (nuint)tag.Length));
        }

        return tag;
    }
}
