using System.Text;
using MailPass.Lab.Directories;
using MailPass.Lab.Processes;
using MailPass.Secrets;
using MailPass.Stores;

namespace MailPass.Core.Tests.Stores.Ldap;

/// <summary>A directory does what every store must do.</summary>
public sealed class LdapStoreTests : StoreContract
{
    private DirectoryServer? _server;

    protected override async Task<IMailboxStore> MakeAsync(IReadOnlyList<(string Address, bool Active)> mailboxes)
    {
        var ldif = new StringBuilder();
        foreach (var (address, active) in mailboxes)
        {
            ldif.Append(System.Globalization.CultureInfo.InvariantCulture, $"dn: mail={address},ou=people,{DirectoryServer.Base}\nobjectClass: inetOrgPerson\nobjectClass: shadowAccount\nobjectClass: mailUser\ncn: x\nsn: x\nuid: {address}\nmail: {address}\nuserPassword: {OldHash}\n");
            ldif.Append(System.Globalization.CultureInfo.InvariantCulture, $"accountStatus: {(active ? "active" : "disabled")}\nenabledService: mail\nenabledService: imap\n\n");
        }

        foreach (var domain in mailboxes.Select(mailbox => mailbox.Address.Split('@')[1]).Distinct())
        {
            ldif.Append(System.Globalization.CultureInfo.InvariantCulture, $"dn: domainName={domain},{DirectoryServer.Base}\nobjectClass: mailDomain\ndomainName: {domain}\n\n");
        }

        _server = await InTheLab.TryAsync(() => DirectoryServer.StartAsync(new DirectorySetup { Schemas = ["iredmail-ldap"], Ldif = ldif.ToString() }));
        return await OpenAgainAsync();
    }

    protected override async Task<IMailboxStore> OpenAgainAsync()
    {
        using var password = Secret.FromChars(DirectoryServer.ManagerPassword);
        return await MailStore.OpenAsync(StoreLocation.Parse(_server!.Location), new StoreOpenOptions { Password = password });
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
