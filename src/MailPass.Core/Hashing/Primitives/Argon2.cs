using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>Which of RFC 9106's variants; the numbers are the type y of section 3.1.</summary>
internal enum Argon2Type
{
    /// <summary>Argon2i: all memory accesses independent of the password.</summary>
    I = 1,

    /// <summary>Argon2id: independent in the first half of the first pass.</summary>
    Id = 2,
}

/// <summary>Argon2 version 1.3, RFC 9106, without key and associated data. Names and section numbers are the RFC's.</summary>
internal static unsafe class Argon2
{
    public const int BlockBytes = 1024;
    public const int MaxMemoryKiB = 4 * 1024 * 1024;
    public const int MaxParallelism = 255;
    private const int Version = 0x13;
    private const int SlicesPerPass = 4;
    private const int WordsPerBlock = BlockBytes / sizeof(ulong);

    /// <summary>The memory that a hash works in: m' of section 3.2 step 2, in bytes.</summary>
    public static long MemoryBytes(int memoryKiB, int parallelism) =>
        (long)(memoryKiB / (SlicesPerPass * parallelism)) * SlicesPerPass * parallelism * BlockBytes;

    /// <summary>Computes a tag.</summary>
    /// <param name="type">The variant.</param>
    /// <param name="password">P.</param>
    /// <param name="salt">S, 8 bytes or more.</param>
    /// <param name="passes">t, 1 or more.</param>
    /// <param name="memoryKiB">m, at least 8 for each lane.</param>
    /// <param name="parallelism">p. The lanes are computed one after the other: many hashes at once already fill the cores.</param>
    /// <param name="memory">At least <see cref="MemoryBytes"/>, aligned to 64; it is left full of secrets for the next hash to overwrite or its owner to clear.</param>
    /// <param name="tag">The result, 4 bytes or more.</param>
    public static void Compute(
        Argon2Type type, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int passes, int memoryKiB, int parallelism, byte* memory, Span<byte> tag)
    {
        // Section 3.2 step 1: H_0, followed by room for the block's column and lane.
        Span<byte> seed = stackalloc byte[72];
        var hash = new Blake2b(64);
        hash.Append(parallelism);
        hash.Append(tag.Length);
        hash.Append(memoryKiB);
        hash.Append(passes);
        hash.Append(Version);
        hash.Append((int)type);
        hash.Append(password.Length);
        hash.Append(password);
        hash.Append(salt.Length);
        hash.Append(salt);
        hash.Append(0);
        hash.Append(0);
        hash.Finish(seed[..64]);

        // Step 2: the matrix of p rows (lanes) and q columns.
        var columns = memoryKiB / (SlicesPerPass * parallelism) * SlicesPerPass;
        var matrix = new Matrix((ulong*)memory, type, parallelism, columns, passes);

        // Steps 3 and 4: the first two columns.
        for (var lane = 0; lane < parallelism; lane++)
        {
            for (var column = 0; column < 2; column++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(seed[64..], column);
                BinaryPrimitives.WriteInt32LittleEndian(seed[68..], lane);
                VariableLengthHash(seed, new Span<byte>(matrix.Block(lane, column), BlockBytes));
            }
        }

        CryptographicOperations.ZeroMemory(seed);

        // Steps 5 and 6: all other columns, all passes, slice by slice.
        for (var pass = 0; pass < passes; pass++)
        {
            for (var slice = 0; slice < SlicesPerPass; slice++)
            {
                for (var lane = 0; lane < parallelism; lane++)
                {
                    FillSegment(matrix, pass, lane, slice);
                }
            }
        }

        // Steps 7 and 8: the last column's blocks, combined and hashed.
        var final = matrix.Block(0, columns - 1);
        for (var lane = 1; lane < parallelism; lane++)
        {
            var other = matrix.Block(lane, columns - 1);
            for (var i = 0; i < WordsPerBlock; i++)
            {
                final[i] ^= other[i];
            }
        }

        VariableLengthHash(new ReadOnlySpan<byte>(final, BlockBytes), tag);
    }

    // Section 3.3: H', a hash of any length from BLAKE2b's 64 bytes.
    private static void VariableLengthHash(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var hash = new Blake2b(Math.Min(output.Length, 64));
        hash.Append(output.Length);
        hash.Append(input);
        if (output.Length <= 64)
        {
            hash.Finish(output);
            return;
        }

        Span<byte> v = stackalloc byte[64];
        hash.Finish(v);
        while (true)
        {
            v[..32].CopyTo(output);
            output = output[32..];
            hash = new Blake2b(Math.Min(output.Length, 64));
            hash.Append(v);
            if (output.Length <= 64)
            {
                hash.Finish(output);
                break;
            }

            hash.Finish(v);
        }

        CryptographicOperations.ZeroMemory(v);
    }

    // Section 3.4: one segment, that is one slice of one lane.
    private static void FillSegment(in Matrix matrix, int pass, int lane, int slice)
    {
        var isIndependent = matrix.Type == Argon2Type.I || (pass == 0 && slice < SlicesPerPass / 2);
        var segmentLength = matrix.Columns / SlicesPerPass;
        var first = pass == 0 && slice == 0 ? 2 : 0;

        // Section 3.4.1.2: J values from a counter instead of from the memory, 128 to a block.
        var blocks = stackalloc ulong[(3 * WordsPerBlock) + 8];
        var addresses = (ulong*)(((nuint)blocks + 63) & ~(nuint)63);
        var input = addresses + WordsPerBlock;
        var zero = input + WordsPerBlock;
        if (isIndependent)
        {
            new Span<ulong>(addresses, 3 * WordsPerBlock).Clear();
            input[0] = (ulong)pass;
            input[1] = (ulong)lane;
            input[2] = (ulong)slice;
            input[3] = (ulong)matrix.Lanes * (ulong)matrix.Columns;
            input[4] = (ulong)matrix.Passes;
            input[5] = (ulong)matrix.Type;
        }

        for (var i = first; i < segmentLength; i++)
        {
            var column = (slice * segmentLength) + i;
            var previous = matrix.Block(lane, (column == 0 ? matrix.Columns : column) - 1);
            if (isIndependent && (i == first || i % WordsPerBlock == 0))
            {
                input[6]++;
                Argon2Block.Compress(zero, input, addresses, xor: false);
                Argon2Block.Compress(zero, addresses, addresses, xor: false);
            }

            var j = isIndependent ? addresses[i % WordsPerBlock] : previous[0];

            // Section 3.4.2: which block J names. In the very first slice only the own lane has blocks to refer to.
            var j1 = (uint)j;
            var j2 = (uint)(j >> 32);
            var refLane = pass == 0 && slice == 0 ? lane : (int)(j2 % (uint)matrix.Lanes);
            var isSameLane = refLane == lane;
            var finished = pass == 0 ? slice * segmentLength : matrix.Columns - segmentLength;
            var area = (uint)(isSameLane ? finished + i - 1 : i == 0 ? finished - 1 : finished);
            var x = ((ulong)j1 * j1) >> 32;
            var y = (area * x) >> 32;
            var z = area - 1 - (uint)y;
            var start = pass == 0 ? 0u : (uint)((slice + 1) * segmentLength);
            var refColumn = (start + z) % (uint)matrix.Columns;

            // From the second pass on the old block is kept in the sum.
            Argon2Block.Compress(previous, matrix.Block(refLane, (int)refColumn), matrix.Block(lane, column), xor: pass > 0);
        }
    }

    private readonly struct Matrix(ulong* blocks, Argon2Type type, int lanes, int columns, int passes)
    {
        private readonly ulong* _blocks = blocks;

        public readonly Argon2Type Type = type;
        public readonly int Lanes = lanes;
        public readonly int Columns = columns;
        public readonly int Passes = passes;

        public ulong* Block(int lane, int column) => _blocks + (((nint)lane * Columns) + column) * WordsPerBlock;
    }
}
