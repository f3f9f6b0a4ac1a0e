BeforeDiscovery {
    $absence = if (-not $IsLinux) { 'Dovecot runs on Linux' }
    elseif (-not (Test-Path /usr/sbin/dovecot)) { 'Dovecot is not installed' }
    elseif ([Environment]::UserName -ne 'root') { 'Dovecot is started with separate users, which only root may do' }
    elseif ((& /usr/sbin/dovecot --version) -notlike '2.3.*') { 'The configuration here is for Dovecot 2.3' }
}

Describe 'Sessions, on a real Dovecot' -Skip:([bool] $absence) {
    BeforeAll {
        . "$PSScriptRoot/Support.ps1"

        function Get-FreePort {
            $listener = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
            $listener.Start()
            try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
        }

        $folder = (New-Item (Join-Path ([IO.Path]::GetTempPath()) "mailpass-pester-$([guid]::NewGuid().ToString('N').Substring(0, 8))") -ItemType Directory).FullName
        $imapPort, $apiPort = (Get-FreePort), (Get-FreePort)
        $users = Join-Path $folder 'users'
        'anna@example.com', 'ben@example.com', 'cleo@example.com' | ForEach-Object { "${_}:{SSHA512}N70QtcwhNMQqCJc1FV+Du+RFxPNAal+A308HDSi3U5paakqc2gAi8GWTLk4Xp2g7wQoZCnxKS27dpQsNeaiW1r2E7NQ=:::::" } | Set-Content $users
        chmod 755 $folder
        chmod 644 $users
        @"
base_dir = $folder/run
state_dir = $folder/state
instance_name = mailpass-pester-$imapPort
protocols = imap
listen = 127.0.0.1
log_path = $folder/log
ssl = no
disable_plaintext_auth = no
auth_cache_size = 1M
auth_failure_delay = 0
mail_location = maildir:$folder/mail/%u
doveadm_api_key = pester-key-1
passdb {
  driver = passwd-file
  args = $users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home=$folder/mail/%u
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = $imapPort
  }
  inet_listener imaps {
    port = 0
  }
}
service doveadm {
  inet_listener http {
    port = $apiPort
  }
}
"@ | Set-Content "$folder/dovecot.conf"
        $null = New-Item "$folder/mail" -ItemType Directory
        chmod 777 "$folder/mail"
        $dovecot = Start-Process /usr/sbin/dovecot -ArgumentList '-F', '-c', "$folder/dovecot.conf" -PassThru -RedirectStandardOutput "$folder/out" -RedirectStandardError "$folder/err"
        do { Start-Sleep -Milliseconds 50 } until ($dovecot.HasExited -or (Test-Connection 127.0.0.1 -TcpPort $apiPort -Quiet -TimeoutSeconds 1) )

        # A client that logs in and stays.
        function Open-Session([string] $Mailbox, [string] $Password = 'Before-1pw') {
            $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $imapPort)
            $reader = [IO.StreamReader]::new($client.GetStream())
            $writer = [IO.StreamWriter]::new($client.GetStream())
            $writer.AutoFlush = $true
            $writer.NewLine = "`r`n"
            $null = $reader.ReadLine()
            $writer.WriteLine("a LOGIN $Mailbox $Password")
            do { $line = $reader.ReadLine() } until ($line -match '^a ')
            $line | Should -Match '^a OK'
            [pscustomobject]@{ Client = $client; Reader = $reader }
        }

        # Waits until the server has ended the connection.
        function Wait-Closed($Session) {
            try { while ($null -ne $Session.Reader.ReadLine()) { } } catch { $null = $_ }
        }

        $key = ConvertTo-Secure 'pester-key-1'
        $login = @{ Server = '127.0.0.1'; Port = $imapPort; Security = 'None' }
    }

    AfterAll {
        Get-MailStore | Disconnect-MailStore
        if ($dovecot -and -not $dovecot.HasExited) {
            & /bin/kill -TERM $dovecot.Id
            $dovecot.WaitForExit()
        }
        Remove-Item $folder -Recurse -Force -ErrorAction Ignore
    }

    BeforeEach { $null = Connect-MailStore -PasswdFile $users -Doveadm "http://127.0.0.1:$apiPort" -DoveadmApiKey $key }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'shows who is logged in, and logs out only the named mailboxes' {
        $anna = Open-Session anna@example.com
        $ben = Open-Session ben@example.com
        $all = Get-MailboxSession
        $all | Should -BeOfType MailPass.Session
        $all.Mailbox | Sort-Object | Should -Be 'anna@example.com', 'ben@example.com'
        $all.Service | Should -Be 'imap', 'imap'
        (Get-MailboxSession anna@example.com).ClientAddress | Should -Be '127.0.0.1'
        Get-MailboxSession -Domain example.org -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Get-MailboxSession -Service pop3 | Should -BeNullOrEmpty

        $rows = 'anna@example.com', 'cleo@example.com' | Revoke-MailboxSession -Force
        $rows.Mailbox | Should -Be 'anna@example.com', 'cleo@example.com'
        $rows.Status | Should -Be 'Revoked', 'NoneFound'
        $rows.IsComplete | Should -Be $true, $true
        Wait-Closed $anna
        (Get-MailboxSession).Mailbox | Should -Be 'ben@example.com'
        (Get-MailboxSession | Revoke-MailboxSession -Force).Count | Should -Be 1
        Wait-Closed $ben
    }

    It 'logs out a domain, or one service of a mailbox' {
        $anna = Open-Session anna@example.com
        $ben = Open-Session ben@example.com
        Revoke-MailboxSession -Domain example.org -Force -ErrorAction Ignore | Should -BeNullOrEmpty
        (Revoke-MailboxSession anna@example.com -Service pop3 -Force).Status | Should -Be 'NoneFound'
        (Revoke-MailboxSession anna@example.com -Service imap -Force).Status | Should -Be 'Revoked'
        Wait-Closed $anna
        (Get-MailboxSession).Mailbox | Should -Be 'ben@example.com'
        (Revoke-MailboxSession -Domain example.com -Force | Measure-Object Count -Sum).Sum | Should -Be 1
        Wait-Closed $ben
    }

    It 'logs the whole domain out with a mailbox that Group-Office has as its owner' {
        $office = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        Invoke-Sql $office @"
            CREATE TABLE core_user (id INTEGER PRIMARY KEY, username varchar(190), email varchar(190));
            CREATE TABLE core_auth_remember_me (id INTEGER PRIMARY KEY, userId int);
            CREATE TABLE core_auth_token (accessToken varchar(100) PRIMARY KEY, userId int, expiresAt datetime NULL);
            CREATE TABLE community_maildomains_mailbox (id INTEGER PRIMARY KEY, username varchar(190), domainOwner tinyint);
            INSERT INTO community_maildomains_mailbox VALUES (1, 'anna@example.com', 1), (2, 'ben@example.com', 0);
"@
        $null = Connect-MailStore -PasswdFile $users -Doveadm "http://127.0.0.1:$apiPort" -DoveadmApiKey $key -Webmail GroupOffice -WebmailDatabase $office
        $ben = Open-Session ben@example.com
        (Revoke-MailboxSession cleo@example.com -Force).Status | Should -Be 'NoneFound'
        (Get-MailboxSession).Mailbox | Should -Be 'ben@example.com'
        $null = Revoke-MailboxSession anna@example.com -Force
        Wait-Closed $ben
        Get-MailboxSession | Should -BeNullOrEmpty
    }

    It 'ends nothing under -WhatIf' {
        $anna = Open-Session anna@example.com
        Revoke-MailboxSession anna@example.com -WhatIf | Should -BeNullOrEmpty
        (Get-MailboxSession).Mailbox | Should -Be 'anna@example.com'
        $anna.Client.Dispose()
        $null = Revoke-MailboxSession anna@example.com -Force
    }

    It 'ends a session with the reset, after which only the new password logs in' {
        $before = ConvertTo-Secure 'Before-1pw'
        (Test-MailboxLogin ben@example.com $before @login).Success | Should -BeTrue
        $ben = Open-Session ben@example.com
        $row = Reset-MailboxPassword ben@example.com -RevokeSession -Force
        $row.Status | Should -Be 'Changed'
        $row.Sessions | Should -Match 'Revoked 1'
        Wait-Closed $ben
        $old = Test-MailboxLogin ben@example.com $before @login
        $old.Success, $old.Outcome | Should -Be $false, 'Refused'
        ($row | Test-MailboxLogin @login).Outcome | Should -Be 'LoginOk'
    }

    It 'logs out with the doveadm program of this machine' {
        # The real program, but with the configuration of the server here instead of the machine's own.
        $bin = New-Item (Join-Path $folder 'bin') -ItemType Directory
        "#!/bin/sh`nexec /usr/bin/doveadm -c '$folder/dovecot.conf' `"`$@`"" | Set-Content "$bin/doveadm"
        chmod 755 "$bin/doveadm"
        $path = $env:PATH
        try {
            $env:PATH = "${bin}:$path"
            $null = Connect-MailStore -PasswdFile $users -DoveadmLocal
            $anna = Open-Session anna@example.com
            $row = Revoke-MailboxSession anna@example.com -Force
            "$($row.Status) $($row.Count)" | Should -Be 'Revoked 1'
            Wait-Closed $anna
        }
        finally { $env:PATH = $path }
    }

    It 'asks a proxy for its own list of sessions' {
        $anna = Open-Session anna@example.com
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = "passwd-file:$users"; dovecot = @{ proxies = @("http://127.0.0.1:$apiPort"); connectTimeout = 5; timeout = 20 } }) -DoveadmApiKey $key
        # This server passes nobody on, so that list is empty although somebody is logged in.
        Get-MailboxSession | Should -BeNullOrEmpty
        (Revoke-MailboxSession anna@example.com -Force).Status | Should -Be 'NoneFound'
        $anna.Client.Client.Poll(0, 'SelectRead') | Should -BeFalse
        $null = Connect-MailStore -PasswdFile $users -Doveadm "http://127.0.0.1:$apiPort" -DoveadmApiKey $key
        (Revoke-MailboxSession anna@example.com -Force).Status | Should -Be 'Revoked'
    }

    It 'keeps a change if a server is down, and its row can be piped in again' {
        $null = Connect-MailStore -PasswdFile $users -Doveadm "http://127.0.0.1:$apiPort", 'http://127.0.0.1:1' -DoveadmApiKey $key
        $row = Set-MailboxPassword cleo@example.com (ConvertTo-Secure 'After-1pw!') -RevokeSession -Force -PassThru -WarningAction SilentlyContinue
        $row.Status | Should -Be 'Changed'
        $row.ErrorId | Should -Be 'SessionAuthorityUnreachable'
        $row.Sessions | Should -Match 'Unreachable'
        $again = $row | Revoke-MailboxSession -Force -ErrorVariable errors -ErrorAction SilentlyContinue
        $again.Status | Should -Be 'Unreachable'
        $again.IsComplete | Should -BeFalse
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'SessionAuthorityUnreachable,*'
    }
}

Describe 'Sessions, without a server' {
    BeforeAll { . "$PSScriptRoot/Support.ps1" }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'reports that there is no session system' {
        $null = New-TestStore
        { Get-MailboxSession } | Should -Throw -ErrorId 'SessionAuthorityUnreachable,*'
        { Revoke-MailboxSession anna@example.com -Force } | Should -Throw -ErrorId 'SessionAuthorityUnreachable,*'
    }

    It 'refuses to revoke without a mailbox or domain' {
        $null = New-TestStore
        { Revoke-MailboxSession -Force } | Should -Throw -ErrorId 'InputInvalid,*'
    }

    It 'requires the key of a server, and not as plain text' {
        $path = (New-TestStore).Location
        { Connect-MailStore $path -Doveadm https://mx.example.org } | Should -Throw -ErrorId 'PasswordMissing,*'
        { Connect-MailStore $path -Doveadm https://mx.example.org -DoveadmApiKey 'text' } | Should -Throw -ErrorId 'PasswordIsPlainText,*'
        { Connect-MailStore $path -Doveadm http://mx.example.org -DoveadmApiKey (ConvertTo-Secure 'key') } | Should -Throw -ErrorId 'StoreTlsRequired,*'
    }

    It 'gives up on a server that does not answer in time' {
        $path = (New-TestStore).Location
        $silent = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $silent.Start()
        try {
            $null = Connect-MailStore -Profile (New-TestProfile @{ store = $path; dovecot = @{ servers = @("http://127.0.0.1:$($silent.LocalEndpoint.Port)"); timeout = 0.2 } }) -DoveadmApiKey (ConvertTo-Secure 'key')
            { Get-MailboxSession } | Should -Throw -ErrorId 'SessionAuthorityUnreachable,*' -ExpectedMessage '*No answer within 0.2 s*'
        }
        finally { $silent.Stop() }
        { Connect-MailStore -Profile (New-TestProfile @{ store = $path; dovecot = @{ proxies = @('https://mx.example.org') } }) } | Should -Throw -ErrorId 'PasswordMissing,*'
        { Connect-MailStore -Profile (New-TestProfile @{ store = $path; dovecot = @{ local = $true; timeout = 0 } }) } | Should -Throw -ErrorId 'ProfileInvalid,*' -ExpectedMessage '*dovecot.timeout*'
    }

    It 'distinguishes a missing server from a wrong password' {
        $test = Test-MailboxLogin anna@example.com (ConvertTo-Secure 'x') -Server 127.0.0.1 -Port 1
        $test.Outcome | Should -Be 'Unreachable'
        $test.Success | Should -BeFalse
        { Test-MailboxLogin anna@example.com 'text' -Server 127.0.0.1 -ErrorAction Stop } | Should -Throw -ErrorId 'PasswordIsPlainText,*'
    }
}
