using System.Globalization;

namespace MailPass.Benchmarks;

/// <summary>One ratio that the documentation shows: what was measured, against which reference.</summary>
/// <param name="Key">What the file of figures calls it.</param>
/// <param name="Title">What was done, in a user's words.</param>
/// <param name="Reference">What the ratio is a multiple of.</param>
/// <param name="Command">The command that measures it.</param>
internal sealed record Figure(string Key, string Title, string Reference, string Command);

/// <summary>A kept ratio: median, least and greatest of the rounds, and the day it was measured.</summary>
internal sealed record KeptFigure(string Key, double Median, double Least, double Greatest, string Day);

/// <summary>
/// The ratios of docs/performance.md. With <c>--save</c> a command keeps what it measured in bench/figures.tsv, from which
/// <c>-- chart</c> makes the page's table and picture: neither can say what was not measured.
/// </summary>
internal static class Figures
{
    public static readonly IReadOnlyList<Figure> All =
    [
        new("sha512-crypt", "Hash with SHA512-CRYPT", "libxcrypt", "ratios"),
        new("sha256-crypt", "Hash with SHA256-CRYPT", "libxcrypt", "ratios"),
        new("blf-crypt", "Hash with BLF-CRYPT, cost 10", "libxcrypt", "ratios"),
        new("argon2id", "Hash with ARGON2ID, 64 MiB", "libargon2", "ratios"),
        new("scram", "Hash with SCRAM-SHA-256", "the platform's PBKDF2", "ratios"),
        new("ssha512", "Hash with SSHA512", "the platform's SHA-512", "ratios"),
        new("mariadb", "Write to MariaDB", "LOAD DATA and a join", "database"),
        new("postgresql", "Write to PostgreSQL", "COPY and a join", "database"),
        new("php", "Reset a domain, SHA512-CRYPT, MariaDB", "a PHP script", "database"),
        new("directory", "Reset a domain, SSHA512, OpenLDAP", "ldapmodify", "directory"),
        new("directory-transactions", "… with the option transactions", "ldapmodify", "directory"),
        new("sessions", "Log out 10,000 mailboxes", "one request per mailbox", "sessions"),
        new("pipeline", "Reset from CSV to CSV in PowerShell", "Select-Object on the same rows", "powershell"),
        new("journal", "Reset with a journal, SSHA512", "the same without one", "spine --journal"),
    ];

    /// <summary>Whether ratios are kept: <c>--save</c>.</summary>
    public static bool AreSaved { get; set; }

    private static string FilePath => Repository.At("bench", "figures.tsv");

    public static IReadOnlyDictionary<string, KeptFigure> Read()
    {
        var kept = new Dictionary<string, KeptFigure>();
        foreach (var line in File.Exists(FilePath) ? File.ReadAllLines(FilePath).Skip(1) : [])
        {
            var fields = line.Split('\t');
            kept[fields[0]] = new KeptFigure(fields[0], Number(fields[1]), Number(fields[2]), Number(fields[3]), fields[4]);
        }

        return kept;

        static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
    }

    public static void Keep(string key, IReadOnlyCollection<double> ratios)
    {
        var sorted = ratios.Order().ToArray();
        Keep(key, (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2, sorted[0], sorted[^1]);
    }

    public static void Keep(string key, double median, double least, double greatest)
    {
        if (!AreSaved)
        {
            return;
        }

        var kept = new Dictionary<string, KeptFigure>(Read()) { [key] = new(key, median, least, greatest, DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)) };
        File.WriteAllLines(FilePath, All.Where(figure => kept.ContainsKey(figure.Key)).Select(figure => kept[figure.Key])
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Key}\t{f.Median:0.###}\t{f.Least:0.###}\t{f.Greatest:0.###}\t{f.Day}"))
            .Prepend("figure\tratio\tleast\tgreatest\tday"));
    }
}
