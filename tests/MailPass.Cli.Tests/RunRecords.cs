namespace MailPass.Cli.Tests;

/// <summary>Where the runs of these tests keep their records, removed when the tests end.</summary>
internal static class RunRecords
{
    public static string Folder { get; } = Make();

    private static string Make()
    {
        var folder = Directory.CreateTempSubdirectory("mailpass-tests-state-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        return folder.FullName;
    }
}
