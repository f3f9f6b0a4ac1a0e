namespace MailPass.Fuzz;

/// <summary>Gives a target many inputs, the same ones for the same seed.</summary>
/// <param name="target">The target.</param>
/// <param name="seed">Which inputs.</param>
public sealed class FuzzRun(FuzzTarget target, int seed)
{
    /// <summary>How many inputs were accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Gives inputs.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The first input of each kind of defect.</returns>
    public IReadOnlyList<FuzzDefect> Go(long count)
    {
        var mutator = new Mutator(target.Samples, target.Words, seed);
        var defects = new Dictionary<string, FuzzDefect>(StringComparer.Ordinal);
        for (var number = 0L; number < count; number++)
        {
            var input = number < target.Samples.Count ? target.Samples[(int)number] : mutator.Next();
            try
            {
                Accepted += target.Read(input) ? 1 : 0;
            }
            catch (MailPassException fault) when (fault.ErrorId is not ErrorIds.Unexpected)
            {
                // Refused, and said so.
            }
            catch (Exception fault)
            {
                // One line of the stack distinguishes defects.
                var place = fault.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("MailPass.", StringComparison.Ordinal) && !line.Contains("Require", StringComparison.Ordinal)) ?? string.Empty;
                defects.TryAdd($"{fault.GetType()} {place}", new FuzzDefect(number, input, $"{fault.GetType().Name}: {fault.Message} {place.Trim()}"));
            }
        }

        return [.. defects.Values];
    }
}

/// <summary>An input that was neither accepted nor refused as documented.</summary>
/// <param name="Number">Which input of the run.</param>
/// <param name="Input">The input.</param>
/// <param name="Fault">What happened.</param>
public sealed record FuzzDefect(long Number, byte[] Input, string Fault);
