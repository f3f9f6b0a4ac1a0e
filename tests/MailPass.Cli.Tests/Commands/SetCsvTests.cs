using System.Globalization;
using System.Text;

namespace MailPass.Cli.Tests.Commands;

/// <summary>How <c>mailpass set --csv</c> reads the files that people have.</summary>
public sealed class SetCsvTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Headers =>
    [
        "Mailbox,Password", "IDENTITY,NEWPASSWORD", "emailaddress,password", "Email,New Password", "mail;Password", "User_Principal-Name\tNewPassword",
        "UserName|Password", "Address,Password", "\"Mailbox\";\"Password\"", "#TYPE System.Object\nMailbox,Password", "sep=;\nMailbox;Password", "\n\r\nMailbox;Password",
    ];

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Columns_are_found_by_every_name_and_delimiter(string header)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var delimiter = header.Split('\n')[^1].First(c => c is ',' or ';' or '\t' or '|');
        var run = await SetAsync(store, $"{header}\na@example.com{delimiter}New-Secret-22\n");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "New-Secret-22"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Files_of_every_encoding_are_read(bool utf16, bool bigEndianOrMark)
    {
        var store = await _folder.StoreAsync("a@example.com");
        Encoding encoding = utf16 ? new UnicodeEncoding(bigEndianOrMark, true) : new UTF8Encoding(bigEndianOrMark);
        var csv = _folder.Write("in.csv", "Mailbox,Password\na@example.com,Grüße-A42-🌲\n", encoding);
        var run = await MailPassRun.Of("set", "--store", store, "--csv", csv, "--scheme", "SSHA512");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "Grüße-A42-🌲"));
    }

    [Fact]
    public async Task Every_bad_row_is_named_with_its_line_and_the_rest_goes_on()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com", "c@example.com", "!off@example.com", "d@example.com");
        var run = await SetAsync(
            store,
            """"
            Mailbox,Password
            a@example.com,"Two
            lines-1"
            A@EXAMPLE.com,Other-Secret-1
            nobody@example.com,New-Secret-22

            off@example.com,New-Secret-22
            not an address,New-Secret-22
            b@example.com,
            c@example.com,short
            b@example.com,one,field,too,many
            d@example.com,Good-Secret-22
            '; DROP TABLE mailbox; --,'; DROP TABLE mailbox; --
            """".ReplaceLineEndings("\n"));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            [
                ("2", "Failed", ErrorIds.PasswordInvalid),
                ("4", "Failed", ErrorIds.AddressDuplicate),
                ("5", "Failed", ErrorIds.MailboxNotFound),
                ("7", "Failed", ErrorIds.MailboxDisabled),
                ("8", "Failed", ErrorIds.AddressInvalid),
                ("9", "Failed", ErrorIds.PasswordMissing),
                ("10", "Failed", ErrorIds.PolicyViolation),
                ("11", "Failed", ErrorIds.InputInvalid),
                ("12", "Changed", ""),
                ("13", "Failed", ErrorIds.AddressInvalid),
            ],
            run.Rows.Select(row => (row["Line"], row["Status"], row["ErrorId"])));
        foreach (var row in run.Rows.Where(row => row["Status"] == "Failed"))
        {
            Assert.Contains($"line {row["Line"]}: ", run.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Secret", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", run.Output, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "d@example.com", "Good-Secret-22"));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", TempFolder.OldPassword));
    }

    [Theory]
    [InlineData("{PLAIN}Secret-22", null)]
    [InlineData("{SSHA512}Ab1!Ab1!", null)]
    [InlineData("🌲🌲🌲🌲-Aa1", null)]
    [InlineData("'; DROP TABLE mailbox; --1A", null)]
    [InlineData("=cmd|' /C calc'!A0b1", null)]
    [InlineData("NUL\0Secret-22", ErrorIds.PasswordInvalid)]
    [InlineData("Bell\u0007Secret-22", ErrorIds.PasswordInvalid)]
    [InlineData("73", ErrorIds.PasswordTooLongForScheme)]
    [InlineData("72", null)]
    public async Task A_password_is_taken_to_the_letter_or_refused_never_changed(string password, string? errorId)
    {
        var store = await _folder.StoreAsync("a@example.com");
        password = password is "72" or "73" ? "Aa1!" + new string('x', int.Parse(password, CultureInfo.InvariantCulture) - 4) : password;
        var csv = _folder.Write("in.csv", $"Mailbox,Password\na@example.com,\"{password}\"\n");
        var run = await MailPassRun.Of("set", "--store", store, "--csv", csv, "--scheme", "BLF-CRYPT", "--cost", "10");
        Assert.Equal(errorId ?? "", run.Rows.Single()["ErrorId"]);
        Assert.Equal(errorId is null ? 0 : 1, run.ExitCode);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", errorId is null ? password : TempFolder.OldPassword));
        Assert.DoesNotContain(password, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Mailbox\na@example.com\n", "Password")]
    [InlineData("Password\nNew-Secret-22\n", "Mailbox")]
    [InlineData("Mailbox,Password,password\na@example.com,New-Secret-22,New-Secret-23\n", "two Password columns")]
    [InlineData("Mailbox,Password,NewPassword\na@example.com,New-Secret-22,New-Secret-23\n", "two Password columns")]
    [InlineData("a@example.com,New-Secret-22\n", "header line is missing")]
    [InlineData("", "empty")]
    [InlineData("\n\r\n\n", "empty")]
    public async Task A_wrong_header_is_refused_by_name_before_anything_is_changed(string text, string expected)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await SetAsync(store, text);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("New-Secret", run.Error, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [Fact]
    public async Task Bytes_that_are_not_text_fail_only_their_row()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        byte[] latin1 = [.. "Mailbox,Password\na@example.com,Gr"u8, 0xFC, .. "n-Secret-22\nb@example.com,New-Secret-22\n"u8];
        var run = await MailPassRun.RunAsync(new MemoryStream(latin1), ["set", "--store", store, "--csv", "-", "--scheme", "SSHA512"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal([ErrorIds.InputInvalid, ""], run.Rows.Select(row => row["ErrorId"]));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", "New-Secret-22"));
    }

    [Fact]
    public async Task A_self_service_change_needs_the_right_current_password()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var run = await SetAsync(
            store,
            $"Mailbox,CurrentPassword,NewPassword\na@example.com,{TempFolder.OldPassword},New-Secret-22\nb@example.com,Wrong-Secret-1,New-Secret-22\n",
            "--current");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["", ErrorIds.CurrentPasswordWrong], run.Rows.Select(row => row["ErrorId"]));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "New-Secret-22"));
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", TempFolder.OldPassword));
    }

    [Fact]
    public async Task Current_password_column_is_verified_unasked()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com", "c@example.com");
        var run = await SetAsync(
            store,
            $"Mailbox,OldPassword,NewPassword\na@example.com,{TempFolder.OldPassword},New-Secret-22\nb@example.com,Any-Guess-1,New-Secret-22\nc@example.com,,New-Secret-22\n");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["", ErrorIds.CurrentPasswordWrong, ErrorIds.PasswordMissing], run.Rows.Select(row => row["ErrorId"]));
        Assert.True(await StoreProbe.AcceptsAsync(store, "b@example.com", TempFolder.OldPassword));
    }

    [Fact]
    public async Task Columns_delimiter_and_encoding_can_be_named()
    {
        var store = await _folder.StoreAsync("a@example.com");
        byte[] csv = [.. "Kunde:Adresse privat:Old password:Geheim\nx:a@example.com:"u8, .. Encoding.Latin1.GetBytes($"{TempFolder.OldPassword}:Gr\u00FCn-Secret-22\n")];
        string[] call = ["set", "--store", store, "--csv", "-", "--scheme", "SSHA512", "--mailbox-column", "adresse privat", "--password-column", "Geheim", "--delimiter", ":"];
        var run = await MailPassRun.RunAsync(new MemoryStream(csv), call);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("UTF-8", run.Rows.Single()["Message"], StringComparison.Ordinal);
        run = await MailPassRun.RunAsync(new MemoryStream(csv), [.. call, "--encoding", "windows-1252"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "Gr\u00FCn-Secret-22"));
    }

    [Fact]
    public async Task Password_with_outer_spaces_is_set_with_a_warning()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await SetAsync(store, "Mailbox,Password\na@example.com,Trailing-Secret-22 \n");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("line 2: ", run.Error, StringComparison.Ordinal);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "Trailing-Secret-22 "));
    }

    [Fact]
    public async Task Columns_that_disagree_fail_their_row_alone()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var run = await SetAsync(store, "Mailbox,Email,Password\na@example.com,b@example.com,New-Secret-22\nb@example.com,B@example.com,New-Secret-22\n");
        Assert.Equal([ErrorIds.InputInvalid, ""], run.Rows.Select(row => row["ErrorId"]));
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", TempFolder.OldPassword));
    }

    [Fact]
    public async Task A_dry_run_checks_everything_and_changes_nothing()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var run = await SetAsync(store, "Mailbox,Password\na@example.com,New-Secret-22\nb@example.com,bad\n", "--what-if");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["Skipped", "Failed"], run.Rows.Select(row => row["Status"]));
        Assert.All(await StoreProbe.HashesAsync(store), pair => Assert.Equal(TempFolder.OldHash, pair.Value));
    }

    [Fact]
    public async Task Leave_unchanged_keeps_a_password_that_is_the_same()
    {
        var store = await _folder.StoreAsync("a@example.com", "b@example.com");
        var run = await SetAsync(store, $"Mailbox,Password\na@example.com,{TempFolder.OldPassword}\nb@example.com,New-Secret-22\n", "--leave-unchanged");
        Assert.Equal((0, "Unchanged", "Changed"), (run.ExitCode, run.Rows[0]["Status"], run.Rows[1]["Status"]));
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Fact]
    public async Task Shards_together_are_the_whole()
    {
        string[] mailboxes = [.. Enumerable.Range(0, 40).Select(i => $"u{i}@example.com")];
        var store = await _folder.StoreAsync(mailboxes);
        var text = "Mailbox,Password\n" + string.Concat(mailboxes.Select(mailbox => mailbox + ",New-Secret-22\n"));
        var seen = new List<string>();
        for (var part = 1; part <= 3; part++)
        {
            var run = await SetAsync(store, text, "--shard", $"{part}/3");
            Assert.Equal(0, run.ExitCode);
            seen.AddRange(run.Rows.Select(row => row["Mailbox"]));
        }

        Assert.Equal(mailboxes.Order(), seen.Order());
    }

    private Task<MailPassRun> SetAsync(string store, string text, params string[] more) =>
        MailPassRun.Of(["set", "--store", store, "--csv", _folder.Write("in.csv", text), "--scheme", "SSHA512", .. more]);
}
