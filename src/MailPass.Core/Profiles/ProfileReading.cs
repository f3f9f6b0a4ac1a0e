using System.Text.Json;
using MailPass.Platform;

namespace MailPass.Profiles;

/// <summary>A profile as far as it could be read, and all faults of its file.</summary>
/// <param name="File">The file.</param>
/// <param name="Profile">What could be read.</param>
/// <param name="Faults">The faults, in the file's order; empty if it can be used.</param>
public sealed record ProfileReading(string File, SiteProfile Profile, IReadOnlyList<ProfileFault> Faults)
{
    /// <summary>More than any profile needs; a longer file is not read into memory.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    private static readonly JsonDocumentOptions s_reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Finds a profile and reads it; nothing that is wrong inside the file ends the reading.</summary>
    /// <param name="nameOrPath">Its name, or the path of its file if it has a slash.</param>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.ProfileNotFound"/>.</exception>
    public static ProfileReading Of(string nameOrPath, Func<string, string?>? environment = null)
    {
        var file = ProfileFolders.Find(nameOrPath, environment);
        var empty = new SiteProfile { Name = ProfileFolders.IsPath(nameOrPath) ? Path.GetFileNameWithoutExtension(file) : nameOrPath, File = file };
        byte[] text;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // Checked on the open file, because the name could lead to another file by the time it is read.
            if (FileSystem.Current.WhoElseCanWrite(stream) is { } others)
            {
                return new(file, empty, [new(string.Empty, $"{others}, and anyone who can write a profile decides where passwords go.", OperatingSystem.IsWindows() ? "Leave write access to its owner and to administrators." : $"Make it yours or root's, and `chmod go-w '{file}'`.", ErrorIds.ProfileUnsafe)]);
            }

            if (stream.Length > MostBytes)
            {
                return new(file, empty, [new(string.Empty, "The file is larger than 4 MiB.", "Name the file of a profile.")]);
            }

            text = new byte[stream.Length];
            stream.ReadExactly(text);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new(file, empty, [new(string.Empty, $"The file cannot be read: {fault.Message}", "Check its permissions.")]);
        }

        return Of(empty, text);
    }

    /// <summary>Reads a profile's text.</summary>
    /// <param name="empty">The profile's name and file.</param>
    /// <param name="text">The text, UTF-8.</param>
    internal static ProfileReading Of(SiteProfile empty, ReadOnlyMemory<byte> text)
    {
        var file = empty.File!;
        text = text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text;
        var faults = new List<ProfileFault>();
        try
        {
            using var document = JsonDocument.Parse(text, s_reading);
            var profile = ProfileObjects.Read(empty, document.RootElement, Path.GetDirectoryName(file)!, faults);
            faults.AddRange(UnsafeSecrets(profile));
            return new(file, profile, faults);
        }
        catch (JsonException fault)
        {
            var place = FormattableString.Invariant($"line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}");
            return new(file, empty, [new(place, "From here on the file is not valid JSON.", "Check quotes, commas and brackets there and just before.")]);
        }
        catch (InvalidOperationException)
        {
            return new(file, empty, [new(string.Empty, "The file contains text that is not valid Unicode.", "Save it as UTF-8.")]);
        }
    }

    // A missing file is reported when its secret is needed.
    private static IEnumerable<ProfileFault> UnsafeSecrets(SiteProfile profile)
    {
        foreach (var (path, source) in profile.Secrets())
        {
            if (source.Kind is SecretKind.File && SecretFile.FaultOf(source.Name) is { } fault)
            {
                yield return new(path, fault.Message, fault.Remedy ?? string.Empty, ErrorIds.ProfileUnsafe);
            }
        }
    }
}
