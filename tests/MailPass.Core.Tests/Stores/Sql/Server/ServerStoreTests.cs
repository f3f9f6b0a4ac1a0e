using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Sql.Server;

/// <summary>What every store must do, on a real database server, seen from outside by the server's own client.</summary>
public abstract class ServerStoreTests(DatabaseServers servers, string engine) : StoreContract
{
    private ServerDatabaseUnderTest? _database;

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        _database = await ServerDatabaseUnderTest.MakeAsync(servers, engine);
        await _database.FillAsync(mailboxes, OldHash);
        return await _database.OpenAsync();
    }

    protected override Task<IMailboxStore> OpenAgainAsync() => _database!.OpenAsync();
}

[Collection(DatabaseServersGroup.Name)]
public sealed class MySqlStoreTests(DatabaseServers servers) : ServerStoreTests(servers, "mysql");

/// <summary>Oracle's MySQL: another dialect (rows as SELECTs, no READ COMMITTED by its variable's name) and another optimiser than MariaDB's.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class OracleMySqlStoreTests(DatabaseServers servers) : ServerStoreTests(servers, "mysql-5.6");

/// <summary>MySQL 5.7, which is newer and stricter.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class NewerMySqlStoreTests(DatabaseServers servers) : ServerStoreTests(servers, "mysql-5.7");

/// <summary>MySQL 8.0: its own passwords (caching_sha2_password), its own collation (utf8mb4_0900_ai_ci, which keeps trailing spaces).</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class MySql80StoreTests(DatabaseServers servers) : ServerStoreTests(servers, "mysql-8.0");

/// <summary>MySQL 8.4, the release with long-term support.</summary>
[Collection(DatabaseServersGroup.Name)]
public sealed class MySql84StoreTests(DatabaseServers servers) : ServerStoreTests(servers, "mysql-8.4");

[Collection(DatabaseServersGroup.Name)]
public sealed class PostgreSqlStoreTests(DatabaseServers servers) : ServerStoreTests(servers, "postgresql");
