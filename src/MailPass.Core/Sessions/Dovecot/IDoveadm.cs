namespace MailPass.Sessions.Dovecot;

/// <summary>The operations of one server that a revocation needs, however the server is reached.</summary>
internal interface IDoveadm : IAsyncDisposable
{
    /// <summary>The server's name for people.</summary>
    string Name { get; }

    /// <summary>Why no flush works on this server, known after the first attempt; <see langword="null"/> if it works.</summary>
    string? FlushObstacle { get; }

    /// <summary>The server's version, as far as it reports one; <see langword="null"/> if it does not.</summary>
    /// <exception cref="DoveadmException">The server does not answer.</exception>
    Task<string?> VersionAsync() => Task.FromResult<string?>(null);

    /// <summary>Removes mailboxes from the authentication cache.</summary>
    /// <returns>The names that the server did not confirm, each with the reason.</returns>
    /// <exception cref="DoveadmException">The server does not answer at all.</exception>
    Task<IReadOnlyDictionary<string, string>> FlushAsync(IReadOnlyCollection<string> names);

    /// <summary>Empties the authentication cache.</summary>
    /// <exception cref="DoveadmException">The server did not confirm it.</exception>
    Task FlushAllAsync();

    /// <summary>Lists every live session, not those of one name: the server compares names as masks, and case-sensitively.</summary>
    /// <exception cref="DoveadmException">The server gave no complete list.</exception>
    Task<IReadOnlyList<DoveadmSession>> WhoAsync();

    /// <summary>Ends the sessions of names exactly as <see cref="WhoAsync"/> gave them.</summary>
    /// <returns>The names that the server did not confirm, each with the reason. A name without a session is confirmed.</returns>
    /// <exception cref="DoveadmException">The server does not answer at all.</exception>
    Task<IReadOnlyDictionary<string, string>> KickAsync(IReadOnlyCollection<string> names);
}

/// <summary>One connection as <c>doveadm who</c> lists it.</summary>
/// <param name="UserName">The name as the server spells it.</param>
/// <param name="Service">The service: <c>imap</c>, <c>submission</c>…</param>
/// <param name="Process">The process id; on a proxy, empty.</param>
/// <param name="ClientAddress">Where the client is.</param>
internal readonly record struct DoveadmSession(string UserName, string Service, string Process, string ClientAddress);

/// <summary>A server did not execute a request.</summary>
internal sealed class DoveadmException(DoveadmFault fault, string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>What kind of failure it was.</summary>
    public DoveadmFault Fault { get; } = fault;
}

/// <summary>What a failure means for the next attempt.</summary>
internal enum DoveadmFault
{
    /// <summary>A retry cannot help: wrong credentials, wrong certificate, no such command.</summary>
    Final,

    /// <summary>The server is away at the moment: retry later.</summary>
    Down,

    /// <summary>The server accepted the request, and the answer is damaged or missing: one command of many may be the cause, so retry in smaller parts.</summary>
    Broken,
}
