using System.Buffers;
using System.Security.Cryptography;

namespace MailPass.Secrets;

/// <summary>A growing buffer for text with secrets in it: pinned, and overwritten whenever it is freed.</summary>
internal sealed class ZeroingBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private int _used;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _used);

    public void Advance(int count) => _used += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_used);
    }

    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _used));
        _used = 0;
    }

    public void Dispose() => Clear();

    private void Reserve(int sizeHint)
    {
        var needed = _used + Math.Max(sizeHint, 1);
        if (needed <= _bytes.Length)
        {
            return;
        }

        var larger = GC.AllocateUninitializedArray<byte>(Math.Max(needed, _bytes.Length * 2), pinned: true);
        Written.CopyTo(larger);
        var used = _used;
        Clear();
        (_bytes, _used) = (larger, used);
    }
}
