using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Security;
using MailPass.PowerShell.Binding;
using MailPass.PowerShell.Connection;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.PowerShell.Commands;

/// <summary>Opens a store and makes it the runspace's default.</summary>
[Cmdlet(VerbsCommunications.Connect, "MailStore", DefaultParameterSetName = FileSet)]
[OutputType(typeof(MailStoreConnection))]
public sealed class ConnectMailStoreCommand : MailPassCommand
{
    private const string FileSet = "Path";
    private const string ServerSet = "Server";
    private const string PasswdFileSet = "PasswdFile";

    /// <summary>A SQLite file: MailPass's own or a mail system's.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The database server's name, or the path of its Unix socket.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Server { get; set; }

    /// <summary>The server's port; the provider's own where it is left out.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateRange(1, 65535)]
    public int? Port { get; set; }

    /// <summary>The database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServerSet)]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>The database login.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The kind of server: <c>MySql</c> (MariaDB too) or <c>PostgreSql</c>.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    [ValidateSet("MySql", "PostgreSql")]
    public string Provider { get; set; } = "MySql";

    /// <summary>Lets an unencrypted connection leave this machine.</summary>
    [Parameter(ParameterSetName = ServerSet)]
    public SwitchParameter AllowPlaintext { get; set; }

    /// <summary>A Dovecot passwd-file, or docker-mailserver's <c>postfix-accounts.cf</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PasswdFileSet)]
    [ValidateNotNullOrEmpty]
    public string? PasswdFile { get; set; }

    /// <summary>How the mail system lays its tables out: a schema's name or its file; found out from the tables where it is left out.</summary>
    [Parameter(ParameterSetName = FileSet)]
    [Parameter(ParameterSetName = ServerSet)]
    [ArgumentCompleter(typeof(SchemaCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>The scheme for new hashes; left out, each mailbox keeps its own.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SchemeCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Scheme { get; set; }

    private protected override object? FaultTarget => Path ?? PasswdFile ?? Server;

    private protected override void End()
    {
        var location = Location();
        using var password = Credential is { Password.Length: > 0 } login ? SecretText.ToSecret(login.Password) : null;
        var options = new StoreOpenOptions { Password = password, Schema = Schema, AllowPlaintext = AllowPlaintext };
        var store = Await(token => Log.OpenStoreAsync(location, options, token));
        var connection = new MailStoreConnection(store)
        {
            Settings = Scheme is null ? null : new Hashing.HashSettings(Scheme.ToUpperInvariant()),
        };
        RunspaceStores.Current.Add(connection);
        WriteObject(connection);
    }

    private StoreLocation Location() => ParameterSetName switch
    {
        FileSet => new StoreLocation(StoreProvider.Sqlite, FullPath(Path!)),
        PasswdFileSet => new StoreLocation(
            PasswdFile!.EndsWith("postfix-accounts.cf", StringComparison.OrdinalIgnoreCase) ? StoreProvider.PostfixAccounts : StoreProvider.PasswdFile,
            FullPath(PasswdFile)),
        _ => new StoreLocation(
            Enum.Parse<StoreProvider>(Provider, ignoreCase: true),
            Path: Server!.StartsWith('/') ? Server : null,
            Server: Server.StartsWith('/') ? null : Server,
            Port,
            Database,
            Credential?.UserName),
    };
}
