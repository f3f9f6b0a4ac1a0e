using MailPass.Changes;
using MailPass.Generation;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Journals;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Directories: a real slapd is listed, searched and written, and its own tools check the result.</summary>
public sealed class DirectoryTests
{
    internal const string Old = "Old-Passw0rd!";

    [SkippableFact]
    public async Task Directory_is_listed_by_domain_and_found_by_address()
    {
        await using var server = await StartAsync(People("anna@alpha.example", "bert@alpha.example", "cleo@beta.example"));
        await using var store = await OpenAsync(server.Location);
        Assert.Equal("LDAP", store.Info.Kind);
        Assert.Equal("inetorgperson", store.Info.Schema);
        Assert.Equal(["alpha.example", "beta.example"], await store.ListDomainsAsync(default).ToListAsync());
        Assert.Equal(3, (await store.ListAsync(new MailboxQuery(), default).ToListAsync()).Count);
        Assert.Equal(["cleo@beta.example"], (await store.ListAsync(new MailboxQuery { Domain = "BETA.example" }, default).ToListAsync()).Select(account => account.Address.Value));

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

    [SkippableTheory]
    [InlineData]
    [InlineData("transactions")]
    public async Task Directory_change_in_between_is_a_conflict_of_one_mailbox(params string[] options)
    {
        var names = Enumerable.Range(0, 20).Select(i => $"user{i}@alpha.example").ToArray();
        await using var server = await StartAsync(People(names));
        await using var store = await OpenAsync(server.Location, new StoreOpenOptions { SchemaOptions = options });
        var before = await store.FindAsync([.. Addresses(names)], default);
        await server.ModifyAsync($"dn: {Dn(names[3])}\nchangetype: modify\nreplace: userPassword\nuserPassword: theirs\n\ndn: {Dn(names[7])}\nchangetype: delete\n");

        var outcomes = await store.WriteAsync([.. before.Select(account => new HashWrite { Account = account!, NewHash = "{SSHA}new", Time = DateTimeOffset.UtcNow })], default);

        Assert.Equal(names.Select((_, i) => i switch { 3 => WriteStatus.Conflict, 7 => WriteStatus.NotFound, _ => WriteStatus.Written }), outcomes.Select(outcome => outcome.Status));
        Assert.Equal(["theirs"], await server.ReadAsync(Dn(names[3]), "userPassword"));
        Assert.Equal(["{SSHA}new"], await server.ReadAsync(Dn(names[4]), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_mailbox_with_two_passwords_is_changed_and_restored()
    {
        const string anna = "anna@alpha.example";
        await using var server = await StartAsync(People(anna));
        await server.ModifyAsync($"dn: {Dn(anna)}\nchangetype: modify\nadd: userPassword\nuserPassword: {{SHA512}}second\n-\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: uid\nuid: anna\n-\nadd: shadowLastChange\nshadowLastChange: 7\n");
        await using var store = await OpenAsync(server.Location);
        using var folder = new LabFolder("journal");
        var path = folder.At("run");
        await using (var journal = FileJournal.Create(path, store.Info))
        {
            var result = Assert.Single(await Runs.ChangeAsync(store, [new ChangeRequest { Identity = anna }], new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Journal = journal }));
            Assert.Equal(ChangeStatus.Changed, result.Status);
            Assert.Contains("2 passwords", result.Message, StringComparison.Ordinal);
            Assert.True(await server.BindsAsync(Dn(anna), result.Password!.Reveal()));
        }

        Assert.False(await server.BindsAsync(Dn(anna), Old));
        Assert.Single(await server.ReadAsync(Dn(anna), "userPassword"));
        Assert.NotEqual(["7"], await server.ReadAsync(Dn(anna), "shadowLastChange"));

        await foreach (var result in new JournalReplay(store, path).RestoreAsync())
        {
            Assert.NotEqual(ChangeStatus.Failed, result.Status);
        }

        Assert.Equal(new[] { OldHash, "{SHA512}second" }.Order(), (await server.ReadAsync(Dn(anna), "userPassword")).Order());
        Assert.Equal(["7"], await server.ReadAsync(Dn(anna), "shadowLastChange"));
        Assert.True(await server.BindsAsync(Dn(anna), Old));
    }

    [SkippableFact]
    public async Task Directory_serves_both_heads_by_its_text()
    {
        const string anna = "anna@alpha.example";
        await using var server = await StartAsync(People(anna, "bert@alpha.example"));
        using var folder = new LabFolder("heads");

        var shell = await Pages.Heads.ShellAsync($"mailpass reset --store '{server.Location}' --domain alpha.example --out new.csv --yes && mailpass list --store '{server.Location}'", folder.Path, DirectoryServer.ManagerPassword);
        Assert.True(shell.ExitCode == 0, shell.Output);
        Assert.Contains("bert@alpha.example,alpha.example,Active,SHA512-CRYPT", shell.Output, StringComparison.Ordinal);
        var password = (await File.ReadAllLinesAsync(folder.At("new.csv"))).Single(line => line.StartsWith(anna, StringComparison.Ordinal)).Split(',')[3].Trim('"');
        Assert.True(await server.BindsAsync(Dn(anna), password));

        var lines = await InTheLab.TryAsync(() => Pages.Heads.PowerShellAsync(
            $"(Connect-MailStore ldap://127.0.0.1:{server.Port}/{DirectoryServer.Base} -Credential $login).Kind\n$row = Reset-MailboxPassword {anna} -Confirm:$false\n$row.Status\n[pscredential]::new('x', $row.Password).GetNetworkCredential().Password",
            folder.Path,
            DirectoryServer.Manager,
            DirectoryServer.ManagerPassword));
        var said = lines.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(said is ["LDAP", "Changed", _], lines.Output + lines.Error);
        Assert.True(await server.BindsAsync(Dn(anna), said[2]));
        Assert.False(await server.BindsAsync(Dn(anna), password));
    }

    [SkippableFact]
    public async Task Ambiguous_external_and_alias_entries_are_refused()
    {
        await using var server = await StartAsync(
            People("anna@alpha.example", "bert@alpha.example", "cleo@beta.example", "dora@beta.example")
            + $"dn: cn=Twin,ou=people,{DirectoryServer.Base}\nobjectClass: inetOrgPerson\ncn: Twin\nsn: T\nmail: bert@alpha.example\nuserPassword: x\n\n");
        await server.ModifyAsync($"dn: {Dn("cleo@beta.example")}\nchangetype: modify\nreplace: userPassword\nuserPassword: {{SASL}}cleo@REALM\n\ndn: {Dn("dora@beta.example")}\nchangetype: modify\nadd: mail\nmail: d.doe@beta.example\n");
        await using var store = await OpenAsync(server.Location);

        var results = await RunAsync(store, [.. ((string[])["bert@alpha.example", "cleo@beta.example", "d.doe@beta.example", "anna@alpha.example"]).Select(name => new ChangeRequest { Identity = name })]);

        Assert.Equal([ErrorIds.WriteFailed, ErrorIds.MailboxExternal, ErrorIds.WriteFailed, null], results.Select(result => result.ErrorId));
        Assert.Contains("More than one entry", results[0].Message, StringComparison.Ordinal);
        Assert.Contains("dora@beta.example", results[2].Message, StringComparison.Ordinal);

        // Listed mailboxes are refused likewise.
        var listed = await store.ListAsync(new MailboxQuery { Domain = "alpha.example" }, default).ToListAsync();
        var again = await RunAsync(store, [.. listed.Select(account => new ChangeRequest { Identity = account.Address.Value, Account = account })]);
        Assert.Equal([null, ErrorIds.WriteFailed, ErrorIds.AddressDuplicate], again.Select(result => result.ErrorId));
    }

    [SkippableFact]
    public async Task Directory_password_in_clear_text_is_not_replaced_unasked()
    {
        const string anna = "anna@alpha.example";
        await using var server = await StartAsync(People(anna));
        await server.ModifyAsync($"dn: {Dn(anna)}\nchangetype: modify\nreplace: userPassword\nuserPassword: Clear-Text-1\n");
        await using var store = await OpenAsync(server.Location);
        Assert.Equal(ErrorIds.SchemeChoiceNeeded, Assert.Single(await RunAsync(store, new ChangeRequest { Identity = anna })).ErrorId);
        Assert.Equal(["Clear-Text-1"], await server.ReadAsync(Dn(anna), "userPassword"));
    }

    [SkippableFact]
    public async Task Directory_is_searched_for_a_hostile_name_alone()
    {
        await using var server = await StartAsync(People("anna@alpha.example"));
        await using var store = await OpenAsync(server.Location);
        string[] names = ["*@alpha.example", "a*@alpha.example", "\"x)(mail=*\"@alpha.example", "\"*)(objectClass=*))(|(mail=x\"@alpha.example"];
        Assert.All(await store.FindAsync([.. Addresses(names)], default), Assert.Null);
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

    internal static Task<IReadOnlyList<ChangeResult>> RunAsync(IMailboxStore store, params ChangeRequest[] requests) => Runs.ChangeAsync(store, requests);

    private static IEnumerable<MailboxAddress> Addresses(params string[] texts) => texts.Select(MailboxAddress.Parse);

    // A salted SHA-1 in the form of RFC 2307, computed without MailPass.
    private static string Ssha(string password)
    {
        byte[] salt = [1, 2, 3, 4];
#pragma warning disable CA5350 // Old directories have such hashes.
        return Convert.ToBase64String([.. System.Security.Cryptography.SHA1.HashData([.. System.Text.Encoding.UTF8.GetBytes(password), .. salt]), .. salt]);
#pragma warning restore CA5350
    }
}
