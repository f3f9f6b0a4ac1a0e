using System.Diagnostics.CodeAnalysis;

namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>
/// The few operations that SHA-2 consists of, on a vector whose lanes each belong to another password. One algorithm,
/// written once over this interface, becomes one piece of machine code for each instruction set: the type arguments
/// are structs, so that the compiler makes a body of its own for each, with everything inlined.
/// </summary>
/// <typeparam name="TVector">The vector, or the word itself for one lane.</typeparam>
/// <typeparam name="TWord">What a lane holds: <see cref="uint"/> or <see cref="ulong"/>.</typeparam>
internal interface ILanes<TVector, TWord>
    where TVector : unmanaged
    where TWord : unmanaged
{
    static abstract TVector Broadcast(TWord word);

    static abstract TVector Add(TVector x, TVector y);

    static abstract TVector Or(TVector x, TVector y);

    /// <summary>x XOR y XOR z.</summary>
    static abstract TVector Xor(TVector x, TVector y, TVector z);

    /// <summary>Ch of FIPS 180-4: y where x has a one, z where it has a zero.</summary>
    static abstract TVector Choose(TVector x, TVector y, TVector z);

    /// <summary>
    /// Maj of FIPS 180-4: what at least two of x, y and z have. The next call's y and z are this call's x and y, so each
    /// leaves in the memo what the next wants to know of them.
    /// </summary>
    static abstract TVector Majority(TVector x, TVector y, ref TVector memo);

    /// <summary>The memo for the first call of <see cref="Majority"/>.</summary>
    static abstract TVector MajorityMemo(TVector y, TVector z);

    /// <summary>Rotates by a literal.</summary>
    static abstract TVector RotateRight(TVector x, [ConstantExpected] byte count);

    /// <summary>Shifts by a number less than the word's width, zeros coming in.</summary>
    static abstract TVector ShiftRight(TVector x, int count);

    /// <summary>Shifts by a number less than the word's width, zeros coming in.</summary>
    static abstract TVector ShiftLeft(TVector x, int count);
}
