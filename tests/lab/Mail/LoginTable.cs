using System.Globalization;
using System.Text;
using MailPass.Lab.Databases;

namespace MailPass.Lab.Mail;

/// <summary>
/// Mailboxes and their plain passwords in a SQLite file, for tests of sessions, which need no store.
/// </summary>
public sealed class LoginTable : IAsyncDisposable
{
    private const string Database = "logins";
    private const string User = "SELECT username AS user, password FROM mailbox WHERE username = '%u'";

    private readonly SqliteFiles _files = new();

    private LoginTable()
    {
    }

    /// <summary>A server that asks this table, with its authentication cache on.</summary>
    public DovecotSetup Setup => new()
    {
        Database = new LoginDatabase("sqlite", _files.PathOf(Database)),
        Passwords = [new(User + " AND owner = 1", Masters: true), new(User)],
        AuthCacheSize = "10M",
    };

    /// <summary>Makes one.</summary>
    /// <param name="mailboxes">Names and passwords.</param>
    public static async Task<LoginTable> CreateAsync(IEnumerable<(string Mailbox, string Password)> mailboxes)
    {
        var table = new LoginTable();
        var script = new StringBuilder("CREATE TABLE mailbox (username TEXT PRIMARY KEY COLLATE NOCASE, password TEXT NOT NULL, owner INTEGER NOT NULL DEFAULT 0); BEGIN;\n");
        foreach (var (mailbox, password) in mailboxes)
        {
            script.Append(CultureInfo.InvariantCulture, $"INSERT INTO mailbox (username, password) VALUES ({Text(mailbox)}, {Text("{PLAIN}" + password)});\n");
        }

        await table._files.ExecuteAsync(Database, script.Append("COMMIT;").ToString());
        return table;
    }

    /// <summary>Sets a password as a mail system's panel would, by SQL, without the authentication cache's knowledge.</summary>
    public Task SetPasswordAsync(string mailbox, string password) => ChangeAsync(mailbox, "password = " + Text("{PLAIN}" + password));

    /// <summary>Makes a mailbox a master user.</summary>
    public Task MakeOwnerAsync(string mailbox) => ChangeAsync(mailbox, "owner = 1");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _files.DisposeAsync();

    private async Task ChangeAsync(string mailbox, string assignment)
    {
        var changed = await _files.QueryAsync(Database, $"UPDATE mailbox SET {assignment} WHERE username = {Text(mailbox)} RETURNING username");
        if (changed.Count != 1)
        {
            throw new InvalidOperationException($"There is no mailbox '{mailbox}'.");
        }
    }

    private static string Text(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
