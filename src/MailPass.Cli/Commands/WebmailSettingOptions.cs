using System.CommandLine;
using System.CommandLine.Parsing;
using MailPass.Sessions.Setup;

namespace MailPass.Cli.Commands;

/// <summary>How webmails and panels are set up where it is not the usual way, and what of them ends only on request.</summary>
internal sealed class WebmailSettingOptions
{
    private readonly Option<string?> _tablePrefix = new("--webmail-table-prefix") { Description = "What stands before the tables' names: Roundcube's db_prefix, PostfixAdmin's database_prefix." };
    private readonly Option<string?> _roundcubeDomain = new("--roundcube-domain") { Description = "Roundcube's username_domain: the domain of users who log in without one." };

    private readonly Option<string?> _keyFile = new("--groupoffice-key-file")
    {
        Description = "Group-Office's defuse-crypto.txt: mailbox passwords that it keeps are replaced with the new ones.",
    };

    private readonly Option<bool> _blankPasswords = new("--groupoffice-blank-passwords") { Description = "Blank mailbox passwords that Group-Office keeps and that cannot be replaced." };

    private readonly Option<string[]> _mailServers = new("--groupoffice-mail-server")
    {
        Description = "The mail server's name in Group-Office's e-mail accounts; accounts on other servers are left alone. May be given several times.",
    };

    private readonly Option<string?> _dataFolder = new("--groupoffice-data-folder") { Description = "Group-Office's data folder, where its cache is on a disk within reach: ended sessions are removed from it." };
    private readonly Option<Uri?> _address = new("--groupoffice-url")
    {
        Description = "Group-Office's address: it ends its sessions itself, and thereby empties its cache of them.",
        CustomParser = static result => Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var uri) ? uri : Unreadable(result),
    };

    private readonly Option<string[]> _afterRevoke = new("--webmail-after-revoke")
    {
        Description = "A program that empties the cache of Group-Office or SOGo, run after sessions were deleted: given once for the program and once for each of its arguments.",
    };

    private readonly Option<bool> _denyDevices = new("--groupoffice-deny-devices") { Description = "Deny the mailboxes' ActiveSync devices until they are allowed again in Group-Office." };
    private readonly Option<bool> _sogoEverybody = new("--sogo-everybody") { Description = "Log all users of SOGo out, since nobody can tell its sessions apart." };

    private readonly List<Option> _all;

    /// <param name="command">The command that gets the options.</param>
    /// <param name="revokes">Whether the command ends sessions.</param>
    public WebmailSettingOptions(Command command, bool revokes)
    {
        _all = revokes
            ? [_tablePrefix, _roundcubeDomain, _keyFile, _blankPasswords, _mailServers, _address, _dataFolder, _denyDevices, _sogoEverybody, _afterRevoke]
            : [_tablePrefix, _roundcubeDomain];
        _all.ForEach(command.Options.Add);
    }

    /// <summary>The name of the first of these options that was given; <see langword="null"/> where none was.</summary>
    public string? FirstGiven(CommandResult call) => _all.Find(option => call.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>The settings.</summary>
    public WebmailSettings Read(ParseResult call) => new()
    {
        TablePrefix = call.GetValue(_tablePrefix) ?? string.Empty,
        RoundcubeDomain = call.GetValue(_roundcubeDomain),
        GroupOffice = new()
        {
            KeyFile = call.GetValue(_keyFile),
            BlankStoredPassword = call.GetValue(_blankPasswords),
            MailServers = call.GetValue(_mailServers) ?? [],
            Address = call.GetValue(_address),
            DiskCacheFolder = call.GetValue(_dataFolder),
            DenyDevices = call.GetValue(_denyDevices),
        },
        SogoEverybody = call.GetValue(_sogoEverybody),
        AfterRevoke = call.GetValue(_afterRevoke) ?? [],
    };

    private static Uri? Unreadable(ArgumentResult result)
    {
        result.AddError("--groupoffice-url is the address of a web server: https://groupoffice.example.org.");
        return null;
    }
}
