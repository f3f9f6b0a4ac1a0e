using System.Security.Cryptography.X509Certificates;

namespace MailPass.Journals;

/// <summary>How a run keeps its journal.</summary>
public sealed record RunOptions
{
    /// <summary>The journal's file; <see langword="null"/> for one in the folder of runs.</summary>
    public string? Journal { get; init; }

    /// <summary>Whether the run keeps none.</summary>
    public bool WithoutJournal { get; init; }

    /// <summary>Certificates that the key to the passwords is sealed to; empty to keep it beside the journal.</summary>
    public IReadOnlyList<X509Certificate2> Recipients { get; init; } = [];

    /// <summary>Certificates with private keys, to go on with a run whose key is sealed.</summary>
    public X509Certificate2Collection? Certificates { get; init; }

    /// <summary>Whether the run begins although another one is under way that may touch the same mailboxes.</summary>
    public bool AllowConcurrent { get; init; }

    /// <summary>Whether an interrupted run of the same mailboxes is gone on with.</summary>
    public bool Resume { get; init; }

    /// <summary>Which one (an id or a journal); <see langword="null"/> for the last of the same mailboxes.</summary>
    public string? ResumeRun { get; init; }
}
