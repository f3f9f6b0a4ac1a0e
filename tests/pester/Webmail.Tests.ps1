BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # Runs a statement through the SQLite that the module brings; gives the first column of what comes back.
    function Invoke-Sql([string] $Path, [string] $Statement) {
        $assembly = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Microsoft.Data.Sqlite' } | Select-Object -Last 1
        $connection = $assembly.GetType('Microsoft.Data.Sqlite.SqliteFactory').GetField('Instance').GetValue($null).CreateConnection()
        $connection.ConnectionString = "Data Source=$Path;Pooling=False"
        $connection.Open()
        try {
            $command = $connection.CreateCommand()
            $command.CommandText = $Statement
            $reader = $command.ExecuteReader()
            while ($reader.Read()) { $reader.GetValue(0) }
            $reader.Close()
        }
        finally { $connection.Dispose() }
    }

    # Roundcube's table with a session of each mailbox, as PHP writes one.
    function New-Roundcube([string[]] $Mailbox) {
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        Invoke-Sql $path 'CREATE TABLE session (sess_id varchar(128) NOT NULL PRIMARY KEY, changed datetime NOT NULL, ip varchar(41) NOT NULL, vars text NOT NULL)'
        foreach ($name in $Mailbox) {
            $vars = "temp|b:0;username|s:$($name.Length):`"$name`";login_time|i:1700000000;"
            $vars = [convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($vars))
            Invoke-Sql $path "INSERT INTO session VALUES ('$name', '2026-01-01 00:00:00', '192.0.2.9', '$vars')"
        }
        $path
    }
}

Describe 'Connect-MailStore -Webmail' {
    BeforeEach { $store = (New-TestStore).Location }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'knows <_> by its tables, lists who is logged in and logs one mailbox out' -ForEach 'Roundcube', 'Auto' {
        $webmail = New-Roundcube 'anna@example.com', 'ben@example.com'
        (Connect-MailStore $store -Webmail $_ -WebmailDatabase $webmail).SessionSystems | Should -BeLike 'Roundcube *'
        $session = Get-MailboxSession anna@example.com
        $session.Service, $session.ClientAddress | Should -Be 'webmail', '192.0.2.9'
        (Revoke-MailboxSession anna@example.com -Force).IsComplete | Should -BeTrue
        Invoke-Sql $webmail 'SELECT sess_id FROM session' | Should -Be 'ben@example.com'
    }

    It 'logs a mailbox out with its new password' {
        $webmail = New-Roundcube 'anna@example.com', 'ben@example.com'
        $null = Connect-MailStore $store -Webmail Roundcube -WebmailDatabase $webmail
        $row = Reset-MailboxPassword anna@example.com -Scheme SSHA512 -RevokeSession -AsPlainText -Force
        "$($row.Status) $($row.Sessions)" | Should -BeLike 'Changed *Revoked*'
        Test-Current anna@example.com $row.Password | Should -BeTrue
        Invoke-Sql $webmail 'SELECT sess_id FROM session' | Should -Be 'ben@example.com'
    }

    It 'finds Group-Office in the store''s own database, and keeps its API keys' {
        Invoke-Sql $store @'
            CREATE TABLE core_user (id INTEGER PRIMARY KEY, username varchar(190), email varchar(190));
            CREATE TABLE core_auth_remember_me (id INTEGER PRIMARY KEY, userId int, series varchar(190), token varchar(190));
            CREATE TABLE core_auth_token (accessToken varchar(100) PRIMARY KEY, userId int, createdAt datetime, expiresAt datetime NULL);
            INSERT INTO core_user VALUES (1, 'anna@example.com', 'anna@example.com');
            INSERT INTO core_auth_remember_me VALUES (1, 1, 's', 't');
            INSERT INTO core_auth_token VALUES ('key', 1, '', NULL);
'@
        $null = Connect-MailStore $store -Schema mailpass -Webmail GroupOffice
        (Revoke-MailboxSession anna@example.com -Force).IsComplete | Should -BeTrue
        Invoke-Sql $store 'SELECT count(*) FROM core_auth_remember_me' | Should -Be 0
        Invoke-Sql $store 'SELECT accessToken FROM core_auth_token' | Should -Be 'key'
    }

    It 'ends app passwords only when told to' {
        $panel = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        Invoke-Sql $panel "CREATE TABLE app_passwd (id INTEGER PRIMARY KEY, mailbox varchar(255), active tinyint NOT NULL); INSERT INTO app_passwd VALUES (1, 'anna@example.com', 1)"
        $null = Connect-MailStore $store -Webmail Mailcow -WebmailDatabase $panel
        $null = Reset-MailboxPassword anna@example.com -RevokeSession -Force
        Invoke-Sql $panel 'SELECT active FROM app_passwd' | Should -Be 1
        $null = Reset-MailboxPassword anna@example.com -RevokeSession -IncludeAppPassword -Force
        Invoke-Sql $panel 'SELECT active FROM app_passwd' | Should -Be 0
    }

    It 'refuses -IncludeAppPassword where nothing keeps app passwords, and changes nothing' {
        $before = (Get-MailboxAccount anna@example.com).PasswordChanged
        $null = Connect-MailStore $store -Webmail Roundcube -WebmailDatabase (New-Roundcube 'anna@example.com')
        { Reset-MailboxPassword anna@example.com -RevokeSession -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        { Reset-MailboxPassword anna@example.com -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        { Revoke-MailboxSession anna@example.com -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        (Get-MailboxAccount anna@example.com).PasswordChanged | Should -Be $before
    }

    It 'says at once that the webmail is not there' {
        { Connect-MailStore $store -Webmail Roundcube } | Should -Throw -ErrorId 'SchemaNotDetected,*'
        { Connect-MailStore $store -WebmailDatabase x.db } | Should -Throw -ErrorId 'InputInvalid,*'
    }
}
