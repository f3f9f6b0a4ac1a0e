namespace MailPass.Stores.Sql.Server;

/// <summary>What a server's error means for a batch.</summary>
internal enum ServerFault
{
    /// <summary>Nothing that a repetition would mend.</summary>
    Lasting,

    /// <summary>Another client was in the way (deadlock, lock wait, certification): the transaction is undone and may be repeated.</summary>
    Contention,

    /// <summary>The connection is gone or cannot be made; what was committed must be asked.</summary>
    Lost,

    /// <summary>A row's value was refused; the others can be written without it.</summary>
    Row,
}
