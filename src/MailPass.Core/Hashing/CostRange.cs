namespace MailPass.Hashing;

/// <summary>What a scheme's cost may be.</summary>
/// <param name="Minimum">The least the format allows.</param>
/// <param name="Maximum">The most the format allows.</param>
/// <param name="Default">What is used where nothing else is said.</param>
/// <param name="Sane">What a mailbox's own cost is raised to when its hash is renewed and the cost is to be kept.</param>
/// <param name="Ceiling">What a mailbox's own cost is lowered to then: about a second of one core.</param>
/// <param name="Limit">The most at which a stored hash is verified: some ten seconds of one core.</param>
/// <param name="Unit">What is counted: <c>rounds</c>, <c>log2 rounds</c>, <c>iterations</c>, <c>passes</c>.</param>
public sealed record CostRange(int Minimum, int Maximum, int Default, int Sane, int Ceiling, int Limit, string Unit)
{
    /// <summary>Whether the format allows this cost.</summary>
    /// <param name="cost">A cost in <see cref="Unit"/>.</param>
    public bool Contains(int cost) => cost >= Minimum && cost <= Maximum;
}
