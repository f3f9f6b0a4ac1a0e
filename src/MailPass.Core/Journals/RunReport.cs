using System.Globalization;
using System.Net;
using System.Text;

namespace MailPass.Journals;

/// <summary>One run as one HTML file for people who were not there: no script, pictures as inline SVG, no password, no address.</summary>
public sealed class RunReport
{
    private const string Style = """
        :root{color-scheme:light dark;--ink:#1d2733;--soft:#5c6875;--line:#d8dee5;--paper:#fff;--good:#2a7d4f;--bad:#b3402e;--warn:#a26a00;--mark:#2f6fb3}
        @media screen and (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#39434e;--paper:#161b21;--good:#5cc08a;--bad:#ef8a78;--warn:#e0b050;--mark:#78b0ec}}
        body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;max-width:46rem;padding:2rem 1.2rem}
        h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p.lead{color:var(--soft);margin:0 0 1rem}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        th{font-weight:600;width:11rem}td.n{text-align:right;width:7rem;font-variant-numeric:tabular-nums}
        svg{width:100%;height:auto}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
        @media print{:root{color-scheme:light}body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}tr,svg,li{break-inside:avoid}}
        """;

    private readonly MailboxRun _run;
    private readonly RunSummary? _summary;
    private readonly long _recorded;

    private RunReport(MailboxRun run, RunSummary? summary, long recorded)
    {
        _run = run;
        _summary = summary;
        _recorded = recorded;
    }

    /// <summary>Reads and verifies a run's journal.</summary>
    /// <param name="run">The run.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.JournalUnreadable"/>.</exception>
    public static async Task<RunReport> ReadAsync(MailboxRun run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        var journal = await JournalFile.OpenAsync(run.Journal, lastDigest: run.LastDigest, cancellationToken: cancellationToken).ConfigureAwait(false);
        journal.Key?.Dispose();
        return new RunReport(run, journal.Summary, journal.Count);
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var page = new StringBuilder();
        var header = _run.Header;
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Text($"Run {header.Run}")).Append("</title><style>").Append(Style).Append("</style></head><body>\n");
        page.Append("<h1>").Append(Text(Title())).Append("</h1>\n<p class=\"lead\">").Append(Text(Lead())).Append("</p>\n");
        page.Append("<table>");
        Row(page, "Run", header.Run);
        Row(page, "State", State());
        Row(page, "Who", $"{header.Operator} on {header.Host}, with {header.Head} {header.Version}");
        Row(page, "When", _run.Ended is { } ended ? $"{Time(header.Started)} to {Time(ended)} ({Duration(ended - header.Started)})" : Time(header.Started));
        Row(page, "Why", header.Reason ?? "No reason was given.");
        Row(page, "Which mailboxes", header.Scope.ToString());
        if (header.ForceChange is true)
        {
            Row(page, "At the next login", "Each person must choose another password.");
        }

        Row(page, "Store", $"{header.Store} ({header.Kind}, {header.Schema})");
        page.Append("</table>\n");
        if (_summary is null)
        {
            page.Append("<h2>What came of it</h2>\n<p class=\"warn\">").Append(Text($"The run was interrupted. {_recorded:N0} mailboxes were recorded before; the last of them may not have reached the store.")).Append("</p>\n");
        }
        else
        {
            Outcome(page, _summary);
            Course(page, _summary);
            Failures(page, _summary);
            Sessions(page, _summary);
            StillOpen(page, _summary);
        }

        page.Append("<p class=\"lead\">").Append(Text("The journal's chain of digests was verified when this page was made. Times are UTC.")).Append("</p>\n</body></html>\n");
        return page.ToString();
    }

    private string Title() => _run.Header.Command switch
    {
        "reset" => "Passwords were reset",
        "set" => "Passwords were set",
        "restore" => "A run was undone",
        _ => "A run",
    };

    private string Lead() => _summary is null ? "The run did not finish."
        : FormattableString.Invariant($"{_summary.Changed:N0} of {_summary.Total:N0} mailboxes were changed{(_summary.Failed > 0 ? FormattableString.Invariant($"; {_summary.Failed:N0} failed") : string.Empty)}.");

    private string State() => _run.State switch
    {
        RunState.Restored => _run.RestoredBy is { } by ? $"Undone by run {by}" : "Undone",
        RunState.Finished => "Finished; every row was delivered",
        RunState.Running => "Under way",
        _ => "Interrupted",
    };

    private static void Outcome(StringBuilder page, RunSummary summary)
    {
        page.Append("<h2>What came of it</h2>\n");
        var parts = new (string Name, long Count, string Colour)[]
        {
            ("Changed", summary.Changed, "good"), ("Had it already", summary.Unchanged, "mark"), ("Not attempted", summary.Skipped, "warn"), ("Failed", summary.Failed, "bad"),
        };
        var total = Math.Max(1, summary.Total);
        page.Append("<svg viewBox=\"0 0 700 26\" role=\"img\" aria-label=\"Shares of the outcomes\">");
        var x = 0.0;
        foreach (var (_, count, colour) in parts.Where(part => part.Count > 0))
        {
            var width = 700.0 * count / total;
            page.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"2\" width=\"{Math.Max(width, 1.5):0.##}\" height=\"22\" fill=\"var(--{colour})\"/>");
            x += width;
        }

        page.Append("</svg>\n<table>");
        foreach (var (name, count, colour) in parts.Where(part => part.Count > 0 || part.Name is "Changed" or "Failed"))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><th class=\"{colour}\">{name}</th><td class=\"n\">{count:N0}</td><td></td></tr>");
        }

        page.Append("</table>\n");
    }

    private static void Course(StringBuilder page, RunSummary summary)
    {
        if (summary.Points.Count < 3 || summary.Points[^1].Time - summary.Points[0].Time < TimeSpan.FromSeconds(1))
        {
            return;
        }

        var begin = summary.Points[0].Time;
        var span = (summary.Points[^1].Time - begin).TotalSeconds;
        page.Append("<h2>Over time</h2>\n<svg viewBox=\"0 0 700 170\" role=\"img\" aria-label=\"Changed mailboxes over time\"><path d=\"M40 15V140H690\" fill=\"none\" stroke=\"var(--line)\"/><path fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\" d=\"M40 140");

        // Steps: the numbers between two points are not known.
        foreach (var point in summary.Points)
        {
            page.Append(CultureInfo.InvariantCulture, $"H{40 + (650 * (point.Time - begin).TotalSeconds / span):0.#}V{140 - (120.0 * point.Changed / Math.Max(1, summary.Changed)):0.#}");
        }

        page.Append("\"/>")
            .Append(CultureInfo.InvariantCulture, $"<text x=\"40\" y=\"160\" font-size=\"13\" fill=\"var(--soft)\">{begin:HH:mm:ss}</text><text x=\"690\" y=\"160\" font-size=\"13\" text-anchor=\"end\" fill=\"var(--soft)\">{summary.Points[^1].Time:HH:mm:ss}</text>")
            .Append(CultureInfo.InvariantCulture, $"<text x=\"46\" y=\"14\" font-size=\"13\" fill=\"var(--soft)\">{summary.Changed:N0} changed</text></svg>\n");
    }

    private static void Failures(StringBuilder page, RunSummary summary)
    {
        if (summary.Errors.Count == 0)
        {
            return;
        }

        page.Append("<h2>What was wrong</h2>\n<table>");
        foreach (var (id, count) in summary.Errors.OrderByDescending(error => error.Value))
        {
            page.Append("<tr><th>").Append(Text(id)).Append("</th><td class=\"n\">").Append(count.ToString("N0", CultureInfo.InvariantCulture)).Append("</td><td>").Append(Text(Cause(id))).Append("</td></tr>");
        }

        page.Append("</table>\n");
    }

    private static void Sessions(StringBuilder page, RunSummary summary)
    {
        page.Append("<h2>Who was logged out</h2>\n");
        if (summary.Sessions.Count == 0)
        {
            page.Append("<p>No session system was asked: clients that were logged in may still be logged in.</p>\n");
            return;
        }

        page.Append("<table>");
        foreach (var (system, answers) in summary.Sessions)
        {
            foreach (var (answer, count) in answers)
            {
                var colour = answer is "Revoked" or "NoneFound" ? "good" : "bad";
                page.Append("<tr><th>").Append(Text(system)).Append("</th><td class=\"n\">").Append(count.ToString("N0", CultureInfo.InvariantCulture)).Append("</td><td class=\"").Append(colour).Append("\">").Append(Text(Answer(answer))).Append("</td></tr>");
            }
        }

        page.Append("</table>\n");
    }

    private static void StillOpen(StringBuilder page, RunSummary summary)
    {
        if (summary.StillOpen.Count == 0)
        {
            return;
        }

        page.Append("<h2>What stays open</h2>\n<ul>");
        foreach (var sentence in summary.StillOpen)
        {
            page.Append("<li>").Append(Text(sentence)).Append("</li>");
        }

        page.Append("</ul>\n");
    }

    /// <summary>An error id in plain words; empty for one that a reader has to look up.</summary>
    private static string Cause(string id) => id switch
    {
        ErrorIds.AddressInvalid => "not a valid address",
        ErrorIds.AddressDuplicate => "a second row of the same mailbox; the first row counted",
        ErrorIds.MailboxNotFound => "the store has no such mailbox",
        ErrorIds.MailboxDisabled => "the mailbox is disabled",
        ErrorIds.MailboxExternal => "the mailbox signs in elsewhere",
        ErrorIds.OutOfScope => "outside the scope of the profile",
        ErrorIds.PolicyViolation => "the given password breaks the policy",
        ErrorIds.PasswordMissing => "the row had no password",
        ErrorIds.WriteConflict => "someone else changed it at the same moment; it was left as they set it",
        ErrorIds.Superseded => "someone else changed it while the run was under way, as far as the store tells",
        ErrorIds.WriteFailed => "the store refused the new hash",
        ErrorIds.WriteUnknown => "the connection was lost: either the old or the new password works",
        ErrorIds.StoreUnreachable => "the store could not be reached",
        ErrorIds.JournalUnwritable => "the journal could not be written",
        ErrorIds.CanaryFailed => "the login server did not take the new password, so the old one was put back; if that failed, the row says so",
        ErrorIds.SessionAuthorityUnreachable => "changed, but a session system could not be asked",
        ErrorIds.SessionNotPurged => "changed, but the mailbox may still be logged in somewhere",
        ErrorIds.Stopped => "the run was stopped before its turn came",
        _ => string.Empty,
    };

    private static string Answer(string answer) => answer switch
    {
        "Revoked" => "sessions ended, none left",
        "NoneFound" => "no session found",
        "Unreachable" => "could not be asked: sessions may still be open",
        "NotPurged" => "something may still let them in",
        _ => answer,
    };

    private static void Row(StringBuilder page, string name, string value) => page.Append("<tr><th>").Append(Text(name)).Append("</th><td>").Append(Text(value)).Append("</td></tr>");

    private static string Text(string text) => WebUtility.HtmlEncode(new string([.. text.Where(letter => !char.IsControl(letter))]));

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Duration(TimeSpan span) => span.TotalMinutes < 2 ? FormattableString.Invariant($"{span.TotalSeconds:0.0} s") : FormattableString.Invariant($"{span.TotalMinutes:0} min");
}
