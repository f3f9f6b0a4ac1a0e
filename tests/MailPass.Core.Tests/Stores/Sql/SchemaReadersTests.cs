using System.Diagnostics;
using MailPass.Changes;
using MailPass.Core.Tests.Hashing;
using MailPass.Hashing;
using MailPass.Lab.Processes;
using MailPass.Mailboxes;
using MailPass.Secrets;
using MailPass.Stores;
using MailPass.Stores.Sql;

namespace MailPass.Core.Tests.Stores.Sql;

/// <summary>
/// A schema lists what all readers of its column verify. Dovecot judges by itself; each panel by its rules in our own words, read in
/// mailcow's functions.inc.php, Stalwart's directory crate, hMailServer's HashCreator.cpp, Kopano's DBUserPlugin.cpp, Modoboa's core/password_hashers, iRedAdmin's libs/iredpwd.py, ViMbAdmin's library, ISPConfig's
/// login/index.php and Group-Office's users. (PostfixAdmin's own code judges in the tests on mail systems.)
/// </summary>
public sealed class SchemaReadersTests
{
    private const string Password = "N3w-Pässw0rd!";
    private const string BareSha512 = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1";

    // Arguments: panel, stored hash; the password comes on standard input.
    private const string Panels = """
        function salted($algo, $text, $pw, $length) {
          $raw = base64_decode($text);
          return hash($algo, $pw . substr($raw, $length), true) === substr($raw, 0, $length);
        }
        [, $panel, $stored] = $argv;
        $pw = stream_get_contents(STDIN);
        [$scheme, $body] = preg_match('/^\{([^}]+)\}(.*)$/s', $stored, $m) ? [strtoupper($m[1]), $m[2]] : ['', $stored];
        $crypts = ['BLF-CRYPT', 'SHA512-CRYPT', 'SHA256-CRYPT', 'MD5-CRYPT', 'ARGON2ID'];
        switch ($panel) {
          case 'mailcow':
            if (in_array($scheme, [...$crypts, 'CRYPT', 'ARGON2I'])) $ok = password_verify($pw, $body);
            elseif ($scheme === 'SSHA512' || $scheme === 'SSHA256') $ok = salted(strtolower(substr($scheme, 1)), $body, $pw, $scheme === 'SSHA512' ? 64 : 32);
            elseif ($scheme === 'PBKDF2') { [, , $salt, $rounds, $key] = explode('$', $body); $ok = hash_pbkdf2('sha1', $pw, $salt, (int)$rounds) === $key; }
            else $ok = false;
            break;
          case 'modoboa':
            $ok = in_array($scheme, $crypts) ? password_verify($pw, $body) : $pw === $body;
            break;
          case 'iredmail':
            if ($scheme === 'SSHA512') $ok = salted('sha512', $body, $pw, 64);
            elseif ($scheme === 'BLF-CRYPT' && str_starts_with($body, '$2')) $ok = password_verify($pw, $body);
            elseif ($scheme === 'CRYPT' && preg_match('/^\$(6|2[ab])\$/', $body)) $ok = password_verify($pw, $body);
            else $ok = false;
            break;
          case 'vimbadmin':
            $ok = $scheme === '' && (str_starts_with($stored, '$2') ? password_verify($pw, $stored) : crypt($pw, $stored) === $stored);
            break;
          case 'ispconfig':
            $ok = crypt($pw, $stored) === $stored;
            break;
          case 'groupoffice-users':
            $ok = password_verify($pw, $stored);
            break;
          case 'mailu':
            $ok = in_array($scheme, ['', 'CRYPT', 'BLF-CRYPT', 'SHA512-CRYPT', 'SHA256-CRYPT']) && password_verify($pw, $body);
            break;
          case 'stalwart':
            if ($scheme === 'CRYPT' || $scheme === '' || $scheme === 'ARGON2ID') $ok = password_verify($pw, $body);
            else $ok = in_array($scheme, ['SSHA512', 'SSHA256']) && salted(strtolower(substr($scheme, 1)), $body, $pw, $scheme === 'SSHA512' ? 64 : 32);
            break;
          case 'sogo':
            if ($scheme === 'SHA512-CRYPT' || $scheme === 'SHA256-CRYPT') $ok = crypt($pw, $body) === $body;
            else $ok = in_array($scheme, ['SSHA512', 'SSHA256']) && salted(strtolower(substr($scheme, 1)), $body, $pw, $scheme === 'SSHA512' ? 64 : 32);
            break;
          case 'hmailserver':
            $ok = substr($stored, 0, 6) . hash('sha256', substr($stored, 0, 6) . $pw) === $stored;
            break;
          case 'kopano':
            $salt = substr($stored, 0, 8);
            $ok = $salt . md5($salt . $pw) === $stored;
            break;
          default:
            $ok = true;
        }
        exit($ok ? 0 : 1);
        """;

    private static readonly string? Php = LabTools.Find("php");

    public static TheoryData<string, string> All()
    {
        var data = new TheoryData<string, string>();
        foreach (var schema in SqlSchemas.All.Keys)
        {
            foreach (var scheme in PasswordSchemes.All.Where(scheme => scheme is { CanHash: true, IsForeign: false }))
            {
                data.Add(schema, scheme.Name);
            }
        }

        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Readers_verify_written_schemes_and_not_refused_ones(string schemaName, string scheme)
    {
        Skip.If(Php is null, "php (package php-cli) is not installed");
        Skip.If(Doveadm.WhyAbsent is not null, Doveadm.WhyAbsent);
        using var password = Secret.FromChars(Password);
        using var hasher = new BatchHasher();
        var settings = new HashSettings(scheme);
        var hash = hasher.Hash([new HashJob(password, settings)])[0];
        var store = InfoOf(SqlSchemas.All[schemaName].Hash, scheme);
        HashPlan plan;
        try
        {
            plan = new TargetHash(store, settings, allowAnyScheme: false).For(Mailbox(store));
        }
        catch (MailPassException fault) when (fault.ErrorId == ErrorIds.SchemeUnknown)
        {
            Assert.False(
                schemaName != "postfixadmin" && Accepts(schemaName, PasswordSchemes.Prefix(settings) + hash) && Doveadm.Verifies(PasswordSchemes.Prefix(settings) + hash, Password),
                $"{schemaName} would read {scheme}");
            return;
        }

        var stored = plan.Write(hash);
        Assert.True(Doveadm.Verifies(plan.Prefix.Length > 0 ? stored : PasswordSchemes.Prefix(settings) + stored, Password));
        if (plan.Remark is null)
        {
            Assert.True(Accepts(schemaName, stored), stored);
        }
    }

    [SkippableTheory]
    [InlineData("hmailserver", "HMAIL-SHA256")]
    [InlineData("kopano", "KOPANO-MD5")]
    public void Mail_systems_own_rule_accepts_written_hashes(string system, string scheme)
    {
        Skip.If(Php is null, "php (package php-cli) is not installed");
        using var password = Secret.FromChars("N3w-Passw0rd!");
        using var hasher = new BatchHasher();
        var hash = hasher.Hash([new HashJob(password, new HashSettings(scheme))])[0];
        Assert.True(Run(system, hash, "N3w-Passw0rd!"));
        Assert.True(StoredHash.Parse(hash, scheme).Verify(password));
        Assert.False(Run(system, hash, "another"));
    }

    [SkippableFact]
    public void Modoboa_takes_an_unknown_prefix_for_plain_text()
    {
        Skip.If(Php is null, "php (package php-cli) is not installed");
        Assert.True(Run("modoboa", "{PBKDF2}$1$salt$5000$00", "$1$salt$5000$00"));
        Assert.DoesNotContain("PBKDF2", SqlSchemas.All["modoboa"].Hash.Schemes);
    }

    [Fact]
    public void Every_schema_lists_its_schemes_but_our_own() =>
        Assert.Equal(["mailpass"], SqlSchemas.All.Values.Where(schema => schema.Hash.Schemes.Count == 0).Select(schema => schema.Name));

    private static StoreInfo InfoOf(SchemaHash hash, string scheme) => new()
    {
        Kind = "t",
        Location = "t",
        Schema = "t",
        Prefix = hash.Prefix,
        UnprefixedScheme = hash.Unprefixed,
        DefaultScheme = hash.Default,
        Schemes = hash.Schemes,
        SchemeCaveats = hash.Caveats,
        SchemePrefixes = hash.PrefixNames,
        // If no prefix is allowed, the store is configured for this scheme.
        BareSchemes = hash.Prefix is PrefixStyle.Never && hash.Schemes.Contains(scheme) ? [scheme] : [],
    };

    private static MailboxAccount Mailbox(StoreInfo store) => new()
    {
        Address = MailboxAddress.Parse("a@example.com"),
        StoreKey = "a",
        PasswordHash = store.Prefix is PrefixStyle.AsStored ? BareSha512 : null,
    };

    private static bool Accepts(string panel, string stored) => Run(panel, stored, Password);

    private static bool Run(string panel, string stored, string password)
    {
        using var process = Process.Start(new ProcessStartInfo(Php!, ["-r", Panels, "--", panel, stored])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
        })!;
        process.StandardInput.Write(password);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode switch
        {
            0 => true,
            1 => false,
            _ => throw new InvalidOperationException(output),
        };
    }
}
