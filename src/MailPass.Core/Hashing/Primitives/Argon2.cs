using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
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

    // A mebibyte of each password's memory: a few milliseconds.
    private const int BlocksPerLook = 1024;
    private const int WordsPerBlock = BlockBytes / sizeof(ulong);

    /// <summary>The memory that a hash works in: m' of section 3.2 step 2, in bytes.</summary>
    public static long MemoryBytes(int memoryKiB, int parallelism) =>
        (long)(memoryKiB / (SlicesPerPass * parallelism)) * SlicesPerPass * parallelism * BlockBytes;

    /// <summary>Computes the tags of several passwords with equal parameters side by side.</summary>
    /// <remarks>
    /// The next block is known only when the previous one is computed, so a single computation waits for memory at every block. With
    /// several computations, each fetches its next block while the others compute.
    /// </remarks>
    /// <param name="type">The variant.</param>
    /// <param name="batch">P, S (8 bytes or more) and tags (4 bytes or more).</param>
    /// <param name="first">The first of the batch to compute.</param>
    /// <param name="passes">t, 1 or more.</param>
    /// <param name="memoryKiB">m, at least 8 for each lane.</param>
    /// <param name="parallelism">p. The lanes are computed one after the other: many hashes at once already fill the cores.</param>
    /// <param name="memory">One buffer of <see cref="MemoryBytes"/> for each password. Afterwards it contains secrets, which the next hash overwrites or the owner clears.</param>
    /// <param name="compress">The compression function G.</param>
    public static void Compute(
        Argon2Type type, in HashBatch batch, int first, int passes, int memoryKiB, int parallelism, ReadOnlySpan<LargeBuffer> memory, Argon2Compress compress)
    {
        // Section 3.2 step 2: the matrices of p rows (lanes) and q columns.
        var columns = memoryKiB / (SlicesPerPass * parallelism) * SlicesPerPass;
        var matrices = new Matrix[memory.Length];
        for (var i = 0; i < matrices.Length; i++)
        {
            matrices[i] = new Matrix((ulong*)memory[i].Address, type, parallelism, columns, passes);
            Begin(matrices[i], batch.Password(first + i), batch.Salt(first + i), memoryKiB, batch.DigestLength);
        }

        // Steps 5 and 6: all other columns, all passes, slice by slice.
        for (var pass = 0; pass < passes; pass++)
        {
            for (var slice = 0; slice < SlicesPerPass; slice++)
            {
                for (var lane = 0; lane < parallelism; lane++)
                {
                    FillSegments(matrices, pass, lane, slice, compress, batch.Stop);
                }
            }
        }

        for (var i = 0; i < matrices.Length; i++)
        {
            Finish(matrices[i], batch.Digest(first + i));
        }
    }

    private static void Begin(in Matrix matrix, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKiB, int tagLength)
    {
        // Section 3.2 step 1: H_0, followed by room for the block's column and lane.
        Span<byte> seed = stackalloc byte[72];
        var hash = new Blake2b(64);
        hash.Append(matrix.Lanes);
        hash.Append(tagLength);
        hash.Append(memoryKiB);
        hash.Append(matrix.Passes);
        hash.Append(Version);
        hash.Append((int)matrix.Type);
        hash.Append(password.Length);
        hash.Append(password);
        hash.Append(salt.Length);
        hash.Append(salt);
        hash.Append(0);
        hash.Append(0);
        hash.Finish(seed[..64]);

        // Steps 3 and 4: the first two columns.
        for (var lane = 0; lane < matrix.Lanes; lane++)
        {
            for (var column = 0; column < 2; column++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(seed[64..], column);
                BinaryPrimitives.WriteInt32LittleEndian(seed[68..], lane);
                VariableLengthHash(seed, new Span<byte>(matrix.Block(lane, column), BlockBytes));
            }
        }

        CryptographicOperations.ZeroMemory(seed);
    }

    // Steps 7 and 8: the last column's blocks, combined and hashed.
    private static void Finish(in Matrix matrix, Span<byte> tag)
    {
        var final = matrix.Block(0, matrix.Columns - 1);
        for (var lane = 1; lane < matrix.Lanes; lane++)
        {
            var other = matrix.Block(lane, matrix.Columns - 1);
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

    // Section 3.4: one segment, that is one slice of one lane, of all matrices in turn.
    private static void FillSegments(ReadOnlySpan<Matrix> matrices, int pass, int lane, int slice, Argon2Compress compress, CancellationToken stop)
    {
        ref readonly var shape = ref matrices[0];
        var segmentLength = shape.Columns / SlicesPerPass;
        var first = pass == 0 && slice == 0 ? 2 : 0;
        var isIndependent = shape.Type == Argon2Type.I || (pass == 0 && slice < SlicesPerPass / 2);

        // The same for all matrices, because it does not depend on the password.
        using var values = new ZeroedBuffer(isIndependent ? (segmentLength + WordsPerBlock) * sizeof(ulong) : 0);
        if (isIndependent)
        {
            IndependentValues(shape, pass, lane, slice, (ulong*)values.Address, compress);
        }

        var references = stackalloc ulong*[matrices.Length];
        for (var i = first; i < segmentLength; i++)
        {
            if (i % BlocksPerLook == 0)
            {
                stop.ThrowIfCancellationRequested();
            }

            var column = (slice * segmentLength) + i;
            for (var n = 0; n < matrices.Length; n++)
            {
                ref readonly var matrix = ref matrices[n];
                var previous = matrix.Block(lane, (column == 0 ? matrix.Columns : column) - 1);
                var block = matrix.Block(lane, column);
                var reference = i == first
                    ? Reference(matrix, pass, lane, slice, i, isIndependent ? ((ulong*)values.Address)[i] : previous[0])
                    : references[n];

                // From the second pass on the old block is kept in the sum.
                compress(previous, reference, block, pass > 0);
                if (i + 1 < segmentLength)
                {
                    references[n] = Reference(matrix, pass, lane, slice, i + 1, isIndependent ? ((ulong*)values.Address)[i + 1] : block[0]);
                    Prefetch(references[n]);
                }
            }
        }
    }

    // Section 3.4.1.2: J values from a counter instead of from the memory, a block of them at a time.
    private static void IndependentValues(in Matrix matrix, int pass, int lane, int slice, ulong* values, Argon2Compress compress)
    {
        using var blocks = new ZeroedBuffer(2 * BlockBytes);
        var zero = (ulong*)blocks.Address;
        var input = zero + WordsPerBlock;
        input[0] = (ulong)pass;
        input[1] = (ulong)lane;
        input[2] = (ulong)slice;
        input[3] = (ulong)matrix.Lanes * (ulong)matrix.Columns;
        input[4] = (ulong)matrix.Passes;
        input[5] = (ulong)matrix.Type;
        for (var i = 0; i < matrix.Columns / SlicesPerPass; i += WordsPerBlock)
        {
            input[6]++;
            compress(zero, input, values + i, false);
            compress(zero, values + i, values + i, false);
        }
    }

    // Section 3.4.2: the block that J names.
    private static ulong* Reference(in Matrix matrix, int pass, int lane, int slice, int i, ulong j)
    {
        var segmentLength = matrix.Columns / SlicesPerPass;
        var j1 = (uint)j;
        var j2 = (uint)(j >> 32);

        // In the very first slice only the own lane has blocks to refer to.
        var refLane = pass == 0 && slice == 0 ? lane : (int)(j2 % (uint)matrix.Lanes);
        var finished = pass == 0 ? slice * segmentLength : matrix.Columns - segmentLength;
        var area = (uint)(refLane == lane ? finished + i - 1 : i == 0 ? finished - 1 : finished);
        var x = ((ulong)j1 * j1) >> 32;
        var y = (area * x) >> 32;
        var z = area - 1 - (uint)y;
        var start = pass == 0 ? 0u : (uint)((slice + 1) * segmentLength);
        return matrix.Block(refLane, (int)((start + z) % (uint)matrix.Columns));
    }

    private static void Prefetch(ulong* block)
    {
        if (Sse.IsSupported)
        {
            for (var line = 0; line < BlockBytes; line += 64)
            {
                Sse.Prefetch0((byte*)block + line);
            }
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
