using MailPass.Policy;
using MailPass.Secrets;

namespace MailPass.Cli.Tests.Commands;

public sealed class OtherCommandsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Demo_ends_well()
    {
        var run = await MailPassRun.Of("demo", "--folder", _folder.Path("demo"));
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.StartsWith("All is well", run.Output.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);
        Assert.NotEmpty(CsvText.Read(File.ReadAllText(Path.Combine(_folder.Path("demo"), "new-passwords.csv"))));
    }

    [Fact]
    public async Task New_passwords_conform_and_are_all_different()
    {
        var run = await MailPassRun.Of("new", "--count", "50", "--length", "12");
        var passwords = run.Output.TrimEnd().Split('\n');
        Assert.Equal(50, passwords.Distinct().Count());
        Assert.All(passwords, password =>
        {
            using var secret = Secret.FromChars(password);
            Assert.Equal(12, password.Length);
            Assert.Empty(PasswordPolicy.Default.Check(secret, PolicyContext.None));
        });
        Assert.Contains("bits of entropy", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Old-Secret-1", 0, "same")]
    [InlineData("New-Secret-1", 0, "different")]
    [InlineData("bad", 1, "different")]
    public async Task A_password_is_tested_against_the_rules_and_the_mailbox(string password, int exitCode, string expected)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.WithInput(password + "\r\n", "test", "--store", store, "--mailbox", "a@example.com");
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(expected, run.Rows.Single(row => row["Check"] == "CurrentPassword")["Result"]);
        Assert.DoesNotContain(password, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_names_state_and_scheme_but_no_hash()
    {
        var store = await _folder.StoreAsync("a@example.com", "!b@example.com", "c@example.net");
        var run = await MailPassRun.Of("list", "--store", store, "--domain", "example.com");
        Assert.Equal([("a@example.com", "Active", "SSHA256"), ("b@example.com", "Disabled", "SSHA256")], run.Rows.Select(row => (row["Mailbox"], row["State"], row["Scheme"])));
        Assert.DoesNotContain(TempFolder.OldHash[10..], run.Output, StringComparison.Ordinal);
        Assert.Equal(["a@example.com", "c@example.net"], (await MailPassRun.Of("list", "--store", store, "--active-only")).Rows.Select(row => row["Mailbox"]));
        Assert.Equal(["example.com", "example.net"], (await MailPassRun.Of("list", "--store", store, "--domains")).Rows.Select(row => row["Domain"]));
    }

    [Theory]
    [InlineData("new", "--count", "many", "'many' is not a value for --count, which takes a whole number.")]
    [InlineData("new", "--count", "0", "--count must be 1 or more.")]
    [InlineData("new", "--format", "xml", "'xml' is not a value for --format, which takes one of table, csv, json.")]
    [InlineData("login", "--port", "imap", "'imap' is not a value for --port, which takes a whole number.")]
    [InlineData("reset", "--cost", "99999999999", "'99999999999' is not a value for --cost, which takes a whole number.")]
    [InlineData("reset", "--max-memory", "much", "--max-memory")]
    public async Task Option_value_of_the_wrong_kind_is_explained(string command, string option, string value, string expected)
    {
        string[] required = command switch
        {
            "login" => ["--mailbox", "a@example.com", "--server", "localhost"],
            "reset" => ["--store", _folder.Path("mail.db"), "--domain", "example.com", "--scheme", "BLF-CRYPT"],
            _ => [],
        };
        var run = await MailPassRun.Of([command, .. required, option, value]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--password", "Hunter2-Secret")]
    [InlineData("Hunter2-Secret", "x")]
    public async Task A_password_on_the_command_line_is_refused_and_not_repeated(string first, string second)
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("set", "--store", store, "--mailbox", "a@example.com", first, second);
        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("Hunter2", run.Error + run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_self_service_change_reads_the_current_password_first()
    {
        var store = await _folder.StoreAsync("a@example.com");
        Assert.Equal(1, (await MailPassRun.WithInput("Wrong-Secret-1\nNew-Secret-22\n", "set", "--store", store, "--mailbox", "a@example.com", "--current")).ExitCode);
        Assert.Equal(0, (await MailPassRun.WithInput("Old-Secret-1\nNew-Secret-22\n", "set", "--store", store, "--mailbox", "a@example.com", "--current")).ExitCode);
        Assert.True(await StoreProbe.AcceptsAsync(store, "a@example.com", "New-Secret-22"));
    }

    [Theory]
    [InlineData("/nowhere/mail.db", 3)]
    [InlineData("mysql://user:secret@host/db", 2)]
    public async Task A_store_that_cannot_be_opened_says_so(string store, int exitCode)
    {
        var run = await MailPassRun.Of("list", "--store", store);
        Assert.True(run.ExitCode == exitCode, run.ToString());
        Assert.DoesNotContain("secret", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("login --mailbox a@example.com --server 0.0.0.0 --port 1 --security none")]
    [InlineData("sessions --doveadm http://0.0.0.0:1 --doveadm-key-file SECRET")]
    public async Task Secret_travels_unencrypted_only_where_it_is_allowed(string line)
    {
        // No address of this machine's own, and nobody listens there.
        string[] call = line.Replace("SECRET", _folder.Write("secret", "swordfish"), StringComparison.Ordinal).Split(' ');
        var refused = await MailPassRun.WithInput("Any-Secret-1\n", call);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(ErrorIds.StoreTlsRequired, refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await MailPassRun.WithInput("Any-Secret-1\n", [.. call, "--allow-plaintext"])).ExitCode);
    }

    [Fact]
    public async Task Init_takes_names_and_ignores_passwords()
    {
        var csv = _folder.Write("boxes.csv", "Mailbox,DisplayName,Password\nah@example.com,Anna Haas,Any-Secret-1\nb@example.com,'=1+1,Any-Secret-1\n");
        var run = await MailPassRun.Of("init", "--store", _folder.Path("mail.db"), "--csv", csv);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("the Password column is left alone", run.Error, StringComparison.Ordinal);

        // The apostrophe keeps a name from being a formula; the store has none, and the list has it again.
        var list = await MailPassRun.Of("list", "--store", _folder.Path("mail.db"));
        Assert.Equal(["Anna Haas", "'=1+1"], list.Rows.Select(row => row["DisplayName"]));

        var policy = _folder.Write("policy.json", """{ "refuseSimilarToMailbox": true }""");
        var test = await MailPassRun.WithInput("Haas-Anna-2026!\n", "test", "--store", _folder.Path("mail.db"), "--mailbox", "ah@example.com", "--policy", policy);
        Assert.Equal((1, "SimilarToMailbox"), (test.ExitCode, test.Rows[0]["Check"]));
    }

    [Fact]
    public async Task New_writes_json_without_the_excluded_characters()
    {
        var run = await MailPassRun.Of("new", "--count", "3", "--length", "40", "--exclude-characters", "abcdefghijklm", "--json");
        using var json = System.Text.Json.JsonDocument.Parse(run.Output);
        Assert.Equal(3, json.RootElement.GetArrayLength());
        Assert.All(json.RootElement.EnumerateArray(), row => Assert.Matches("^[^a-m]{40}$", row.GetProperty("Password").GetString()!));
    }

    [Fact]
    public async Task Same_password_again_is_Unchanged()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.WithInput(TempFolder.OldPassword + "\n", "set", "--store", store, "--mailbox", "a@example.com", "--scheme", "SSHA512");
        Assert.Equal((0, "Unchanged"), (run.ExitCode, run.Rows.Single()["Status"]));
        Assert.Equal(TempFolder.OldHash, await StoreProbe.HashAsync(store, "a@example.com"));
    }

    [Theory]
    [InlineData(ErrorIds.JournalUnwritable, false, ExitCodes.Refused)]
    [InlineData(ErrorIds.JournalUnwritable, true, ExitCodes.SomeFailed)]
    [InlineData(ErrorIds.StoreUnreachable, true, ExitCodes.Unreachable)]
    [InlineData(ErrorIds.TooManyFailures, false, ExitCodes.SomeFailed)]
    [InlineData(ErrorIds.StoreTlsRequired, false, ExitCodes.Refused)]
    public void Exit_code_2_says_that_nothing_was_changed(string errorId, bool changedSomething, int exitCode) =>
        Assert.Equal(exitCode, ExitCodes.For(new MailPassException(errorId, "It went wrong."), changedSomething));

    [Fact]
    public async Task Init_names_each_row_that_it_refuses_in_the_files_order()
    {
        var csv = _folder.Write("boxes.csv", "Mailbox,Active\na@example.com,yes\nb@example.com,perhaps\nnobody,yes\nc@example.com,no\n");
        var run = await MailPassRun.Of("init", "--store", _folder.Path("mail.db"), "--csv", csv);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches("line 3: b@example.com: [^\n]*must be yes[^\n]*\n[^\n]*line 4: nobody: [^\n]*\n[^\n]* has 2 mailboxes; 2 were refused", run.Error);
        Assert.Equal(["a@example.com", "c@example.com"], (await StoreProbe.HashesAsync(_folder.Path("mail.db"))).Keys.Order());
    }

    [Fact]
    public async Task Init_never_writes_over_a_store()
    {
        var store = await _folder.StoreAsync("a@example.com");
        var run = await MailPassRun.Of("init", "--store", store, "--csv", _folder.Path("boxes.csv"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(ErrorIds.StoreExists, run.Error, StringComparison.Ordinal);
    }
}
