using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>Memory for secrets of any length. It is outside of the managed heap, so the garbage collector does not copy it, and it is overwritten when disposed of.</summary>
internal readonly unsafe ref struct ZeroedBuffer
{
    private readonly void* _address;
    private readonly int _length;

    /// <summary>Allocates cleared memory.</summary>
    /// <param name="length">Bytes, 0 or more.</param>
    /// <param name="alignment">A power of two; with 64, no vector load crosses a cache line.</param>
    public ZeroedBuffer(int length, int alignment = 64)
    {
        _length = length;
        _address = NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), (nuint)alignment);
        Bytes.Clear();
    }

    public Span<byte> Bytes => new(_address, _length);

    public byte* Address => (byte*)_address;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Bytes);
        NativeMemory.AlignedFree(_address);
    }
}
