namespace MailPass.Diagnostics;

/// <summary>How much an event matters to the person at the shell.</summary>
public enum EventSeverity
{
    /// <summary>For whoever looks for a fault in MailPass itself.</summary>
    Debug,

    /// <summary>What is being done.</summary>
    Information,

    /// <summary>Something that an admin should know of, although the work goes on.</summary>
    Warning,

    /// <summary>Something failed; the same is also reported as a result or an exception.</summary>
    Error,
}

/// <summary>One event of Core's log, already put into words. It never holds a secret.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Id">Its constant number; 0 where it has none.</param>
/// <param name="Name">Its constant name, where it has one.</param>
/// <param name="Message">What happened.</param>
public readonly record struct CoreEvent(EventSeverity Severity, int Id, string? Name, string Message);
