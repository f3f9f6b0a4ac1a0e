using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Hashing.Primitives;

/// <summary>Memory for secrets of any length: outside of the managed heap, so never copied by the collector, and overwritten at the end.</summary>
internal readonly unsafe ref struct ZeroedBuffer
{
    private readonly void* _address;
    private readonly int _length;

    /// <summary>Takes memory, cleared.</summary>
    /// <param name="length">Bytes, 0 or more.</param>
    /// <param name="alignment">A power of two; 64 lets a vector load never cross a cache line.</param>
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
