using System.Text.RegularExpressions;
using MailPass.Stores.Sql.Server;
using MySqlConnector;

namespace MailPass.Stores.Sql.MySql;

/// <summary>MySQL's and MariaDB's errors (https://mariadb.com/kb/en/mariadb-error-code-reference/).</summary>
/// <param name="location">Which database.</param>
/// <param name="options">How it is opened.</param>
internal sealed partial class MySqlFaults(StoreLocation location, StoreOpenOptions options) : ServerFaults(location, options)
{
    // On a socket the server expects the plain password, because it takes a socket for safe; without TLS the driver sends it encrypted.
    private readonly string _otherWayIn = location.Path is null
        ? string.Empty
        : " MySQL 8 with TLS turned off does not accept caching_sha2_password on its socket: turn TLS on, or connect to 127.0.0.1.";

    private readonly string _user = MySqlConnections.UserOf(location);

    /// <summary>The error's number; <see cref="MySqlErrorCode.None"/> if the error does not come from the server.</summary>
    /// <param name="exception">What the driver threw.</param>
    public static MySqlErrorCode CodeOf(Exception exception) => (exception as MySqlException)?.ErrorCode ?? MySqlErrorCode.None;

    /// <inheritdoc/>
    protected override string NoTlsMessage => "does not support SSL";

    /// <inheritdoc/>
    public override ServerFault Classify(Exception exception)
    {
        if (exception is not MySqlException)
        {
            return ServerFault.Lost;
        }

        switch (CodeOf(exception))
        {
            case MySqlErrorCode.LockWaitTimeout or MySqlErrorCode.LockDeadlock or MySqlErrorCode.CheckRead or MySqlErrorCode.QueryInterrupted
                or MySqlServerCode.TransactionRolledBack or MySqlServerCode.LockNowait:
                return ServerFault.Contention;

            case MySqlErrorCode.ConnectionCountError or MySqlErrorCode.UnableToConnectToHost or MySqlErrorCode.UnknownCommand
                or MySqlErrorCode.ServerShutdown or MySqlErrorCode.NormalShutdown or MySqlErrorCode.ShutdownComplete or MySqlErrorCode.ForcingClose
                or MySqlErrorCode.AbortingConnection or MySqlErrorCode.NewAbortingConnection
                or MySqlErrorCode.NetReadError or MySqlErrorCode.NetReadInterrupted or MySqlErrorCode.NetErrorOnWrite or MySqlErrorCode.NetWriteInterrupted
                or MySqlErrorCode.TooManyUserConnections or MySqlErrorCode.UserLimitReached or MySqlErrorCode.ClientInteractionTimeout
                or MySqlServerCode.ConnectionKilled or MySqlServerCode.CannotConnectBySocket or MySqlServerCode.CannotConnectToHost
                or MySqlServerCode.ServerGone or MySqlServerCode.ServerLost or MySqlServerCode.ServerOffline:
            // Raised by the driver itself: no answer from the server.
            case MySqlErrorCode.None or MySqlErrorCode.CommandTimeoutExpired:
                return IsTlsFault(exception) || UnknownPlugin(exception) is not null ? ServerFault.Lasting : ServerFault.Lost;

            case MySqlErrorCode.ColumnCannotBeNull or MySqlErrorCode.DuplicateKeyEntry or MySqlErrorCode.BlobCannotHaveDefault
                or MySqlErrorCode.NoReferencedRow or MySqlErrorCode.NoReferencedRow2 or MySqlErrorCode.RowIsReferenced or MySqlErrorCode.RowIsReferenced2
                or MySqlErrorCode.ForeignDuplicateKey or MySqlErrorCode.WarningDataOutOfRange or MySqlErrorCode.WarningDataTruncated
                or MySqlErrorCode.TruncatedWrongValue or MySqlErrorCode.TruncatedWrongValueForField or MySqlErrorCode.WrongValueForType
                or MySqlErrorCode.NoDefaultForField or MySqlErrorCode.DataTooLong
                or MySqlServerCode.SignalledByTrigger or MySqlServerCode.CheckViolated or MySqlServerCode.ConstraintFailed:
                return ServerFault.Row;

            default:
                return ServerFault.Lasting;
        }
    }

    /// <inheritdoc/>
    public override bool IsTimeout(Exception exception) => base.IsTimeout(exception)
        || CodeOf(exception) == MySqlErrorCode.CommandTimeoutExpired
        || (exception is MySqlException && exception.Message.StartsWith("Connect Timeout expired", StringComparison.Ordinal));

    /// <inheritdoc/>
    protected override MailPassException ExplainAnswer(Exception exception) => CodeOf(exception) switch
    {
        MySqlErrorCode.DatabaseAccessDenied or MySqlErrorCode.AccessDenied or MySqlServerCode.AccessDeniedWithoutPassword =>
            Refused(exception, "Check the login's name, its password and what it is granted." + _otherWayIn),
        MySqlServerCode.MustChangePassword or MySqlServerCode.PasswordExpired or MySqlServerCode.AccountLocked
            or MySqlServerCode.AccountBlockedByPasswordLock or MySqlServerCode.AccountIsLocked =>
            new(ErrorIds.StoreUnreachable, $"{Location} refuses the login {_user}: {exception.Message}", "Unlock the login or give it a new password (ALTER USER), then repeat the call.", exception),
        MySqlErrorCode.UnknownDatabase => NoDatabase(exception),
        MySqlErrorCode.TableAccessDenied or MySqlErrorCode.ColumnAccessDenied or MySqlErrorCode.SpecifiedAccessDeniedError or MySqlErrorCode.PrecedureAccessDenied => NoRight(exception),
        MySqlErrorCode.OptionPreventsStatement or MySqlErrorCode.CannotExecuteInReadOnlyTransaction or MySqlServerCode.ReadOnlyMode or MySqlServerCode.GroupReplicationPrevents => ReadOnly(exception),
        MySqlErrorCode.NonUpdateableTable or MySqlErrorCode.NonUpdateableColumn => NotUpdatable(exception),
        MySqlErrorCode.DiskFull or MySqlErrorCode.RecordFileFull or MySqlErrorCode.GetErrorNumber => NoRoom(exception),
        _ when UnknownPlugin(exception) is { } plugin => new(
            ErrorIds.StoreUnreachable,
            $"{Location} refuses the login {_user}: it uses the plugin {plugin}, which MailPass does not support.",
            "Give the login another plugin: ALTER USER … IDENTIFIED VIA mysql_native_password USING PASSWORD('…') on MariaDB, caching_sha2_password on MySQL, or unix_socket for an account of this machine.",
            exception),
        _ => ExplainOther(exception),
    };

    // The driver has no code of its own for it.
    private static string? UnknownPlugin(Exception exception) =>
        exception is MySqlException or NotSupportedException && PluginPattern().Match(exception.Message) is { Success: true } match
            ? match.Groups["plugin"].Value
            : null;

    [GeneratedRegex(@"Authentication method '(?<plugin>\w+)'.*not supported|to use (?<plugin>\w+) authentication|insecure pre-4\.1 auth mechanism \((?<plugin>\w+)\)")]
    private static partial Regex PluginPattern();
}
