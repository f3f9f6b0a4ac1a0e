using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>Four pairs, AVX-512F and AVX-512BW.</summary>
internal readonly struct Avx512Argon2Lanes : IArgon2Lanes<Vector512<ulong>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor(Vector512<ulong> x, Vector512<ulong> y) => x ^ y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> MultiplyAdd(Vector512<ulong> x, Vector512<ulong> y)
    {
        var product = Avx512F.Multiply(x.AsUInt32(), y.AsUInt32());
        return x + y + (product + product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateRight32(Vector512<ulong> x) => Avx512F.RotateRight(x, 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateRight24(Vector512<ulong> x) => Avx512F.RotateRight(x, 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateRight16(Vector512<ulong> x) => Avx512F.RotateRight(x, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateRight63(Vector512<ulong> x) => Avx512F.RotateRight(x, 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> SecondThenFirst(Vector512<ulong> one, Vector512<ulong> other) =>
        Avx512BW.AlignRight(other.AsByte(), one.AsByte(), sizeof(ulong)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<ulong> Gather(ulong* first, int distance) => Vector512.Create(
        Vector256.Create(Vector128.Load(first), Vector128.Load(first + distance)),
        Vector256.Create(Vector128.Load(first + (2 * distance)), Vector128.Load(first + (3 * distance))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Scatter(Vector512<ulong> vector, ulong* first, int distance)
    {
        vector.GetLower().GetLower().Store(first);
        vector.GetLower().GetUpper().Store(first + distance);
        vector.GetUpper().GetLower().Store(first + (2 * distance));
        vector.GetUpper().GetUpper().Store(first + (3 * distance));
    }
}

/// <summary>Two pairs, AVX2.</summary>
internal readonly struct Avx2Argon2Lanes : IArgon2Lanes<Vector256<ulong>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor(Vector256<ulong> x, Vector256<ulong> y) => x ^ y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> MultiplyAdd(Vector256<ulong> x, Vector256<ulong> y)
    {
        var product = Avx2.Multiply(x.AsUInt32(), y.AsUInt32());
        return x + y + (product + product);
    }

    // Rotations by whole bytes are shuffles: one instruction where shifts would take three.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateRight32(Vector256<ulong> x) => Avx2.Shuffle(x.AsUInt32(), 0b10_11_00_01).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateRight24(Vector256<ulong> x) => Avx2.Shuffle(x.AsByte(), Vector256.Create(
        (byte)3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateRight16(Vector256<ulong> x) => Avx2.Shuffle(x.AsByte(), Vector256.Create(
        (byte)2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateRight63(Vector256<ulong> x) => (x + x) | (x >>> 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> SecondThenFirst(Vector256<ulong> one, Vector256<ulong> other) =>
        Avx2.AlignRight(other.AsByte(), one.AsByte(), sizeof(ulong)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector256<ulong> Gather(ulong* first, int distance) => Vector256.Create(Vector128.Load(first), Vector128.Load(first + distance));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Scatter(Vector256<ulong> vector, ulong* first, int distance)
    {
        vector.GetLower().Store(first);
        vector.GetUpper().Store(first + distance);
    }
}

/// <summary>One pair, with SSE2, with Advanced SIMD of Arm64, or with whatever the runtime makes of it.</summary>
internal readonly struct Vector128Argon2Lanes : IArgon2Lanes<Vector128<ulong>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Xor(Vector128<ulong> x, Vector128<ulong> y) => x ^ y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> MultiplyAdd(Vector128<ulong> x, Vector128<ulong> y)
    {
        Vector128<ulong> product;
        if (Sse2.IsSupported)
        {
            product = Sse2.Multiply(x.AsUInt32(), y.AsUInt32());
        }
        else if (AdvSimd.IsSupported)
        {
            product = AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(x), AdvSimd.ExtractNarrowingLower(y));
        }
        else
        {
            product = Vector128.Create((ulong)(uint)x[0] * (uint)y[0], (ulong)(uint)x[1] * (uint)y[1]);
        }

        return x + y + (product + product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateRight32(Vector128<ulong> x) => (x >>> 32) | (x << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateRight24(Vector128<ulong> x) => (x >>> 24) | (x << 40);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateRight16(Vector128<ulong> x) => (x >>> 16) | (x << 48);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateRight63(Vector128<ulong> x) => (x + x) | (x >>> 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> SecondThenFirst(Vector128<ulong> one, Vector128<ulong> other) =>
        Ssse3.IsSupported ? Ssse3.AlignRight(other.AsByte(), one.AsByte(), sizeof(ulong)).AsUInt64()
        : AdvSimd.IsSupported ? AdvSimd.ExtractVector128(one, other, 1)
        : Vector128.Create(one[1], other[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector128<ulong> Gather(ulong* first, int distance) => Vector128.Load(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Scatter(Vector128<ulong> vector, ulong* first, int distance) => vector.Store(first);
}
