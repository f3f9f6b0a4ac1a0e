using System.Globalization;
using System.Net;
using MailPass.Mailboxes;

namespace MailPass.Stores;

/// <summary>Reads a store's location. No error repeats a text that could contain a password.</summary>
internal static class StoreLocationParser
{
    private const string Forms = "Write a file's path, passwd-file:PATH, postfix-accounts:PATH, mysql://user@host:port/database, postgres://user@host:port/database or ldap://BIND-DN@host:port/BASE.";

    /// <summary>Reads a location.</summary>
    /// <param name="text">The location.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.StoreInvalid"/>.</exception>
    public static StoreLocation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        if (text.Length == 0)
        {
            throw Wrong("The store's location is empty.");
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        // One letter before the colon is a drive on Windows.
        var scheme = colon > 1 && text.AsSpan(0, colon).IndexOfAny('/', '\\', '.') < 0 ? text[..colon].ToLowerInvariant() : null;
        var rest = text[(colon + 1)..];
        return scheme switch
        {
            null => new StoreLocation(StoreProvider.Sqlite, text),
            "sqlite" => File(StoreProvider.Sqlite, rest),
            "passwd-file" => PasswdFile(rest),
            "postfix-accounts" => File(StoreProvider.PostfixAccounts, rest),
            "mysql" or "mariadb" => Server(StoreProvider.MySql, scheme, rest),
            "postgres" or "postgresql" => Server(StoreProvider.PostgreSql, scheme, rest),
            "ldap" or "ldaps" or "ldapi" => Directory(scheme, rest),
            _ => rest.StartsWith("//", StringComparison.Ordinal)
                ? throw Wrong($"'{scheme}' is not a kind of store that MailPass knows.")
                : new StoreLocation(StoreProvider.Sqlite, text),
        };
    }

    private static StoreLocation File(StoreProvider provider, string path)
    {
        // passwd-file:///path and passwd-file:/path mean the same.
        path = path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length > 0 ? new StoreLocation(provider, path) : throw Wrong("The store's location names no file.");
    }

    private static StoreLocation PasswdFile(string rest)
    {
        // A file's name may contain a question mark, so the text after one counts only if it looks like these settings.
        var question = rest.LastIndexOf('?');
        var settings = question < 0 ? [] : rest[(question + 1)..].Split('&').Select(setting => setting.Split('=', 2)).ToArray();
        if (!settings.Any(setting => setting is ["domain" or "hestia", _]))
        {
            return File(StoreProvider.PasswdFile, rest);
        }

        var location = File(StoreProvider.PasswdFile, rest[..question]);
        foreach (var setting in settings)
        {
            location = setting switch
            {
                ["domain", var domain] => location with { Domain = MailDomain.TryNormalize(Uri.UnescapeDataString(domain), out var name, out var reason) ? name : throw Wrong($"The domain in the store's location is not valid. {reason}") },
                ["hestia", { Length: > 0 } folder] => location with { HestiaFolder = Uri.UnescapeDataString(folder) },
                _ => throw Wrong($"A passwd-file's location has no setting '{setting[0]}'.", "Only domain=DOMAIN and hestia=FOLDER may follow the question mark."),
            };
        }

        return location;
    }

    private static StoreLocation Server(StoreProvider provider, string scheme, string rest)
    {
        var (user, address, database, query) = Parts(scheme, rest, "user@host/database");
        if (database.Length == 0)
        {
            throw Wrong("The store's location names no database.");
        }

        var (host, port) = HostAndPort(address);
        var socket = Socket(query);
        if (host is null && socket is null)
        {
            throw Wrong("The store's location names no server.");
        }

        return new StoreLocation(provider, socket, host, port, database, user);
    }

    private static StoreLocation Directory(string scheme, string rest)
    {
        var (user, address, baseDn, query) = Parts(scheme, rest, "BIND-DN@host/BASE");
        var settings = query.Split('&', StringSplitOptions.RemoveEmptyEntries);
        var startsTls = settings.Contains("starttls", StringComparer.OrdinalIgnoreCase);
        var socket = Socket(string.Join('&', settings.Where(setting => !setting.Equals("starttls", StringComparison.OrdinalIgnoreCase))), "starttls and socket=PATH");
        var location = new StoreLocation(StoreProvider.Ldap, Database: baseDn.Length == 0 ? null : baseDn, User: user)
        {
            Security = scheme == "ldaps" ? LdapSecurity.Tls : startsTls ? LdapSecurity.StartTls : LdapSecurity.None,
        };
        if (scheme == "ldapi")
        {
            // OpenLDAP writes the socket's path, percent-encoded, in place of the host.
            return startsTls
                ? throw Wrong("A Unix socket needs no STARTTLS.")
                : location with { Path = socket ?? (address.Length == 0 ? null : Uri.UnescapeDataString(address)) };
        }

        var (host, port) = HostAndPort(address);
        return host is null || socket is not null
            ? throw Wrong("The store's location names no server.", "Write ldap://BIND-DN@host:port/BASE, or ldapi:///BASE for a Unix socket.")
            : location with { Server = host, Port = port };
    }

    // Login, host and port, the database or base, and settings.
    private static (string? User, string Address, string Path, string Query) Parts(string scheme, string rest, string form)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            throw Wrong($"After '{scheme}:' there must be //{form}.");
        }

        rest = rest[2..];
        // Everything before the last @ is the login, even with a slash in it.
        var at = rest.LastIndexOf('@');
        if (at >= 0 && rest.IndexOf(':', StringComparison.Ordinal) is >= 0 and var first && first < at)
        {
            throw Wrong("A store's location must not contain a password, because others on the machine may see it.", "Give it by MAILPASS_STORE_PASSWORD, a password file, a credential or the prompt.");
        }

        var user = at > 0 ? Uri.UnescapeDataString(rest[..at]) : null;
        rest = rest[(at + 1)..];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? string.Empty : rest[(question + 1)..];
        rest = question < 0 ? rest : rest[..question];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return (user, slash < 0 ? rest : rest[..slash], slash < 0 ? string.Empty : Uri.UnescapeDataString(rest[(slash + 1)..]), query);
    }

    private static (string? Host, int? Port) HostAndPort(string text)
    {
        // An IPv6 address is in brackets, because it contains colons itself (RFC 3986, section 3.2.2).
        var bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : 0;
        if (bracket < 0)
        {
            throw Wrong("The server's IPv6 address has no closing bracket.");
        }

        var host = bracket > 0 ? text[1..bracket] : text.Split(':')[0];
        if (IPAddress.TryParse(host, out var number) && (number.Equals(IPAddress.Any) || number.Equals(IPAddress.IPv6Any)))
        {
            throw Wrong($"{host} means every address of a machine; no server can be reached by it.", "Name the server, or 127.0.0.1 for this machine.");
        }

        var rest = text[(bracket > 0 ? bracket + 1 : host.Length)..];
        if (rest.Length == 0)
        {
            return (host.Length == 0 ? null : Uri.UnescapeDataString(host), null);
        }

        return rest[0] == ':' && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? (host.Length == 0 ? null : Uri.UnescapeDataString(host), port)
            : throw Wrong("The server's port must be a number from 1 to 65535.");
    }

    private static string? Socket(string query, string known = "socket=PATH")
    {
        string? socket = null;
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? pair : pair[..equals];
            // host= is how libpq spells a socket in such an address.
            if (equals < 0 || name is not ("socket" or "host"))
            {
                throw Wrong($"A store's location has no setting '{name}'.", $"Only {known} may follow the question mark.");
            }

            socket = Uri.UnescapeDataString(pair[(equals + 1)..]);
        }

        return string.IsNullOrEmpty(socket) ? null : socket;
    }

    private static MailPassException Wrong(string message, string? remedy = null) => new(ErrorIds.StoreInvalid, message, remedy ?? Forms);
}
