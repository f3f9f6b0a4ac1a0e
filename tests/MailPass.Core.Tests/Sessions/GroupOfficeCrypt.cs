using MailPass.Lab.Processes;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Reads passwords sealed for a Group-Office, by its documentation and with PHP's own functions, and values of the real library.</summary>
internal static class GroupOfficeCrypt
{
    /// <summary>A key as defuse/php-encryption 2.4.0 saves one (<c>Key::createNewRandomKey()->saveToAsciiSafeString()</c>).</summary>
    public const string Key = "def0000068f19dac0ce5cad6875c26586d855f49575a9d76f4681acb8514f401c5a6176d5ff7b21f2bcfe4229c2ddf6c88f095d5abcd50d0a32aa81d6d2b4909bcfebc34";

    /// <summary>"New-Secret-22", sealed by that library under <see cref="Key"/>.</summary>
    public const string SecretByTheLibrary = "{GOCRYPT2}def50200cc8602dc4eeaf2392d4e18b933aa79c1f41ab8fb9f9cf38566f3b971ece21a6e23e0042e658434bb69e83cc8dad79cbec9e62ae68f58809c65182f75d5b8568a577a60a93f813a35c238b7c1d037a39be7cd991d1e4246b25c82bdff4e";

    /// <summary>The same under another key.</summary>
    public const string SecretOfAnotherKey = "{GOCRYPT2}def502004acf75446536993471e76a895143a521ada16205fce1f868df50d73f8c31f880526b882c16d8a2f29ea02ee4f1e03dba8a1b1eb6d869aea260860e4075105ab6be6d460c1474c50ab1949fd095d9182f400f693bcd38f2136c529f2fd7";

    // docs/CryptoDetails.md of defuse/php-encryption, in PHP's words; the first line of the input is the key, each other one a text.
    private const string Reader = """
        $lines = explode("\n", trim(stream_get_contents(STDIN)));
        $file = hex2bin(array_shift($lines));
        if (strlen($file) !== 68 || substr($file, 0, 4) !== "\xDE\xF0\x00\x00" || hash("sha256", substr($file, 0, 36), true) !== substr($file, 36)) exit(2);
        $key = substr($file, 4, 32);
        foreach ($lines as $line) {
            if (substr($line, 0, 10) !== "{GOCRYPT2}" || !ctype_xdigit(substr($line, 10)) || strtolower($line = substr($line, 10)) !== $line) exit(3);
            $text = hex2bin($line);
            if (substr($text, 0, 4) !== "\xDE\xF5\x02\x00") exit(4);
            $salt = substr($text, 4, 32);
            if (!hash_equals(hash_hmac("sha256", substr($text, 0, -32), hash_hkdf("sha256", $key, 32, "DefusePHP|V2|KeyForAuthentication", $salt), true), substr($text, -32))) exit(5);
            echo base64_encode(openssl_decrypt(substr($text, 52, -32), "aes-256-ctr", hash_hkdf("sha256", $key, 32, "DefusePHP|V2|KeyForEncryption", $salt), OPENSSL_RAW_DATA, substr($text, 36, 16))), "\n";
        }
        """;

    /// <summary>Opens sealed texts with PHP.</summary>
    /// <param name="sealedTexts">The texts, with their mark.</param>
    public static async Task<IReadOnlyList<string>> OpenAsync(params string[] sealedTexts)
    {
        var php = LabTools.Find("php");
        Skip.If(php is null, "PHP is not installed (Debian: php-cli).");
        var output = await Command.RunAsync(php!, ["-r", Reader], string.Join('\n', [Key, .. sealedTexts]));
        return [.. output.Split('\n')[..^1].Select(line => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(line)))];
    }

    /// <summary>Writes a key file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">What is in it.</param>
    public static string WriteKeyFile(string path, string content = Key + "\n")
    {
        File.WriteAllText(path, content);
        return path;
    }
}
