using System.Diagnostics;
using System.Globalization;
using MailPass.Changes;

namespace MailPass.Cli;

/// <summary>The outcomes of a run so far.</summary>
internal sealed class RunTally
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public long Changed { get; private set; }

    public long Unchanged { get; private set; }

    public long Skipped { get; private set; }

    public long Failed { get; private set; }

    /// <summary>Changes for which a session system did not confirm that the mailbox is logged out.</summary>
    public long NotLoggedOut { get; private set; }

    /// <summary>Changes that could not be undone although a login server refused the new password.</summary>
    public long NotPutBack { get; private set; }

    /// <summary>The name of <see cref="NotLoggedOut"/> in the closing line.</summary>
    public string NotLoggedOutMeans { get; init; } = "changed but perhaps still logged in somewhere";

    /// <summary>Changes whose rows could not be delivered and that were therefore undone.</summary>
    public long TakenBack { get; private set; }

    public long Total => Changed + Unchanged + Skipped + Failed;

    public void Count(ChangeResult result)
    {
        switch (result.Status)
        {
            case ChangeStatus.Changed:
                Changed++;
                NotLoggedOut += result.ErrorId is ErrorIds.SessionAuthorityUnreachable or ErrorIds.SessionNotPurged ? 1 : 0;
                NotPutBack += result.ErrorId is ErrorIds.CanaryFailed ? 1 : 0;
                break;
            case ChangeStatus.Unchanged:
                Unchanged++;
                break;
            case ChangeStatus.Skipped:
                Skipped++;
                break;
            default:
                Failed++;
                break;
        }
    }

    public void CountTakenBack(long count)
    {
        TakenBack += count;
        Changed -= count;
    }

    public override string ToString()
    {
        var seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        List<string> parts = [Part(Changed, "changed")];
        AddWhere(Unchanged, "unchanged");
        AddWhere(Skipped, "skipped");
        AddWhere(Failed, "failed");
        AddWhere(TakenBack, "taken back");
        AddWhere(NotLoggedOut, NotLoggedOutMeans);
        AddWhere(NotPutBack, "changed although the login server refused the new password");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(", ", parts)}, in {seconds:0.0} s ({(Total + TakenBack) / Math.Max(seconds, 0.001):N0} a second).");

        void AddWhere(long count, string what)
        {
            if (count > 0)
            {
                parts.Add(Part(count, what));
            }
        }

        static string Part(long count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");
    }
}
