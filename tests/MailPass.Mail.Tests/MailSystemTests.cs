using MailPass.Journals;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Lab.Databases;
using MailPass.Lab.MailSystems;
using MailPass.Lab.Processes;
using MailPass.Policy;
using MailPass.Profiles;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>
/// Every mail system on every database that it supports, with exactly the rights on its page: changes, refusals, and that nothing
/// else is written.
/// </summary>
[Collection(MailSystemsGroup.Name)]
public sealed class MailSystemTests(LabServers servers)
{
    private const string Anna = "anna@alpha.example";
    private const string Bert = "bert@alpha.example";
    private const string Cleo = "cleo@beta.example";

    private static readonly string[] _mySqlSystems =
        ["postfixadmin", "iredmail", "mailcow", "modoboa", "ispconfig", "froxlor", "vimbadmin", "groupoffice-mailboxes", "groupoffice-postfixadmin", "groupoffice-users", "mailpass", "ispmail", "cyberpanel", "mailu", "hmailserver", "stalwart", "sogo", "kopano"];

    // The systems that run on a server as old as MySQL 5.6.
    private static readonly string[] _oldMySqlSystems = [.. _mySqlSystems.Except(["postfixadmin", "mailcow", "modoboa"])];

    public static TheoryData<string, string, string> Systems
    {
        get
        {
            var systems = new TheoryData<string, string, string>
            {
                { "postfixadmin", "mysql", "pfa_" },
                { "postfixadmin", "postgresql", "" },
                { "postfixadmin", "postgresql", "pfa_" },
                { "postfixadmin", "sqlite", "" },
                { "iredmail", "postgresql", "" },
                { "modoboa", "postgresql", "" },
                { "mailpass", "postgresql", "" },
                { "ispmail", "postgresql", "" },
                { "mailinabox", "sqlite", "" },
                { "mailu", "sqlite", "" },
                { "mailu", "postgresql", "" },
                { "hmailserver", "postgresql", "" },
                { "stalwart", "postgresql", "" },
                { "stalwart", "sqlite", "" },
                { "sogo", "postgresql", "" },
            };
            foreach (var engine in (string[])["mysql", "mysql-5.6", "mysql-5.7", "mysql-8.0", "mysql-8.4"])
            {
                foreach (var schema in engine == "mysql-5.6" ? _oldMySqlSystems : _mySqlSystems)
                {
                    systems.Add(schema, engine, "");
                }
            }

            return systems;
        }
    }

    [Fact]
    public async Task Every_schema_is_tested_on_its_engines_and_has_grants()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(Pages.Heads.Repository, "src", "MailPass.Core", "Stores", "Sql", "Schemas"), "*.json"))
        {
            using var schema = JsonDocument.Parse(await File.ReadAllTextAsync(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var name = schema.RootElement.GetProperty("name").GetString()!;
            Assert.Equal(KnowsExternal(name), schema.RootElement.TryGetProperty("login", out var logins) && logins.EnumerateArray().Any(login => login.GetProperty("else").GetString() == "external"));
            // The tests of the store itself cover MailPass's own file.
            foreach (var engine in schema.RootElement.GetProperty("engines").EnumerateArray().Select(engine => engine.GetString()!).Where(engine => (name, engine) != ("mailpass", "sqlite")))
            {
                Assert.True(Systems.Any(row => (string)row[0] == name && (string)row[1] == engine), $"{name} is not tested on {engine}.");
                if (engine != "sqlite")
                {
                    Assert.Contains("GRANT", await Grants.ReadAsync(name, engine), StringComparison.Ordinal);
                }
            }
        }
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task IRedMail_backup_domain_is_changed_with_a_caveat(string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "iredmail", engine);
        await opened.System.ExecuteAsync("UPDATE domain SET backupmx = 1 WHERE domain = 'beta.example'");
        var results = await opened.RunAsync([Request(Cleo), Request(Anna)]);
        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.Contains("logs in only to send", results[0].Message, StringComparison.Ordinal);
        Assert.Null(results[1].Message);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    [InlineData("sqlite")]
    public async Task PostfixAdmin_mailbox_that_may_still_send_is_not_disabled(string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "postfixadmin", engine);
        if ((await opened.System.QueryAsync("SELECT * FROM mailbox"))[0].ContainsKey("smtp_active"))
        {
            await opened.System.ExecuteAsync("ALTER TABLE mailbox DROP COLUMN smtp_active");
        }

        // First without the column smtp_active, as before PostfixAdmin had it, then with it.
        Assert.Equal(ErrorIds.MailboxDisabled, Assert.Single(await opened.RunAsync([Request("disa@alpha.example")])).ErrorId);
        await opened.System.ExecuteAsync(engine == "postgresql"
            ? "ALTER TABLE mailbox ADD smtp_active boolean NOT NULL DEFAULT true; UPDATE mailbox SET active = false, smtp_active = false WHERE username = 'bert@alpha.example'"
            : "ALTER TABLE mailbox ADD smtp_active TINYINT(1) NOT NULL DEFAULT 1; UPDATE mailbox SET active = 0, smtp_active = 0 WHERE username = 'bert@alpha.example'");

        await using var store = await OpenWithAllRightsAsync(opened.System);
        var results = await Runs.ChangeAsync(store, [Request("disa@alpha.example", "N3w-Passw0rd!"), Request(Bert, "N3w-Passw0rd!"), Request(Anna, "N3w-Passw0rd!")]);

        Assert.Equal([null, ErrorIds.MailboxDisabled, null], results.Select(result => result.ErrorId));
        Assert.Contains("logs in only to send", results[0].Message, StringComparison.Ordinal);
        Assert.Null(results[2].Message);
    }

    [SkippableFact]
    public async Task Mailcow_without_authsource_is_found_and_changed()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("mailcow", server));
        await system.ExecuteAsync("ALTER TABLE mailbox DROP COLUMN authsource");
        var login = await server.CreateMailPassAsync(system.Database, (await Grants.ReadAsync("mailcow", "mysql")).Replace("authsource, ", string.Empty, StringComparison.Ordinal));
        await using var store = await OpenedSystem.OpenAsync(system, login, null);
        Assert.Equal("mailcow", store.Info.Schema);
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await Runs.ChangeAsync(store, [Request("exte@alpha.example", "N3w-Passw0rd!")])).Status);
    }

    [SkippableFact]
    public async Task Mailcow_login_follows_authsource_and_services()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailcow", "mysql");
        await opened.System.ExecuteAsync($"""
            UPDATE mailbox SET authsource = NULL WHERE username = '{Anna}';
            UPDATE mailbox SET attributes = JSON_SET(attributes, '$.imap_access', '0', '$.pop3_access', '0', '$.smtp_access', '0') WHERE username = '{Bert}';
            UPDATE mailbox SET attributes = NULL WHERE username = '{Cleo}'
            """);
        var results = await opened.RunAsync([Request(Anna), Request(Bert), Request(Cleo)]);
        Assert.Equal([ErrorIds.MailboxDisabled, null, null], results.Select(result => result.ErrorId));
        Assert.Contains("authsource is NULL", results[0].Message, StringComparison.Ordinal);
        Assert.Contains("mailcow's own pages and SOGo", results[1].Message, StringComparison.Ordinal);
        Assert.Null(results[2].Message);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task An_iRedMail_mailbox_without_any_service_is_disabled(string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "iredmail", engine);
        string[] services = ["enableimap", "enableimapsecured", "enableimaptls", "enablepop3", "enablepop3secured", "enablepop3tls", "enablesmtp", "enablesmtpsecured"];
        await opened.System.ExecuteAsync($"UPDATE mailbox SET {string.Join(", ", services.Select(service => service + " = 0"))} WHERE username = '{Cleo}'");
        Assert.Equal([ErrorIds.MailboxDisabled], (await opened.RunAsync([Request(Cleo)])).Select(result => result.ErrorId));
        foreach (var service in services)
        {
            await opened.System.ExecuteAsync($"UPDATE mailbox SET {service} = 1 WHERE username = '{Cleo}'");
            Assert.Equal(ChangeStatus.Changed, Assert.Single(await opened.RunAsync([Request(Cleo)])).Status);
            await opened.System.ExecuteAsync($"UPDATE mailbox SET {service} = 0 WHERE username = '{Cleo}'");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Other_credentials_are_named_though_not_visible(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        string[] expected = schema switch
        {
            // PostfixAdmin 3.3 does not have this table; PostgreSQL tells every login, MySQL only those with rights.
            "postfixadmin" when engine.StartsWith("mysql", StringComparison.Ordinal) => ["mailbox_app_password"],
            "mailcow" => ["app_passwd", "oauth_access_tokens", "sogo_sessions_folder", "auth_cache_ttl"],
            "iredmail" => ["Roundcube", "SOGo"],
            "modoboa" => ["API and OAuth"],
            "groupoffice-mailboxes" => ["em_accounts", "domainOwner"],
            "groupoffice-postfixadmin" => ["em_accounts"],
            "groupoffice-users" => ["core_auth_remember_me", "API keys"],
            "mailinabox" => ["Nextcloud"],
            "mailu" => ["token", "Redis"],
            "hmailserver" => ["cache"],
            "stalwart" => ["OAuth"],
            "kopano" => ["Open sessions"],
            "sogo" when engine.StartsWith("mysql", StringComparison.Ordinal) || engine == "postgresql" => ["sogo_sessions_folder"],
            _ => [],
        };
        var named = opened.Store.Info.OtherCredentials;
        Assert.All(expected, credential => Assert.Contains(named, sentence => sentence.Contains(credential, StringComparison.Ordinal)));
        Assert.Equal(expected.Length, named.Count);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task App_passwords_are_named_only_if_there_can_be_some(string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("postfixadmin", server));
        var reader = await server.CreateReaderAsync(system.Database);
        Assert.Empty(await NamedAsync(await OpenedSystem.OpenAsync(system, reader, null)));
        await system.ExecuteAsync("CREATE TABLE mailbox_app_password (id INT PRIMARY KEY, username VARCHAR(255), description VARCHAR(255), password_hash VARCHAR(255))");
        Assert.Equal(
            ["Application passwords (mailbox_app_password) still log in. This login may not see whether there are any."],
            await NamedAsync(await OpenedSystem.OpenAsync(system, "postfixadmin")));
        if (engine == "postgresql")
        {
            await system.ExecuteAsync($"GRANT ALL ON mailbox_app_password TO {server.Quote(reader.User)}");
        }

        Assert.Equal(["Application passwords (mailbox_app_password) still log in."], await NamedAsync(await OpenedSystem.OpenAsync(system, reader, null)));
        Assert.Empty(await NamedAsync(await OpenedSystem.OpenAsync(system, reader, null, "delete-app-passwords")));

        static async Task<IReadOnlyList<string>> NamedAsync(IMailboxStore store)
        {
            await using (store)
            {
                return store.Info.OtherCredentials;
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task A_change_writes_what_the_panel_would_and_nothing_else(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        Assert.Equal(schema, opened.Store.Info.Schema);
        Assert.False(opened.Store.Info.IsReadOnly);
        var from = await ClocksAsync(opened.System);
        var before = await opened.System.SnapshotAsync();

        var results = await opened.RunAsync(
        [
            Request(Anna, "N3w-Passw0rd!"),
            Request("disa@alpha.example"),
            Request("DORA@closed.example"),
            Request("exte@alpha.example"),
            Request("nobody@alpha.example"),
            Request(Bert),
            Request(Cleo),
        ]);

        Assert.Equal(
            [null, Disabled(schema), HasClosedDomains(schema) ? ErrorIds.MailboxDisabled : ErrorIds.MailboxNotFound, KnowsExternal(schema) ? ErrorIds.MailboxExternal : ErrorIds.MailboxNotFound, ErrorIds.MailboxNotFound, null, null],
            results.Select(result => result.ErrorId));
        Assert.All(results, result => Assert.Equal(result.ErrorId is null ? ChangeStatus.Changed : ChangeStatus.Failed, result.Status));

        var differences = before.DifferencesTo(await opened.System.SnapshotAsync());
        var to = await ClocksAsync(opened.System);
        Assert.Equal(
            new[] { Anna, Bert, Cleo }.SelectMany(user => Bookkeeping.Of(schema, prefix, user)).Order(StringComparer.Ordinal),
            differences.Select(difference => difference.Place).Order(StringComparer.Ordinal));
        foreach (var difference in differences)
        {
            if (Bookkeeping.ClockOf(schema, difference) is { } clock)
            {
                Assert.InRange(difference.After![..from[clock]!.Length], from[clock]!, to[clock]!);
            }
        }

        foreach (var (result, password) in results.Where(result => result.Status == ChangeStatus.Changed).Select(result => (result, result.Password?.Reveal() ?? "N3w-Passw0rd!")))
        {
            var hash = HashOf(differences, Bookkeeping.Of(schema, prefix, result.Mailbox).First());
            await AssertDovecotTakesAsync(password, hash.After!);
            Assert.NotEqual(hash.Before, hash.After);
            Assert.Equal(SchemeOf(hash.Before!), SchemeOf(hash.After!));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Restore_puts_hash_and_bookkeeping_back(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        var before = await opened.System.SnapshotAsync();
        await UndoneAsync(opened, Anna, Bert, Cleo);

        var left = before.DifferencesTo(await opened.System.SnapshotAsync()).Where(IsMoreThanSpaces).Select(difference => difference.Place).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(new[] { Anna, Bert, Cleo }.SelectMany(user => Bookkeeping.Of(schema, prefix, user)).Where(Bookkeeping.Stays).Distinct().Order(StringComparer.Ordinal), left);
    }

    [SkippableTheory]
    [InlineData("iredmail", "mysql", "UPDATE mailbox SET passwordlastchange = '0000-00-00 00:00:00', modified = '2019-03-31 02:30:00'")]
    [InlineData("iredmail", "mysql-5.7", "UPDATE mailbox SET passwordlastchange = '0000-00-00 00:00:00'")]
    [InlineData("iredmail", "postgresql", "UPDATE mailbox SET passwordlastchange = '-infinity', modified = '2019-03-31 02:30:00.123456'")]
    [InlineData("mailcow", "mysql", "UPDATE mailbox SET attributes = '{}', modified = NULL")]
    [InlineData("mailcow", "mysql-8.0", "UPDATE mailbox SET attributes = '{\"passwd_update\": null, \"force_pw_update\": 1, \"é\": [\"\"]}', modified = NULL")]
    [InlineData("vimbadmin", "mysql", "UPDATE mailbox SET modified = NULL")]
    [InlineData("groupoffice-users", "mysql", "UPDATE core_user SET passwordModifiedAt = NULL, forcePasswordChange = 1")]
    [InlineData("postfixadmin", "sqlite", "UPDATE mailbox SET modified = '', password_expiry = '0000-00-00 00:00:00'")]
    public async Task Restore_puts_empty_and_odd_dates_back(string schema, string engine, string oddities)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine);
        await opened.System.ExecuteAsync(engine.StartsWith("mysql", StringComparison.Ordinal) ? $"SET sql_mode = ''; {oddities}" : oddities);
        var before = await opened.System.SnapshotAsync();
        await UndoneAsync(opened, Anna, Bert);

        Assert.DoesNotContain(before.DifferencesTo(await opened.System.SnapshotAsync()), difference => !Bookkeeping.Stays(difference.Place) && IsMoreThanSpaces(difference));
    }

    [SkippableFact]
    public async Task Restore_leaves_what_others_changed_since()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailcow", "mysql");
        var before = await opened.System.SnapshotAsync();
        await UndoneAsync(opened, () => opened.System.ExecuteAsync(
            $"UPDATE mailbox SET attributes = JSON_SET(attributes, '$.quarantine_notification', 'never') WHERE username = '{Anna}'; UPDATE mailbox SET password = '{{SSHA512}}another' WHERE username = '{Bert}'"),
            Anna, Bert);

        var differences = before.DifferencesTo(await opened.System.SnapshotAsync()).Where(difference => !Bookkeeping.Stays(difference.Place)).ToList();
        // Anna's dates are the old ones and her other setting is the new one; nothing of Bert's is put back.
        Assert.Equal($"mailbox[username={Anna}].attributes", differences[0].Place);
        Assert.Equal(differences[0].Before!.Replace("hourly", "never", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal), differences[0].After!.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(Bookkeeping.Of("mailcow", "", Bert).Where(place => !Bookkeeping.Stays(place)).Order(StringComparer.Ordinal), differences.Skip(1).Select(difference => difference.Place).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task Dates_that_the_login_may_not_read_are_reported(string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await MailSystem.CreateAsync("iredmail", server);
        var grants = (await Grants.ReadAsync("iredmail", engine)).Replace("passwordlastchange, modified, storagebasedirectory", "passwordlastchange, storagebasedirectory", StringComparison.Ordinal);
        await using var store = await OpenedSystem.OpenAsync(system, await server.CreateMailPassAsync(system.Database, grants), null);

        Assert.Contains(store.Info.Notes, note => note.Contains("mailbox.passwordlastchange, mailbox.modified", StringComparison.Ordinal));
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await Runs.ChangeAsync(store, [Request(Anna, "N3w-Passw0rd!")])).Status);
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task A_reset_of_a_domain_gives_each_mailbox_its_own_password(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        var before = await opened.System.SnapshotAsync();

        var results = await opened.ResetAsync("Alpha.Example");

        Assert.All(results, result => Assert.Equal("alpha.example", result.Domain));
        Assert.Contains(results, result => result.Mailbox == Anna && result.Status == ChangeStatus.Changed);
        Assert.Equal(KnowsDisabled(schema), results.Any(result => result.Mailbox == "disa@alpha.example" && result.ErrorId == ErrorIds.MailboxDisabled));
        var changed = results.Where(result => result.Status == ChangeStatus.Changed).ToArray();
        Assert.Equal(changed.Length, changed.Select(result => result.Password!.Reveal()).Distinct().Count());
        var differences = before.DifferencesTo(await opened.System.SnapshotAsync());
        Assert.DoesNotContain(differences, difference => difference.RowKey.Contains("beta.example", StringComparison.Ordinal));
        foreach (var result in changed.Where(result => result.Mailbox is Anna or Bert))
        {
            await AssertDovecotTakesAsync(result.Password!.Reveal(), HashOf(differences, Bookkeeping.Of(schema, prefix, result.Mailbox).First()).After!);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Self_service_change_needs_the_current_password(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        var before = await opened.System.SnapshotAsync();

        var results = await opened.RunAsync([Request(Anna, "N3w-Passw0rd!", MailSystem.OldPassword), Request(Bert, "N3w-Passw0rd!", "not the current one")]);

        Assert.Equal([null, ErrorIds.CurrentPasswordWrong], results.Select(result => result.ErrorId));
        Assert.Equal(
            Bookkeeping.Of(schema, prefix, Anna).Order(StringComparer.Ordinal),
            before.DifferencesTo(await opened.System.SnapshotAsync()).Select(difference => difference.Place).Order(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Dry_run_writes_nothing_and_predicts_the_same(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        var before = await opened.System.SnapshotAsync();

        var results = await opened.RunAsync([Request(Anna, "N3w-Passw0rd!"), Request("disa@alpha.example", "N3w-Passw0rd!")], new ChangeRunOptions { WhatIf = true });

        Assert.Equal([ChangeStatus.Skipped, ChangeStatus.Failed], results.Select(result => result.Status));
        Assert.Equal(Disabled(schema), results[1].ErrorId);
        Assert.Empty(before.DifferencesTo(await opened.System.SnapshotAsync()));
    }

    [SkippableTheory]
    [MemberData(nameof(Systems))]
    public async Task Domains_and_mailboxes_are_listed_with_their_state(string schema, string engine, string prefix)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine, prefix);
        var domains = await opened.Store.ListDomainsAsync(CancellationToken.None).ToListAsync();
        string[] expected = ["alpha.example", "beta.example", .. HasClosedDomains(schema) ? (string[])["closed.example"] : [], .. HasDomains(schema) ? (string[])["xn--mnchen-3ya.example"] : []];
        Assert.Equal(expected, domains);
        var accounts = await opened.Store.ListAsync(new MailboxQuery { IncludeInactive = false }, CancellationToken.None).ToListAsync();
        Assert.DoesNotContain(accounts, account => string.IsNullOrEmpty(account.PasswordHash));
        var active = accounts.ConvertAll(account => account.Address.Value);

        Assert.Contains(Anna, active);
        Assert.Contains(Cleo, active);
        Assert.DoesNotContain(active, address => address[..4] is "disa" or "dora" or "exte" or "room" or "admi");
        if (HasDomains(schema))
        {
            Assert.Single(await opened.Store.ListAsync(new MailboxQuery { Domain = "münchen.example" }, CancellationToken.None).ToListAsync());
        }
    }

    [SkippableFact]
    public async Task PostfixAdmin_change_is_logged_and_sets_the_domains_expiry()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "postfixadmin", "mysql");
        await opened.RunAsync([Request(Anna)]);

        var log = Assert.Single(await opened.System.QueryAsync("SELECT username, domain, action, data FROM log"));
        Assert.Equal(["MailPass", "alpha.example", "edit_password", Anna], log.Values);
        var row = Assert.Single(await opened.System.QueryAsync($"SELECT DATEDIFF(password_expiry, NOW()) AS days, token, token_validity FROM mailbox WHERE username = '{Anna}'"));
        Assert.Equal("90", row["days"]);
        Assert.Equal("", row["token"]);
        Assert.StartsWith("2000-01-01", row["token_validity"], StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    [InlineData("sqlite")]
    public async Task PostfixAdmins_own_code_takes_what_was_written(string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "postfixadmin", engine);
        await opened.RunAsync([Request(Anna, "N3w-Passw0rd!")]);

        var stored = (await opened.System.QueryAsync($"SELECT password FROM mailbox WHERE username = '{Anna}'"))[0]["password"]!;
        Assert.True(await opened.System.Site!.AcceptsAsync("N3w-Passw0rd!", stored, "php_crypt:SHA512"));
        Assert.False(await opened.System.Site!.AcceptsAsync(MailSystem.OldPassword, stored, "php_crypt:SHA512"));
    }

    [SkippableTheory]
    [InlineData("SHA512-CRYPT", "php_crypt:SHA512")]
    [InlineData("SHA256-CRYPT", "php_crypt:SHA512")]
    [InlineData("BLF-CRYPT", "php_crypt:SHA512")]
    [InlineData("ARGON2ID", "dovecot:ARGON2ID")]
    public async Task PostfixAdmins_own_code_takes_the_schemes_listed(string scheme, string encrypt)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "postfixadmin", "sqlite");
        await opened.RunAsync([Request(Anna, "N3w-Passw0rd!")], new ChangeRunOptions { Settings = new HashSettings(scheme) });

        var stored = (await opened.System.QueryAsync($"SELECT password FROM mailbox WHERE username = '{Anna}'"))[0]["password"]!;
        Assert.True(await opened.System.Site!.AcceptsAsync("N3w-Passw0rd!", stored, encrypt));
    }

    [SkippableFact]
    public async Task PostfixAdmins_own_code_takes_hashes_without_a_prefix()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("postfixadmin", server));
        await system.ExecuteAsync("UPDATE mailbox SET password = SUBSTRING(password, 15)");
        await using var store = await OpenedSystem.OpenAsync(system, "postfixadmin");
        Assert.Equal(["SHA512-CRYPT"], store.Info.BareSchemes);
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await Runs.ChangeAsync(store, [Request(Anna, "N3w-Passw0rd!")])).Status);

        var stored = (await system.QueryAsync($"SELECT password FROM mailbox WHERE username = '{Anna}'"))[0]["password"]!;
        Assert.StartsWith("$6$", stored, StringComparison.Ordinal);
        Assert.True(await system.Site!.AcceptsAsync("N3w-Passw0rd!", stored, "php_crypt:SHA512"));
    }

    [SkippableFact]
    public async Task Mailcow_change_keeps_attributes_and_drops_its_reset_link()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailcow", "mysql");
        await opened.RunAsync([Request(Anna)]);

        using var attributes = JsonDocument.Parse((await opened.System.QueryAsync($"SELECT attributes FROM mailbox WHERE username = '{Anna}'"))[0]["attributes"]!);
        Assert.Equal("0", attributes.RootElement.GetProperty("force_pw_update").GetString());
        Assert.True(DateTime.TryParseExact(attributes.RootElement.GetProperty("passwd_update").GetString(), "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
        Assert.Equal("maildir:", attributes.RootElement.GetProperty("mailbox_format").GetString());
        Assert.Equal("hourly", attributes.RootElement.GetProperty("quarantine_notification").GetString());
        Assert.Equal(7, attributes.RootElement.EnumerateObject().Count());
        Assert.Equal("token-of-bert", Assert.Single(await opened.System.QueryAsync("SELECT token FROM reset_password"))["token"]);
        Assert.Contains(opened.Store.Info.OtherCredentials, sentence => sentence.Contains("app_passwd", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Mailcow_options_end_more_credentials()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailcow", "mysql", "", "force-change", "delete-app-passwords", "delete-oauth-tokens");
        var before = await opened.System.SnapshotAsync();
        await opened.RunAsync([Request(Anna)]);

        var differences = before.DifferencesTo(await opened.System.SnapshotAsync());
        Assert.Equal(
            ["app_passwd -", $"mailbox[username={Anna}].attributes", $"mailbox[username={Anna}].modified", $"mailbox[username={Anna}].password", "oauth_access_tokens -", "oauth_refresh_tokens -", "reset_password -"],
            differences.Select(difference => difference.Place).Order(StringComparer.Ordinal));
        using var attributes = JsonDocument.Parse(differences.Single(difference => difference.Column == "attributes").After!);
        Assert.Equal("1", attributes.RootElement.GetProperty("force_pw_update").GetString());
        Assert.DoesNotContain(opened.Store.Info.OtherCredentials, sentence => sentence.Contains("app_passwd", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Mailcow_says_why_a_mailbox_cannot_log_in()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailcow", "mysql");
        var results = await opened.RunAsync([Request("exte@alpha.example"), Request("dist@alpha.example"), Request("room@alpha.example")]);
        Assert.Equal([ErrorIds.MailboxExternal, ErrorIds.MailboxDisabled, ErrorIds.MailboxNotFound], results.Select(result => result.ErrorId));
        Assert.Contains("ldap", results[0].Message, StringComparison.Ordinal);
        Assert.Contains("receives mail", results[1].Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ISPConfig_gets_the_row_before_and_after_as_PHP_writes_it()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "ispconfig", "mysql");
        var before = (await opened.System.QueryAsync("SELECT * FROM mail_user WHERE mailuser_id = 1"))[0];
        await opened.RunAsync([Request(Anna), Request("popi@alpha.example")]);
        var after = (await opened.System.QueryAsync("SELECT * FROM mail_user WHERE mailuser_id = 1"))[0];

        var log = await opened.System.QueryAsync("SELECT * FROM sys_datalog ORDER BY dbidx");
        Assert.Equal(2, log.Count);
        Assert.Equal(["3", "mail_user", "mailuser_id:1", "u", "MailPass", "ok"], new[] { "server_id", "dbtable", "dbidx", "action", "user", "status" }.Select(column => log[0][column]));
        Assert.InRange(long.Parse(log[0]["tstamp"]!, CultureInfo.InvariantCulture), 1_700_000_000, 4_000_000_000);
        var php = await InTheLab.TryAsync(() => Task.FromResult(LabTools.Require("php", "php-cli")));
        var data = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string?>>>(
            await Command.RunAsync(php, ["-r", "$d = unserialize(stream_get_contents(STDIN), ['allowed_classes' => false]); echo json_encode($d, JSON_THROW_ON_ERROR);"], log[0]["data"]))!;
        Assert.Equal(["new", "old"], data.Keys);
        Assert.Equal(before, data["old"]);
        Assert.Equal(after, data["new"]);
        Assert.NotEqual(before["password"], after["password"]);
    }

    [SkippableFact]
    public async Task Froxlors_clear_text_is_refused_or_blanked_by_option()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "froxlor", "mysql");
        var before = await opened.System.SnapshotAsync();
        var refused = Assert.Single(await opened.RunAsync([Request("clea@alpha.example")]));
        Assert.Equal(ErrorIds.WriteFailed, refused.ErrorId);
        Assert.Contains("clear text", refused.Message, StringComparison.Ordinal);
        Assert.Contains("blank-cleartext", refused.Message, StringComparison.Ordinal);
        Assert.Empty(before.DifferencesTo(await opened.System.SnapshotAsync()));

        // A dry run predicts it with the same message.
        var foretold = await opened.RunAsync([Request("clea@alpha.example"), Request(Anna)], new ChangeRunOptions { WhatIf = true, Generator = new(Policy.PasswordPolicy.Default) });
        Assert.Equal([(ChangeStatus.Failed, refused.Message), (ChangeStatus.Skipped, foretold[1].Message)], foretold.Select(result => (result.Status, result.Message)));

        await using var blanking = await OpenedSystem.CreateAsync(servers, "froxlor", "mysql", "", "blank-cleartext");
        before = await blanking.System.SnapshotAsync();
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await blanking.RunAsync([Request("clea@alpha.example")])).Status);
        var differences = before.DifferencesTo(await blanking.System.SnapshotAsync());
        Assert.Equal(["mail_users[id=7].password", "mail_users[id=7].password_enc"], differences.Select(difference => difference.Place));
        Assert.Equal("", differences[0].After);
    }

    [SkippableFact]
    public async Task ViMbAdmin_logs_the_change()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "vimbadmin", "mysql");
        Assert.Equal(ErrorIds.MailboxDisabled, (await opened.RunAsync([Request(Bert), Request("dele@alpha.example")]))[1].ErrorId);

        var log = Assert.Single(await opened.System.QueryAsync("SELECT action, data, Admin_id, Domain_id FROM log"));
        Assert.Equal(["MAILBOX_PW_CHANGE", $"MailPass changed password for mailbox {Bert}", null, "1"], log.Values);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    public async Task ISPmail_column_that_disables_is_heeded(string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("ispmail", server));
        await system.ExecuteAsync(engine == "mysql"
            ? $"ALTER TABLE virtual_users ADD enabled TINYINT(1) NOT NULL DEFAULT 1; UPDATE virtual_users SET enabled = 0 WHERE email = '{Bert}'"
            : $"ALTER TABLE virtual_users ADD active BOOLEAN NOT NULL DEFAULT true; UPDATE virtual_users SET active = false WHERE email = '{Bert}'");
        await using var store = await OpenWithAllRightsAsync(system);
        var results = await Runs.ChangeAsync(store, [Request(Anna, "N3w-Passw0rd!"), Request(Bert, "N3w-Passw0rd!")]);

        Assert.Equal([null, ErrorIds.MailboxDisabled], results.Select(result => result.ErrorId));
    }

    [SkippableFact]
    public async Task Linode_column_takes_a_hash_like_the_old_one()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("ispmail", server));
        await system.ExecuteAsync($"DELETE FROM virtual_users WHERE email <> '{Bert}'; ALTER TABLE virtual_users MODIFY password VARCHAR(106) NOT NULL");
        await using var store = await OpenedSystem.OpenAsync(system, "ispmail");
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await Runs.ChangeAsync(store, [Request(Bert, "N3w-Passw0rd!")])).Status);

        await AssertDovecotTakesAsync("N3w-Passw0rd!", (await system.QueryAsync("SELECT password FROM virtual_users"))[0]["password"]!);
    }

    [SkippableFact]
    public async Task CyberPanel_clear_text_needs_a_scheme()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "cyberpanel", "mysql");
        Assert.Equal(ErrorIds.SchemeChoiceNeeded, Assert.Single(await opened.RunAsync([Request("clea@alpha.example")])).ErrorId);
        Assert.Equal(ChangeStatus.Changed, Assert.Single(await opened.RunAsync([Request("clea@alpha.example", "N3w-Passw0rd!")], new ChangeRunOptions { Settings = new HashSettings("BLF-CRYPT") })).Status);
        var stored = (await opened.System.QueryAsync("SELECT password FROM e_users WHERE email = 'clea@alpha.example'"))[0]["password"]!;
        Assert.StartsWith("{CRYPT}$2y$", stored, StringComparison.Ordinal);
        await AssertDovecotTakesAsync("N3w-Passw0rd!", stored);
    }

    [SkippableTheory]
    [InlineData(null, "$bcrypt-sha256$v=2,t=2b,r=10$")]
    [InlineData("BCRYPT-SHA256", "$bcrypt-sha256$v=2,t=2b,r=12$")]
    [InlineData("BLF-CRYPT", "{BLF-CRYPT}$2y$")]
    [InlineData("SHA512-CRYPT", "{SHA512-CRYPT}$6$")]
    public async Task Mailus_passlib_takes_the_schemes_listed(string? scheme, string beginning)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailu", "sqlite");
        await opened.RunAsync([Request(Anna, "N3w-Passw0rd! ü")], new ChangeRunOptions { Settings = scheme is null ? null : new HashSettings(scheme) });
        var stored = (await opened.System.QueryAsync($"SELECT password FROM user WHERE email = '{Anna}'"))[0]["password"]!;
        Assert.StartsWith(beginning, scheme is "BLF-CRYPT" or "SHA512-CRYPT" && stored[0] == '$' ? $"{{{scheme}}}{stored}" : stored, StringComparison.Ordinal);
        await AssertMailuTakesAsync("N3w-Passw0rd! ü", stored);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    [InlineData("sqlite")]
    public async Task Mailu_tokens_and_forced_change_follow_the_options(string engine)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailu", engine, "", "delete-app-passwords", "force-change");
        await opened.RunAsync([Request(Bert)]);
        var user = opened.System.Server.Quote("user");
        Assert.Contains((await opened.System.QueryAsync($"SELECT change_pw_next_login AS c FROM {user} WHERE email = '{Bert}'"))[0]["c"], new[] { "1", "t", "true" });
        Assert.Equal("anna@alpha.example", Assert.Single(await opened.System.QueryAsync("SELECT user_email FROM token"))["user_email"]);
        Assert.DoesNotContain(opened.Store.Info.OtherCredentials, credential => credential.Contains("token", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task HMailServer_password_outside_of_ASCII_is_refused()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "hmailserver", "mysql");
        Assert.Equal(ErrorIds.PasswordInvalid, Assert.Single(await opened.RunAsync([Request(Anna, "N3w-Pässw0rd!")])).ErrorId);
    }

    [SkippableFact]
    public async Task Scheme_that_the_schema_does_not_list_is_refused()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "mailpass", "mysql");
        Assert.Equal(ErrorIds.SchemeUnknown, Assert.Single(await opened.RunAsync([Request(Anna, "N3w-Passw0rd!")], new ChangeRunOptions { Settings = new HashSettings("BCRYPT-SHA256") })).ErrorId);
    }

    [SkippableFact]
    public async Task PHPs_password_verify_accepts_hashes_of_Group_Office_users()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "groupoffice-users", "mysql");
        await opened.RunAsync([Request(Anna, "N3w-Passw0rd! ü")]);

        var stored = (await opened.System.QueryAsync("SELECT password FROM core_auth_password WHERE userId = 2"))[0]["password"]!;
        var php = await InTheLab.TryAsync(() => Task.FromResult(LabTools.Require("php", "php-cli")));
        var answer = await Command.RunAsync(
            php,
            ["-r", "list($new, $old, $hash) = json_decode(stream_get_contents(STDIN)); echo json_encode([password_verify($new, $hash), password_verify($old, $hash), password_get_info($hash)['algoName']]);"],
            JsonSerializer.Serialize(new[] { "N3w-Passw0rd! ü", MailSystem.OldPassword, stored }));
        Assert.Equal("""[true,false,"bcrypt"]""", answer);
    }

    [SkippableFact]
    public async Task Group_Office_users_can_be_made_to_choose_another_password()
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, "groupoffice-users", "mysql", "", "force-change");
        await opened.RunAsync([Request(Bert)]);
        var row = (await opened.System.QueryAsync("SELECT forcePasswordChange, recoveryHash FROM core_user WHERE id = 3"))[0];
        Assert.Equal(["1", null], row.Values);
    }

    [SkippableTheory]
    [InlineData("mailu", "mysql", "SELECT change_pw_next_login AS f FROM `user` WHERE email = 'bert@alpha.example'")]
    [InlineData("mailu", "postgresql", "SELECT change_pw_next_login AS f FROM \"user\" WHERE email = 'bert@alpha.example'")]
    [InlineData("mailu", "sqlite", "SELECT change_pw_next_login AS f FROM user WHERE email = 'bert@alpha.example'")]
    [InlineData("mailcow", "mysql", "SELECT JSON_UNQUOTE(JSON_EXTRACT(attributes, '$.force_pw_update')) AS f FROM mailbox WHERE username = 'bert@alpha.example'")]
    [InlineData("groupoffice-users", "mysql", "SELECT forcePasswordChange AS f FROM core_user WHERE id = 3")]
    public async Task Forced_change_is_written_undone_and_taken_off_again(string schema, string engine, string query)
    {
        await using var opened = await OpenedSystem.CreateAsync(servers, schema, engine);
        async Task<string?> ForcedAsync() => (await opened.System.QueryAsync(query))[0]["f"] switch { "1" or "t" or "true" or "True" => "1", "0" or "f" or "false" or "False" => "0", var other => other };
        var force = new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), ForceChange = true };

        var before = await opened.System.SnapshotAsync();
        await UndoneAsync(opened, async () => Assert.Equal("1", await ForcedAsync()), force, Anna, Bert);
        Assert.DoesNotContain(before.DifferencesTo(await opened.System.SnapshotAsync()), difference => !Bookkeeping.Stays(difference.Place) && IsMoreThanSpaces(difference));

        // In both orders, because a statement prepared for one must not be used for the other.
        var results = await opened.RunAsync([Request(Bert)], force);
        Assert.Equal("1", await ForcedAsync());
        Assert.Contains("must choose another password", Assert.Single(results).Message, StringComparison.Ordinal);
        await opened.RunAsync([Request(Bert)]);
        Assert.Equal("0", await ForcedAsync());
        await opened.RunAsync([Request(Bert)], force);
        Assert.Equal("1", await ForcedAsync());
    }

    [SkippableFact]
    public async Task Forced_change_is_refused_if_its_column_is_missing()
    {
        var server = await servers.GetAsync("sqlite");
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("mailu", server));
        await system.ExecuteAsync("ALTER TABLE user DROP COLUMN change_pw_next_login");
        await using var store = await OpenedSystem.OpenAsync(system, "mailu");
        Assert.Equal("mailu", store.Info.Schema);
        Assert.Null(store.Info.ForceChange);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => Runs.ChangeAsync(store, [Request(Bert, "N3w-Passw0rd!")], new ChangeRunOptions { ForceChange = true }));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
    }

    [SkippableFact]
    public async Task A_database_with_two_systems_is_refused()
    {
        var server = await servers.GetAsync("mysql");
        using var system = await MailSystem.CreateAsync("groupoffice", server);
        var all = await server.CreateOwnerAsync(system.Database);

        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenedSystem.OpenAsync(system, all, null));

        Assert.Equal(ErrorIds.SchemaNotDetected, fault.ErrorId);
        Assert.Contains("groupoffice-mailboxes", fault.Message + fault.Remedy, StringComparison.Ordinal);
        Assert.Contains("groupoffice-users", fault.Message + fault.Remedy, StringComparison.Ordinal);
        await using var named = await OpenedSystem.OpenAsync(system, all, "groupoffice-users");
        Assert.Equal("groupoffice-users", named.Info.Schema);
    }

    [SkippableTheory]
    [InlineData("mysql")]
    [InlineData("postgresql")]
    [InlineData("sqlite")]
    public async Task Database_of_something_else_is_not_guessed_at(string engine)
    {
        var server = await servers.GetAsync(engine);
        var database = server.NewDatabaseName("shop");
        await server.CreateDatabaseAsync(database);
        await server.ExecuteAsync(database, "CREATE TABLE customer (id INT PRIMARY KEY, password VARCHAR(40))");
        MailPassException fault;
        if (server is SqliteFiles files)
        {
            fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(StoreLocation.Parse(files.PathOf(database)), new StoreOpenOptions()));
        }
        else
        {
            var login = await server.CreateReaderAsync(database);
            using var password = Secret.FromChars(login.Password);
            var location = new StoreLocation(engine == "mysql" ? StoreProvider.MySql : StoreProvider.PostgreSql, Server: "127.0.0.1", Port: server.Port, Database: database, User: login.User);
            fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(location, new StoreOpenOptions { Password = password }));
        }

        Assert.Equal(ErrorIds.SchemaNotDetected, fault.ErrorId);
        Assert.Contains("customer", fault.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT, extra TEXT, privileges TEXT)")]
    [InlineData("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password TEXT); CREATE TABLE aliases (id INTEGER PRIMARY KEY, source TEXT, destination TEXT, permitted_senders TEXT)")]
    [InlineData("CREATE TABLE accounts (id INTEGER PRIMARY KEY, username TEXT, domain TEXT, password TEXT, quota INT, enabled INT, sendonly INT); CREATE TABLE domains (domain TEXT)")]
    [InlineData("CREATE TABLE accounts (name TEXT PRIMARY KEY, secret TEXT, description TEXT, type TEXT, active INT); CREATE TABLE emails (id INTEGER PRIMARY KEY, address TEXT)")]
    [InlineData("CREATE TABLE user (email TEXT PRIMARY KEY, localpart TEXT, domain_name TEXT, password TEXT, enabled INT); CREATE TABLE domain (name TEXT, max_users INT)")]
    public async Task Tables_that_only_look_alike_are_not_taken(string tables)
    {
        var server = await servers.GetAsync("sqlite");
        var database = server.NewDatabaseName("alike");
        await server.ExecuteAsync(database, tables);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => MailStore.OpenAsync(StoreLocation.Parse(((SqliteFiles)server).PathOf(database)), new StoreOpenOptions()));
        Assert.Equal(ErrorIds.SchemaNotDetected, fault.ErrorId);
    }

    [SkippableTheory]
    [InlineData("iredmail", "mysql")]
    [InlineData("iredmail", "postgresql")]
    public async Task A_hash_that_the_column_would_cut_is_refused(string schema, string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await MailSystem.CreateAsync(schema, server);
        await system.ExecuteAsync(engine == "mysql"
            ? "ALTER TABLE mailbox MODIFY password VARCHAR(104) NOT NULL DEFAULT ''"
            : "ALTER TABLE mailbox ALTER password TYPE VARCHAR(104)");
        await using var store = await OpenedSystem.OpenAsync(system, schema);
        Assert.Equal(104, store.Info.HashColumnWidth);
        var before = await system.SnapshotAsync();

        Assert.Equal(ErrorIds.HashTooLongForColumn, Assert.Single(await Runs.ChangeAsync(store, [Request(Anna, "N3w-Passw0rd!")], new ChangeRunOptions { Settings = new Hashing.HashSettings("SHA512-CRYPT") })).ErrorId);

        Assert.Empty(before.DifferencesTo(await system.SnapshotAsync()));
    }

    [SkippableTheory]
    [InlineData("iredmail", "mysql")]
    [InlineData("iredmail", "postgresql")]
    public async Task Read_only_login_can_list_and_is_refused_before_a_change(string schema, string engine)
    {
        var server = await servers.GetAsync(engine);
        using var system = await MailSystem.CreateAsync(schema, server);
        await using var store = await OpenedSystem.OpenAsync(system, await server.CreateReaderAsync(system.Database), null);
        var before = await system.SnapshotAsync();
        Assert.Contains(await store.ListAsync(new MailboxQuery(), CancellationToken.None).ToListAsync(), account => account.Address.Value == Anna);
        var fault = await Assert.ThrowsAsync<MailPassException>(() => Runs.ChangeAsync(store, [Request(Anna, "N3w-Passw0rd!")]));

        Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId);
        Assert.Empty(before.DifferencesTo(await system.SnapshotAsync()));
    }

    /// <summary>The systems on MariaDB, the newest MySQL and PostgreSQL: a file has no logins, and older releases have the same rights.</summary>
    public static TheoryData<string, string, string> SystemsWithLogins
    {
        get
        {
            var systems = new TheoryData<string, string, string>();
            foreach (var row in Systems.Where(row => row[1] is "mysql" or "mysql-8.4" or "postgresql"))
            {
                systems.Add((string)row[0], (string)row[1], (string)row[2]);
            }

            return systems;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(SystemsWithLogins))]
    public async Task Check_wants_the_rights_of_the_page_and_no_others(string schema, string engine, string prefix)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync(MailSystem.FolderOf(schema)!, server, prefix));
        var before = await system.SnapshotAsync();

        Assert.Empty(await CheckAsync(system, await OpenedSystem.LoginAsync(system, schema, prefix), schema));

        var faults = await CheckAsync(system, await server.CreateReaderAsync(system.Database), schema);
        Assert.NotEmpty(faults);
        Assert.All(faults, fault => Assert.Equal(ErrorIds.StoreReadOnly, fault.ErrorId));
        Assert.Empty(before.DifferencesTo(await system.SnapshotAsync()));
    }

    [SkippableTheory]
    [InlineData("mysql", "mailbox", "log")]
    [InlineData("postgresql", "mailbox", "log", "log_id_seq")]
    public async Task Check_names_every_right_that_is_missing(string engine, params string[] tables)
    {
        var server = await servers.GetAsync(engine);
        using var system = await InTheLab.TryAsync(() => MailSystem.CreateAsync("postfixadmin", server));

        var faults = await CheckAsync(system, await server.CreateReaderAsync(system.Database), "postfixadmin");

        Assert.True(tables.Length == faults.Count, string.Join("; ", faults.Select(fault => fault.Message)));
        Assert.All(tables, table => Assert.Contains(faults, fault => System.Text.RegularExpressions.Regex.IsMatch(fault.Message, $@"\b{table}\b")));
    }

    // The faults that a check of a profile reports.
    private static async Task<IReadOnlyList<ProfileFinding>> CheckAsync(MailSystem system, LabLogin login, string schema)
    {
        using var folder = new LabFolder("check");
        var provider = system.Server.Engine == "mysql" ? "mysql" : "postgres";
        var profile = folder.Write("site.json", $$"""{ "store": { "location": "{{provider}}://{{login.User}}@127.0.0.1:{{system.Server.Port}}/{{system.Database}}", "password": { "env": "LAB" } }, "schema": "{{schema}}" }""");
        File.SetUnixFileMode(profile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var findings = new List<ProfileFinding>();
        await foreach (var finding in new ProfileCheck(new SiteSecrets { Environment = name => name == "LAB" ? login.Password : null }).RunAsync(profile))
        {
            findings.Add(finding);
        }

        Assert.Contains(findings, finding => finding.Message.Contains("schema " + schema, StringComparison.Ordinal));
        return [.. findings.Where(finding => finding.Result is FindingResult.Fault)];
    }

    // MariaDB keeps JSON as text and writes its own spaces into what it changes.
    private static bool IsMoreThanSpaces(Difference difference) =>
        difference.Column != "attributes" || !JsonNode.DeepEquals(JsonNode.Parse(difference.Before ?? "null"), JsonNode.Parse(difference.After ?? "null"));

    private static Task UndoneAsync(OpenedSystem opened, params string[] users) => UndoneAsync(opened, () => Task.CompletedTask, users);

    private static Task UndoneAsync(OpenedSystem opened, Func<Task> meanwhile, params string[] users) => UndoneAsync(opened, meanwhile, new ChangeRunOptions(), users);

    // A run with a journal, and its restore.
    private static async Task UndoneAsync(OpenedSystem opened, Func<Task> meanwhile, ChangeRunOptions options, params string[] users)
    {
        using var folder = new LabFolder("journal");
        var path = folder.At("run");
        await using (var journal = FileJournal.Create(path, opened.Store.Info))
        {
            var results = await opened.RunAsync(users.Select(user => Request(user, "N3w-Passw0rd!")), options with { Journal = journal });
            Assert.All(results, result => Assert.Equal(ChangeStatus.Changed, result.Status));
        }

        await meanwhile();
        Assert.All(await new JournalReplay(opened.Store, path).RestoreAsync().ToListAsync(), result => Assert.NotEqual(ChangeStatus.Failed, result.Status));
    }

    private static bool HasDomains(string schema) => schema is not ("groupoffice-users" or "mailpass");

    private static bool HasClosedDomains(string schema) => HasDomains(schema) && KnowsDisabled(schema) && schema is not ("mailu" or "stalwart" or "kopano");

    // The other systems delete mailboxes that may not log in.
    private static bool KnowsDisabled(string schema) => schema is not ("ispmail" or "mailinabox" or "cyberpanel" or "sogo");

    private static string Disabled(string schema) => KnowsDisabled(schema) ? ErrorIds.MailboxDisabled : ErrorIds.MailboxNotFound;

    private static bool KnowsExternal(string schema) => schema is "mailcow" or "modoboa" or "groupoffice-users" or "hmailserver" or "kopano";

    private static ChangeRequest Request(string identity, string? password = null, string? current = null) => new()
    {
        Identity = identity,
        Password = password is null ? null : Secret.FromChars(password),
        CurrentPassword = current is null ? null : Secret.FromChars(current),
    };

    private static async Task<IMailboxStore> OpenWithAllRightsAsync(MailSystem system)
    {
        if (system.Server is SqliteFiles)
        {
            return await OpenedSystem.OpenAsync(system, system.Name);
        }

        var owner = await system.Server.CreateOwnerAsync(system.Database);
        if (system.Server.Engine == "postgresql")
        {
            await system.ExecuteAsync($"GRANT ALL ON ALL TABLES IN SCHEMA public TO {system.Server.Quote(owner.User)}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {system.Server.Quote(owner.User)}");
        }

        return await OpenedSystem.OpenAsync(system, owner, null);
    }

    private static Difference HashOf(IEnumerable<Difference> differences, string place) => differences.Single(difference => difference.Place == place);

    // {SCHEME}, or the name between the first two dollars.
    private static string SchemeOf(string hash) => hash[0] is not ('{' or '$') ? hash.Length == 40 ? "KOPANO-MD5" : "HMAIL-SHA256" : hash[0] == '{' ? hash[..hash.IndexOf('}', StringComparison.Ordinal)].TrimStart('{') : hash.Split('$')[1] switch
    {
        "5" => "SHA256-CRYPT",
        "6" => "SHA512-CRYPT",
        "bcrypt-sha256" => "BCRYPT-SHA256",
        _ => "BLF-CRYPT",
    };

    private static async Task AssertDovecotTakesAsync(string password, string hash)
    {
        if (SchemeOf(hash) is "HMAIL-SHA256")
        {
            // As in hMailServer's source, with the platform's SHA-256.
            Assert.Equal(hash, hash[..6] + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(hash[..6] + password))));
            return;
        }

        if (SchemeOf(hash) is "KOPANO-MD5")
        {
            // As in Kopano's authenticateUser, with the platform's MD5.
            Assert.Equal(hash, hash[..8] + Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.ASCII.GetBytes(hash[..8] + password))));
            return;
        }

        if (SchemeOf(hash) is "BCRYPT-SHA256")
        {
            await AssertMailuTakesAsync(password, hash);
            return;
        }

        var doveadm = await InTheLab.TryAsync(() => Task.FromResult(LabTools.Require("doveadm", "dovecot-core")));
        // A test's password is not a secret, so it may be an argument.
        var answer = await Command.TryAsync(doveadm, ["pw", "-t", hash[0] == '{' ? hash : "{CRYPT}" + hash, "-p", password]);
        Assert.True(answer.Output.Contains("(verified)", StringComparison.Ordinal), $"doveadm pw -t refuses the new hash: {answer.Output}{answer.Error}");
        Assert.DoesNotContain("(verified)", (await Command.TryAsync(doveadm, ["pw", "-t", hash[0] == '{' ? hash : "{CRYPT}" + hash, "-p", MailSystem.OldPassword])).Output, StringComparison.Ordinal);
    }

    // Mailu's check_password, rewritten: it removes these prefixes and uses passlib with every scheme except the plain ones.
    private static async Task AssertMailuTakesAsync(string password, string hash)
    {
        const string Check = """
            import json, re, sys, passlib.context, passlib.registry
            hash, right, wrong = json.load(sys.stdin)
            schemes = [s for s in passlib.registry.list_crypt_handlers() if not (s == 'scrypt' or s.endswith('plaintext'))]
            context = passlib.context.CryptContext(schemes=schemes, default='bcrypt_sha256', bcrypt_sha256__rounds=12, deprecated='auto')
            bare = re.sub(r'^{(PBKDF2|BLF-CRYPT|SHA512-CRYPT|SHA256-CRYPT|MD5-CRYPT|CRYPT)}', '', hash)
            print(json.dumps([context.verify_and_update(p, bare)[0] for p in (right, wrong)]))
            """;
        var answer = await Command.TryAsync("/usr/bin/python3", ["-W", "ignore", "-c", Check], JsonSerializer.Serialize(new[] { hash, password, MailSystem.OldPassword }));
        Skip.If(answer.Error.Contains("ModuleNotFoundError", StringComparison.Ordinal), "python3-passlib is not installed.");
        Assert.True(answer.Output.Trim() == "[true, false]", answer.Output + answer.Error);
    }

    private static async Task<LabRow> ClocksAsync(MailSystem system) => (await system.QueryAsync(system.Server.Engine switch
    {
        "mysql" => "SELECT CAST(NOW() AS CHAR) AS server, CAST(UTC_TIMESTAMP() AS CHAR) AS utc, CAST(UNIX_TIMESTAMP() AS CHAR) AS unix",
        "postgresql" => "SELECT to_char(now(), 'YYYY-MM-DD HH24:MI:SS') AS server, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS utc, extract(epoch FROM now())::bigint AS unix",
        _ => "SELECT datetime('now', 'localtime') AS server, datetime('now') AS utc, CAST(unixepoch() AS TEXT) AS unix",
    }))[0];
}
