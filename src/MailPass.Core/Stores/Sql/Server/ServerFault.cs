namespace MailPass.Stores.Sql.Server;

/// <summary>What a server's error means for a batch.</summary>
internal enum ServerFault
{
    /// <summary>A fault that a retry would not fix.</summary>
    Lasting,

    /// <summary>Another client was in the way (deadlock, lock wait, certification): the transaction was rolled back and may be retried.</summary>
    Contention,

    /// <summary>The connection is lost or cannot be made; what was committed must be read back.</summary>
    Lost,

    /// <summary>A row's value was refused; the others can be written without it.</summary>
    Row,
}
