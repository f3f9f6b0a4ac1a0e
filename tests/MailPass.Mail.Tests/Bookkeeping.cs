using MailPass.Lab.Databases;

namespace MailPass.Mail.Tests;

/// <summary>
/// The exact changes that each mail system's own panel would make for one mailbox of the cast, stated here independently of the
/// schema files.
/// </summary>
internal static class Bookkeeping
{
    /// <summary>The places that a change of one mailbox alters.</summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="prefix">PostfixAdmin's table prefix.</param>
    /// <param name="user">The mailbox.</param>
    public static IEnumerable<string> Of(string schema, string prefix, string user)
    {
        var id = Id(schema, user);
        return schema switch
        {
            "postfixadmin" => PostfixAdmin($"{prefix}mailbox[username={user}]", prefix, user),
            "mailpass" => Columns($"mailbox[id={id}]", "password_hash", "password_changed"),
            "iredmail" => Columns($"mailbox[username={user}]", "password", "passwordlastchange", "modified"),
            "mailcow" => [.. Columns($"mailbox[username={user}]", "password", "attributes", "modified"), .. user.StartsWith("cleo", StringComparison.Ordinal) ? [] : (string[])["reset_password -"]],
            "modoboa" => Columns($"core_user[id={id}]", "password"),
            "ispconfig" => [$"mail_user[mailuser_id={id}].password", "sys_datalog +"],
            "froxlor" => Columns($"mail_users[id={id}]", "password_enc"),
            "vimbadmin" => [.. Columns($"mailbox[id={id}]", "password", "modified"), "log +"],
            // modifiedBy was 2 before.
            "groupoffice-mailboxes" => Columns($"community_maildomains_mailbox[id={id}]", "password", "modifiedAt", "modifiedBy"),
            "groupoffice-postfixadmin" => Columns($"pa_mailboxes[id={id}]", "password", "mtime"),
            "groupoffice-users" => GroupOfficeUser(id, user),
            "ispmail" => Columns($"virtual_users[id={id}]", "password"),
            "mailinabox" => Columns($"users[id={id}]", "password"),
            // Only anna had to choose another password.
            "mailu" => Columns($"user[email={user}]", user.StartsWith("anna", StringComparison.Ordinal) ? ["password", "change_pw_next_login"] : ["password"]),
            // Cleo's was MD5 before.
            "hmailserver" => Columns($"hm_accounts[accountid={id}]", user.StartsWith("cleo", StringComparison.Ordinal) ? ["accountpassword", "accountpwencryption"] : ["accountpassword"]),
            "stalwart" => Columns($"accounts[name={user.Split('@')[0]}]", "secret"),
            "sogo" => Columns($"sogo_users[c_uid={user.Split('@')[0]}]", "c_password"),
            "kopano" => [$"objectproperty[objectid={id},propname=password].value", $"objectproperty[objectid={id},propname=modtime].value"],
            "cyberpanel" => Columns($"e_users[email={user}]", "password"),
            _ => throw new ArgumentOutOfRangeException(nameof(schema), schema, null),
        };
    }

    /// <summary>Whether an undone change leaves a place as the change made it: logs keep both entries, a deleted reset link stays deleted, and a mark that tells caches to reload is set again.</summary>
    /// <param name="place">One of <see cref="Of"/>.</param>
    public static bool Stays(string place) =>
        place.EndsWith(" +", StringComparison.Ordinal) || place.EndsWith(" -", StringComparison.Ordinal)
        || place.EndsWith("propname=modtime].value", StringComparison.Ordinal)
        || place.Split('.')[^1] is "token" or "token_validity" or "recoveryHash" or "recoverySendAt";

    /// <summary>The clock of a difference that is a time: <c>server</c>, <c>utc</c> or <c>unix</c>; otherwise <see langword="null"/>.</summary>
    /// <param name="difference">One difference.</param>
    public static string? ClockOf(string schema, Difference difference) => (schema, difference.Column) switch
    {
        ("postfixadmin", "modified") => "server",
        ("mailpass", "password_changed") => "unix",
        ("kopano", "value") when difference.RowKey.EndsWith("modtime", StringComparison.Ordinal) => "server",
        ("iredmail", "passwordlastchange" or "modified") => "utc",
        ("mailcow", "modified") => "server",
        ("vimbadmin", "modified") => "server",
        ("groupoffice-mailboxes", "modifiedAt") => "utc",
        ("groupoffice-postfixadmin", "mtime") => "unix",
        ("groupoffice-users", "modifiedAt" or "passwordModifiedAt") => "utc",
        _ => null,
    };

    private static IEnumerable<string> PostfixAdmin(string row, string prefix, string user)
    {
        foreach (var place in Columns(row, "password", "modified"))
        {
            yield return place;
        }

        yield return $"{prefix}log +";
        // Only alpha.example has an expiry (90 days), and only anna asked for a reset link.
        if (user.EndsWith("@alpha.example", StringComparison.Ordinal))
        {
            yield return row + ".password_expiry";
        }

        if (user.StartsWith("anna", StringComparison.Ordinal))
        {
            yield return row + ".token";
            yield return row + ".token_validity";
        }
    }

    private static IEnumerable<string> GroupOfficeUser(int id, string user)
    {
        yield return $"core_auth_password[userId={id}].password";
        foreach (var column in user.StartsWith("anna", StringComparison.Ordinal) ? ["passwordModifiedAt", "modifiedAt", "forcePasswordChange", "recoveryHash", "recoverySendAt"] : (string[])["passwordModifiedAt", "modifiedAt"])
        {
            yield return $"core_user[id={id}].{column}";
        }
    }

    private static IEnumerable<string> Columns(string row, params string[] columns) => columns.Select(column => $"{row}.{column}");

    private static int Id(string schema, string user)
    {
        var id = user[..4] switch { "anna" => 1, "bert" => 2, _ => 3 };
        // Modoboa and Group-Office have an administrator first.
        return schema is "modoboa" or "groupoffice-users" ? id + 1 : id;
    }
}
