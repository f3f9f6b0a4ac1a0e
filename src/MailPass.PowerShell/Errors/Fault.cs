using System.Management.Automation;
using MailPass.Rows;

namespace MailPass.PowerShell.Errors;

/// <summary>Converts Core's faults into error records: the id constant, a category, the remedy, the user's own object as target.</summary>
internal static class Fault
{
    /// <summary>An error record for a fault.</summary>
    /// <param name="exception">The fault.</param>
    /// <param name="target">The user's input: the mailbox, the file, the store.</param>
    public static ErrorRecord ToRecord(Exception exception, object? target)
    {
        var id = (exception as MailPassException)?.ErrorId ?? ErrorIds.Unexpected;
        return ToRecord(exception, id, (exception as MailPassException)?.Remedy, target);
    }

    /// <summary>An error record for a result.</summary>
    /// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
    /// <param name="message">What happened.</param>
    /// <param name="target">The mailbox as the user gave it.</param>
    public static ErrorRecord ToRecord(string errorId, string message, object? target) =>
        ToRecord(new MailPassException(errorId, message, FaultCatalog.Find(errorId).Remedy), errorId, null, target);

    private static ErrorRecord ToRecord(Exception exception, string errorId, string? remedy, object? target)
    {
        var entry = FaultCatalog.Find(errorId);
        remedy ??= entry.Remedy;
        return new ErrorRecord(exception, errorId, entry.Category, target is string text ? Printable.Of(text) : target)
        {
            // PowerShell shows the recommended action below the message, in views and in $_ alike.
            ErrorDetails = new ErrorDetails(Printable.Of(exception.Message)) { RecommendedAction = Printable.Of(remedy) ?? string.Empty },
        };
    }
}
