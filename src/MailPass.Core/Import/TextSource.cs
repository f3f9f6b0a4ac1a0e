using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MailPass.Import;

/// <summary>
/// Turns a file or a pipe into characters: by its byte-order mark, else in the encoding that was named, else as UTF-8
/// or UTF-16, whichever it shows. Bytes that are not text come out as U+FFFD, so that their row can be named.
/// The text may contain passwords, so the buffers do not move in memory and are overwritten at the end.
/// </summary>
/// <param name="stream">The file or pipe; taken over.</param>
/// <param name="encoding">The encoding without a mark; <see langword="null"/> to find it.</param>
internal sealed class TextSource(Stream stream, Encoding? encoding = null) : IDisposable
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

    /// <summary>How many of them have not been returned as text.</summary>
    public int BytesWaiting => _count;

    /// <summary>The encoding as people call it, once something was read.</summary>
    public string EncodingName { get; private set; } = "UTF-8";

    /// <summary>Reads some characters, at least one unless the text has ended.</summary>
    /// <param name="destination">Where to; at least two characters long.</param>
    /// <param name="cancellationToken">Stops waiting, even if the pipe's writer never writes again.</param>
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
                var found = Detect(_bytes.AsSpan(0, _count), encoding, out var mark);
                EncodingName = found.WebName.ToUpperInvariant() is var name && name.StartsWith("UTF", StringComparison.Ordinal) ? name : found.WebName;
                _decoder = found.GetDecoder();
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

    private static Encoding Detect(ReadOnlySpan<byte> head, Encoding? named, out int mark)
    {
        mark = 0;
        if (head.StartsWith("\uFEFF"u8))
        {
            mark = 3;
            return Utf8();
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]))
        {
            mark = 4;
            return new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: false);
        }

        var first = head.Length >= 2 ? BinaryPrimitives.ReadUInt16LittleEndian(head) : (ushort)0;
        if (first is 0xFEFF or 0xFFFE)
        {
            mark = 2;
            return Utf16(bigEndian: first == 0xFFFE);
        }

        // Without a mark, a header of ASCII column names betrays UTF-16 by its zero bytes.
        return named
            ?? (head.Length < 2 || (head[0] == 0) == (head[1] == 0) ? Utf8() : Utf16(bigEndian: head[0] == 0));
    }

    private static UTF8Encoding Utf8() => new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);
}
