namespace MailPass.Sessions.Dovecot;

/// <summary>The outcome of one command: its answer, or why there is none.</summary>
internal readonly record struct CommandOutcome(DoveadmAnswer? Answer, string? Fault);

/// <summary>
/// The commands of one request. A single bad command can break the whole request (the worker dies, the answer breaks off). So
/// commands without an answer are sent again in two halves, down to the one bad command.
/// </summary>
internal sealed class CommandBatch(DoveadmHttp http, List<DoveadmCommand> commands, CommandOutcome[] outcomes, int attempts)
{
    // Enough to find a few bad commands among a thousand; a server that breaks every request is given up soon.
    private int _failuresLeft = 24 + attempts;

    public async Task RunAsync(int[] part)
    {
        for (var attempt = 1; part.Length > 0; attempt++)
        {
            string fault;
            try
            {
                var request = DoveadmCommand.WriteRequest([.. part.Select(i => commands[i])]);
                var answers = DoveadmAnswer.ReadAll(await http.PostAsync(request).ConfigureAwait(false), out var damage);
                part = Take(part, answers);
                if (part.Length == 0)
                {
                    return;
                }

                fault = damage ?? "The server left the command without an answer.";
            }
            catch (DoveadmException e) when (e.Fault == DoveadmFault.Broken)
            {
                fault = e.Message;
            }

            _failuresLeft--;
            if (_failuresLeft <= 0 || (part.Length == 1 && attempt >= attempts))
            {
                Give(part, fault);
                return;
            }

            if (part.Length > 1)
            {
                var half = part.Length / 2;
                await RunAsync(part[..half]).ConfigureAwait(false);
                await RunAsync(part[half..]).ConfigureAwait(false);
                return;
            }

            await http.PauseAsync(attempt).ConfigureAwait(false);
        }
    }

    private int[] Take(int[] part, Dictionary<string, DoveadmAnswer> answers)
    {
        var missing = new List<int>();
        for (var i = 0; i < part.Length; i++)
        {
            if (answers.TryGetValue(DoveadmCommand.Tag(i), out var answer))
            {
                outcomes[part[i]] = new(answer, null);
            }
            else
            {
                missing.Add(part[i]);
            }
        }

        return [.. missing];
    }

    private void Give(int[] part, string fault)
    {
        foreach (var i in part)
        {
            outcomes[i] = new(null, fault);
        }
    }
}
