using System.Globalization;
using MailPass.Lab.Processes;

namespace MailPass.Benchmarks;

/// <summary>What an admin would write: one PHP process, <c>crypt</c> and a prepared UPDATE for each mailbox.</summary>
internal static class PhpProgram
{
    private const string Program =
        """
        $db = new mysqli('127.0.0.1', getenv('LAB_USER'), getenv('LAB_PASSWORD'), getenv('LAB_DATABASE'), (int)getenv('LAB_PORT'));
        $update = $db->prepare(getenv('LAB_UPDATE'));
        $start = hrtime(true);
        for ($i = 1; $i <= (int)getenv('LAB_COUNT'); $i++) {
            $password = bin2hex(random_bytes(8));
            $hash = '{SHA512-CRYPT}' . crypt($password, '$6$' . bin2hex(random_bytes(8)) . '$');
            $user = "user$i@alpha.example";
            $update->bind_param('ss', $hash, $user);
            $update->execute();
        }
        echo (hrtime(true) - $start) / 1e9;
        """;

    /// <summary>Runs it.</summary>
    /// <returns>Mailboxes per second, without the start of PHP.</returns>
    public static async Task<double> RunAsync(MailDatabase database, int mailboxes)
    {
        var location = database.Location;
        var seconds = await Command.RunAsync(LabTools.Require("php", "php-cli"), ["-r", Program], environment: new Dictionary<string, string>
        {
            ["LAB_USER"] = database.Login.User,
            ["LAB_PASSWORD"] = database.Login.Password,
            ["LAB_DATABASE"] = location.Database!,
            ["LAB_PORT"] = location.Port!.Value.ToString(CultureInfo.InvariantCulture),
            ["LAB_UPDATE"] = string.Format(CultureInfo.InvariantCulture, database.Update, "?", "?"),
            ["LAB_COUNT"] = mailboxes.ToString(CultureInfo.InvariantCulture),
        });
        return mailboxes / double.Parse(seconds, CultureInfo.InvariantCulture);
    }
}
