using System.Globalization;
using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>Reads rows of <c>who</c> and <c>proxy list</c>, of 2.3 and 2.4, single and grouped.</summary>
internal static class SessionRows
{
    /// <summary>More than any server allows one mailbox; a larger number is an error.</summary>
    private const int MaxConnections = 100_000;

    /// <summary>The sessions in one row; none if the row has no name.</summary>
    public static IEnumerable<DoveadmSession> Read(JsonElement row)
    {
        if (DoveadmAnswer.Text(row, "username") is not { Length: > 0 } user)
        {
            return [];
        }

        var service = DoveadmAnswer.Text(row, "service") ?? DoveadmAnswer.Text(row, "proto") ?? string.Empty;
        if (DoveadmAnswer.Text(row, "pids") is not { } pids)
        {
            return [new(user, service, DoveadmAnswer.Text(row, "pid") ?? string.Empty, DoveadmAnswer.Text(row, "ip") ?? DoveadmAnswer.Text(row, "src-ip") ?? DoveadmAnswer.Text(row, "src_ip") ?? string.Empty)];
        }

        // A grouped row has its processes and its addresses, but not which belong together. Several connections may share a process, which
        // is then listed once.
        var processes = Words(pids);
        var addresses = Words(DoveadmAnswer.Text(row, "ips"));
        var address = addresses.Length == 1 ? addresses[0] : string.Empty;
        _ = int.TryParse(DoveadmAnswer.Text(row, "connections"), NumberStyles.None, CultureInfo.InvariantCulture, out var connections);
        return Enumerable.Range(0, Math.Clamp(connections, Math.Max(processes.Length, 1), MaxConnections))
            .Select(i => new DoveadmSession(user, service, i < processes.Length ? processes[i] : processes.LastOrDefault(string.Empty), address));
    }

    private static string[] Words(string? list) =>
        (list ?? string.Empty).Split([' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
}
