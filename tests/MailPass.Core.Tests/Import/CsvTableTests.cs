using System.Text;
using MailPass.Import;

namespace MailPass.Core.Tests.Import;

/// <summary>Headers and rows as programs and people really write them.</summary>
public sealed class CsvTableTests
{
    public static TheoryData<string> RealFiles =>
    [
        // PostfixAdmin's, Modoboa's and Azure's imports, spreadsheets of five languages.
        "user;password;domain;name\nanna;Password&123;example.com;Test 1",
        "loginname;password;first name;last name;address\nanna@example.com;Password&123;Anna;Haas;anna@example.com",
        "version:v1.0,,\nName [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required\nAnna,anna@example.com,Password&123",
        "E-Mail-Adresse;Kennwort\nanna@example.com;Password&123",
        "email_address,New Password\nanna@example.com,Password&123",
        "PrimarySmtpAddress\tPassword\nanna@example.com\tPassword&123",
        "login|password\nanna@example.com|Password&123",
        "Adresse e-mail;Mot de passe\nanna@example.com;Password&123",
        "Correo electrónico;Contraseña\nanna@example.com;Password&123",
        "Correo electro\u0301nico;Contrasen\u0303a\nanna@example.com;Password&123",
        "Indirizzo e-mail;Nuova password\nanna@example.com;Password&123",
        "E-mailadres;Wachtwoord\nanna@example.com;Password&123",
        "Email\u00A0,\u00A0Password\nanna@example.com,Password&123",
        "sep=;\r\nEmail;Password\r\nanna@example.com;Password&123\r\n",
        "#TYPE System.Object\rEmail,Password\ranna@example.com,Password&123\r",
        "Email,Password,\nanna@example.com,Password&123\n",
        "Email,Password\nanna@example.com,Password&123,,\n",
        "UserName,Email,Password\nahaas,anna@example.com,Password&123\n",
        "Email,UserName,Password\nanna@example.com,ANNA@Example.COM,Password&123\n",
    ];

    [Theory]
    [MemberData(nameof(RealFiles))]
    public async Task Real_file_gives_its_mailbox_and_password(string csv)
    {
        using var table = await OpenAsync(csv);
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Null(table.ReadMailbox(out var identity));
        Assert.Equal("anna@example.com", identity, ignoreCase: true);
        Assert.Equal("Password&123", new string(table[Column.Password]));
        Assert.False(await table.ReadAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("Email;Password\na@x.org;Summer-24;Rest-9\n")]
    [InlineData("Email,Password\na@x.org\n")]
    [InlineData("Email,Password,Name\na@x.org,Pw-1\n")]
    [InlineData("Email,Password\na@x.org,Pw-1,, \n")]
    [InlineData("Email,Mail,Password\na@x.org,b@x.org,Pw-1\n")]
    [InlineData("User,Login,Domain,Password\nanna,ben,x.org,Pw-1\n")]
    public async Task Ragged_or_contradictory_row_fails(string csv)
    {
        using var table = await OpenAsync(csv);
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Equal(ErrorIds.InputInvalid, table.ReadMailbox(out _)!.ErrorId);
    }

    [Fact]
    public async Task Named_columns_count_alone()
    {
        using var table = await OpenAsync(
            "Email,Work address,Password,Geheim\nprivate@x.org,a@x.org,Old-1,New-1\n", new CsvOptions { MailboxColumn = "work_address", PasswordColumn = "geheim" });
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Null(table.ReadMailbox(out var identity));
        Assert.Equal("a@x.org", identity);
        Assert.Equal("New-1", new string(table[Column.Password]));
    }

    [Theory]
    [InlineData("anna@example.com,First-Secret-11\nben@example.com,Second-Secret-22\n")]
    [InlineData("anna;First-Secret-11;example.com\n")]
    [InlineData("user;First-Secret-11\n")]
    [InlineData("First-Secret-11\n")]
    [InlineData("Password,NewPassword,First-Secret-11\nx,y,z\n")]
    public async Task Missing_header_never_shows_its_values(string csv)
    {
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync(csv));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.DoesNotContain("Secret", fault.Message + fault.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("anna", fault.Message + fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_in_another_encoding_asks_for_its_name()
    {
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync("Adresse \uFFFDlectronique;Mot de passe\na@x.org;New-1\n"));
        Assert.Contains("--encoding", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_password_columns_are_refused_by_name()
    {
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync("Email,Password,NewPassword\na@x.org,Old-1,New-1\n"));
        Assert.Contains("'Password' and 'NewPassword'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("--password-column", fault.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("windows-1252", 1252)]
    [InlineData("1252", 1252)]
    [InlineData("CP850", 850)]
    [InlineData("iso-8859-15", 28605)]
    [InlineData("utf-16", 1200)]
    [InlineData("bigendianunicode", 1201)]
    public async Task Named_encoding_is_read(string name, int codePage)
    {
        var bytes = (CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage)).GetBytes("Email;Password\na@x.org;Grün-Wald-42\n");
        using var table = await OpenAsync(bytes, new CsvOptions { Encoding = name });
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Null(table.ReadMailbox(out _, wholeRow: true));
        Assert.Equal("Grün-Wald-42", new string(table[Column.Password]));
    }

    [Theory]
    [InlineData(null, "UTF-8")]
    [InlineData("us-ascii", "us-ascii")]
    public async Task Text_of_another_encoding_fails_its_row_and_names_Encoding(string? encoding, string said)
    {
        using var table = await OpenAsync(Encoding.Latin1.GetBytes("Email,Password,Name\na@x.org,Gr\u00FCn-1,A\nb@x.org,Good-2,J\u00F6rg\n"), new CsvOptions { Encoding = encoding });
        Assert.True(await table.ReadAsync(CancellationToken.None));
        var fault = table.ReadMailbox(out _)!;
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
        Assert.Contains(said, fault.Message, StringComparison.Ordinal);
        Assert.Contains("-Encoding", fault.Message, StringComparison.Ordinal);
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Null(table.ReadMailbox(out _));
        Assert.NotNull(table.ReadMailbox(out _, wholeRow: true));
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("klingon")]
    [InlineData("99999")]
    [InlineData("")]
    public async Task Unknown_encoding_is_refused(string name)
    {
        var fault = await Assert.ThrowsAsync<MailPassException>(() => OpenAsync("Email\na@x.org\n", new CsvOptions { Encoding = name }));
        Assert.Equal(ErrorIds.InputInvalid, fault.ErrorId);
    }

    [Theory]
    [InlineData("=1+1")]
    [InlineData("+49@x.org")]
    [InlineData("-desk@x.org")]
    [InlineData("'+49@x.org")]
    [InlineData("''@x.org")]
    [InlineData("anna@x.org")]
    [InlineData("'anna@x.org'")]
    [InlineData("")]
    public void Apostrophe_comes_off_exactly_as_it_was_put_on(string text)
    {
        Assert.Equal(text, SpreadsheetText.Undo(SpreadsheetText.Guard(text)));
        Assert.False(SpreadsheetText.Guard(text).StartsWith('='));
        Assert.False(SpreadsheetText.Guard(text).StartsWith('+'));
    }

    [Theory]
    [InlineData("Name [mail]", "Mailbox")]
    [InlineData("Password [userPrincipalName] Required", "Mailbox")]
    [InlineData("E-mail [primary]", "Mailbox")]
    [InlineData("Nothing [of this]", null)]
    [InlineData("Nothing [mail", null)]
    public void Name_in_brackets_counts_before_the_one_in_front(string header, string? column) => Assert.Equal(column, Column.Find(header)?.Name);

    [Fact]
    public async Task Columns_that_differ_in_case_alone_agree()
    {
        using var table = await OpenAsync("User,Login,Domain,Password\nAnna,anna,example.com,Password&123");
        Assert.True(await table.ReadAsync(CancellationToken.None));
        Assert.Null(table.ReadMailbox(out var mailbox));
        Assert.Equal("Anna@example.com", mailbox);
    }

    private static Task<CsvTable> OpenAsync(string csv, CsvOptions? options = null) => OpenAsync(Encoding.UTF8.GetBytes(csv), options);

    private static Task<CsvTable> OpenAsync(byte[] csv, CsvOptions? options) =>
        CsvTable.OpenAsync(new MemoryStream(csv), "in.csv", [Column.Mailbox, Column.Password], [Column.CurrentPassword], options ?? CsvOptions.Default, CancellationToken.None);
}
