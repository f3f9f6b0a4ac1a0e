using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace MailPass.Platform;

/// <summary>
/// The clipboard of the person at the keyboard: the desktop's, or over SSH that of the terminal, by OSC 52.
/// Passwords reach it over standard input or a system call, never as an argument or over the program's own output.
/// </summary>
public abstract class Clipboard
{
    /// <summary>How long a clipboard's program may take to answer; it waits for the desktop.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>Its name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Whether a copy without an error is known to have arrived. A terminal does not confirm a copy.</summary>
    public virtual bool Confirms => true;

    /// <summary>Finds it.</summary>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for this process's own.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ClipboardUnavailable"/>: there is none.</exception>
    public static Clipboard Find(Func<string, string?>? environment = null)
    {
        environment ??= Environment.GetEnvironmentVariable;
        if (OperatingSystem.IsWindows())
        {
            return new WindowsClipboard();
        }

        // The desktop of this machine is of no use to a person at another one.
        var isRemote = IsSet("SSH_CONNECTION") || IsSet("SSH_TTY") || IsSet("SSH_CLIENT");
        return (isRemote ? null : Desktop()) ?? TerminalClipboard.Of(environment)
            ?? throw new MailPassException(
                ErrorIds.ClipboardUnavailable,
                "There is no clipboard here to copy the password to.",
                "Install wl-clipboard, xclip or xsel on a desktop, or use a terminal that supports OSC 52.");

        bool IsSet(string name) => !string.IsNullOrEmpty(environment(name));

        Clipboard? Desktop() =>
            OperatingSystem.IsMacOS() ? Program("pbcopy")
            : (IsSet("WAYLAND_DISPLAY") ? Program("wl-copy") : null)
                ?? (IsSet("DISPLAY") ? Program("xclip", "-selection", "clipboard", "-in") ?? Program("xsel", "--clipboard", "--input") : null)
                ?? (IsSet("WSL_DISTRO_NAME") ? Program("clip.exe") : null);

        Clipboard? Program(string name, params string[] arguments) =>
            (environment("PATH") ?? string.Empty).Split(':')
                .Where(Path.IsPathRooted) // a program in the folder where one happens to be is not meant
                .Select(folder => Path.Combine(folder, name))
                .FirstOrDefault(IsProgram) is { } path ? new ProgramClipboard(name, path, arguments) : null;
    }

    /// <summary>Copies a text.</summary>
    /// <param name="utf8">The text.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ClipboardUnavailable"/>: it could not be copied; the message contains nothing of it.</exception>
    public abstract void Copy(ReadOnlySpan<byte> utf8);

    private protected MailPassException Failed(string why, Exception? fault = null) =>
        new(ErrorIds.ClipboardUnavailable, $"The password could not be copied to {Name}: {why}", innerException: fault);

    private static bool IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    /// <summary>A desktop's clipboard by the program that fills it from its standard input.</summary>
    private sealed class ProgramClipboard(string name, string path, string[] arguments) : Clipboard
    {
        private const int LongestReason = 300;

        public override string Name => $"the clipboard ({name})";

        public override void Copy(ReadOnlySpan<byte> utf8)
        {
            if (name == "clip.exe" && !Ascii.IsValid(utf8))
            {
                throw Failed("clip.exe accepts only text in the Windows code page, and the password has characters outside of ASCII.");
            }

            // Its output must not be ours: xclip and wl-copy stay in the background, and who waits for the end of our output would wait for them.
            var start = new ProcessStartInfo(path) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            // Otherwise pbcopy reads its input as MacRoman.
            start.Environment["LC_CTYPE"] = OperatingSystem.IsMacOS() ? "UTF-8" : start.Environment.TryGetValue("LC_CTYPE", out var ctype) ? ctype : null;
            try
            {
                using var process = Process.Start(start)!;
                Give(process, utf8);
                if (!process.WaitForExit(s_patience))
                {
                    process.Kill();
                    throw Failed($"{name} did not answer within {s_patience.TotalSeconds:0} s.");
                }

                if (process.ExitCode != 0)
                {
                    var reason = process.StandardError.ReadToEnd().Trim();
                    throw Failed($"{name} ended with {process.ExitCode}{(reason.Length == 0 ? "." : $": {reason[..Math.Min(LongestReason, reason.Length)]}")}");
                }
            }
            catch (Exception fault) when (fault is Win32Exception or IOException or InvalidOperationException)
            {
                throw Failed(fault.Message, fault);
            }
        }

        private static void Give(Process process, ReadOnlySpan<byte> utf8)
        {
            try
            {
                process.StandardInput.BaseStream.Write(utf8);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its exit code shows why.
            }
        }
    }
}
