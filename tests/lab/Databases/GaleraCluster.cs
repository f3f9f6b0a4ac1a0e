using MailPass.Lab.Processes;

namespace MailPass.Lab.Databases;

/// <summary>Two MariaDB nodes that replicate to each other with Galera, on loopback: both accept writes, and Galera certifies concurrent ones.</summary>
public sealed class GaleraCluster : IAsyncDisposable
{
    private GaleraCluster(MariaDbServer first, MariaDbServer second)
    {
        First = first;
        Second = second;
    }

    /// <summary>One node.</summary>
    public MariaDbServer First { get; }

    /// <summary>The other.</summary>
    public MariaDbServer Second { get; }

    /// <summary>Starts both nodes.</summary>
    /// <exception cref="LabUnavailableException">MariaDB or Galera is not installed.</exception>
    public static async Task<GaleraCluster> StartAsync()
    {
        const string provider = "/usr/lib/galera/libgalera_smm.so";
        if (!File.Exists(provider))
        {
            throw new LabUnavailableException("Galera is not installed (Debian package galera-4).");
        }

        // The second node copies its data with these.
        LabTools.Require("rsync", "rsync");
        LabTools.Require("lsof", "lsof");
        var (firstPort, secondPort) = (FreePort.Take(), FreePort.Take());
        // rsync's server would drop root's rights and then not get at the data: both nodes run as Debian's own user.
        var user = LabTools.IsRoot ? "mysql" : Environment.UserName;
        var first = await MariaDbServer.StartNodeAsync(user, Node(provider, firstPort, "gcomm://"));
        try
        {
            return new GaleraCluster(first, await MariaDbServer.StartNodeAsync(user, Node(provider, secondPort, $"gcomm://127.0.0.1:{firstPort}")));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }

    // https://mariadb.com/kb/en/configuring-mariadb-galera-cluster/; every port it opens is named, since several clusters may run at once.
    private static string[] Node(string provider, int port, string cluster) =>
    [
        "--wsrep-on=ON", $"--wsrep-provider={provider}", $"--wsrep-cluster-address={cluster}", "--wsrep-sst-method=rsync",
        "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--innodb-buffer-pool-size=64M",
        $"--wsrep-node-address=127.0.0.1:{port}", $"--wsrep-sst-receive-address=127.0.0.1:{FreePort.Take()}",
        $"--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:{port};ist.recv_addr=127.0.0.1:{FreePort.Take()};gcache.size=16M",
    ];
}
