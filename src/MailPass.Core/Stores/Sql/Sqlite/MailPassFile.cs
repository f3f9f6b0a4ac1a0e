using System.Globalization;
using MailPass.Mailboxes;
using MailPass.Platform;
using Microsoft.Data.Sqlite;

namespace MailPass.Stores.Sql.Sqlite;

/// <summary>MailPass's own SQLite file: its tables, its version and its creation.</summary>
internal static class MailPassFile
{
    // "MaPa": identifies the file for the file program and PRAGMA application_id.
    private const int ApplicationId = 0x4D61_5061;

    // Raised with every change of the tables; an older MailPass refuses a newer file.
    private const int Version = 1;

    // A mailbox is found by address_key (what all spellings of an address have in common), written by id, and listed by
    // domain in the order of id, which an index on domain alone gives, since the id is part of every index.
    private static readonly string s_create = string.Create(CultureInfo.InvariantCulture, $"""
        CREATE TABLE mailbox (
            id INTEGER PRIMARY KEY,
            address TEXT NOT NULL,
            address_key TEXT NOT NULL UNIQUE,
            domain TEXT NOT NULL,
            password_hash TEXT,
            display_name TEXT,
            active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
            password_changed INTEGER
        );
        CREATE INDEX mailbox_domain ON mailbox (domain);
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        """);

    /// <summary>Refuses a file from a newer MailPass.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="path">The file, for the error.</param>
    public static void CheckVersion(SqliteConnection connection, string path)
    {
        if (Number(connection, "PRAGMA application_id") == ApplicationId && Number(connection, "PRAGMA user_version") is var version && version > Version)
        {
            throw new MailPassException(
                ErrorIds.StoreInvalid,
                $"'{path}' was created by a newer MailPass (format {version}; this one supports up to {Version}).",
                "Use the newer MailPass.");
        }
    }

    /// <summary>Creates a file with these mailboxes.</summary>
    /// <param name="path">The file; it must not exist.</param>
    /// <param name="mailboxes">The mailboxes.</param>
    /// <param name="cancellationToken">Stops; nothing is left behind.</param>
    public static async Task<StoreCreation> CreateAsync(string path, IAsyncEnumerable<NewMailbox> mailboxes, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full) || Directory.Exists(full))
        {
            throw Exists(path);
        }

        SqliteLibrary.Prepare();
        // SQLite would apply the left-over changes of a store that was moved or deleted to the new one.
        if (((string[])["-wal", "-journal"]).FirstOrDefault(suffix => File.Exists(full + suffix)) is { } left)
        {
            throw new MailPassException(
                ErrorIds.StoreExists,
                $"'{path}{left}' exists: the last changes of an earlier store of this name. They would damage a new one.",
                $"Move it to where that store is now, or delete it if nobody needs that store any more.");
        }

        // Under another name until it is complete, so that a file with the right name is always a finished store.
        var unfinished = $"{full}.{Guid.NewGuid():N}.new";
        try
        {
            await FileSystem.Current.CreatePrivate(unfinished).DisposeAsync().ConfigureAwait(false);
            var creation = await FillAsync(unfinished, mailboxes, cancellationToken).ConfigureAwait(false);
            using (var file = new FileStream(unfinished, FileMode.Open, FileAccess.ReadWrite))
            {
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, full, overwrite: false);
            FileSystem.Current.SyncFolder(Path.GetDirectoryName(full)!);
            return creation;
        }
        catch (IOException) when (File.Exists(full))
        {
            throw Exists(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new MailPassException(ErrorIds.StoreUnreachable, $"The store '{path}' cannot be created: {e.Message}", "Check that the folder exists, that the current user may write there, and that the disk is not full.", e);
        }
        finally
        {
            Remove(unfinished);
        }
    }

    private static void Remove(string unfinished)
    {
        foreach (var file in (string[])[unfinished, unfinished + "-wal", unfinished + "-shm"])
        {
            if (File.Exists(file))
            {
                File.Delete(file);
            }
        }
    }

    private static MailPassException Exists(string path) => new(ErrorIds.StoreExists, $"'{path}' exists already.", "Name a file that does not exist yet; an existing store is never overwritten.");

    private static async Task<StoreCreation> FillAsync(string file, IAsyncEnumerable<NewMailbox> mailboxes, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        await using (connection.ConfigureAwait(false))
        {
            connection.Open();
            // No journal and no syncing while nobody can see the file: it is deleted if anything goes wrong.
            Execute(connection, "PRAGMA journal_mode=OFF");
            Execute(connection, "PRAGMA synchronous=OFF");
            Execute(connection, "PRAGMA locking_mode=EXCLUSIVE");
            Execute(connection, "BEGIN");
            Execute(connection, s_create);
            var creation = await InsertAsync(connection, mailboxes, cancellationToken).ConfigureAwait(false);
            Execute(connection, "COMMIT");
            Execute(connection, "PRAGMA locking_mode=NORMAL");
            // Readers do not wait for a writer, nor a writer for them; the file keeps this setting.
            Execute(connection, "PRAGMA journal_mode=WAL");
            return creation;
        }
    }

    private static async Task<StoreCreation> InsertAsync(SqliteConnection connection, IAsyncEnumerable<NewMailbox> mailboxes, CancellationToken cancellationToken)
    {
        using var insert = connection.CreateCommand();
        insert.CommandText = """
            INSERT INTO mailbox (address, address_key, domain, password_hash, display_name, active)
            VALUES (@address, @key, @domain, @hash, @name, @active) ON CONFLICT (address_key) DO NOTHING
            """;
        var address = insert.Parameters.Add("@address", SqliteType.Text);
        var key = insert.Parameters.Add("@key", SqliteType.Text);
        var domain = insert.Parameters.Add("@domain", SqliteType.Text);
        var hash = insert.Parameters.Add("@hash", SqliteType.Text);
        var name = insert.Parameters.Add("@name", SqliteType.Text);
        var active = insert.Parameters.Add("@active", SqliteType.Integer);
        insert.Prepare();

        var created = 0L;
        var refused = new List<RefusedMailbox>();
        await foreach (var mailbox in mailboxes.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!MailboxAddress.TryParse(mailbox.Identity, out var parsed, out var reason))
            {
                refused.Add(new RefusedMailbox(mailbox.Identity, ErrorIds.AddressInvalid, $"'{mailbox.Identity}' is not a valid mailbox address. {reason}", mailbox.Line));
                continue;
            }

            address.Value = parsed.Value;
            key.Value = parsed.Key;
            domain.Value = parsed.Domain;
            hash.Value = string.IsNullOrEmpty(mailbox.PasswordHash) ? DBNull.Value : mailbox.PasswordHash;
            name.Value = string.IsNullOrEmpty(mailbox.DisplayName) ? DBNull.Value : mailbox.DisplayName;
            active.Value = mailbox.Active ? 1 : 0;
            if (insert.ExecuteNonQuery() == 1)
            {
                created++;
            }
            else
            {
                refused.Add(new RefusedMailbox(mailbox.Identity, ErrorIds.AddressDuplicate, $"'{parsed.Value}' appears earlier in the input.", mailbox.Line));
            }
        }

        return new StoreCreation(created, refused);
    }

    private static void Execute(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        return (long)command.ExecuteScalar()!;
    }
}
