BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # Roundcube's table with a session per mailbox, as PHP writes it.
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

    It 'recognises <_>, lists its sessions and logs one mailbox out' -ForEach 'Roundcube', 'Auto' {
        $webmail = New-Roundcube 'anna@example.com', 'ben@example.com'
        (Connect-MailStore $store -Webmail $_ -WebmailDatabase $webmail).SessionSystems | Should -BeLike 'Roundcube *'
        $session = Get-MailboxSession anna@example.com
        $session.Service, $session.ClientAddress | Should -Be 'webmail', '192.0.2.9'
        (Get-MailboxSession -Service webmail -Exclude anna* 6>$null).Mailbox | Should -Be 'ben@example.com'
        Get-MailboxSession -Service imap | Should -BeNullOrEmpty
        Revoke-MailboxSession -Domain example.com -WhatIf | Should -BeNullOrEmpty
        Revoke-MailboxSession anna@example.com -WhatIf | Should -BeNullOrEmpty
        Invoke-Sql $webmail 'SELECT count(*) FROM session' | Should -Be 2
        $out = 'anna@example.com', 'Anna@Example.com' | Revoke-MailboxSession -Force
        $out.IsComplete, $out.Receipts.Count | Should -Be $true, 1
        $out.Receipts[0].System | Should -BeLike 'Roundcube *'
        $out.Receipts[0].Mailbox, $out.Receipts[0].Status, $out.Receipts[0].Count | Should -Be 'anna@example.com', 'Revoked', 1
        Invoke-Sql $webmail 'SELECT sess_id FROM session' | Should -Be 'ben@example.com'
    }

    It 'closes the database with the store' -Skip:(-not $IsLinux) {
        $webmail = New-Roundcube 'anna@example.com'
        function Get-Handle { Get-ChildItem /proc/self/fd -ErrorAction Ignore | Where-Object Target -EQ $webmail }
        $null = Connect-MailStore $store -Webmail Roundcube -WebmailDatabase $webmail
        $null = Get-MailboxSession
        Get-Handle | Should -Not -BeNullOrEmpty
        Disconnect-MailStore
        Get-Handle | Should -BeNullOrEmpty
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

    Context 'Group-Office and the passwords that it keeps' {
        BeforeAll {
            # A key and "New-Secret-22" under it, as Group-Office's own library wrote them.
            $keyText = 'def0000068f19dac0ce5cad6875c26586d855f49575a9d76f4681acb8514f401c5a6176d5ff7b21f2bcfe4229c2ddf6c88f095d5abcd50d0a32aa81d6d2b4909bcfebc34'
            $kept = '{GOCRYPT2}def50200cc8602dc4eeaf2392d4e18b933aa79c1f41ab8fb9f9cf38566f3b971ece21a6e23e0042e658434bb69e83cc8dad79cbec9e62ae68f58809c65182f75d5b8568a577a60a93f813a35c238b7c1d037a39be7cd991d1e4246b25c82bdff4e'

            # The text of a kept password, decrypted as defuse/php-encryption documents it, with .NET's own AES and HKDF.
            function Open-Kept([string] $Text) {
                $key = [convert]::FromHexString($keyText)[4..35]
                $bytes = [convert]::FromHexString($Text.Substring(10))
                $sealing = [Security.Cryptography.HKDF]::DeriveKey('SHA256', $key, 32, $bytes[4..35], [Text.Encoding]::ASCII.GetBytes('DefusePHP|V2|KeyForEncryption'))
                $aes = [Security.Cryptography.Aes]::Create()
                $aes.Key = $sealing
                $counter = [System.Numerics.BigInteger]::new([byte[]]$bytes[36..51], $true, $true)
                $plain = for ($i = 52; $i -lt $bytes.Length - 32; $i += 16) {
                    $block = $counter.ToByteArray($true, $true)
                    $block = [byte[]]((, [byte]0 * (16 - $block.Length)) + $block)
                    $stream = $aes.EncryptEcb($block, 'None')
                    for ($j = 0; $j -lt 16 -and $i + $j -lt $bytes.Length - 32; $j++) { $bytes[$i + $j] -bxor $stream[$j] }
                    $counter += 1
                }
                [Text.Encoding]::UTF8.GetString([byte[]]$plain)
            }
        }

        BeforeEach {
            $office = Join-Path $TestDrive "$([guid]::NewGuid()).db"
            Invoke-Sql $office @"
                CREATE TABLE core_user (id INTEGER PRIMARY KEY, username varchar(190), email varchar(190));
                CREATE TABLE core_auth_remember_me (id INTEGER PRIMARY KEY, userId int);
                CREATE TABLE core_auth_token (accessToken varchar(100) PRIMARY KEY, userId int, expiresAt datetime NULL);
                CREATE TABLE core_client (id INTEGER PRIMARY KEY, deviceId varchar(80), status text, needResync tinyint, userId int);
                CREATE TABLE em_accounts (id INTEGER PRIMARY KEY, username varchar(190), password varchar(512), host varchar(100), smtp_username varchar(190), smtp_password varchar(512), smtp_host varchar(100));
                INSERT INTO core_user VALUES (1, 'anna@example.com', 'anna@example.com');
                INSERT INTO core_auth_token VALUES ('t1', 1, '2030-01-01');
                INSERT INTO core_client VALUES (1, 'phone', 'allowed', 0, 1);
                INSERT INTO em_accounts VALUES (1, 'anna@example.com', '$kept', 'mail.example.com', '', '', ''), (2, 'anna@example.com', 'stays', 'elsewhere.test', '', '', '');
"@
            $keyFile = Join-Path $TestDrive "$([guid]::NewGuid()).txt"
            $keyText | Set-Content $keyFile
            $groupOffice = @{ system = 'groupoffice'; database = $office; mailServers = @('mail.example.com') }
            $withKey = @{ Profile = New-TestProfile @{ store = $store; webmail = @($groupOffice + @{ keyFile = $keyFile }) } }
        }

        It 'get the new password, for this mail server only' {
            $null = Connect-MailStore @withKey
            $row = Reset-MailboxPassword anna@example.com -RevokeSession -Scheme SSHA512 -AsPlainText -Force -WarningAction Ignore
            $row.Sessions | Should -BeLike '*1 stored password of its e-mail accounts was replaced*'
            $after = Invoke-Sql $office 'SELECT password FROM em_accounts ORDER BY id'
            Open-Kept $kept | Should -Be 'New-Secret-22'
            Open-Kept $after[0] | Should -Be $row.Password
            $after[1] | Should -Be 'stays'
        }

        It 'get the old one back if the row is not delivered' {
            $null = Connect-MailStore @withKey
            { Reset-MailboxPassword anna@example.com -RevokeSession -Force -WarningAction Ignore | ForEach-Object { throw 'full disk' } } | Should -Throw 'full disk'
            Test-Current anna@example.com (Open-Kept (Invoke-Sql $office 'SELECT password FROM em_accounts WHERE id = 1')) | Should -BeFalse
            Invoke-Sql $office 'SELECT password FROM em_accounts WHERE id = 1' | Should -Be $kept
        }

        It 'get the old one back with a restore, or the row says that the system is not connected' {
            $journal = Join-Path $TestDrive "$([guid]::NewGuid()).journal"
            $null = Connect-MailStore @withKey
            $row = Reset-MailboxPassword anna@example.com -RevokeSession -Scheme SSHA512 -Journal $journal -AsPlainText -Force -WarningAction Ignore
            $null = Connect-MailStore $store
            $undone = Restore-MailboxPassword $journal -Force -ErrorVariable errors -ErrorAction SilentlyContinue
            $undone.Status, $undone.ErrorId | Should -Be 'Changed', 'SessionAuthorityUnreachable'
            $undone.Message | Should -BeLike '*1 stored password of its e-mail accounts was not put back, because that system is not connected*'
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'SessionAuthorityUnreachable,*'
            Open-Kept (Invoke-Sql $office 'SELECT password FROM em_accounts WHERE id = 1') | Should -Be $row.Password

            $null = Connect-MailStore $store -Webmail GroupOffice -WebmailDatabase $office
            $undone = Restore-MailboxPassword $journal -Force -ErrorAction Stop
            $undone.Status, $undone.ErrorId | Should -Be 'Changed', $null
            $undone.Message | Should -BeLike '*1 stored password of its e-mail accounts was put back.'
            Invoke-Sql $office 'SELECT password FROM em_accounts ORDER BY id' | Should -Be $kept, 'stays'
        }

        It 'are blanked without a new password, devices denied and a disk cache cleared, on request' {
            $entry = New-Item (Join-Path $TestDrive 'data/cache/disk/token-t1') -Force
            $null = Connect-MailStore -Profile (New-TestProfile @{ store = $store; webmail = @($groupOffice + @{ blankPasswords = $true; denyDevices = $true; dataFolder = Join-Path $TestDrive data }) })
            $row = Revoke-MailboxSession anna@example.com -Force
            "$($row.Status) $($row.Count)" | Should -Be 'Revoked 2'
            Invoke-Sql $office 'SELECT password FROM em_accounts ORDER BY id' | Should -Be '', 'stays'
            Invoke-Sql $office 'SELECT status FROM core_client' | Should -Be 'denied'
            $entry.FullName | Should -Not -Exist
        }

        It 'need a valid key, or nothing is connected' {
            'no key' | Set-Content $keyFile
            { Connect-MailStore @withKey } | Should -Throw -ErrorId 'InputInvalid,*'
        }
    }

    It 'accepts a table prefix and a domain for short user names' {
        $webmail = New-Roundcube 'anna', 'ben'
        Invoke-Sql $webmail 'ALTER TABLE session RENAME TO rc_session'
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = $store; webmail = @(@{ system = 'auto'; database = $webmail; tablePrefix = 'rc_'; domain = 'example.com' }) })
        (Get-MailboxSession).Mailbox | Sort-Object | Should -Be 'anna@example.com', 'ben@example.com'
        (Revoke-MailboxSession anna@example.com -Force).Count | Should -Be 1
        Invoke-Sql $webmail 'SELECT sess_id FROM rc_session' | Should -Be 'ben'
    }

    It 'ends everybody''s sessions of SOGo only on request' {
        $sogo = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        Invoke-Sql $sogo "CREATE TABLE sogo_sessions_folder (c_id varchar(255) PRIMARY KEY, c_value varchar(4096)); INSERT INTO sogo_sessions_folder VALUES ('1', 'x')"
        $null = Connect-MailStore $store -Webmail Sogo -WebmailDatabase $sogo
        (Revoke-MailboxSession anna@example.com -Force -ErrorAction Ignore).Sessions | Should -BeLike '*has to be asked for*'
        Invoke-Sql $sogo 'SELECT count(*) FROM sogo_sessions_folder' | Should -Be 1
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = $store; webmail = @(@{ system = 'sogo'; database = $sogo; everybody = $true }) })
        (Revoke-MailboxSession anna@example.com -Force -ErrorAction Ignore).Sessions | Should -BeLike '*memcached*'
        Invoke-Sql $sogo 'SELECT count(*) FROM sogo_sessions_folder' | Should -Be 0
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

    It 'warns of app passwords unless the run ends them' {
        $panel = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        Invoke-Sql $panel @'
            CREATE TABLE domain (domain varchar(255) PRIMARY KEY, aliases int, mailboxes int, transport varchar(255), active tinyint);
            CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255), name varchar(255), maildir varchar(255), local_part varchar(255), domain varchar(255), modified datetime, active tinyint);
            CREATE TABLE log (timestamp datetime, username varchar(255), domain varchar(255), action varchar(255), data text);
            CREATE TABLE mailbox_app_password (id INTEGER PRIMARY KEY, username varchar(255));
            INSERT INTO domain VALUES ('example.com', 0, 0, '', 1);
            INSERT INTO mailbox VALUES ('anna@example.com', '{SSHA512}x', '', '', 'anna', 'example.com', '2026-01-01 00:00:00', 1);
            INSERT INTO mailbox_app_password VALUES (1, 'anna@example.com');
'@
        $null = Connect-MailStore $panel -Webmail PostfixAdmin
        $null = Reset-MailboxPassword anna@example.com -Scheme SHA512-CRYPT -RevokeSession -IncludeAppPassword -Force -WarningVariable closed
        $closed | Should -BeNullOrEmpty
        $null = Reset-MailboxPassword anna@example.com -Scheme SHA512-CRYPT -Force -WarningVariable open -WarningAction SilentlyContinue
        "$open" | Should -BeLike '*does not close: Application passwords*'
        $null = Reset-MailboxPassword anna@example.com -Scheme SHA512-CRYPT -Force -WarningVariable again
        $again | Should -BeNullOrEmpty

        Invoke-Sql $panel "INSERT INTO mailbox_app_password VALUES (2, 'anna@example.com')"
        $null = Connect-MailStore $panel -SchemaOption delete-app-passwords
        $null = Reset-MailboxPassword anna@example.com -Scheme SHA512-CRYPT -Force
        Invoke-Sql $panel 'SELECT count(*) FROM mailbox_app_password' | Should -Be 0
    }

    It 'refuses -IncludeAppPassword if no system keeps app passwords, and changes nothing' {
        $before = (Get-MailboxAccount anna@example.com).PasswordChanged
        $null = Connect-MailStore $store -Webmail Roundcube -WebmailDatabase (New-Roundcube 'anna@example.com')
        { Reset-MailboxPassword anna@example.com -RevokeSession -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        { Reset-MailboxPassword anna@example.com -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        { Revoke-MailboxSession anna@example.com -IncludeAppPassword -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        (Get-MailboxAccount anna@example.com).PasswordChanged | Should -Be $before
    }

    It 'reports a missing webmail at once' {
        { Connect-MailStore $store -Webmail Roundcube } | Should -Throw -ErrorId 'SchemaNotDetected,*'
        { Connect-MailStore $store -WebmailDatabase x.db } | Should -Throw -ErrorId 'InputInvalid,*'
        { Connect-MailStore -Profile (New-TestProfile @{ store = $store; webmail = @(@{ system = 'roundcube'; everybody = $true }) }) } | Should -Throw -ErrorId 'ProfileInvalid,*' -ExpectedMessage '*webmail?0?.everybody*'
    }
}
