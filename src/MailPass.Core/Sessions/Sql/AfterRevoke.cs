using System.Globalization;
using MailPass.Platform;

namespace MailPass.Sessions.Sql;

/// <summary>A program of this machine that empties a cache that MailPass cannot reach: it reloads PHP-FPM or restarts memcached.</summary>
/// <param name="command">The program and its arguments; empty for none.</param>
/// <param name="without">What to do by hand if there is no program.</param>
internal sealed class AfterRevoke(IReadOnlyList<string> command, string without)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <summary>Runs it.</summary>
    /// <returns>Why the cache may not be empty; <see langword="null"/> if the program ended with exit code 0.</returns>
    public async Task<string?> FaultAsync()
    {
        if (command.Count == 0)
        {
            return without;
        }

        try
        {
            var answer = await LocalProgram.RunAsync(command[0], command.Skip(1), Timeout).ConfigureAwait(false);
            if (answer.ExitCode == 0)
            {
                return null;
            }

            var said = ServerText.OneLine(answer.Errors, 200);
            return $"'{command[0]}' failed with exit code {answer.ExitCode.ToString(CultureInfo.InvariantCulture)}{(said.Length == 0 ? "." : $": {said}")}";
        }
        catch (Exception e) when (e is FileNotFoundException or TimeoutException)
        {
            return e.Message;
        }
    }
}
