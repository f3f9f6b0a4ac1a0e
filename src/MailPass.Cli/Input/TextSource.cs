using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Cli.Input;

/// <summary>
/// Turns a file or a pipe into characters: UTF-8 with or without byte-order mark, UTF-16 of either order. Bytes that
/// are no text come out as U+FFFD, so that the row they stand in can be named. What has been read may hold
/// passwords, so the buffers do not move in memory and are overwritten at the end.
/// </summary>
internal sealed class TextSource(Stream stream) : IDisposable
{
    public const char Replacement = '\uFFFD';

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private int _count;
    private bool _ended;
    private bool _flushed;
    private Decoder? _decoder;
    private Task<int>? _pending;

    /// <summary>How many bytes have been read; against the length of a file this is the progress.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads some characters, at least one unless the text has ended.</summary>
    /// <param name="destination">Where to; at least two characters long.</param>
    /// <param name="cancellationToken">Stops waiting, even where the pipe's writer never writes again.</param>
    /// <returns>How many characters were read; 0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Memory<char> destination, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_decoder is not null && (_count > 0 || (_ended && !_flushed)))
            {
                _decoder.Convert(_bytes.AsSpan(0, _count), destination.Span, _ended, out var used, out var made, out var completed);
                _bytes.AsSpan(used, _count - used).CopyTo(_bytes);
                _count -= used;
                _flushed = _ended && completed;
                if (made > 0)
                {
                    return made;
                }
            }

            if (_ended)
            {
                return 0;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
            if (_decoder is null && (_count >= 4 || _ended))
            {
                _decoder = Detect(_bytes.AsSpan(0, _count), out var mark).GetDecoder();
                _bytes.AsSpan(mark, _count - mark).CopyTo(_bytes);
                _count -= mark;
            }
        }
    }

    public void Dispose()
    {
        // A read that was given up may still be writing into the buffer; then there is nothing to overwrite yet.
        if (_pending is null)
        {
            CryptographicOperations.ZeroMemory(_bytes);
        }

        stream.Dispose();
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _pending = stream.ReadAsync(_bytes.AsMemory(_count), cancellationToken).AsTask();
        var read = await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
        _pending = null;
        _count += read;
        BytesRead += read;
        _ended = read == 0;
    }

    private static UnicodeEncoding Utf16(bool bigEndian) => new(bigEndian, byteOrderMark: false, throwOnInvalidBytes: false);

    // Without a mark, a header of ASCII column names betrays UTF-16 by its zero bytes.
    private static Encoding Detect(ReadOnlySpan<byte> head, out int mark)
    {
        mark = 0;
        if (head.StartsWith("\uFEFF"u8))
        {
            mark = 3;
        }
        else if (head.Length >= 2)
        {
            var first = BinaryPrimitives.ReadUInt16LittleEndian(head);
            mark = first is 0xFEFF or 0xFFFE ? 2 : 0;
            if (first == 0xFEFF || (head[0] != 0 && head[1] == 0))
            {
                return Utf16(bigEndian: false);
            }

            if (first == 0xFFFE || (head[0] == 0 && head[1] != 0))
            {
                return Utf16(bigEndian: true);
            }
        }

        return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);
    }
}
