using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace MailPass.Cli.Tests;

/// <summary>A second opinion on our CSV: CsvHelper reads it.</summary>
internal static class CsvText
{
    public static IReadOnlyList<Dictionary<string, string>> Read(string text)
    {
        using var reader = new CsvHelper.CsvReader(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture) { Mode = CsvMode.RFC4180 });
        var rows = new List<Dictionary<string, string>>();
        reader.Read();
        reader.ReadHeader();
        while (reader.Read())
        {
            rows.Add(reader.HeaderRecord!.Select((name, i) => (name, Value: reader[i]!)).ToDictionary(pair => pair.name, pair => pair.Value));
        }

        return rows;
    }
}
