using System.Buffers.Text;
using System.Security.Cryptography;

namespace MailPass.Platform;

/// <summary>
/// The clipboard of the machine on which the terminal is shown, by the control sequence OSC 52 (xterm, "Manipulate
/// Selection Data"). It is written to the terminal itself, so that no redirection or transcript receives it.
/// </summary>
internal sealed class TerminalClipboard : Clipboard
{
    private const string Terminal = "/dev/tty";

    private readonly bool _inScreen;
    private readonly bool _inTmux;

    private TerminalClipboard(bool inScreen, bool inTmux)
    {
        _inScreen = inScreen;
        _inTmux = inTmux;
    }

    public override string Name => "this terminal's clipboard (OSC 52)";

    public override bool Confirms => false;

    /// <summary>Why a terminal might not accept it, for the message.</summary>
    internal string Hint => _inTmux ? "tmux passes it on only with `set -s set-clipboard on`" : "some terminals need it allowed in their settings";

    /// <returns><see langword="null"/> without a terminal, or with one that would print the sequence.</returns>
    internal static TerminalClipboard? Of(Func<string, string?> environment)
    {
        if (environment("TERM") is null or "" or "dumb" or "linux")
        {
            return null;
        }

        try
        {
            using var terminal = Open();
            return new TerminalClipboard(!string.IsNullOrEmpty(environment("STY")), !string.IsNullOrEmpty(environment("TMUX")));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public override void Copy(ReadOnlySpan<byte> utf8)
    {
        // GNU screen forwards text that is wrapped in its own DCS.
        var before = _inScreen ? "\eP\e]52;c;"u8 : "\e]52;c;"u8;
        var after = _inScreen ? "\a\e\\"u8 : "\a"u8;
        var sequence = GC.AllocateUninitializedArray<byte>(before.Length + Base64.GetMaxEncodedToUtf8Length(utf8.Length) + after.Length, pinned: true);
        try
        {
            before.CopyTo(sequence);
            Base64.EncodeToUtf8(utf8, sequence.AsSpan(before.Length), out _, out var written);
            after.CopyTo(sequence.AsSpan(before.Length + written));
            using var terminal = Open();
            terminal.Write(sequence.AsSpan(0, before.Length + written + after.Length));
            terminal.Flush();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Failed(fault.Message, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sequence);
        }
    }

    private static FileStream Open() => new(Terminal, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
}
