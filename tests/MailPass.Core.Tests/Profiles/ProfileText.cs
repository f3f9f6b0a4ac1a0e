namespace MailPass.Core.Tests.Profiles;

/// <summary>A folder with profiles in it, and a profile that says everything that one can say.</summary>
internal sealed class ProfileText : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("mailpass-profile-").FullName;

    public static string Full => """
        {
          // comments are for the admin who comes after
          "$schema": "https://example.org/profile.schema.json",
          "store": {
            "location": "mysql://mailpass@db.example.org/vmail",
            "password": { "file": "db.password" },
            "allowPlaintext": false, "caFile": "ca.pem", "connectTimeout": 5, "commandTimeout": 120.5,
          },
          "schema": "postfixadmin",
          "schemaOptions": ["delete-app-passwords"],
          "scheme": "BLF-CRYPT", "cost": 11,
          "policy": {
            "file": "policy.json",
            "minimumLength": 12, "maximumLength": 64, "requireUpperCase": true, "requireLowerCase": true, "requireDigit": true, "requireSpecial": false,
            "refuseSimilarToMailbox": true, "refuseSimilarToCurrent": false, "minimumStrength": 3, "breachedPasswords": "known.txt",
            "domains": {
              "example.com": { "minimumLength": 16, "minimumStrength": null },
              "BÜCHER.example": "policy.json",
              "example.net": { "file": "policy.json", "maximumLength": 40, "requireUpperCase": true, "requireLowerCase": true, "requireDigit": true, "requireSpecial": true, "refuseSimilarToMailbox": true, "refuseSimilarToCurrent": true, "breachedPasswords": null },
            },
          },
          "dovecot": {
            "servers": ["https://mx1.example.org:8080", "https://mx2.example.org:8080"], "proxies": ["https://proxy.example.org:8080"], "local": true,
            "key": { "systemdCredential": "doveadm-key" },
            "caFile": "ca.pem", "allowPlaintext": true, "connectTimeout": 0.5, "timeout": 20,
          },
          "webmail": [
            "mailcow",
            { "system": "roundcube", "database": "roundcube", "password": { "vault": "Site", "secret": "roundcube" }, "tablePrefix": "rc_", "domain": "example.com", "allowPlaintext": true, "caFile": "ca.pem", "connectTimeout": 3, "commandTimeout": 9 },
            { "system": "groupoffice", "database": "mysql://go@go.example.org/groupoffice", "password": { "env": "GO_PASSWORD" }, "keyFile": "defuse-crypto.txt", "blankPasswords": true, "mailServers": ["mx1.example.org"], "url": "https://go.example.org", "dataFolder": "data", "denyDevices": true, "afterRevoke": ["systemctl", "reload", "php8.2-fpm"] },
            { "system": "sogo", "everybody": true, "password": { "ask": true } },
          ],
          "login": { "imap": "imaps://mail.example.org", "submission": "submission://mail.example.org:587", "caFile": "ca.pem", "allowPlaintext": true, "timeout": 15 },
          "journal": { "folder": "runs", "recipients": ["vault.pem"] },
          "scope": { "domains": ["example.com", "EXAMPLE.net"], "exclude": ["ceo@example.com", "postmaster@*"], "actions": ["list", "reset", "revoke"] },
        }
        """;

    /// <summary>Writes the files that <see cref="Full"/> names.</summary>
    public ProfileText WithFiles()
    {
        Put("policy.json", """{ "minimumLength": 10 }""");
        Put("known.txt", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n");
        Put("db.password", "geheim\n");
        return this;
    }

    public string Put(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
