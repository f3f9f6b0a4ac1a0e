namespace MailPass.Diagnostics;

/// <summary>How much an event matters to the person at the shell.</summary>
public enum EventSeverity
{
    /// <summary>For finding a fault in MailPass itself.</summary>
    Debug,

    /// <summary>What is being done.</summary>
    Information,

    /// <summary>Something that an admin should know, although the work continues.</summary>
    Warning,

    /// <summary>Something failed; the same is also reported as a result or an exception.</summary>
    Error,
}

/// <summary>One event of Core's log, as text. It never contains a secret.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Id">Its constant number; 0 if it has none.</param>
/// <param name="Name">Its constant name, if it has one.</param>
/// <param name="Message">What happened.</param>
public readonly record struct CoreEvent(EventSeverity Severity, int Id, string? Name, string Message);
