using System.Globalization;
using System.Text;
using MailPass.Lab.Processes;

namespace MailPass.Lab.Directories;

/// <summary>How a directory of the lab is set up.</summary>
public sealed record DirectorySetup
{
    /// <summary>Files of <c>schemas/directories/</c> with further schema, without ending.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>What is in the directory below <see cref="DirectoryServer.Base"/>, LDIF.</summary>
    public string Ldif { get; init; } = string.Empty;

    /// <summary>Lines before the database.</summary>
    public string Global { get; init; } = string.Empty;

    /// <summary>Lines of the database: overlays, limits.</summary>
    public string Database { get; init; } = string.Empty;

    /// <summary>Access rights; by default everybody may read everything except passwords, and log in.</summary>
    public string Access { get; init; } = "access to attrs=userPassword by anonymous auth by * none\naccess to * by * read\n";

    /// <summary>A certificate and its key, PEM.</summary>
    public (string Certificate, string Key)? Tls { get; init; }

    /// <summary>Whether changes reach the disk before the answer, as on a real server.</summary>
    public bool IsDurable { get; init; }
}

/// <summary>An OpenLDAP of its own: <c>slapd</c> on a port of 127.0.0.1 and a Unix socket, its data under its own folder.</summary>
public sealed class DirectoryServer : IAsyncDisposable
{
    /// <summary>The tree.</summary>
    public const string Base = "dc=lab,dc=example";

    /// <summary>The login that may do everything.</summary>
    public const string Manager = "cn=manager," + Base;

    /// <summary>The manager's password.</summary>
    public const string ManagerPassword = "Lab-Manager-1";

    /// <summary>The entries above all others.</summary>
    public const string Root = $"""
        dn: {Base}
        objectClass: dcObject
        objectClass: organization
        dc: lab
        o: Lab

        dn: ou=people,{Base}
        objectClass: organizationalUnit
        ou: people


        """;

    private readonly LabFolder _folder = new("ldap");
    private readonly string _program;
    private ServerProcess? _process;

    private DirectoryServer(string program) => _program = program;

    /// <summary>The port.</summary>
    public int Port { get; } = FreePort.Take();

    /// <summary>The port of <c>ldaps</c>, if it has a certificate.</summary>
    public int TlsPort { get; } = FreePort.Take();

    /// <summary>The Unix socket.</summary>
    public string Socket => _folder.At("ldapi");

    /// <summary>The server's process id.</summary>
    public int ProcessId => _process?.Id ?? 0;

    /// <summary>Its address, as tools take it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"ldap://127.0.0.1:{Port}");

    /// <summary>Its address with the manager's name and the tree, as MailPass takes it.</summary>
    public string Location => LocationAs(Manager);

    /// <summary>Its address with somebody's name and the tree, as MailPass takes it.</summary>
    /// <param name="dn">Whose.</param>
    public string LocationAs(string dn) => string.Create(CultureInfo.InvariantCulture, $"ldap://{dn}@127.0.0.1:{Port}/{Base}");

    /// <summary>Fills a directory and starts it.</summary>
    /// <exception cref="LabUnavailableException">slapd is not installed.</exception>
    public static async Task<DirectoryServer> StartAsync(DirectorySetup setup)
    {
        var server = new DirectoryServer(LabTools.Require("slapd", "slapd"));
        try
        {
            await server.ConfigureAsync(setup);
            await server.RunAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it without warning.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Starts it again.</summary>
    public Task RestartAsync() => _process!.StartAsync(() => ServerProcess.ListensAsync(Port));

    /// <summary>Changes entries by OpenLDAP's own tool.</summary>
    /// <param name="ldif">What to do.</param>
    public Task<string> ModifyAsync(string ldif) =>
        Command.RunAsync(LabTools.Require("ldapmodify", "ldap-utils"), ["-x", "-H", Address, "-D", Manager, "-y", _folder.At("password")], ldif);

    /// <summary>The values of an attribute, by OpenLDAP's own tool.</summary>
    /// <param name="dn">Whose.</param>
    /// <param name="attribute">Which.</param>
    public async Task<string[]> ReadAsync(string dn, string attribute)
    {
        var answer = await Command.RunAsync(
            LabTools.Require("ldapsearch", "ldap-utils"),
            ["-x", "-LLL", "-o", "ldif-wrap=no", "-H", Address, "-D", Manager, "-y", _folder.At("password"), "-s", "base", "-b", dn, attribute]);
        return [.. answer.Split('\n').Where(line => line.StartsWith(attribute + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(attribute.Length + 1)..])
            .Select(value => value.StartsWith(':') ? Encoding.UTF8.GetString(Convert.FromBase64String(value[1..].Trim())) : value.Trim())];
    }

    /// <summary>Whether a password logs in to the directory itself.</summary>
    /// <param name="dn">Whose.</param>
    /// <param name="password">The password.</param>
    public async Task<bool> BindsAsync(string dn, string password)
    {
        var file = _folder.Write(Guid.NewGuid().ToString("N"), password);
        var answer = await Command.TryAsync(LabTools.Require("ldapwhoami", "ldap-utils"), ["-x", "-H", Address, "-D", dn, "-y", file]);

        // 49: invalidCredentials.
        return answer.ExitCode is 0 or 49 ? answer.ExitCode == 0 : throw new InvalidOperationException($"ldapwhoami ended with {answer.ExitCode}: {answer.Error}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task ConfigureAsync(DirectorySetup setup)
    {
        _folder.Folder("db");
        _folder.Write("password", ManagerPassword);
        var tls = setup.Tls is { } pair ? $"TLSCACertificateFile {pair.Certificate}\nTLSCertificateFile {pair.Certificate}\nTLSCertificateKeyFile {pair.Key}\n" : string.Empty;
        _folder.Write("slapd.conf", string.Concat(((string[])["core", "cosine", "nis", "inetorgperson"]).Select(name => $"include /etc/ldap/schema/{name}.schema\n"))
            + string.Concat(setup.Schemas.Select(name => $"include {Path.Combine(AppContext.BaseDirectory, "schemas", "directories", name)}.schema\n"))
            + $"""
            modulepath /usr/lib/ldap
            moduleload back_mdb
            moduleload pw-sha2
            {setup.Global}
            {tls}
            authz-regexp gidNumber=0.uidNumber=0,cn=peercred,cn=external,cn=auth {Manager}
            database mdb
            suffix "{Base}"
            rootdn "{Manager}"
            rootpw {ManagerPassword}
            directory {_folder.At("db")}
            maxsize 1073741824
            {(setup.IsDurable ? string.Empty : "dbnosync")}
            index objectClass,mail,uid eq
            {setup.Access}
            {setup.Database}

            """);
        if (setup.Ldif.Length > 0)
        {
            await Command.RunAsync(LabTools.Require("slapadd", "slapd"), ["-q", "-f", _folder.At("slapd.conf"), "-l", _folder.Write("data.ldif", Root + setup.Ldif)]);
        }
    }

    private async Task RunAsync()
    {
        var tls = File.ReadAllText(_folder.At("slapd.conf")).Contains("TLSCertificateFile", StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $" ldaps://127.0.0.1:{TlsPort}") : string.Empty;
        _process = await ServerProcess.StartAsync(
            _program,
            ["-d", "0", "-f", _folder.At("slapd.conf"), "-h", $"{Address} ldapi://{Uri.EscapeDataString(Socket)}{tls}"],
            _folder.At("out.log"),
            () => ServerProcess.ListensAsync(Port));
    }
}
