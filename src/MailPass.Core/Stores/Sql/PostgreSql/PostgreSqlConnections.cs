using MailPass.Secrets;
using MailPass.Stores.Sql.Server;
using Npgsql;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>How Npgsql connects to a store.</summary>
internal static class PostgreSqlConnections
{
    /// <summary>The driver's pool of connections, none of which is open yet.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="authorities">The file of the authorities that sign the server's certificate, if they are not the machine's own.</param>
    /// <param name="password">The login's password, used for each new connection.</param>
    public static NpgsqlDataSource Pool(StoreLocation location, StoreOpenOptions options, string? authorities, Secret? password)
    {
        var pool = new NpgsqlDataSourceBuilder();
        var settings = pool.ConnectionStringBuilder;
        // A path as the host is the folder of the Unix socket, as in libpq.
        settings.Host = location.Path ?? location.Server!;
        settings.Database = location.Database!;
        settings.Username = location.User ?? Environment.UserName;
        settings.SslMode = ServerTls.MayBePlain(location, options) ? SslMode.Prefer : SslMode.VerifyFull;
        settings.Timeout = Math.Min(ServerFaults.WholeSeconds(options.ConnectTimeout), (int)StoreOpenOptions.LongestConnectTimeout);
        settings.CommandTimeout = ServerFaults.WholeSeconds(options.CommandTimeout);
        settings.ApplicationName = "MailPass";
        settings.MaxPoolSize = 8;
        // No error details: they would quote the values of a refused row, including the hash.
        settings.IncludeErrorDetail = false;
        if (location.Port is { } port)
        {
            settings.Port = port;
        }

        if (authorities is not null)
        {
            settings.SslMode = SslMode.VerifyFull;
            settings.RootCertificate = authorities;
        }

        if (password is not null)
        {
            pool.UsePasswordProvider(_ => password.Reveal(), (_, _) => ValueTask.FromResult(password.Reveal()));
        }

        return pool.Build();
    }
}
