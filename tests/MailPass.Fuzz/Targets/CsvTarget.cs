using System.Text;
using MailPass.Import;

namespace MailPass.Fuzz.Targets;

/// <summary>CSVs of mailboxes and passwords, in any encoding.</summary>
public sealed class CsvTarget : FuzzTarget
{
    private static readonly CsvOptions[] s_options = [new(), new() { Delimiter = ';' }, new() { Encoding = "windows-1252" }, new() { Encoding = "utf-16" }, new() { Encoding = "shift_jis" }, new() { MailboxColumn = "Login", PasswordColumn = "Key" }];

    /// <inheritdoc/>
    public override string Name => "csv";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["Mailbox,Password\nanna@example.com,N3w-Passw0rd!\nben@example.com,\"a,b\"\"c\"\n", "sep=;\r\nE-Mail;Passwort;Aktuelles Passwort\r\nmüller@example.com;äöüß-Kennw0rt;alt\r\n",
            "#TYPE System.Object\n\"UserPrincipalName\",\"Email\",\"NewPassword\"\n\"a@example.com\",\"a@example.com\",\"x\"\n", "version:v1.0\nUser name [userPrincipalName] Required\tInitial password [passwordProfile] Required\na@example.com\tpw\n",
            "Login|Domain|Key\nanna|example.com|'=1+1\n'-x@example.com||\n", "\uFEFFMailbox,Password,Note\r\"multi\r\nline@example.com\",p,\r\r"]).Select(Encoding.UTF8.GetBytes),
        Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("Mailbox,Password\r\nanna@example.com,Gr\u00FC\u00DFe-1\r\n")).ToArray(),
        Encoding.Latin1.GetBytes("Mailbox;Password\nanna@example.com;Gr\u00FC\u00DFe-1\n"),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } =
        ["Mailbox", "Password", "CurrentPassword", "Domain", "Email", "[userPrincipalName]", "\r\n", "\"\"", "\"", ",", ";", "\t", "|", "'=", "'@", "@example.com", ",,,,,,", "\"\r\n"];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        // The options depend on the input, so that a run can be repeated.
        var options = s_options[input.Length % s_options.Length];
        var lines = 1 + input.Count(value => value is (byte)'\n' or (byte)'\r');
        var rows = 0L;
        using var reader = ChangeRequestReader.OpenWithPasswordsAsync(new MemoryStream(input), "input", options, needsCurrent: false, shard: null, warn: null, CancellationToken.None).GetAwaiter().GetResult();
        var requests = reader.ReadAllAsync();
        var enumerator = requests.GetAsyncEnumerator();
        var last = 0L;
        while (enumerator.MoveNextAsync().AsTask().GetAwaiter().GetResult())
        {
            var request = enumerator.Current;
            Require(request.Line > last && request.Line <= lines, "a row's line is not where the row is");
            Require(request.Fault is not null || request.Password is { Length: > 0 }, "a row without a password has no fault");
            Require(request.Fault is null || request.Password is null, "a row with a fault has a password");
            last = request.Line!.Value;
            rows++;
            request.Password?.Dispose();
            request.CurrentPassword?.Dispose();
        }

        Require(requests.Total is not { } total || total == rows, "the number of rows is wrong at the end");
        enumerator.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return rows > 0;
    }
}
