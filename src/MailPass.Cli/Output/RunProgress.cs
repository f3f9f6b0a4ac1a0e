using System.Diagnostics;
using System.Globalization;
using MailPass.Rows;
using Spectre.Console;

namespace MailPass.Cli.Output;

/// <summary>How far a run is: a bar on a terminal, nothing elsewhere. Drawn at most five times a second.</summary>
internal sealed class RunProgress
{
    private static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(200);

    private readonly Func<long?> _total;
    private readonly ProgressTask? _bar;
    private readonly IAnsiConsole? _ansi;
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shown;

    private RunProgress(Func<long?> total, IAnsiConsole? ansi, ProgressTask? bar)
    {
        _total = total;
        _ansi = ansi;
        _bar = bar;
    }

    /// <summary>No bar.</summary>
    public static RunProgress None { get; } = new(static () => null, null, null);

    /// <summary>Carries work out under a progress bar.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="total">How many mailboxes there are; <see langword="null"/> if that is not known.</param>
    /// <param name="work">The work.</param>
    public static async Task<T> ShowAsync<T>(CliConsole console, Func<long?> total, Func<RunProgress, Task<T>> work)
    {
        // A bar amid rows on the same terminal would only tear them.
        if (!console.ErrorIsTerminal)
        {
            return await work(new RunProgress(total, null, null)).ConfigureAwait(false);
        }

        var ansi = console.CreateErrorAnsi();
        return await ansi.Progress()
            .AutoRefresh(false)
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new TaskDescriptionColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask("starting", maxValue: 1);
                var progress = new RunProgress(total, ansi, bar) { Redraw = context.Refresh };
                return work(progress);
            })
            .ConfigureAwait(false);
    }

    private Action Redraw { get; init; } = static () => { };

    public void Report(long mailboxes, long failed, DateTimeOffset? nextWave = null)
    {
        if (_bar is null || (_shown != 0 && Stopwatch.GetElapsedTime(_shown) < _redraw))
        {
            return;
        }

        _shown = Stopwatch.GetTimestamp();
        var pace = new Pace(mailboxes, _total(), Stopwatch.GetElapsedTime(_started)) { NextWave = nextWave };
        _bar.IsIndeterminate = pace.Fraction is null;
        _bar.Value = pace.Fraction ?? 0;
        var trouble = failed == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {failed:N0} failed");
        _bar.Description = Markup.Escape(pace.Text(CultureInfo.InvariantCulture) + trouble);
        Redraw();
    }

    /// <summary>Says something on standard error without tearing the bar.</summary>
    public void Say(CliConsole console, string message)
    {
        if (_ansi is null)
        {
            console.Say(message);
        }
        else
        {
            _ansi.WriteLine("mailpass: " + Printable.Of(message));
        }
    }
}
