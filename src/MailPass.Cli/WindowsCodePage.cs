using System.Text;

namespace MailPass.Cli;

/// <summary>
/// Sets a Windows console to UTF-8 while the program runs, and restores its code page when it ends: the code page is the
/// window's, and the next program may count on the old one.
/// </summary>
internal sealed class WindowsCodePage : IDisposable
{
    private readonly Encoding _before;

    private WindowsCodePage(Encoding before) => _before = before;

    /// <summary>Begins to.</summary>
    /// <returns>Dispose of it at the end; <see langword="null"/> if there is nothing to change.</returns>
    public static WindowsCodePage? UseUtf8()
    {
        if (!OperatingSystem.IsWindows() || Console.OutputEncoding.CodePage == Encoding.UTF8.CodePage)
        {
            return null;
        }

        try
        {
            var before = Console.OutputEncoding;
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
            return new WindowsCodePage(before);
        }
        catch (IOException)
        {
            // A service or a task has no console to show anything on.
            Console.SetError(new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
            return null;
        }
    }

    public void Dispose()
    {
        try
        {
            Console.OutputEncoding = _before;
        }
        catch (IOException)
        {
            // The window was closed in the meantime.
        }
    }
}
