namespace MailPass.Hashing.Primitives.Lanes;

/// <summary>
/// The operations of Argon2's permutation on a vector of 16-byte registers (RFC 9106 section 3.5): pairs of 64-bit
/// words, as many as the vector holds, each of another row or column.
/// </summary>
internal interface IArgon2Lanes<TVector>
    where TVector : unmanaged
{
    static abstract TVector Xor(TVector x, TVector y);

    /// <summary>x + y + 2 · trunc(x) · trunc(y), section 3.6.</summary>
    static abstract TVector MultiplyAdd(TVector x, TVector y);

    static abstract TVector RotateRight32(TVector x);

    static abstract TVector RotateRight24(TVector x);

    static abstract TVector RotateRight16(TVector x);

    static abstract TVector RotateRight63(TVector x);

    /// <summary>In each pair: the second word of the one, then the first of the other.</summary>
    static abstract TVector SecondThenFirst(TVector one, TVector other);

    /// <summary>Reads pairs that lie a number of words apart.</summary>
    static abstract unsafe TVector Gather(ulong* first, int distance);

    /// <summary>Writes pairs a number of words apart.</summary>
    static abstract unsafe void Scatter(TVector vector, ulong* first, int distance);
}
