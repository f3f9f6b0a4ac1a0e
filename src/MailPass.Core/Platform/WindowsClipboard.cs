using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace MailPass.Platform;

/// <summary>Windows' clipboard, with the marks that keep a text out of its history and off other devices (Microsoft, "Clipboard Formats").</summary>
internal sealed unsafe partial class WindowsClipboard : Clipboard
{
    private const uint UnicodeText = 13; // CF_UNICODETEXT
    private const uint Movable = 2; // GMEM_MOVEABLE
    private const int MostTries = 20;

    public override string Name => "the clipboard";

    public override void Copy(ReadOnlySpan<byte> utf8)
    {
        OpenWhenFree();
        try
        {
            if (!EmptyClipboard())
            {
                throw Refused();
            }

            // The exclusion formats first: without them, the password would get into the clipboard history.
            foreach (var mark in (string[])["ExcludeClipboardContentFromMonitorProcessing", "CanIncludeInClipboardHistory", "CanUploadToCloudClipboard"])
            {
                // The first counts by being there, the others by the number 0.
                *(int*)Allocate(sizeof(int), out var zero) = 0;
                Set(RegisterClipboardFormat(mark), zero);
            }

            var length = Encoding.UTF8.GetCharCount(utf8);
            var text = Allocate((length + 1) * sizeof(char), out var memory);
            Encoding.UTF8.GetChars(utf8, new Span<char>((void*)text, length));
            ((char*)text)[length] = '\0';
            Set(UnicodeText, memory);
        }
        finally
        {
            CloseClipboard();
        }
    }

    // Another program has it open for moments at a time.
    private void OpenWhenFree()
    {
        for (var tries = 1; !OpenClipboard(0); tries++)
        {
            if (tries == MostTries)
            {
                throw Refused();
            }

            Thread.Sleep(50);
        }
    }

    private nint Allocate(int bytes, out nint memory)
    {
        memory = GlobalAlloc(Movable, (nuint)bytes);
        var address = memory == 0 ? 0 : GlobalLock(memory);
        return address != 0 ? address : throw Refused();
    }

    private void Set(uint format, nint memory)
    {
        GlobalUnlock(memory);
        if (SetClipboardData(format, memory) == 0)
        {
            var fault = Refused();
            GlobalFree(memory);
            throw fault;
        }
    }

    private MailPassException Refused() => Failed(new Win32Exception(Marshal.GetLastPInvokeError()).Message);

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool OpenClipboard(nint owner);

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool EmptyClipboard();

    [LibraryImport("user32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CloseClipboard();

    [LibraryImport("user32", SetLastError = true)]
    private static partial nint SetClipboardData(uint format, nint memory);

    [LibraryImport("user32", EntryPoint = "RegisterClipboardFormatW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial uint RegisterClipboardFormat(string name);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint GlobalAlloc(uint flags, nuint bytes);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint GlobalLock(nint memory);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GlobalUnlock(nint memory);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint GlobalFree(nint memory);
}
