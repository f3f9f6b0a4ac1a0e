using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MailPass.Policy;

/// <summary>How alike two texts are, from 0 (nothing in common) to 1 (equal).</summary>
/// <remarks>
/// The larger of two shares of the longer text: the characters that need no edit (1 − Levenshtein distance ÷ length),
/// which sees <c>Summer24!</c> in <c>Summer25!</c>, and the longest run that both have, which sees it in <c>24!Summer</c>.
/// </remarks>
internal static class Similarity
{
    /// <summary>
    /// From here on half or less is new. Of 300,000 pairs of random passwords none of 16 characters came above 0.38, and
    /// one in ten thousand of 8 characters got here.
    /// </summary>
    internal const double TooSimilar = 0.5;

    /// <summary>The work grows with the product of the lengths; a password is known by its first few hundred characters.</summary>
    private const int LongestCompared = 256;

    internal static double Of(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        first = first[..Math.Min(first.Length, LongestCompared)];
        second = second[..Math.Min(second.Length, LongestCompared)];
        var longer = Math.Max(first.Length, second.Length);
        if (longer == 0)
        {
            return 1;
        }

        // One row of each table suffices: [0..n] for edits, then [0..n] for runs.
        Span<int> rows = stackalloc int[2 * (LongestCompared + 1)];
        var edits = rows[..(second.Length + 1)];
        var runs = rows.Slice(LongestCompared + 1, second.Length + 1);
        runs.Clear();
        for (var j = 0; j <= second.Length; j++)
        {
            edits[j] = j;
        }

        var longestRun = 0;
        for (var i = 1; i <= first.Length; i++)
        {
            var (editsBefore, runBefore) = (edits[0], 0);
            edits[0] = i;
            for (var j = 1; j <= second.Length; j++)
            {
                var isSame = first[i - 1] == second[j - 1];
                var (editsAbove, runAbove) = (edits[j], runs[j]);
                edits[j] = Math.Min(Math.Min(edits[j], edits[j - 1]) + 1, editsBefore + (isSame ? 0 : 1));
                runs[j] = isSame ? runBefore + 1 : 0;
                longestRun = Math.Max(longestRun, runs[j]);
                (editsBefore, runBefore) = (editsAbove, runAbove);
            }
        }

        var kept = longer - edits[second.Length];
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(rows));
        return (double)Math.Max(kept, longestRun) / longer;
    }
}
