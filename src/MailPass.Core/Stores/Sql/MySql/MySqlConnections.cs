using MailPass.Secrets;
using MailPass.Stores.Sql.Server;
using MySqlConnector;

namespace MailPass.Stores.Sql.MySql;

/// <summary>How MySqlConnector connects to a store.</summary>
internal static class MySqlConnections
{
    /// <summary>The driver's pool of connections, none of which is open yet.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="authorities">The file of the authorities that sign the server's certificate, if they are not the machine's own.</param>
    public static MySqlDataSource Pool(StoreLocation location, StoreOpenOptions options, string? authorities)
    {
        var mayBePlain = ServerTls.MayBePlain(location, options);
        var settings = new MySqlConnectionStringBuilder
        {
            Server = location.Path ?? location.Server!,
            Database = location.Database!,
            UserID = UserOf(location),
            SslMode = mayBePlain ? MySqlSslMode.Preferred : MySqlSslMode.VerifyFull,
            // Without TLS, the server's own key encrypts the password. Asking for the key is safe only if nobody can pose as the server:
            // on this machine, or if the admin vouches for the network.
            AllowPublicKeyRetrieval = mayBePlain,
            ConnectionTimeout = (uint)ServerFaults.WholeSeconds(options.ConnectTimeout),
            DefaultCommandTimeout = (uint)ServerFaults.WholeSeconds(options.CommandTimeout),
            ApplicationName = "MailPass",
            CharacterSet = "utf8mb4",
            // A TINYINT(1) may be 2 (mailcow's "receives mail but cannot log in"), and a date may be all zeros.
            TreatTinyAsBoolean = false,
            ConvertZeroDateTime = true,
            MaximumPoolSize = 8,
        };
        if (location.Path is not null)
        {
            settings.ConnectionProtocol = OperatingSystem.IsWindows() ? MySqlConnectionProtocol.NamedPipe : MySqlConnectionProtocol.UnixSocket;
        }

        if (location.Port is { } port)
        {
            settings.Port = (uint)port;
        }

        if (authorities is not null)
        {
            settings.SslMode = MySqlSslMode.VerifyFull;
            settings.SslCa = authorities;
        }

        return new MySqlDataSource(settings.ConnectionString);
    }

    /// <summary>An open connection from the pool.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="password">The login's password, used for each new connection.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public static async ValueTask<MySqlConnection> OpenAsync(MySqlDataSource pool, Secret? password, CancellationToken cancellationToken)
    {
        var connection = pool.CreateConnection();
        try
        {
            if (password is not null)
            {
                connection.ProvidePasswordCallback = _ => password.Reveal();
            }

            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The login's name; without one, the account that runs this.</summary>
    /// <param name="location">The store.</param>
    public static string UserOf(StoreLocation location) => location.User ?? Environment.UserName;
}
