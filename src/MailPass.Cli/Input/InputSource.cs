using MailPass.Import;

namespace MailPass.Cli.Input;

/// <summary>Opens what an option names: a file, or standard input for <c>-</c>.</summary>
internal static class InputSource
{
    public const string StandardInput = "-";

    public static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static Stream Open(string path, CliConsole console) => path == StandardInput ? console.Input : InputFile.Open(path);

    /// <summary>The file in full, by which an interrupted run of the same input is known again.</summary>
    public static string FullNameOf(string path) => path == StandardInput ? path : Path.GetFullPath(path);
}
