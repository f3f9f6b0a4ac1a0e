using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Secrets;

/// <summary>A secret on one line of a file or a pipe.</summary>
public static class SecretLine
{
    private const int MaximumLength = 4096;

    /// <summary>Reads one line, without its end; the rest is left for the next reader.</summary>
    /// <param name="stream">The file or pipe, UTF-8.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns><see langword="null"/> if the input has ended.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.PasswordInvalid"/>: the line is too long, or is not UTF-8.</exception>
    public static async Task<Secret?> ReadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var bytes = GC.AllocateArray<byte>(MaximumLength, pinned: true);
        var length = 0;
        var any = false;
        try
        {
            while (true)
            {
                // Byte by byte, so that the text after the line is left for the next reader.
                var read = await stream.ReadAsync(bytes.AsMemory(length, 1), cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                any = true;
                if (bytes[length] == '\n')
                {
                    break;
                }

                if (++length == MaximumLength)
                {
                    throw new MailPassException(ErrorIds.PasswordInvalid, $"The password on the input is longer than {MaximumLength - 1} bytes.");
                }
            }

            return any ? Decode(bytes.AsSpan(0, length)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static Secret Decode(ReadOnlySpan<byte> line)
    {
        line = line.StartsWith("\uFEFF"u8) ? line[3..] : line;
        line = line.Length > 0 && line[^1] == '\r' ? line[..^1] : line;
        var chars = GC.AllocateArray<char>(line.Length, pinned: true);
        try
        {
            var length = System.Text.Unicode.Utf8.ToUtf16(line, chars, out _, out var written, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done
                ? written
                : throw new MailPassException(ErrorIds.PasswordInvalid, "The password on the input is not valid UTF-8.");
            return Secret.FromChars(chars.AsSpan(0, length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(chars.AsSpan()));
        }
    }
}
