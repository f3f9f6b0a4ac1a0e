namespace MailPass.Import;

/// <summary>Opens a file of mailboxes for reading once from its beginning.</summary>
public static class InputFile
{
    /// <summary>Opens the file, which other programs may still write or delete.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: it cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
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
}
