namespace MailPass.Hashing.Primitives;

/// <summary>crypt(3)'s base64: its own alphabet, least significant six bits first. Used by MD5-crypt and SHA-crypt.</summary>
internal static class CryptBase64
{
    public static ReadOnlySpan<byte> Alphabet => "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>Draws characters, all 64 equally likely.</summary>
    public static void FillRandom(Span<byte> characters)
    {
        System.Security.Cryptography.RandomNumberGenerator.Fill(characters);
        foreach (ref var character in characters)
        {
            character = Alphabet[character & 63];
        }
    }

    /// <summary>Writes a digest in the order of bytes that its scheme prescribes, three to four characters.</summary>
    /// <param name="digest">The digest.</param>
    /// <param name="order">Indexes into the digest, most significant of each group of three first.</param>
    /// <param name="destination">Room for <see cref="EncodedLength"/> characters.</param>
    public static int Encode(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> order, Span<byte> destination)
    {
        var written = 0;
        for (var i = 0; i < order.Length; i += 3)
        {
            var group = order[i..Math.Min(i + 3, order.Length)];
            var value = 0;
            foreach (var index in group)
            {
                value = (value << 8) | digest[index];
            }

            for (var n = 0; n <= group.Length; n++, value >>= 6)
            {
                destination[written++] = Alphabet[value & 63];
            }
        }

        return written;
    }

    /// <summary>Reads what <see cref="Encode"/> writes.</summary>
    /// <exception cref="HashFormatException">Wrong length or a character outside of the alphabet.</exception>
    public static void Decode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> order, Span<byte> digest)
    {
        if (text.Length != EncodedLength(order.Length))
        {
            throw new HashFormatException($"its digest has {text.Length} characters instead of {EncodedLength(order.Length)}.");
        }

        var read = 0;
        for (var i = 0; i < order.Length; i += 3)
        {
            var group = order[i..Math.Min(i + 3, order.Length)];
            var value = 0;
            for (var n = 0; n <= group.Length; n++)
            {
                var digit = Alphabet.IndexOf(text[read++]);
                if (digit < 0)
                {
                    throw new HashFormatException("its digest holds a character outside of crypt's alphabet.");
                }

                value |= digit << (6 * n);
            }

            if (value >> (8 * group.Length) != 0)
            {
                throw new HashFormatException("its digest has surplus bits.");
            }

            for (var n = group.Length - 1; n >= 0; n--, value >>= 8)
            {
                digest[group[n]] = (byte)value;
            }
        }
    }

    public static int EncodedLength(int bytes) => (bytes * 8 + 5) / 6;
}
