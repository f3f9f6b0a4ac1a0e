using MailPass.Changes;
using MailPass.Generation;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Directories: a real slapd is listed, searched and written, and its own tools judge what it then has.</summary>
public sealed class DirectoryTests
{
    private const string Old = "Old-Passw0rd!";

    [SkippableFact]
    public async Task Directory_is_listed_by_domain_and_found_by_address()
    {
        await using var server = await StartAsync(People("anna@alpha.example", "bert@alpha.example", "cleo@beta.example"));
        await using var store = await OpenAsync(server.Location);
        Assert.Equal("LDAP", store.Info.Kind);
        Assert.Equal("inetorgperson", store.Info.Schema);
        Assert.Equal(["alpha.example", "beta.example"], await ToListAsync(store.ListDomainsAsync(default)));
        Assert.Equal(3, (await ToListAsync(store.ListAsync(new MailboxQuery(), default))).Count);
        Assert.Equal(["cleo@beta.example"], (await ToListAsync(store.ListAsync(new MailboxQuery { Domain = "BETA.example" }, default))).Select(account => account.Address.Value));

        var found = await store.FindAsync([.. Addresses("CLEO@beta.example", "nobody@beta.example", "anna@alpha.example")], default);
        Assert.Equal(["cleo@beta.example", null, "anna@alpha.example"], found.Select(account => account?.Address.Value));
        Assert.Equal("Person 2", found[0]!.DisplayName);
    }

    [SkippableFact]
    public async Task Directory_password_change_logs_in_and_the_old_one_does_not()
    {
        await using var server = await StartAsync(People("anna@alpha.example", "bert@alpha.example"));
        await using var store = await OpenAsync(server.Location);
        Assert.True(await server.BindsAsync(Dn("anna@alpha.example"), Old));

        var results = await RunAsync(store, new ChangeRequest { Identity = "anna@alpha.example" }, new ChangeRequest { Identity = "bert@alpha.example", Password = Secret.FromChars("Sch\"ö\\n-2026") });

        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Changed], results.Select(result => result.Status));
        Assert.StartsWith("{CRYPT}$6$", Assert.Single(await server.ReadAsync(Dn("anna@alpha.example"), "userPassword")), StringComparison.Ordinal);
        Assert.True(await server.BindsAsync(Dn("anna@alpha.example"), results[0].Password!.Reveal()));
        Assert.True(await server.BindsAsync(Dn("bert@alpha.example"), "Sch\"ö\\n-2026"));
        Assert.False(await server.BindsAsync(Dn("anna@alpha.example"), Old));
        Assert.False(await server.BindsAsync(Dn("bert@alpha.example"), Old));
    }

    [SkippableFact]
    public async Task Directory_change_in_between_is_a_conflict_for_that_mailbox_alone()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await StartAsync(People(names));
        await using var store = await OpenAsync(server.Location);
        var before = await store.FindAsync([.. Addresses(names)], default);
        await server.ModifyAsync($"dn: {Dn(names[3])}\nchangetype: modify\nreplace: userPassword\nuserPassword: theirs\n\ndn: {Dn(names[7])}\nchangetype: delete\n");

        var outcomes = await store.WriteAsync([.. before.Select(account => new HashWrite { Account = account!, NewHash = "{SSHA}new", Time = DateTimeOffset.UtcNow })], default);

        Assert.Equal(names.Select((_, i) => i switch { 3 => WriteStatus.Conflict, 7 => WriteStatus.NotFound, _ => WriteStatus.Written }), outcomes.Select(outcome => outcome.Status));
        Assert.Equal(["theirs"], await server.ReadAsync(Dn(names[3]), "userPassword"));
        Assert.Equal(["{SSHA}new"], await server.ReadAsync(Dn(names[4]), "userPassword"));
    }

    internal static string OldHash => "{SSHA}" + Ssha(Old);

    internal static string Dn(string mail) => $"mail={mail},ou=people,{DirectoryServer.Base}";

    internal static string People(params IEnumerable<string> mails) => string.Concat(mails.Select((mail, i) => $"""
        dn: {Dn(mail)}
        objectClass: inetOrgPerson
        cn: Person {i}
        sn: {i}
        mail: {mail}
        userPassword: {OldHash}


        """));

    internal static async Task<DirectoryServer> StartAsync(string ldif, DirectorySetup? setup = null) =>
        await InTheLab.TryAsync(() => DirectoryServer.StartAsync((setup ?? new DirectorySetup()) with { Ldif = ldif }));

    internal static async Task<IMailboxStore> OpenAsync(string location, StoreOpenOptions? options = null)
    {
        using var password = Secret.FromChars(DirectoryServer.ManagerPassword);
        return await MailStore.OpenAsync(StoreLocation.Parse(location), (options ?? new StoreOpenOptions()) with { Password = password });
    }

    internal static async Task<IReadOnlyList<ChangeResult>> RunAsync(IMailboxStore store, params ChangeRequest[] requests)
    {
        await using var run = new ChangeRun(store, new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default) });
        return await ToListAsync(run.ExecuteAsync(requests.ToAsyncEnumerable()));
    }

    internal static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> source)
    {
        var list = new List<T>();
        await foreach (var item in source)
        {
            list.Add(item);
        }

        return list;
    }

    private static IEnumerable<MailboxAddress> Addresses(params string[] texts) => texts.Select(MailboxAddress.Parse);

    // RFC 2307's form of a salted SHA-1, made apart from MailPass.
    private static string Ssha(string password)
    {
        byte[] salt = [1, 2, 3, 4];
#pragma warning disable CA5350 // It is what stands in old directories.
        return Convert.ToBase64String([.. System.Security.Cryptography.SHA1.HashData([.. System.Text.Encoding.UTF8.GetBytes(password), .. salt]), .. salt]);
#pragma warning restore CA5350
    }
}
