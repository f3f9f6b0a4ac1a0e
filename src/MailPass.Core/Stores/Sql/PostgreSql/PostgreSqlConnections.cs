using MailPass.Secrets;
using MailPass.Stores.Sql.Server;
using Npgsql;

namespace MailPass.Stores.Sql.PostgreSql;

/// <summary>How Npgsql connects to a store.</summary>
internal static class PostgreSqlConnections
{
    /// <summary>The driver's pool of connections; opens none yet.</summary>
    /// <param name="location">Which database.</param>
    /// <param name="options">How.</param>
    /// <param name="authorities">The file of the authorities that sign the server's certificate, where they are not the machine's own.</param>
    /// <param name="password">The login's password, asked for with each connection that is really made.</param>
    public static NpgsqlDataSource Pool(StoreLocation location, StoreOpenOptions options, string? authorities, Secret? password)
    {
        var pool = new NpgsqlDataSourceBuilder();
        var settings = pool.ConnectionStringBuilder;
        // A path here is the folder of the Unix socket, as libpq has it.
        settings.Host = location.Path ?? location.Server!;
        settings.Database = location.Database!;
        settings.Username = location.User ?? Environment.UserName;
        settings.SslMode = ServerTls.MayBePlain(location, options) ? SslMode.Prefer : SslMode.VerifyFull;
        settings.Timeout = Math.Min(ServerFaults.WholeSeconds(options.ConnectTimeout), (int)StoreOpenOptions.LongestConnectTimeout);
        settings.CommandTimeout = ServerFaults.WholeSeconds(options.CommandTimeout);
        settings.ApplicationName = "MailPass";
        settings.MaxPoolSize = 8;
        // Details of a refused row would quote its values, the hash among them.
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
