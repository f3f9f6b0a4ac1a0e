namespace MailPass.Cli.Input;

/// <summary>Opens what an option names: a file, or standard input for <c>-</c>.</summary>
internal static class InputFile
{
    public const string StandardInput = "-";

    public static string NameOf(string path) => path == StandardInput ? "standard input" : path;

    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>.</exception>
    public static Stream Open(string path, CliConsole console)
    {
        if (path == StandardInput)
        {
            return console.Input;
        }

        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var reason = fault switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
                UnauthorizedAccessException when Directory.Exists(path) => "it is a folder.",
                UnauthorizedAccessException => "access is denied.",
                _ => fault.Message,
            };
            throw new MailPassException(ErrorIds.InputInvalid, $"{path} cannot be read: {reason}", innerException: fault);
        }
    }

    /// <summary>Its length in bytes, where it has one.</summary>
    public static long? LengthOf(Stream stream) => stream is FileStream { CanSeek: true } file ? file.Length : null;
}
