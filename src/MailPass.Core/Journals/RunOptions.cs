using System.Security.Cryptography.X509Certificates;

namespace MailPass.Journals;

/// <summary>How a run keeps its journal.</summary>
public sealed record RunOptions
{
    /// <summary>The journal's file; <see langword="null"/> for one in the folder of runs.</summary>
    public string? Journal { get; init; }

    /// <summary>Whether the run keeps no journal.</summary>
    public bool WithoutJournal { get; init; }

    /// <summary>Certificates that the key to the passwords is sealed to; empty to keep it beside the journal.</summary>
    public IReadOnlyList<X509Certificate2> Recipients { get; init; } = [];

    /// <summary>Certificates with private keys, to resume a run whose key is sealed.</summary>
    public X509Certificate2Collection? Certificates { get; init; }

    /// <summary>Whether the run begins even if another run that may touch the same mailboxes is under way.</summary>
    public bool AllowConcurrent { get; init; }

    /// <summary>Whether to resume an interrupted run of the same mailboxes.</summary>
    public bool Resume { get; init; }

    /// <summary>The run to resume (an id or a journal); <see langword="null"/> for the last one of the same mailboxes.</summary>
    public string? ResumeRun { get; init; }
}
