using MailPass.Lab.Processes;

namespace MailPass.Lab.Mail;

/// <summary>The differences between the configurations of 2.3 and 2.4.</summary>
internal abstract class DovecotSyntax
{
    /// <summary>The syntax of a version, as <c>dovecot --version</c> reports it.</summary>
    public static DovecotSyntax Of(string version) =>
        version.StartsWith("2.3.", StringComparison.Ordinal) ? new Dovecot23()
        : version.StartsWith("2.4.", StringComparison.Ordinal) ? new Dovecot24()
        : throw new LabUnavailableException($"The lab knows how Dovecot 2.3 and 2.4 are set up; this is {version.Trim()}.");

    /// <summary>The lines at the top: versions, TLS, where mail is.</summary>
    public abstract string Head(string certificate, string key, string mail);

    /// <summary>Who may log in.</summary>
    public abstract string Passwords(DovecotSetup setup, LabFolder folder);

    /// <summary>The user and the group that own the mail.</summary>
    public abstract string Users(string user, string group, string mail);

    /// <summary>Within <c>service imap</c>: one process for all connections.</summary>
    public abstract string SharedProcess { get; }

    private sealed class Dovecot23 : DovecotSyntax
    {
        public override string SharedProcess => "client_limit = 10\n  service_count = 0\n  process_limit = 1";

        public override string Head(string certificate, string key, string mail) => $"""
            ssl_cert = <{certificate}
            ssl_key = <{key}
            disable_plaintext_auth = no
            mail_location = maildir:{mail}/%u
            """;

        public override string Users(string user, string group, string mail) => $$"""
            userdb {
              driver = static
              args = uid={{user}} gid={{group}} home={{mail}}/%u
            }
            """;

        public override string Passwords(DovecotSetup setup, LabFolder folder)
        {
            var parts = new List<string>();
            foreach (var query in setup.Passwords)
            {
                var file = folder.Write($"sql{parts.Count}.conf.ext", $"""
                    driver = {setup.Database!.Driver}
                    connect = {Connect(setup.Database)}
                    default_pass_scheme = {query.DefaultScheme}
                    password_query = {query.Sql}

                    """);
                parts.Add($$"""
                    passdb {
                      driver = sql
                      args = {{file}}
                      {{(query.Masters ? "master = yes\n  result_success = continue" : string.Empty)}}
                    }
                    """);
            }

            if (setup.PasswdFile is { } passwdFile)
            {
                parts.Add($"passdb {{\n  driver = passwd-file\n  args = {passwdFile}\n}}");
            }

            if (setup.Directory is { } directory)
            {
                var file = folder.Write("ldap.conf.ext", $"""
                    uris = {directory.Address}
                    dn = {directory.Dn}
                    dnpass = {directory.Password}
                    base = {directory.Base}
                    auth_bind = {(directory.Binds ? "yes" : "no")}
                    pass_filter = {directory.Filter}
                    pass_attrs = mail=user,userPassword=password
                    default_pass_scheme = CRYPT

                    """);
                parts.Add($"passdb {{\n  driver = ldap\n  args = {file}\n}}");
            }

            if (setup.ProxyTo is { } port)
            {
                parts.Add($"passdb {{\n  driver = static\n  args = proxy=y host=127.0.0.1 port={port} nopassword=y\n}}");
            }

            return string.Join("\n", parts);
        }

        private static string Connect(LoginDatabase database) =>
            database.Login is { } login ? $"host=127.0.0.1 port={database.PortText} dbname={database.Name} user={login.User} password={login.Password}" : database.Name;
    }

    private sealed class Dovecot24 : DovecotSyntax
    {
        public override string SharedProcess => "client_limit = 10\n  restart_request_count = unlimited\n  process_limit = 1";

        public override string Head(string certificate, string key, string mail) => $$"""
            ssl_server_cert_file = {{certificate}}
            ssl_server_key_file = {{key}}
            auth_allow_cleartext = yes
            mail_driver = maildir
            mail_path = {{mail}}/%{user}
            """;

        public override string Users(string user, string group, string mail) => $$"""
            userdb users {
              driver = static
              fields {
                uid = {{user}}
                gid = {{group}}
                home = {{mail}}/%{user}
              }
            }
            """;

        public override string Passwords(DovecotSetup setup, LabFolder folder)
        {
            var parts = new List<string>();
            if (setup.Database is { } database)
            {
                parts.Add("sql_driver = " + database.Driver);
                parts.Add(database switch
                {
                    { Login: null } => "sqlite_path = " + database.Name,
                    { Driver: "mysql", Login: var login } => $"mysql 127.0.0.1 {{\n  port = {database.PortText}\n  dbname = {database.Name}\n  user = {login.User}\n  password = {login.Password}\n}}",
                    { Login: var login } => $"pgsql 127.0.0.1 {{\n  parameters {{\n    port = {database.PortText}\n    dbname = {database.Name}\n    user = {login.User}\n    password = {login.Password}\n  }}\n}}",
                });
            }

            foreach (var query in setup.Passwords)
            {
                parts.Add($$"""
                    passdb sql{{parts.Count}} {
                      driver = sql
                      default_password_scheme = {{query.DefaultScheme}}
                      sql_query = {{Variables(query.Sql)}}
                      {{(query.Masters ? "master = yes\n  result_success = continue" : string.Empty)}}
                    }
                    """);
            }

            if (setup.PasswdFile is { } passwdFile)
            {
                parts.Add($"passdb file {{\n  driver = passwd-file\n  default_password_scheme = CRYPT\n  passwd_file_path = {passwdFile}\n}}");
            }

            if (setup.Directory is { } directory)
            {
                parts.Add($$"""
                    ldap_uris = {{directory.Address}}
                    ldap_auth_dn = {{directory.Dn}}
                    ldap_auth_dn_password = {{directory.Password}}
                    ldap_base = {{directory.Base}}
                    passdb ldap {
                      default_password_scheme = CRYPT
                      passdb_ldap_bind = {{(directory.Binds ? "yes" : "no")}}
                      passdb_ldap_filter = {{Variables(directory.Filter)}}
                      fields {
                        user = %{ldap:mail}
                        password = %{ldap:userPassword}
                      }
                    }
                    """);
            }

            if (setup.ProxyTo is { } port)
            {
                parts.Add($"passdb proxy {{\n  driver = static\n  fields {{\n    proxy = yes\n    host = 127.0.0.1\n    port = {port}\n    nopassword = yes\n  }}\n}}");
            }

            return string.Join("\n", parts);
        }

        private static string Variables(string sql) => sql
            .Replace("%u", "%{user}", StringComparison.Ordinal)
            .Replace("%Lu", "%{user | lower}", StringComparison.Ordinal)
            .Replace("%Ls", "%{protocol | lower}", StringComparison.Ordinal)
            .Replace("%Us", "%{protocol | upper}", StringComparison.Ordinal);
    }
}
