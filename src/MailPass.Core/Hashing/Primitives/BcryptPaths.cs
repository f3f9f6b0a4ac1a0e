using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MailPass.Hashing.Primitives;

/// <summary>Computes up to four of a batch, from <paramref name="first"/> on.</summary>
internal delegate void BcryptCompute(in HashBatch batch, int first, int count, int cost);

/// <summary>The implementations of interleaved bcrypt, which differ in how they split a word, and the choice among them.</summary>
internal static class BcryptPaths
{
    /// <summary>
    /// One Blowfish round waits for four table look-ups that depend on the round before, so a core that could do four rounds at once is
    /// idle most of the time. Four instances use it fully; more would not fit into sixteen registers.
    /// </summary>
    public const int Instances = 4;

    /// <summary>Name, whether the processor supports it, and the computation.</summary>
    public static IReadOnlyList<(string Name, bool IsSupported, BcryptCompute Compute)> All { get; } =
    [
        ("4 interleaved, PEXT", Bmi2.IsSupported, BcryptKernel<ExtractedBytes>.Compute),
        ("4 interleaved, BEXTR", Bmi1.IsSupported, BcryptKernel<FieldBytes>.Compute),
        ("4 interleaved", true, BcryptKernel<ShiftedBytes>.Compute),
    ];

    /// <summary>
    /// One instruction instead of two for each of two bytes, if the processor has a fast one: PEXT on Intel's
    /// processors, BEXTR (a sixth faster than shifting, measured on Zen 5) on AMD's, whose PEXT takes three cycles (Zen 3
    /// and later) or dozens (before).
    /// </summary>
    public static BcryptCompute Best { get; } =
        Bmi2.IsSupported && IsIntel() ? All[0].Compute : Bmi1.IsSupported ? All[1].Compute : All[2].Compute;

    // The processor's maker, twelve letters in three registers: "Genu" "ineI" "ntel".
    private static bool IsIntel() => X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x756e6547, 0x6c65746e, 0x49656e69);
}

/// <summary>The second and third byte of a word as indexes.</summary>
internal interface IMiddleBytes
{
    /// <summary>Bits 16 to 23.</summary>
    static abstract nuint Second(uint word);

    /// <summary>Bits 8 to 15.</summary>
    static abstract nuint Third(uint word);
}

/// <summary>By shifting and masking.</summary>
internal readonly struct ShiftedBytes : IMiddleBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Second(uint word) => (byte)(word >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Third(uint word) => (byte)(word >> 8);
}

/// <summary>By BMI1's BEXTR: one cycle on AMD's processors, two on Intel's. Also for one instance alone, on any processor.</summary>
internal readonly struct FieldBytes : IMiddleBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Second(uint word) => Bmi1.IsSupported ? Bmi1.BitFieldExtract(word, 0x0810) : (byte)(word >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Third(uint word) => Bmi1.IsSupported ? Bmi1.BitFieldExtract(word, 0x0808) : (byte)(word >> 8);
}

/// <summary>By BMI2's PEXT.</summary>
internal readonly struct ExtractedBytes : IMiddleBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Second(uint word) => Bmi2.ParallelBitExtract(word, 0xFF0000);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nuint Third(uint word) => Bmi2.ParallelBitExtract(word, 0xFF00);
}
