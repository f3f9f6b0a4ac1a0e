using MailPass.Rows;

namespace MailPass;

/// <summary>
/// A fault that ends a call: it has a constant id, a sentence that names what was wrong and why, and, if there is
/// one, the remedy. It carries neither a secret nor control characters.
/// </summary>
public class MailPassException : Exception
{
    /// <summary>Makes the fault.</summary>
    /// <param name="errorId">One of <see cref="ErrorIds"/>.</param>
    /// <param name="message">What was wrong, naming the input and the reason.</param>
    /// <param name="remedy">What to do about it, as a sentence; <see langword="null"/> if the message says it.</param>
    /// <param name="innerException">The fault below, if any.</param>
    public MailPassException(string errorId, string message, string? remedy = null, Exception? innerException = null)
        : base(Printable.Of(message), innerException)
    {
        ErrorId = errorId;
        Remedy = Printable.Of(remedy);
    }

    /// <summary>One of <see cref="ErrorIds"/>.</summary>
    public string ErrorId { get; }

    /// <summary>What to do about it, as a sentence.</summary>
    public string? Remedy { get; }
}
