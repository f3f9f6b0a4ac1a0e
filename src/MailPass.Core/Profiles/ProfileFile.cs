using MailPass.Platform;
using MailPass.Sessions.Setup;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>Writes profiles, for their owner alone.</summary>
public static class ProfileFile
{
    /// <summary>The file that a profile of this name is written to.</summary>
    /// <param name="nameOrPath">A name, for the user's own folder, or a path if it has a slash.</param>
    /// <param name="environment">Reads an environment variable; <see langword="null"/> for the process's own.</param>
    /// <exception cref="MailPassException"><see cref="ErrorIds.InputInvalid"/>: a profile cannot have this name.</exception>
    public static string PathFor(string nameOrPath, Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        return ProfileFolders.IsPath(nameOrPath) ? Path.GetFullPath(nameOrPath)
            : ProfileFolders.IsName(nameOrPath) ? Path.Combine(ProfileFolders.All(environment)[0], nameOrPath + ".json")
            : throw new MailPassException(ErrorIds.InputInvalid, $"'{nameOrPath}' is not a name that a profile can have.", "Write a name of letters, digits, dots, hyphens and underscores, or a path with a slash in it.");
    }

    /// <summary>Writes a profile. A secret whose place is not known is one that the profile asks for.</summary>
    /// <param name="file">The file, from <see cref="PathFor"/>.</param>
    /// <param name="site">The profile.</param>
    /// <param name="overwrite">Whether a file that is there already is replaced.</param>
    /// <returns>The JSON paths of the secrets that the profile asks for because their place is not known.</returns>
    /// <exception cref="MailPassException"><see cref="ErrorIds.OutputUnwritable"/>: the file is there already, or cannot be written.</exception>
    public static IReadOnlyList<string> Save(string file, SiteProfile site, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (!overwrite && Path.Exists(file))
        {
            throw new MailPassException(ErrorIds.OutputUnwritable, $"{file} is there already.", "Name another profile, or replace it with -Force (--force).");
        }

        var whole = Asking(WithFullPaths(site), out var asked);
        try
        {
            FileSystem.Current.CreatePrivateFolder(Path.GetDirectoryName(file)!);
            var fresh = $"{file}.{Guid.NewGuid():N}";
            using (var stream = FileSystem.Current.CreatePrivate(fresh))
            {
                ProfileWriter.Write(stream, whole);
                stream.Flush(flushToDisk: true);
            }

            FileSystem.Current.Replace(fresh, file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new MailPassException(ErrorIds.OutputUnwritable, $"{file} cannot be written: {fault.Message}", "Name another file.", fault);
        }

        return asked;
    }

    // A relative path in a profile starts from the profile's own folder, not from the caller's.
    private static SiteProfile WithFullPaths(SiteProfile site)
    {
        var here = Environment.CurrentDirectory;
        return site with
        {
            Store = site.Store is { } store ? store with { Location = ProfileObjects.InFolder(store.Location, here), Options = Full(store.Options) } : null,
            Schema = site.Schema is { } schema && !MailStore.SchemaNames.Contains(schema) ? Path.GetFullPath(schema) : site.Schema,
            Webmails = [.. site.Webmails.Select(webmail => webmail with { Database = webmail.Database is { } own ? ProfileObjects.InFolder(own, here) : null, Options = Full(webmail.Options) })],
            Dovecot = site.Dovecot is { AuthorityFile: { } authorities } dovecot ? dovecot with { AuthorityFile = Path.GetFullPath(authorities) } : site.Dovecot,
        };

        static StoreOpenOptions Full(StoreOpenOptions options) => options.AuthorityFile is { } file ? options with { AuthorityFile = Path.GetFullPath(file) } : options;
    }

    private static SiteProfile Asking(SiteProfile site, out List<string> asked)
    {
        var open = new List<string>();
        var ask = new SecretSource(SecretKind.Ask);
        if (site.Store is { Password: null } store && Site.TakesPassword(store.Location))
        {
            site = site with { Store = store with { Password = ask } };
            open.Add("store.password");
        }

        if (site.Dovecot is { Key: null, Password: null } dovecot && dovecot.Servers.Count + dovecot.Proxies.Count > 0)
        {
            site = site with { Dovecot = dovecot with { Key = ask } };
            open.Add("dovecot.key");
        }

        var webmails = site.Webmails.ToArray();
        for (var i = 0; i < webmails.Length; i++)
        {
            var setup = new WebmailSetup { Database = webmails[i].Database };
            if (webmails[i].Password is null && webmails[i].Database is { } own && !setup.HasLoginOf(site.Store?.Location) && Site.TakesPassword(own))
            {
                webmails[i] = webmails[i] with { Password = ask };
                open.Add(FormattableString.Invariant($"webmail[{i}].password"));
            }
        }

        asked = open;
        return site with { Webmails = webmails };
    }
}
