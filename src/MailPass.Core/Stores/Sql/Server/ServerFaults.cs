using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;

namespace MailPass.Stores.Sql.Server;

/// <summary>Interprets the errors of a server or a connection, for a batch and for people.</summary>
/// <param name="location">Which database.</param>
/// <param name="options">How it is opened.</param>
internal abstract class ServerFaults(StoreLocation location, StoreOpenOptions options)
{
    /// <summary>The remedy if a server's certificate is not accepted.</summary>
    private const string TlsRemedy =
        "Give the server a certificate that names it, from an authority that this machine trusts or that -CaFile (--ca-file) names; or use -AllowPlaintext (--allow-plaintext) if the network in between is your own.";

    /// <summary>Where the database is, for people.</summary>
    public string Location { get; } = location.Port is { } port
        ? string.Create(CultureInfo.InvariantCulture, $"{location.Server ?? location.Path}:{port}/{location.Database}")
        : $"{location.Server ?? location.Path}/{location.Database}";

    /// <summary>Whether an exception comes from the server or the connection, and not from a mistake of ours.</summary>
    /// <param name="exception">What was thrown.</param>
    public static bool IsFault(Exception exception) => exception is DbException or IOException or SocketException or TimeoutException;

    /// <summary>What an error means for a batch.</summary>
    /// <param name="exception">What the driver threw.</param>
    public abstract ServerFault Classify(Exception exception);

    /// <summary>Whether the server did not answer in time.</summary>
    /// <param name="exception">What the driver threw.</param>
    public virtual bool IsTimeout(Exception exception) => Chain(exception).Any(e => e is TimeoutException);

    /// <summary>An error as people and the run should see it.</summary>
    /// <param name="exception">What the driver threw.</param>
    public MailPassException Explain(Exception exception) =>
        !IsTimeout(exception) ? ExplainAnswer(exception)
        : exception is TimeoutException { InnerException: not null } ? Hung(exception.Message, "or allow more time (the profile's `connectTimeout`)", exception)
        : Hung(NoAnswer("to a statement", options.CommandTimeout), "or whether another program keeps the rows locked, or allow more time (the profile's `commandTimeout`)", exception);

    /// <summary>A connection that could not be made in time.</summary>
    /// <param name="exception">What the driver threw.</param>
    public TimeoutException ConnectTimeout(Exception exception) => new(NoAnswer("to a connection", options.ConnectTimeout), exception);

    /// <summary>What a server's answer means for people and the run.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected abstract MailPassException ExplainAnswer(Exception exception);

    /// <summary>The explanation of what every engine has.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected MailPassException ExplainOther(Exception exception) =>
        IsTlsFault(exception) ? new(ErrorIds.StoreTlsRequired, $"The connection to {Location} could not be encrypted and verified: {WhyNoTls(exception)}", TlsRemedy, exception)
        : Classify(exception) == ServerFault.Contention ? new(ErrorIds.StoreUnreachable, $"Rows at {Location} stay locked by others: {exception.Message}", "Let the other program finish, then repeat the call. Mailboxes reported as changed are changed.", exception)
        : new(ErrorIds.StoreUnreachable, $"{Location} cannot be used: {exception.Message}", null, exception);

    /// <summary>A database that the server does not have.</summary>
    protected MailPassException NoDatabase(Exception exception) =>
        new(ErrorIds.StoreInvalid, $"There is no database at {Location}: {exception.Message}", "Check the database's name.", exception);

    /// <summary>A right that the login lacks.</summary>
    protected MailPassException NoRight(Exception exception) => NoRight(exception.Message, exception);

    /// <summary>A right that the login lacks.</summary>
    /// <param name="what">Which, as the server says it.</param>
    /// <param name="exception">What the driver threw, if it did.</param>
    public MailPassException NoRight(string what, Exception? exception = null) =>
        new(ErrorIds.StoreReadOnly, $"The login at {Location} lacks a right that this mail system needs: {what}", "Grant what the mail system's page lists (docs/mail-systems).", exception);

    /// <summary>A server that accepts no changes.</summary>
    protected MailPassException ReadOnly(Exception exception) =>
        new(ErrorIds.StoreReadOnly, $"{Location} is read-only: {exception.Message}", "Name the primary server, or make this one writable.", exception);

    /// <summary>A table that is a view whose rows the server cannot trace back to a table.</summary>
    protected MailPassException NotUpdatable(Exception exception) =>
        new(ErrorIds.StoreReadOnly, $"The table of mailboxes at {Location} is a view that cannot be written: {exception.Message}", "Use a schema file (docs/schemas.md) that names the table of the view.", exception);

    /// <summary>A server without free space.</summary>
    protected MailPassException NoRoom(Exception exception) =>
        new(ErrorIds.StoreReadOnly, $"{Location} has no room left: {exception.Message}", "Free some space, then repeat the call.", exception);

    /// <summary>A refused login.</summary>
    protected MailPassException Refused(Exception exception, string remedy) =>
        new(ErrorIds.StoreUnreachable, $"{Location} refuses the login: {exception.Message}", remedy, exception);

    /// <summary>Whether the connection could not be encrypted, or the server's certificate was not accepted.</summary>
    /// <param name="exception">What the driver threw.</param>
    protected bool IsTlsFault(Exception exception) =>
        Chain(exception).Any(e => e is AuthenticationException || e.Message.Contains(NoTlsMessage, StringComparison.Ordinal));

    /// <summary>What the driver says if the server has no TLS.</summary>
    protected abstract string NoTlsMessage { get; }

    /// <summary>A limit for drivers, which count whole seconds and take zero for no limit.</summary>
    /// <param name="limit">How long something may take.</param>
    public static int WholeSeconds(TimeSpan limit) => (int)Math.Clamp(Math.Ceiling(limit.TotalSeconds), 1, StoreOpenOptions.LongestCommandTimeout);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            yield return e;
        }
    }

    private static MailPassException Hung(string message, string remedy, Exception exception) => new(
        ErrorIds.StoreUnreachable,
        message,
        $"Check whether the server or the network in between hangs, {remedy}; then repeat the call. Mailboxes reported as changed are changed.",
        exception);

    private static string WhyNoTls(Exception exception)
    {
        var message = exception.GetBaseException().Message;
        // SslPolicyErrors by name if the driver lets .NET verify the certificate; a driver that verifies it itself gives no reason.
        return message.Contains("NameMismatch", StringComparison.Ordinal) ? "the server's certificate is for another name."
            : message.Contains("Chain", StringComparison.Ordinal) ? "no authority that is trusted here signed the server's certificate."
            : message.Contains("certificate", StringComparison.Ordinal) ? "the server's certificate is for another name, or no authority that is trusted here signed it."
            : message;
    }

    private string NoAnswer(string what, TimeSpan limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Location} gave no answer {what} within {WholeSeconds(limit)} s.");
}
