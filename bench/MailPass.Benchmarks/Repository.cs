namespace MailPass.Benchmarks;

/// <summary>The repository that the benchmarks were built in.</summary>
internal static class Repository
{
    private static readonly Lazy<string> Root = new(() =>
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MailPass.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The benchmarks do not run from within the repository.");
        }

        return folder;
    });

    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root.Value, .. parts]);
}
