namespace MailPass.Journals;

/// <summary>What a run is for, as its caller describes it.</summary>
public sealed record RunDescription
{
    /// <summary>What is done: <c>reset</c>, <c>set</c> or <c>restore</c>.</summary>
    public string Command { get; init; } = string.Empty;

    /// <summary>The mailboxes that the run may change.</summary>
    public RunScope Scope { get; init; } = RunScope.Unknown;

    /// <summary>Why, in the operator's words; <see langword="null"/> if no reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether each person must choose another password at the next login.</summary>
    public bool ForceChange { get; init; }

    /// <summary>Which program runs it: <c>mailpass</c> or <c>PowerShell</c>.</summary>
    public string Head { get; init; } = string.Empty;

    /// <summary>The file that the rows go to, in full; <see langword="null"/> if they go elsewhere.</summary>
    public string? Output { get; init; }
}
