namespace MailPass.Hashing;

/// <summary>The range of a scheme's cost.</summary>
/// <param name="Minimum">The least the format allows.</param>
/// <param name="Maximum">The most the format allows.</param>
/// <param name="Default">The cost if none is given.</param>
/// <param name="Sane">The cost to which a lower cost is raised when a hash is renewed with the mailbox's own cost.</param>
/// <param name="Ceiling">The cost to which a higher cost is lowered then: about a second of one core.</param>
/// <param name="Limit">The most at which a stored hash is verified: some ten seconds of one core.</param>
/// <param name="Unit">The unit: <c>rounds</c>, <c>log2 rounds</c>, <c>iterations</c>, <c>passes</c>.</param>
public sealed record CostRange(int Minimum, int Maximum, int Default, int Sane, int Ceiling, int Limit, string Unit)
{
    /// <summary>Whether the format allows this cost.</summary>
    /// <param name="cost">A cost in <see cref="Unit"/>.</param>
    public bool Contains(int cost) => cost >= Minimum && cost <= Maximum;
}
