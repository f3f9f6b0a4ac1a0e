using MySqlConnector;

namespace MailPass.Stores.Sql.MySql;

/// <summary>
/// Numbers of errors that the driver has no names for
/// (https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-code-reference/).
/// </summary>
internal static class MySqlServerCode
{
    /// <summary>SIGNAL in a trigger of the mail system.</summary>
    public const MySqlErrorCode SignalledByTrigger = (MySqlErrorCode)1644;

    /// <summary>A login that does not use a password.</summary>
    public const MySqlErrorCode AccessDeniedWithoutPassword = (MySqlErrorCode)1698;

    /// <summary>A password that has to be changed first.</summary>
    public const MySqlErrorCode MustChangePassword = (MySqlErrorCode)1820;

    /// <summary>A read-only server.</summary>
    public const MySqlErrorCode ReadOnlyMode = (MySqlErrorCode)1836;

    /// <summary>A password that has expired.</summary>
    public const MySqlErrorCode PasswordExpired = (MySqlErrorCode)1862;

    /// <summary>MariaDB: somebody ended the connection.</summary>
    public const MySqlErrorCode ConnectionKilled = (MySqlErrorCode)1927;

    /// <summary>No server at the socket.</summary>
    public const MySqlErrorCode CannotConnectBySocket = (MySqlErrorCode)2002;

    /// <summary>No server at the address.</summary>
    public const MySqlErrorCode CannotConnectToHost = (MySqlErrorCode)2003;

    /// <summary>The server has gone away.</summary>
    public const MySqlErrorCode ServerGone = (MySqlErrorCode)2006;

    /// <summary>The connection was lost during a statement.</summary>
    public const MySqlErrorCode ServerLost = (MySqlErrorCode)2013;

    /// <summary>A server in offline mode.</summary>
    public const MySqlErrorCode ServerOffline = (MySqlErrorCode)3032;

    /// <summary>A server that may not write because of its place in its group.</summary>
    public const MySqlErrorCode GroupReplicationPrevents = (MySqlErrorCode)3100;

    /// <summary>A group of servers decided against a transaction.</summary>
    public const MySqlErrorCode TransactionRolledBack = (MySqlErrorCode)3101;

    /// <summary>MySQL: a login that is locked.</summary>
    public const MySqlErrorCode AccountLocked = (MySqlErrorCode)3118;

    /// <summary>A row that somebody else has locked.</summary>
    public const MySqlErrorCode LockNowait = (MySqlErrorCode)3572;

    /// <summary>MySQL: a CHECK that is violated.</summary>
    public const MySqlErrorCode CheckViolated = (MySqlErrorCode)3819;

    /// <summary>A login that is locked after too many wrong passwords.</summary>
    public const MySqlErrorCode AccountBlockedByPasswordLock = (MySqlErrorCode)3955;

    /// <summary>MariaDB: a CHECK that is violated.</summary>
    public const MySqlErrorCode ConstraintFailed = (MySqlErrorCode)4025;

    /// <summary>MariaDB: a login that is locked.</summary>
    public const MySqlErrorCode AccountIsLocked = (MySqlErrorCode)4151;
}
