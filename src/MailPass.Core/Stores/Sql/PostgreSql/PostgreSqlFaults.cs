using MailPass.Stores.Sql.Server;
using Npgsql;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>PostgreSQL's errors (https://www.postgresql.org/docs/current/errcodes-appendix.html).</summary>
/// <param name="location">Which database.</param>
/// <param name="options">How it is opened.</param>
internal sealed class PostgreSqlFaults(StoreLocation location, StoreOpenOptions options) : ServerFaults(location, options)
{
    // The driver has no name for it: a transaction was idle for longer than the server allows.
    private const string IdleInTransactionSessionTimeout = "25P03";

    // Classes of states: their first two characters.
    private const string ConnectionExceptions = "08";
    private const string DataExceptions = "22";
    private const string IntegrityViolations = "23";
    private const string InvalidAuthorizations = "28";

    /// <inheritdoc/>
    protected override string NoTlsMessage => "SSL connection requested";

    /// <inheritdoc/>
    public override ServerFault Classify(Exception exception) => StateOf(exception) switch
    {
        // Raised by the driver itself: no answer from the server.
        "" => IsTlsFault(exception) ? ServerFault.Lasting : ServerFault.Lost,
        PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled => ServerFault.Contention,
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.IdleSessionTimeout or IdleInTransactionSessionTimeout => ServerFault.Lost,
        // Refused by a trigger of the mail system or a view's condition.
        PostgresErrorCodes.RaiseException or PostgresErrorCodes.WithCheckOptionViolation => ServerFault.Row,
        var state when IsOf(state, ConnectionExceptions) => ServerFault.Lost,
        var state when IsOf(state, DataExceptions) || IsOf(state, IntegrityViolations) => ServerFault.Row,
        _ => ServerFault.Lasting,
    };

    /// <inheritdoc/>
    protected override MailPassException ExplainAnswer(Exception exception) => StateOf(exception) switch
    {
        PostgresErrorCodes.InvalidCatalogName => NoDatabase(exception),
        PostgresErrorCodes.InsufficientPrivilege => NoRight(exception),
        PostgresErrorCodes.ReadOnlySqlTransaction => ReadOnly(exception),
        // An UPDATE of a view with GROUP BY or the like.
        PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.FeatureNotSupported => NotUpdatable(exception),
        PostgresErrorCodes.DiskFull => NoRoom(exception),
        var state when IsOf(state, InvalidAuthorizations) => Refused(exception, "Check the login's name, its password and what it is granted."),
        _ => ExplainOther(exception),
    };

    private static bool IsOf(string state, string errors) => state.StartsWith(errors, StringComparison.Ordinal);

    private static string StateOf(Exception exception) => (exception as PostgresException)?.SqlState ?? string.Empty;
}
