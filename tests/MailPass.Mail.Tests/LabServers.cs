using MailPass.Lab.Databases;
using MailPass.Lab.Processes;

namespace MailPass.Mail.Tests;

/// <summary>The database servers that the tests of a collection share: each is started when the first test asks for it, and stopped after the last.</summary>
public sealed class LabServers : IAsyncLifetime
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, LabDatabaseServer> _running = [];
    private readonly Dictionary<string, string> _missing = [];

    /// <summary>A server; the test is skipped if this machine does not have it.</summary>
    /// <param name="engine"><c>mysql</c>, <c>postgresql</c> or <c>sqlite</c>.</param>
    public async Task<LabDatabaseServer> GetAsync(string engine)
    {
        await _gate.WaitAsync();
        try
        {
            Skip.If(_missing.TryGetValue(engine, out var reason), reason);
            if (!_running.TryGetValue(engine, out var server))
            {
                server = engine switch
                {
                    // Their time zones are not UTC, so that a confusion of the two is noticed. They never flush to the disk,
                    // which makes them fast; no test here has a power failure.
                    "mysql" => await MariaDbServer.StartAsync("--default-time-zone=+05:30", "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=2"),
                    _ when engine.StartsWith("mysql-", StringComparison.Ordinal) => await MariaDbServer.StartMySqlAsync(engine["mysql-".Length..], "--default-time-zone=+05:30"),
                    "postgresql" => await PostgresServer.StartAsync("timezone=Asia/Kolkata", "fsync=off"),
                    _ => new SqliteFiles(),
                };
                _running.Add(engine, server);
            }

            return server;
        }
        catch (LabUnavailableException e)
        {
            _missing[engine] = e.Message;
            Skip.If(true, e.Message);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var server in _running.Values)
        {
            await server.DisposeAsync();
        }
    }
}

/// <summary>
/// The tests of every mail system on every server. They mostly wait, so they have servers of their own and run beside the other
/// tests of the lab.
/// </summary>
[CollectionDefinition(Name)]
public sealed class MailSystemsGroup : ICollectionFixture<LabServers>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "mail systems";
}

/// <summary>The other tests that use <see cref="LabServers"/>; they run one after another, because the servers use the same cores.</summary>
[CollectionDefinition(Name)]
public sealed class LabServersGroup : ICollectionFixture<LabServers>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "lab";
}
