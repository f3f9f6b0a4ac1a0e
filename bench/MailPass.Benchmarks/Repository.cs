using MailPass.Lab;

namespace MailPass.Benchmarks;

/// <summary>The repository that the benchmarks were built in.</summary>
internal static class Repository
{
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([RepositoryFolder.Root, .. parts]);
}
