using MailPass.Mailboxes;

namespace MailPass.Fuzz.Targets;

/// <summary>The files that are part of Core.</summary>
internal static class Resources
{
    public static IReadOnlyList<byte[]> Read(string prefix)
    {
        var assembly = typeof(MailboxAddress).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        })];
    }
}
