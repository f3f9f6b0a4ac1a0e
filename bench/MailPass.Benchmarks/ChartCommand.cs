using System.Globalization;
using System.Text;

namespace MailPass.Benchmarks;

/// <summary>Makes the table of docs/performance.md and its picture from the kept figures.</summary>
internal sealed class ChartCommand : IBenchCommand
{
    private const string Begin = "<!-- figures: bench -- chart -->";
    private const string End = "<!-- end of figures -->";

    private const int Width = 860;
    private const int RowHeight = 30;
    private const int Top = 44;
    private const int BarsFrom = 292;
    private const int BarsTo = 640;

    // A tenth of the axis lies below 1, for what is slower than its reference.
    private const double Lowest = 0.5;
    private const double Highest = 500;

    public string Name => "chart";

    public string Summary => "the table and the picture of docs/performance.md, from what commands with --save have kept";

    public async Task<int> RunAsync(string[] arguments)
    {
        var kept = Figures.Read();
        var rows = Figures.All.Where(figure => kept.ContainsKey(figure.Key)).Select(figure => (Figure: figure, Kept: kept[figure.Key])).ToList();
        if (rows.Count == 0)
        {
            Console.Error.WriteLine("No figure was kept. Run the measurements with --save first.");
            return 1;
        }

        await File.WriteAllTextAsync(Repository.At("docs", "pictures", "performance.svg"), Draw(rows));
        var page = Repository.At("docs", "performance.md");
        var text = await File.ReadAllTextAsync(page);
        var (from, to) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        await File.WriteAllTextAsync(page, $"{text[..from]}\n{Table(rows)}{text[to..]}");
        Console.WriteLine($"{rows.Count} of {Figures.All.Count} figures drawn.");
        return 0;
    }

    private static string Table(IEnumerable<(Figure Figure, KeptFigure Kept)> rows)
    {
        var table = new StringBuilder("| | compared with | times as fast | least to greatest | measured with |\n|---|---|---|---|---|\n");
        foreach (var (figure, kept) in rows)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {figure.Title} | {figure.Reference} | **{Times(kept.Median)}** | {Times(kept.Least)} to {Times(kept.Greatest)} | `-- {figure.Command}`, {kept.Day} |\n");
        }

        return table.ToString();
    }

    private static string Draw(List<(Figure Figure, KeptFigure Kept)> rows)
    {
        var height = Top + (rows.Count * RowHeight) + 16;
        var svg = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        svg.Append(culture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Width}} {{height}}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="How many times as fast as its reference MailPass is">
            <style>
              .paper { fill: #ffffff } .text { fill: #1f2328 } .faint { fill: #59636e } .line { stroke: #d1d9e0 } .one { stroke: #59636e }
              .bar { fill: #2f6fb2 } .slower { fill: #b3641b } .range { stroke: #1f2328 }
              @media (prefers-color-scheme: dark) {
                .paper { fill: #0d1117 } .text { fill: #e6edf3 } .faint { fill: #9198a1 } .line { stroke: #30363d } .one { stroke: #9198a1 }
                .bar { fill: #5b9bdf } .slower { fill: #d98a43 } .range { stroke: #e6edf3 }
              }
            </style>
            <rect class="paper" width="{{Width}}" height="{{height}}"/>

            """);
        foreach (var mark in (double[])[1, 2, 5, 10, 20, 50, 100, 200, 500])
        {
            svg.Append(culture, $"<line class=\"{(mark == 1 ? "one" : "line")}\" x1=\"{At(mark):0.#}\" x2=\"{At(mark):0.#}\" y1=\"{Top - 10}\" y2=\"{height - 14}\"/>");
            svg.Append(culture, $"<text class=\"faint\" x=\"{At(mark):0.#}\" y=\"{Top - 18}\" text-anchor=\"middle\">{mark:0}×</text>\n");
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var (figure, kept) = rows[i];
            var middle = Top + (i * RowHeight) + (RowHeight / 2);
            var (from, to) = (Math.Min(At(1), At(kept.Median)), Math.Max(At(1), At(kept.Median)));
            svg.Append(culture, $"<text class=\"text\" x=\"{BarsFrom - 14}\" y=\"{middle + 5}\" text-anchor=\"end\">{figure.Title}</text>");
            svg.Append(culture, $"<rect class=\"{(kept.Median < 1 ? "slower" : "bar")}\" x=\"{from:0.#}\" y=\"{middle - 8}\" width=\"{Math.Max(to - from, 2):0.#}\" height=\"16\" rx=\"2\"/>");
            svg.Append(culture, $"<line class=\"range\" x1=\"{At(kept.Least):0.#}\" x2=\"{At(kept.Greatest):0.#}\" y1=\"{middle}\" y2=\"{middle}\" stroke-width=\"1.5\"/>");
            svg.Append(culture, $"<text class=\"text\" x=\"{BarsTo + 16}\" y=\"{middle + 5}\"><tspan font-weight=\"600\">{Times(kept.Median)}×</tspan> {figure.Reference}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static double At(double ratio) =>
        BarsFrom + ((BarsTo - BarsFrom) * Math.Log(Math.Clamp(ratio, Lowest, Highest) / Lowest) / Math.Log(Highest / Lowest));

    private static string Times(double ratio) => ratio.ToString(ratio switch { >= 20 => "0", >= 3 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
