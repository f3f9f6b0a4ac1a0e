using System.Buffers.Text;
using System.Security.Cryptography;
using MailPass.Secrets;

namespace MailPass.Journals;

/// <summary>
/// Chains lines by digest. A line is its JSON, a tab, and a SHA-256 in base64. The SHA-256 covers the digest of the previous line
/// (32 zero bytes for the first line) and the JSON, so a changed, missing, doubled or moved line does not fit.
/// </summary>
internal sealed class DigestChain
{
    /// <summary>The length of what follows the JSON: a tab and 32 bytes in base64.</summary>
    public const int SuffixLength = 1 + 44;

    private readonly byte[] _last = new byte[SHA256.HashSizeInBytes];
    private byte[] _scratch = new byte[4096];

    /// <summary>The digest of the last line, in base64.</summary>
    public string Last => Convert.ToBase64String(_last);

    /// <summary>Ends a line, whose JSON is in <paramref name="buffer"/> from <paramref name="start"/> on.</summary>
    public void EndLine(ZeroingBuffer buffer, int start)
    {
        Digest(buffer.Written[start..], _last);
        var suffix = buffer.GetSpan(SuffixLength + 1);
        suffix[0] = (byte)'\t';
        Base64.EncodeToUtf8(_last, suffix[1..], out _, out _);
        suffix[SuffixLength] = (byte)'\n';
        buffer.Advance(SuffixLength + 1);
    }

    /// <summary>Checks a line, given without its line end. The chain continues from the digest in that line, even if it does not fit.</summary>
    /// <param name="line">The line.</param>
    /// <param name="json">Its JSON.</param>
    /// <returns>Whether the line fits the one before it.</returns>
    public bool Fits(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> json)
    {
        json = default;
        Span<byte> stated = stackalloc byte[48];
        if (line.Length <= SuffixLength || line[^SuffixLength] != '\t'
            || Base64.DecodeFromUtf8(line[^(SuffixLength - 1)..], stated, out _, out var length) is not System.Buffers.OperationStatus.Done || length != _last.Length)
        {
            return false;
        }

        json = line[..^SuffixLength];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(json, digest);
        stated[..length].CopyTo(_last);

        // The last letter of Base64 has spare bits, so a digest has several spellings; MailPass accepts the one that it writes.
        return digest.SequenceEqual(_last) && line[^(SuffixLength - 1)..].SequenceEqual(System.Text.Encoding.ASCII.GetBytes(Last));
    }

    private void Digest(ReadOnlySpan<byte> json, Span<byte> digest)
    {
        var length = _last.Length + json.Length;
        if (_scratch.Length < length)
        {
            _scratch = new byte[length * 2];
        }

        _last.CopyTo(_scratch, 0);
        json.CopyTo(_scratch.AsSpan(_last.Length));
        SHA256.HashData(_scratch.AsSpan(0, length), digest);
    }
}
