BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'New-MailStore' {
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'creates the mailboxes of a CSV with the header <_>' -ForEach 'Mailbox', 'EmailAddress', 'email', 'MAIL', 'UserPrincipalName', 'UserName', 'Address' {
        $csv = Join-Path $TestDrive "$_.csv"
        "$_,DisplayName", 'anna@example.com,Anna', 'ben@example.com,' | Set-Content $csv
        $null = Import-Csv $csv | New-MailStore -Path (Join-Path $TestDrive "$_.db")
        (Get-MailboxAccount).Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        (Get-MailboxAccount anna@example.com).Name | Should -Be 'Anna'

        # The apostrophe that prevents formulas is in the row and not in the store.
        $null = [pscustomobject]@{ Mailbox = 'anna@example.com'; DisplayName = "'=1+1" } | New-MailStore -Path (Join-Path $TestDrive "$_.2.db")
        (Get-MailboxAccount anna@example.com).Name | Should -Be "'=1+1"
        Invoke-Sql (Join-Path $TestDrive "$_.2.db") 'SELECT display_name FROM mailbox' | Should -Be '=1+1'
    }

    It 'connects to the new store' {
        $store = New-TestStore
        $store | Should -BeOfType MailPass.MailStoreConnection
        $store.Kind | Should -Be 'SQLite'
        $store.IsDefault | Should -BeTrue
        (Get-MailStore).Location | Should -Be $store.Location
    }

    It 'refuses a file that exists' {
        $path = Join-Path $TestDrive 'there.db'
        'something' | Set-Content $path
        { 'anna@example.com' | New-MailStore -Path $path } | Should -Throw -ErrorId 'StoreExists,MailPass.PowerShell.Commands.NewMailStoreCommand'
        Get-Content $path | Should -Be 'something'
    }

    It 'names each mailbox that it refuses, and creates the rest' {
        $errors = $null
        $null = 'anna@example.com', 'nonsense', 'ANNA@example.com' | New-MailStore -Path (Join-Path $TestDrive 'some.db') -ErrorVariable errors -ErrorAction SilentlyContinue
        (Get-MailboxAccount).Mailbox | Should -Be 'anna@example.com'
        $errors.FullyQualifiedErrorId | Should -Be 'AddressInvalid,MailPass.PowerShell.Commands.NewMailStoreCommand', 'AddressDuplicate,MailPass.PowerShell.Commands.NewMailStoreCommand'
        $errors.TargetObject | Should -Be 'nonsense', 'ANNA@example.com'
    }

    It 'makes nothing under -WhatIf' {
        $path = Join-Path $TestDrive 'whatif.db'
        'anna@example.com' | New-MailStore -Path $path -WhatIf
        $path | Should -Not -Exist
    }

    It 'makes an empty store' {
        $null = New-MailStore -Path (Join-Path $TestDrive 'empty.db')
        Get-MailboxAccount | Should -BeNullOrEmpty
    }

    It 'leaves no file behind when the input breaks off' {
        $path = Join-Path $TestDrive 'broken.db'
        { 1..10 | ForEach-Object { if ($_ -eq 5) { throw 'input gone' }; "user$_@example.com" } | New-MailStore -Path $path } | Should -Throw 'input gone'
        $path | Should -Not -Exist
    }
}

Describe 'Connect-MailStore' {
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'resolves a relative path from the shell''s folder, not from the process''s' {
        $path = (New-TestStore).Location
        Get-MailStore | Disconnect-MailStore
        Push-Location (Split-Path $path)
        try { (Connect-MailStore (Split-Path -Leaf $path)).Location | Should -Be $path } finally { Pop-Location }
    }

    It 'refuses a path of a drive that has no files' {
        { Connect-MailStore Env:/mail.db } | Should -Throw -ErrorId 'InputInvalid,*' -ExpectedMessage '*Environment*'
        $path = (New-TestStore).Location
        Push-Location Env:
        try {
            { Connect-MailStore mail.db } | Should -Throw -ErrorId 'InputInvalid,*'
            (Connect-MailStore $path).Location | Should -Be $path
        }
        finally { Pop-Location }
    }

    It 'names the parameter that is missing beside <Given>' -ForEach @(
        @{ Given = 'a key without a server'; With = @{ DoveadmApiKey = $true }; Id = 'InputInvalid'; Missing = '-Doveadm' }
        @{ Given = 'a server without a key'; With = @{ Doveadm = 'https://127.0.0.1:1' }; Id = 'PasswordMissing'; Missing = 'key' }
    ) {
        $path = (New-TestStore).Location
        if ($With.ContainsKey('DoveadmApiKey')) { $With.DoveadmApiKey = ConvertTo-Secure 'key' }
        { Connect-MailStore $path @With } | Should -Throw -ErrorId "$Id,*" -ExpectedMessage "*$Missing*"
        @(Get-MailStore).Count | Should -Be 1
    }

    It 'names the missing file' {
        { Connect-MailStore (Join-Path $TestDrive 'nothing.db') } | Should -Throw -ErrorId 'StoreUnreachable,MailPass.PowerShell.Commands.ConnectMailStoreCommand' -ExpectedMessage '*nothing.db*'
    }

    It 'refuses an unknown scheme, and names the known ones' {
        $path = (New-TestStore).Location
        $fault = { Connect-MailStore $path -Scheme ROT13 } | Should -Throw -ErrorId 'SchemeUnknown,*' -PassThru
        $fault.ErrorDetails.RecommendedAction | Should -BeLike '*SHA512-CRYPT*SCRAM-SHA-256*'
    }

    It 'hashes in the given scheme' {
        $path = (New-TestStore).Location
        $null = Connect-MailStore $path -Scheme ssha256
        (Reset-MailboxPassword anna@example.com -Force).Scheme | Should -Be 'SSHA256'
    }

    It 'makes the newest store the default, and the one before when it is closed' {
        $first = New-TestStore 'one@example.com'
        $second = New-TestStore 'two@example.com'
        (Get-MailboxAccount).Mailbox | Should -Be 'two@example.com'
        (Get-MailStore)[0].Location | Should -Be $second.Location
        Disconnect-MailStore
        (Get-MailboxAccount).Mailbox | Should -Be 'one@example.com'
        $second.IsConnected | Should -BeFalse
        $first.IsConnected | Should -BeTrue
    }

    It 'is not the default of another runspace' {
        $null = New-TestStore
        $module = $ModulePath
        $inParallel = 1..2 | ForEach-Object -Parallel {
            Import-Module $using:module
            try { Get-MailboxAccount -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
        }
        $inParallel | Should -Be (@('NotConnected,MailPass.PowerShell.Commands.GetMailboxAccountCommand') * 2)
        (Get-MailboxAccount).Count | Should -Be 3
    }

    It 'reads a passwd-file' {
        $path = Join-Path $TestDrive 'users'
        'anna@example.com:{SSHA256}x9VQjv2n2v1cXlQ3n4O2nNNe2cF0Iu2sKjv9T0sRr7pDcWFd:5000:5000::/var/mail/anna' | Set-Content $path
        $null = Connect-MailStore -PasswdFile $path
        (Get-MailStore).Kind | Should -Be 'passwd-file'
        (Get-MailboxAccount).Mailbox | Should -Be 'anna@example.com'
        (Reset-MailboxPassword anna@example.com -Force -AsPlainText).Status | Should -Be 'Changed'
        Get-Content $path | Should -Match '^anna@example.com:\{SSHA256\}[^:]+:5000:5000::/var/mail/anna$'
    }

    It 'warns of users without a domain' {
        $file = Join-Path $TestDrive "$([guid]::NewGuid())"
        'anna:{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==::::::' | Set-Content $file
        $null = Connect-MailStore -PasswdFile $file -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -BeLike 'Users without a domain*'
    }

    It 'refuses two different logins, one of them in the address' {
        $other = [pscredential]::new('other', (ConvertTo-Secure 'x'))
        { Connect-MailStore mysql://mailpass@127.0.0.1:1/mail -Credential $other } | Should -Throw -ErrorId 'InputInvalid,*' -ExpectedMessage '*two logins*'
        { Connect-MailStore mysql://other@127.0.0.1:1/mail -Credential $other } | Should -Throw -ErrorId 'StoreUnreachable,*'
    }

    It 'reports a missing server' {
        $login = [pscredential]::new('mail', (ConvertTo-Secure 'x'))
        $fault = try { Connect-MailStore -Server 127.0.0.1:1 -Database mail -Credential $login } catch { $_ }
        $fault.FullyQualifiedErrorId | Should -BeLike 'StoreUnreachable,*'
    }

    It 'gives up on a <Provider> server that accepts the connection and never answers' -ForEach @{ Provider = 'MySql'; Scheme = 'mysql' }, @{ Provider = 'PostgreSql'; Scheme = 'postgres' } {
        $login = [pscredential]::new('mail', (ConvertTo-Secure 'secret-pw'))
        $silent = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $silent.Start()
        try {
            $port = $silent.LocalEndpoint.Port
            $fault = try { Connect-MailStore -Profile (New-TestProfile @{ store = @{ location = "$($Scheme)://127.0.0.1:$port/mail"; connectTimeout = 1 } }) -Credential $login } catch { $_ }
            $fault.FullyQualifiedErrorId | Should -BeLike 'StoreUnreachable,*'
            $fault.Exception.Message | Should -BeLike "*127.0.0.1:$port/mail gave no answer to a connection within 1 s.*"
            $fault.ErrorDetails.RecommendedAction | Should -BeLike '*connectTimeout*'
            "$fault" | Should -Not -BeLike '*secret-pw*'

            # The store's time limit also applies to a webmail's database.
            $path = (New-TestStore).Location
            { Connect-MailStore -Profile (New-TestProfile @{ store = @{ location = $path; connectTimeout = 1 }; webmail = @(@{ system = 'roundcube'; database = "$($Scheme)://mail@127.0.0.1:$port/mail" }) }) } |
                Should -Throw -ErrorId 'StoreUnreachable,*' -ExpectedMessage '*within 1 s*'
        }
        finally { $silent.Stop() }
    }

    It 'waits for a locked file up to the limit' {
        $path = (New-TestStore).Location
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = @{ location = $path; commandTimeout = 1.5 } }) -Scheme SSHA512
        $factory = ([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Microsoft.Data.Sqlite' } | Select-Object -Last 1).GetType('Microsoft.Data.Sqlite.SqliteFactory')
        $other = $factory.GetField('Instance').GetValue($null).CreateConnection()
        $other.ConnectionString = "Data Source=$path;Pooling=False"
        $other.Open()
        try {
            $command = $other.CreateCommand()
            $command.CommandText = 'BEGIN IMMEDIATE'
            $null = $command.ExecuteNonQuery()
            $fault = try { $null = Reset-MailboxPassword anna@example.com -Force -WarningAction SilentlyContinue -ErrorAction Stop } catch { $_ }
        }
        finally { $other.Dispose() }
        $fault.FullyQualifiedErrorId | Should -BeLike 'StoreUnreachable,*'
        $fault.Exception.Message | Should -BeLike '*within 1.5 s*'
        $fault.ErrorDetails.RecommendedAction | Should -BeLike '*commandTimeout*'
    }
}

Describe 'Get-MailStore, Disconnect-MailStore' {
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'show and close nothing without a connection' {
        Get-MailStore | Should -BeNullOrEmpty
        { Disconnect-MailStore } | Should -Not -Throw
    }

    It 'close piped stores, and do nothing the second time' {
        $store = New-TestStore
        $store | Disconnect-MailStore
        $store | Disconnect-MailStore
        { Get-MailboxAccount -MailStore $store } | Should -Throw -ErrorId 'StoreUnreachable,*'
    }

    It 'report a lost store once, not for each mailbox: <Call>' -ForEach @(
        @{ Call = 'Reset'; Run = { $args[0] | Reset-MailboxPassword -Force } }
        @{ Call = 'Set'; Run = { $args[0] | Set-MailboxPassword -Password Given-Pw-1 -AsPlainText -PassThru } }
        @{ Call = 'Test'; Run = { $args[0] | Test-MailboxPassword -Password x -AsPlainText } }
        @{ Call = 'Get'; Run = { $args[0] | Get-MailboxAccount } }
    ) {
        $mailboxes = 1..20 | ForEach-Object { "u$_@example.com" }
        $file = Join-Path $TestDrive "$([guid]::NewGuid())"
        $mailboxes | ForEach-Object { "${_}:{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==::::::" } | Set-Content $file
        $null = Connect-MailStore -PasswdFile $file
        Remove-Item $file
        $Error.Clear()
        $rows = [Collections.Generic.List[object]]::new()
        { & $Run $mailboxes 3>&1 | ForEach-Object { $rows.Add($_) } } | Should -Throw -ErrorId 'StoreUnreachable,*'
        @($Error | Where-Object { "$_" -match 'cannot be read' -and $_ -is [Management.Automation.ErrorRecord] } | Select-Object -Unique).Count | Should -Be 1
        @($rows | Where-Object { $_ -is [Management.Automation.WarningRecord] }) | Should -BeNullOrEmpty
        if ($Call -in 'Reset', 'Set') { $rows.ErrorId | Should -Contain 'StoreUnreachable' }
        Get-MailStore | Disconnect-MailStore
    }
}
