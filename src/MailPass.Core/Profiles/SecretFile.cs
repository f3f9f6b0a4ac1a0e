using MailPass.Platform;

namespace MailPass.Profiles;

/// <summary>A file with a secret on its first line, which nobody else may read.</summary>
internal static class SecretFile
{
    /// <summary>Why the file must not be used; <see langword="null"/> if nothing speaks against it, or if it cannot be opened.</summary>
    /// <param name="path">The file.</param>
    public static MailPassException? FaultOf(string path)
    {
        try
        {
            using var stream = Open(path);
            return null;
        }
        catch (MailPassException fault)
        {
            return fault;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Opens the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ProfileUnsafe"/>: others can read it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not for this account.</exception>
    public static FileStream Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (FileSystem.Current.WhoElseCanRead(stream) is not { } others)
        {
            return stream;
        }

        stream.Dispose();
        throw new MailPassException(ErrorIds.ProfileUnsafe, $"{others}, and it contains a secret.", OperatingSystem.IsWindows() ? "Leave access to its owner and to administrators." : $"`chmod 600 '{path}'` (or 640 if it is root's), and change the secret if somebody may have read it.");
    }
}
