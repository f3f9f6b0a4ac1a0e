using System.Text.Encodings.Web;
using System.Text.Json;
using MailPass.Policy;
using MailPass.Stores;

namespace MailPass.Profiles;

/// <summary>Writes a profile as the JSON that <see cref="ProfileObjects"/> reads; default values are left out.</summary>
internal static class ProfileWriter
{
    private static readonly JsonWriterOptions s_writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a profile.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="site">The profile.</param>
    public static void Write(Stream stream, SiteProfile site)
    {
        using (var to = new Utf8JsonWriter(stream, s_writing))
        {
            to.WriteStartObject();
            Store(to, site.Store);
            Text(to, "schema", site.Schema);
            Texts(to, "schemaOptions", site.SchemaOptions);
            Text(to, "scheme", site.Hash?.Scheme);
            if (site.Hash?.Cost is { } cost)
            {
                to.WriteNumber("cost", cost);
            }

            Policies(to, site.Policies);
            Dovecot(to, site.Dovecot);
            Webmails(to, site);
            Login(to, site.Login);
            Journal(to, site.Journal);
            Scope(to, site.Scope);
            to.WriteEndObject();
        }

        stream.Write("\n"u8);
    }

    private static void Store(Utf8JsonWriter to, StoreProfile? store)
    {
        if (store is null)
        {
            return;
        }

        to.WriteStartObject("store");
        Text(to, "location", store.Location.ToText());
        Secret(to, "password", store.Password);
        Options(to, store.Options, new StoreOpenOptions());
        to.WriteEndObject();
    }

    private static void Options(Utf8JsonWriter to, StoreOpenOptions options, StoreOpenOptions defaults)
    {
        if (options.AllowPlaintext != defaults.AllowPlaintext)
        {
            to.WriteBoolean("allowPlaintext", options.AllowPlaintext);
        }

        if (options.AuthorityFile != defaults.AuthorityFile)
        {
            Text(to, "caFile", options.AuthorityFile);
        }

        Seconds(to, "connectTimeout", options.ConnectTimeout, defaults.ConnectTimeout);
        Seconds(to, "commandTimeout", options.CommandTimeout, defaults.CommandTimeout);
    }

    private static void Policies(Utf8JsonWriter to, DomainPolicies? policies)
    {
        if (policies is null || (policies.Site == PasswordPolicy.Default && policies.ByDomain.Count == 0))
        {
            return;
        }

        to.WriteStartObject("policy");
        PolicyFile.WriteDifferences(to, policies.Site, PasswordPolicy.Default);
        if (policies.ByDomain.Count > 0)
        {
            to.WriteStartObject("domains");
            foreach (var (domain, policy) in policies.ByDomain)
            {
                to.WriteStartObject(domain);
                PolicyFile.WriteDifferences(to, policy, policies.Site);
                to.WriteEndObject();
            }

            to.WriteEndObject();
        }

        to.WriteEndObject();
    }

    private static void Dovecot(Utf8JsonWriter to, DovecotProfile? dovecot)
    {
        if (dovecot is null)
        {
            return;
        }

        var defaults = new DovecotProfile();
        to.WriteStartObject("dovecot");
        Texts(to, "servers", dovecot.Servers);
        Texts(to, "proxies", dovecot.Proxies);
        Flag(to, "local", dovecot.Local);
        Secret(to, "key", dovecot.Key);
        Secret(to, "password", dovecot.Password);
        Text(to, "caFile", dovecot.AuthorityFile);
        Flag(to, "allowPlaintext", dovecot.Options.AllowPlaintext);
        Seconds(to, "connectTimeout", dovecot.Options.ConnectTimeout, defaults.Options.ConnectTimeout);
        Seconds(to, "timeout", dovecot.Options.RequestTimeout, defaults.Options.RequestTimeout);
        to.WriteEndObject();
    }

    private static void Webmails(Utf8JsonWriter to, SiteProfile site)
    {
        if (site.Webmails.Count == 0)
        {
            return;
        }

        to.WriteStartArray("webmail");
        foreach (var webmail in site.Webmails)
        {
            foreach (var system in webmail.Systems)
            {
                Webmail(to, webmail, system, site.Store?.Options ?? new StoreOpenOptions());
            }
        }

        to.WriteEndArray();
    }

    private static void Webmail(Utf8JsonWriter to, WebmailProfile webmail, string system, StoreOpenOptions defaults)
    {
        var settings = webmail.Settings;
        to.WriteStartObject();
        Text(to, "system", system.ToLowerInvariant());
        Text(to, "database", webmail.Database?.ToText());
        Secret(to, "password", webmail.Password);
        Options(to, webmail.Options, defaults);
        Text(to, "tablePrefix", settings.TablePrefix.Length == 0 ? null : settings.TablePrefix);
        Text(to, "domain", settings.RoundcubeDomain);
        Text(to, "keyFile", settings.GroupOffice.KeyFile);
        Flag(to, "blankPasswords", settings.GroupOffice.BlankStoredPassword);
        Texts(to, "mailServers", settings.GroupOffice.MailServers);
        Text(to, "url", settings.GroupOffice.Address?.OriginalString);
        Text(to, "dataFolder", settings.GroupOffice.DiskCacheFolder);
        Flag(to, "denyDevices", settings.GroupOffice.DenyDevices);
        Flag(to, "everybody", settings.SogoEverybody);
        Texts(to, "afterRevoke", settings.AfterRevoke);
        to.WriteEndObject();
    }

    private static void Login(Utf8JsonWriter to, LoginProfile? login)
    {
        if (login is null)
        {
            return;
        }

        to.WriteStartObject("login");
        Text(to, "imap", login.Imap);
        Text(to, "submission", login.Submission);
        Text(to, "caFile", login.AuthorityFile);
        Flag(to, "allowPlaintext", login.Options.AllowPlaintext);
        Seconds(to, "timeout", login.Options.Timeout, new LoginProfile().Options.Timeout);
        to.WriteEndObject();
    }

    private static void Journal(Utf8JsonWriter to, JournalProfile? journal)
    {
        if (journal is null)
        {
            return;
        }

        to.WriteStartObject("journal");
        Text(to, "folder", journal.Folder);
        Texts(to, "recipients", journal.Recipients);
        to.WriteEndObject();
    }

    private static void Scope(Utf8JsonWriter to, ScopeProfile? scope)
    {
        if (scope is null)
        {
            return;
        }

        to.WriteStartObject("scope");
        Texts(to, "domains", scope.Domains);
        Texts(to, "exclude", scope.Exclude);
        if (scope.Actions is { } actions)
        {
            to.WriteStartArray("actions");
            foreach (var action in actions)
            {
                to.WriteStringValue(action);
            }

            to.WriteEndArray();
        }

        to.WriteEndObject();
    }

    private static void Secret(Utf8JsonWriter to, string name, SecretSource? source)
    {
        if (source is null)
        {
            return;
        }

        to.WriteStartObject(name);
        switch (source.Kind)
        {
            case SecretKind.Environment:
                to.WriteString("env", source.Name);
                break;
            case SecretKind.File:
                to.WriteString("file", source.Name);
                break;
            case SecretKind.SystemdCredential:
                to.WriteString("systemdCredential", source.Name);
                break;
            case SecretKind.Vault:
                Text(to, "vault", source.Vault);
                to.WriteString("secret", source.Name);
                break;
            default:
                to.WriteBoolean("ask", true);
                break;
        }

        to.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter to, string name, string? text)
    {
        if (text is not null)
        {
            to.WriteString(name, text);
        }
    }

    private static void Flag(Utf8JsonWriter to, string name, bool flag)
    {
        if (flag)
        {
            to.WriteBoolean(name, true);
        }
    }

    private static void Seconds(Utf8JsonWriter to, string name, TimeSpan time, TimeSpan otherwise)
    {
        if (time != otherwise)
        {
            to.WriteNumber(name, time.TotalSeconds);
        }
    }

    private static void Texts(Utf8JsonWriter to, string name, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        to.WriteStartArray(name);
        foreach (var text in texts)
        {
            to.WriteStringValue(text);
        }

        to.WriteEndArray();
    }
}
