namespace MailPass.Core.Tests.Generation;

/// <summary>Pearson's test of counts against what was expected of them.</summary>
internal static class ChiSquared
{
    /// <summary>
    /// How many standard deviations the statistic lies from its mean, by Wilson and Hilferty's cube root (PNAS 17, 1931),
    /// good to a few parts in a thousand from some ten degrees of freedom on. Beyond ±6 is one chance in a billion.
    /// </summary>
    internal static double Deviations(IEnumerable<(long Observed, double Expected)> cells)
    {
        var (statistic, degrees) = (0.0, -1.0);
        foreach (var (observed, expected) in cells)
        {
            if (expected == 0)
            {
                Assert.Equal(0, observed);
                continue;
            }

            statistic += (observed - expected) * (observed - expected) / expected;
            degrees++;
        }

        var spread = 2 / (9 * degrees);
        return (Math.Cbrt(statistic / degrees) - (1 - spread)) / Math.Sqrt(spread);
    }
}
