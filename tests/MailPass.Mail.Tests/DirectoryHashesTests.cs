using System.Globalization;
using System.Text;
using MailPass.Changes;
using MailPass.Generation;
using MailPass.Hashing;
using MailPass.Journals;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Policy;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Mail.Tests;

/// <summary>Directories that get the password and hash it themselves (RFC 3062).</summary>
public sealed class DirectoryHashesTests
{
    private const string Anna = "anna@alpha.example";
    private const string Bert = "bert@alpha.example";
    private const string Helper = "cn=helpdesk,ou=people," + DirectoryServer.Base;
    private const string Exop = "1.3.6.1.4.1.4203.1.11.1";

    private const string Policy = $"dn: cn=policy,{DirectoryServer.Base}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\npwdCheckQuality: 2\npwdMinLength: 12\npwdInHistory: 3\n\n";

    private static readonly string s_helper = $"dn: {Helper}\nobjectClass: person\ncn: helpdesk\nsn: helpdesk\nuserPassword: {DirectoryServer.ManagerPassword}\n\n";

    private static readonly StoreOpenOptions s_serverHashes = new() { SchemaOptions = ["server-hashes"] };

    [SkippableFact]
    public async Task Password_policy_judges_the_password_and_hashes_it()
    {
        await using var server = await WithPolicyAsync("write");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        Assert.True(store.Info.HashesItself);

        var results = await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }, new ChangeRequest { Identity = Bert, Password = Secret.FromChars("Sh0rt-pw!") });

        Assert.Equal([ChangeStatus.Changed, ChangeStatus.Failed], results.Select(result => result.Status));
        Assert.Null(results[0].Scheme);
        Assert.Contains("cannot put the old password back", results[0].Message, StringComparison.Ordinal);
        Assert.Contains("too short for the policy", results[1].Message, StringComparison.Ordinal);
        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn(Bert), "userPassword"));
        Assert.StartsWith("{SSHA}", Assert.Single(await server.ReadAsync(DirectoryTests.Dn(Anna), "userPassword")), StringComparison.Ordinal);
        var password = results[0].Password!.Reveal();
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Anna), password));
        Assert.False(await server.BindsAsync(DirectoryTests.Dn(Anna), DirectoryTests.Old));

        // The current password is in the history.
        var again = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna, Password = Secret.FromChars(password) }));
        Assert.Contains("used before", again.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Owner_change_needs_the_current_password()
    {
        await using var server = await WithPolicyAsync("write");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        var results = await DirectoryTests.RunAsync(
            store,
            new ChangeRequest { Identity = Anna, Password = Secret.FromChars("N3w-Passw0rd!"), CurrentPassword = Secret.FromChars("wrong") },
            new ChangeRequest { Identity = Bert, Password = Secret.FromChars("N3w-Passw0rd!"), CurrentPassword = Secret.FromChars(DirectoryTests.Old) });
        Assert.Equal([ErrorIds.CurrentPasswordWrong, null], results.Select(result => result.ErrorId));
        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn(Anna), "userPassword"));
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Bert), "N3w-Passw0rd!"));
    }

    [SkippableFact]
    public async Task Named_scheme_is_refused_and_dry_run_names_none()
    {
        await using var server = await WithPolicyAsync("write");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        foreach (var (options, id, message) in new[] { (new ChangeRunOptions { Settings = new HashSettings("SSHA512") }, ErrorIds.SchemeUnknown, "you cannot choose a scheme"), (new ChangeRunOptions { WhatIf = true }, null, "hashed by the store") })
        {
            var result = Assert.Single(await Runs.ChangeAsync(store, [new ChangeRequest { Identity = Anna, Password = Secret.FromChars("N3w-Passw0rd!") }], options));
            Assert.Equal(id, result.ErrorId);
            Assert.Contains(message, result.Message, StringComparison.Ordinal);
        }

        Assert.Equal([DirectoryTests.OldHash], await server.ReadAsync(DirectoryTests.Dn(Anna), "userPassword"));
    }

    [SkippableFact]
    public async Task Undo_leaves_the_mailbox_and_says_why()
    {
        await using var server = await WithPolicyAsync("write");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        using var folder = new LabFolder("journal");
        var path = folder.At("run");
        string password;
        await using (var journal = FileJournal.Create(path, store.Info))
        {
            password = Assert.Single(await Runs.ChangeAsync(store, [new ChangeRequest { Identity = Anna }], new ChangeRunOptions { Generator = new PasswordGenerator(PasswordPolicy.Default), Journal = journal })).Password!.Reveal();
        }

        // The run's key still exists, and the directory's own hash verifies its password.
        var recovered = Assert.Single(await new JournalReplay(store, path).RecoverAsync().ToListAsync());
        Assert.Equal((ChangeStatus.Changed, password), (recovered.Status, recovered.Password!.Reveal()));
        foreach (var whatIf in (bool[])[true, false])
        {
            var restored = Assert.Single(await new JournalReplay(store, path).RestoreAsync(whatIf).ToListAsync());
            Assert.Equal((ChangeStatus.Failed, ErrorIds.WriteFailed), (restored.Status, restored.ErrorId));
            Assert.Contains("cannot put the old password back", restored.Message, StringComparison.Ordinal);
        }

        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Anna), password));

        // A password that somebody has set since is not the run's.
        await server.ModifyAsync($"dn: {DirectoryTests.Dn(Anna)}\nchangetype: modify\nreplace: userPassword\nuserPassword: {{SSHA512}}another\n");
        Assert.NotEqual(ChangeStatus.Changed, Assert.Single(await new JournalReplay(store, path).RecoverAsync().ToListAsync()).Status);
    }

    [SkippableFact]
    public async Task Lost_answer_is_settled_by_the_directorys_hash()
    {
        await using var server = await WithPolicyAsync("write");
        using var between = new CutAfter(server.Port, Encoding.ASCII.GetBytes(Exop));
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper).Replace($":{server.Port}", $":{between.Port}", StringComparison.Ordinal), s_serverHashes);
        var result = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }));
        Assert.True(between.HasCut);
        Assert.Equal(ChangeStatus.Changed, result.Status);
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Anna), result.Password!.Reveal()));
    }

    [SkippableFact]
    public async Task Change_in_between_is_noticed()
    {
        await using var server = await WithPolicyAsync("write");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        var before = await store.FindAsync([MailboxAddress.Parse(Anna)], default);
        await server.ModifyAsync($"dn: {DirectoryTests.Dn(Anna)}\nchangetype: modify\nreplace: userPassword\nuserPassword: {{SSHA512}}another\n");
        using var password = Secret.FromChars("N3w-Passw0rd!");
        Assert.Equal(WriteStatus.Conflict, Assert.Single(await store.WriteAsync([new HashWrite { Account = before[0]!, NewHash = HashWrite.ByStore, Password = password, Time = DateTimeOffset.UtcNow }], default)).Status);
        Assert.Equal(["{SSHA512}another"], await server.ReadAsync(DirectoryTests.Dn(Anna), "userPassword"));
    }

    [SkippableFact]
    public async Task Login_that_only_writes_passwords_suffices()
    {
        await using var server = await WithPolicyAsync("=w");
        await using var store = await DirectoryTests.OpenAsync(server.LocationAs(Helper), s_serverHashes);
        Assert.Contains(store.Info.Warnings, warning => warning.Contains("cannot be verified", StringComparison.Ordinal));
        var result = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }));
        Assert.Equal(ChangeStatus.Changed, result.Status);
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Anna), result.Password!.Reveal()));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Samba_key_is_renewed_or_the_row_says_that_it_is_not(bool hasOverlay)
    {
        Skip.If(hasOverlay && !File.Exists("/usr/lib/ldap/smbk5pwd.so"), "smbk5pwd (package slapd-smbk5pwd) is not installed.");
        const string oldKey = "0123456789ABCDEF0123456789ABCDEF";
        await using var server = await DirectoryTests.StartAsync(
            DirectoryTests.People(Anna).TrimEnd().Replace("objectClass: inetOrgPerson", "objectClass: inetOrgPerson\nobjectClass: sambaSamAccount\nobjectClass: shadowAccount", StringComparison.Ordinal) + $"\nuid: anna\nsambaSID: S-1-5-21-1-2-3-1000\nsambaNTPassword: {oldKey}\nsambaPwdLastSet: 1\nshadowLastChange: 7\n\n",
            new DirectorySetup
            {
                Schemas = ["samba"],
                Global = hasOverlay ? "moduleload smbk5pwd" : string.Empty,
                Database = hasOverlay ? "overlay smbk5pwd\nsmbk5pwd-enable samba" : string.Empty,
            });
        await using var store = await DirectoryTests.OpenAsync(server.Location, s_serverHashes);
        var result = Assert.Single(await DirectoryTests.RunAsync(store, new ChangeRequest { Identity = Anna }));

        Assert.Equal(ChangeStatus.Changed, result.Status);
        Assert.True(await server.BindsAsync(DirectoryTests.Dn(Anna), result.Password!.Reveal()));
        Assert.Equal(!hasOverlay, result.Message!.Contains("sambaNTPassword did not change", StringComparison.Ordinal));
        Assert.Equal(!hasOverlay, (await server.ReadAsync(DirectoryTests.Dn(Anna), "sambaNTPassword")).SequenceEqual([oldKey]));
        Assert.True(int.Parse(Assert.Single(await server.ReadAsync(DirectoryTests.Dn(Anna), "shadowLastChange")), CultureInfo.InvariantCulture) > 20_000);
    }

    private static Task<DirectoryServer> WithPolicyAsync(string right) => DirectoryTests.StartAsync(
        Policy + s_helper + DirectoryTests.People(Anna, Bert),
        new DirectorySetup
        {
            Access = $"access to attrs=userPassword by dn.exact=\"{Helper}\" {right} by anonymous auth by * none\naccess to * by dn.exact=\"{Helper}\" write by * read\n",
            Global = "moduleload ppolicy",
            Database = $"overlay ppolicy\nppolicy_default \"cn=policy,{DirectoryServer.Base}\"",
        });
}
