using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Policy;
using MailPass.Sessions;
using MailPass.Sessions.Logins;

namespace MailPass.Changes;

/// <summary>How a run goes about its work.</summary>
public sealed record ChangeRunOptions
{
    /// <summary>The policy for given passwords.</summary>
    public PasswordPolicy Policy { get; init; } = PasswordPolicy.Default;

    /// <summary>The policies of single domains, which go before <see cref="Policy"/>; <see langword="null"/> for none.</summary>
    public DomainPolicies? DomainPolicies { get; init; }

    /// <summary>Makes the passwords that were not given, by each domain's own policy; goes before <see cref="Generator"/>.</summary>
    public DomainGenerators? DomainGenerators { get; init; }

    /// <summary>Makes the passwords that were not given; <see langword="null"/> where every request must bring its own.</summary>
    public PasswordGenerator? Generator { get; init; }

    /// <summary>Scheme and cost for every mailbox; <see langword="null"/> keeps each mailbox's own, never weaker than sane.</summary>
    public HashSettings? Settings { get; init; }

    /// <summary>Whether <see cref="Settings"/> may name a scheme that not everything that reads the store verifies (<see cref="Stores.StoreInfo.Schemes"/>).</summary>
    public bool AllowAnyScheme { get; init; }

    /// <summary>Whether each person must choose another password at the next login; the run does not begin where the store does not know that (<see cref="Stores.StoreInfo.ForceChange"/>).</summary>
    public bool ForceChange { get; init; }

    /// <summary>Only checks: hashes nothing and writes nothing; what would be changed comes out as <see cref="ChangeStatus.Skipped"/>.</summary>
    public bool WhatIf { get; init; }

    /// <summary>Whether given passwords too are handed on in the results.</summary>
    public bool ReturnGivenPasswords { get; init; }

    /// <summary>Whether a mailbox that was in the input before is refused (<see cref="ErrorIds.AddressDuplicate"/>); needless where the input is the store itself.</summary>
    public bool RefuseDuplicates { get; init; } = true;

    /// <summary>What hashes; <see langword="null"/> for the one that all runs of this process share.</summary>
    public IBatchHasher? Hasher { get; init; }

    /// <summary>
    /// The most memory in bytes for the hashes that are being made at one time, 1 or more, where <see cref="Hasher"/> is not
    /// given; <see langword="null"/> for a quarter of what this process may use. ARGON2ID takes 64 MiB a hash at its
    /// default; a single hash that needs more than the limit is made alone.
    /// </summary>
    public long? MaxHashingMemory { get; init; }

    /// <summary>
    /// Whether a given password that the mailbox has already is left alone (<see cref="ChangeStatus.Unchanged"/>). Finding
    /// that out costs as much as hashing, so it is for single changes and for runbooks that are run again and again.
    /// </summary>
    public bool LeaveUnchanged { get; init; }

    /// <summary>How many threads hash; <see langword="null"/> for all cores.</summary>
    public int? HashingThreads { get; init; }

    /// <summary>The most changes in one transaction of the store, 1 or more; <see langword="null"/> for what the store likes.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The run's durable record; <see langword="null"/> for none.</summary>
    public IChangeJournal? Journal { get; init; }

    /// <summary>What an interrupted part of this run recorded: what it changed comes out with its recorded password and is not changed again.</summary>
    public IRecordedChanges? Recorded { get; init; }

    /// <summary>Whether a mailbox whose password somebody else changes while the run is under way keeps theirs (<see cref="ErrorIds.Superseded"/>, Failed), instead of the run's replacing it.</summary>
    public bool KeepNewer { get; init; }

    /// <summary>How many of the first changed mailboxes are logged in before the rest is written, 0 or more; needs <see cref="CanaryServers"/>.</summary>
    public int CanaryCount { get; init; }

    /// <summary>The login servers for <see cref="CanaryCount"/>, all of which must take the new password; empty for none.</summary>
    public IReadOnlyList<LoginProbe> CanaryServers { get; init; } = [];

    /// <summary>How many mailboxes may fail before the run stops; <see langword="null"/> for any number.</summary>
    public FailureLimit? MaxFailure { get; init; }

    /// <summary>How many mailboxes make a wave, 1 or more; <see langword="null"/> for one wave.</summary>
    public int? WaveSize { get; init; }

    /// <summary>How long the run waits between two waves.</summary>
    public TimeSpan WaveDelay { get; init; }

    /// <summary>Since when the run is under way, if not since the start of its journal; a change that somebody made later is told.</summary>
    internal DateTimeOffset? Started { get; init; }

    /// <summary>The systems to log changed mailboxes out of; empty for none.</summary>
    public IReadOnlyList<ISessionAuthority> SessionAuthorities { get; init; } = [];

    /// <summary>What of a changed mailbox's logins ends.</summary>
    public RevocationScope RevocationScope { get; init; } = RevocationScope.Everything;
}
