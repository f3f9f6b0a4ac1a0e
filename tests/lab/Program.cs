// Starts a mail system's database, and a Dovecot that lets its people log in, for trying MailPass by hand:
//
//   dotnet run --project tests/lab -- mailcow mysql
//
// prints where everything is, and stops it all at the end of its input (Ctrl+D).
using MailPass.Lab.Databases;
using MailPass.Lab.Mail;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;

if (args.Length != 2 || MailSystem.FolderOf(args[0]) is not { } folder || !MailSystem.Exists(folder, args[1]))
{
    Console.Error.WriteLine("Usage: dotnet run --project tests/lab -- <schema> mysql|postgresql|sqlite");
    return 2;
}

try
{
    await using LabDatabaseServer server = args[1] switch
    {
        "mysql" => await MariaDbServer.StartAsync(),
        "postgresql" => await PostgresServer.StartAsync(),
        _ => new SqliteFiles(),
    };
    using var system = await MailSystem.CreateAsync(folder, server);
    await using var dovecot = await DovecotServer.StartAsync(await DovecotSetup.ForAsync(system) with { AuthCacheSize = "10M" });
    if (server is SqliteFiles files)
    {
        Console.WriteLine($"store       {files.PathOf(system.Database)}");
    }
    else
    {
        var login = await server.CreateMailPassAsync(system.Database, await Grants.ReadAsync(args[0], server.Engine));
        Console.WriteLine($"store       {(server.Engine == "mysql" ? "mysql" : "postgres")}://{login.User}@127.0.0.1:{server.Port}/{system.Database}");
        Console.WriteLine($"password    {login.Password}");
    }

    Console.WriteLine($"imap        127.0.0.1:{dovecot.ImapPort}");
    Console.WriteLine($"submission  127.0.0.1:{dovecot.SubmissionPort}");
    Console.WriteLine($"doveadm     http://127.0.0.1:{dovecot.DoveadmPort}  key {dovecot.DoveadmApiKey}");
    Console.WriteLine($"mailboxes   anna@alpha.example and others, password {MailSystem.OldPassword}");
    await Console.In.ReadToEndAsync();
    return 0;
}
catch (LabUnavailableException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}
