using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.Sessions;
using MailPass.Sessions.Logins;

namespace MailPass.Changes;

/// <summary>Options of a run.</summary>
public sealed record ChangeRunOptions
{
    /// <summary>The policy for given passwords.</summary>
    public PasswordPolicy Policy { get; init; } = PasswordPolicy.Default;

    /// <summary>The policies of single domains, which take precedence over <see cref="Policy"/>; <see langword="null"/> for none.</summary>
    public DomainPolicies? DomainPolicies { get; init; }

    /// <summary>Generates the passwords that were not given, by each domain's own policy; takes precedence over <see cref="Generator"/>.</summary>
    public DomainGenerators? DomainGenerators { get; init; }

    /// <summary>Generates the passwords that were not given; <see langword="null"/> if every request must bring its own.</summary>
    public PasswordGenerator? Generator { get; init; }

    /// <summary>Scheme and cost for every mailbox; <see langword="null"/> keeps each mailbox's own, but raises a cost that is too low.</summary>
    public HashSettings? Settings { get; init; }

    /// <summary>Whether <see cref="Settings"/> may name a scheme that some readers of the store do not verify (<see cref="Stores.StoreInfo.Schemes"/>).</summary>
    public bool AllowAnyScheme { get; init; }

    /// <summary>Whether each person must choose another password at the next login; the run does not begin if the store does not support it (<see cref="Stores.StoreInfo.ForceChange"/>).</summary>
    public bool ForceChange { get; init; }

    /// <summary>Whether to check only: the run hashes and writes nothing, and a mailbox that would be changed is <see cref="ChangeStatus.Skipped"/>.</summary>
    public bool WhatIf { get; init; }

    /// <summary>Whether the results carry given passwords too.</summary>
    public bool ReturnGivenPasswords { get; init; }

    /// <summary>Whether to refuse a mailbox that was in the input before (<see cref="ErrorIds.AddressDuplicate"/>); not needed if the input is the store itself.</summary>
    public bool RefuseDuplicates { get; init; } = true;

    /// <summary>The hasher; <see langword="null"/> for the one that all runs of this process share.</summary>
    public IBatchHasher? Hasher { get; init; }

    /// <summary>
    /// The most memory in bytes for the hashes that are computed at one time, 1 or more, if <see cref="Hasher"/> is not given;
    /// <see langword="null"/> for a quarter of what this process may use. ARGON2ID takes 64 MiB per hash at its default. A single
    /// hash that needs more than the limit is computed alone.
    /// </summary>
    public long? MaxHashingMemory { get; init; }

    /// <summary>
    /// Whether to leave a mailbox as it is if it has the given password already (<see cref="ChangeStatus.Unchanged"/>). Finding
    /// that out costs as much as hashing, so it is for single changes and for runbooks that run repeatedly.
    /// </summary>
    public bool LeaveUnchanged { get; init; }

    /// <summary>How many threads hash; <see langword="null"/> for all cores.</summary>
    public int? HashingThreads { get; init; }

    /// <summary>The most changes in one transaction of the store, 1 or more; <see langword="null"/> for what suits the store.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The run's durable record; <see langword="null"/> for none.</summary>
    public IChangeJournal? Journal { get; init; }

    /// <summary>What an interrupted part of this run recorded. The mailboxes that it changed get a row with their recorded password and are not changed again.</summary>
    public IRecordedChanges? Recorded { get; init; }

    /// <summary>Whether a mailbox whose password somebody else changes while the run is under way keeps that password (<see cref="ErrorIds.Superseded"/>, Failed). Otherwise the run's password replaces it.</summary>
    public bool KeepNewer { get; init; }

    /// <summary>How many of the first changed mailboxes are logged in before the rest is written, 0 or more; needs <see cref="CanaryServers"/>.</summary>
    public int CanaryCount { get; init; }

    /// <summary>The login servers for <see cref="CanaryCount"/>, all of which must accept the new password; empty for none.</summary>
    public IReadOnlyList<LoginProbe> CanaryServers { get; init; } = [];

    /// <summary>How many mailboxes may fail before the run stops; <see langword="null"/> for any number.</summary>
    public FailureLimit? MaxFailure { get; init; }

    /// <summary>The size of a wave, 1 or more; <see langword="null"/> for one wave.</summary>
    public int? WaveSize { get; init; }

    /// <summary>How long the run waits between two waves.</summary>
    public TimeSpan WaveDelay { get; init; }

    /// <summary>When the run began, if not at the start of its journal. Rows report changes that somebody else made later.</summary>
    internal DateTimeOffset? Started { get; init; }

    /// <summary>The systems to log changed mailboxes out of; empty for none.</summary>
    public IReadOnlyList<ISessionAuthority> SessionAuthorities { get; init; } = [];

    /// <summary>Which logins of a changed mailbox end.</summary>
    public RevocationScope RevocationScope { get; init; } = RevocationScope.Everything;
}
