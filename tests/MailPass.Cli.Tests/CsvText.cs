using CsvHelper;

namespace MailPass.Cli.Tests;

/// <summary>A second opinion on our CSV: CsvHelper reads it.</summary>
internal static class CsvText
{
    public static IReadOnlyList<Dictionary<string, string>> Read(string text)
    {
        using var reader = CsvHelper.CsvReader.FromText(text, new CsvReaderOptions { Separator = ',', DetectSeparatorHint = false });
        var rows = new List<Dictionary<string, string>>();
        while (reader.Read())
        {
            rows.Add(reader.Headers.Select((name, i) => (name, Value: reader.GetString(i))).ToDictionary(pair => pair.name, pair => pair.Value));
        }

        return rows;
    }
}
