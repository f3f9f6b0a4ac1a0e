BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Reset-MailboxPassword' {
    BeforeEach { $store = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'gives each mailbox of a domain a new password, one row each' {
        $rows = Reset-MailboxPassword -Domain example.com -Force -AsPlainText
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $rows.Status | Should -Be 'Changed', 'Changed'
        $rows[0].Password | Should -Not -Be $rows[1].Password
        foreach ($row in $rows) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
        $rows.Line | Should -Be $null, $null
    }

    It 'returns passwords as SecureString without -AsPlainText' {
        $row = Reset-MailboxPassword anna@example.com -Force
        $row.Password | Should -BeOfType securestring
        Test-Current anna@example.com (ConvertFrom-SecureString $row.Password -AsPlainText) | Should -BeTrue
    }

    It 'keeps length, style and policy' {
        (Reset-MailboxPassword anna@example.com -Force -AsPlainText -Length 30).Password.Length | Should -Be 30
        (Reset-MailboxPassword anna@example.com -Force -AsPlainText -Style Pronounceable).Status | Should -Be 'Changed'
        $null = Connect-MailStore $store.Location -Policy @{ MinimumLength = 33 }
        (Reset-MailboxPassword anna@example.com -Force -AsPlainText).Password.Length | Should -BeGreaterOrEqual 33
    }

    It 'hashes in every scheme' -ForEach 'SHA512-CRYPT', 'SHA256-CRYPT', 'BLF-CRYPT', 'ARGON2ID', 'SSHA512', 'SSHA256', 'PBKDF2', 'SCRAM-SHA-256' {
        $row = Reset-MailboxPassword anna@example.com -Force -AsPlainText -Scheme $_
        $row.Scheme | Should -Be $_
        Test-Current anna@example.com $row.Password | Should -BeTrue
    }

    It 'keeps the scheme that a mailbox has' {
        $null = Reset-MailboxPassword anna@example.com -Force -Scheme SSHA512
        (Reset-MailboxPassword anna@example.com -Force).Scheme | Should -Be 'SSHA512'
    }

    It 'ends with an error if the scheme is unknown, without a change' {
        $before = Get-Digest $store.Location
        { Reset-MailboxPassword anna@example.com -Force -Scheme ROT13 } | Should -Throw -ErrorId 'SchemeUnknown,*'
        Get-Digest $store.Location | Should -Be $before
    }

    It 'accepts its own rows again: only the failed ones' {
        $csv = Join-Path $TestDrive 'boxes.csv'
        'Mailbox', 'anna@example.com', 'late@example.com' | Set-Content $csv
        $first = Import-Csv $csv | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $first.Status | Should -Be 'Changed', 'Failed'
        $again = $first | Where-Object Status -eq Failed | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $again.Mailbox | Should -Be 'late@example.com'
    }

    It 'refuses to lose its passwords in a CSV' {
        $csv = Join-Path $TestDrive 'lost.csv'
        $hash = Get-Digest $store.Location
        { Reset-MailboxPassword -Domain example.com -Force | Export-Csv $csv } | Should -Throw -ErrorId 'InputInvalid,*'
        { 'anna@example.com' | Reset-MailboxPassword -Force | ConvertTo-Csv } | Should -Throw '*SecureString*'
        { Reset-MailboxPassword -Domain example.com -Force | Sort-Object Mailbox | Export-Csv $csv } | Should -Throw -ErrorId 'InputInvalid,*'
        { Reset-MailboxPassword -Domain example.com -Force | Where-Object Status -eq Changed | Select-Object -First 5 | ConvertTo-Json } | Should -Throw -ErrorId 'InputInvalid,*'
        { Set-MailboxPassword anna@example.com -Generate -Force | ConvertTo-Csv } | Should -Throw -ErrorId 'InputInvalid,*'
        Get-Digest $store.Location | Should -Be $hash
        (Reset-MailboxPassword -Domain example.com -Force | Select-Object Mailbox, Status | ConvertTo-Csv) | Should -HaveCount 3
        (Reset-MailboxPassword -Domain example.com -WhatIf | ConvertTo-Csv) | Should -HaveCount 3
    }

    It 'writes a CSV that can be read back' {
        $csv = Join-Path $TestDrive 'new.csv'
        Reset-MailboxPassword -Domain example.com -Force -AsPlainText | Export-Csv $csv
        $rows = Import-Csv $csv
        $rows[0].PSObject.Properties.Name | Should -Be 'Mailbox', 'Domain', 'Status', 'Password', 'Scheme', 'Sessions', 'ErrorId', 'Message', 'Line', 'Time', 'DisplayName'
        foreach ($row in $rows) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
        { Import-Csv $csv | Set-MailboxPassword -AsPlainText -ErrorAction Stop } | Should -Not -Throw
    }

    It 'names the person, safe in a spreadsheet' {
        $store = Join-Path $TestDrive 'names.db'
        [pscustomobject]@{ Mailbox = 'anna@example.com'; DisplayName = 'Anna Haas' }, [pscustomobject]@{ Mailbox = 'ben@example.com'; DisplayName = '=1+1' } | New-MailStore $store | Out-Null
        $rows = Reset-MailboxPassword -Domain example.com -Force
        $rows.DisplayName | Should -Be 'Anna Haas', "'=1+1"
        Get-MailStore | Disconnect-MailStore
    }

    It 'names a domain that the store does not have' {
        { Reset-MailboxPassword -Domain example.net -Force -ErrorAction Stop } | Should -Throw -ErrorId 'MailboxNotFound,*' -ExpectedMessage '*example.net*'
    }

    It 'finds a domain in both spellings' -Skip:($null -ne $env:WINEPREFIX) { # Wine's ICU knows no such domains
        $null = New-TestStore "anna@b`u{fc}cher.example"
        (Reset-MailboxPassword -Domain xn--bcher-kva.example -Force).Status | Should -Be 'Changed'
        (Reset-MailboxPassword -Domain "B`u{dc}CHER.example" -Force).Status | Should -Be 'Changed'
    }

    It 'shares a run between hosts, each mailbox to exactly one' {
        $null = New-TestStore (1..50 | ForEach-Object { "user$_@example.com" })
        $parts = 1..3 | ForEach-Object { , @(Reset-MailboxPassword -Domain example.com -Force -Shard "$_/3") }
        ($parts | ForEach-Object { $_.Mailbox } | Sort-Object -Unique).Count | Should -Be 50
        ($parts | ForEach-Object Count | Measure-Object -Sum).Sum | Should -Be 50
        { Reset-MailboxPassword -Domain example.com -Force -Shard 4/3 } | Should -Throw '*4/3*'
    }

    It 'stops once more mailboxes have failed than -MaxFailure' {
        $before = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        { 'x@example.com', 'y@example.com', 'anna@example.com' | Reset-MailboxPassword -MaxFailure 1 -Force -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'TooManyFailures,*'
        Test-Current anna@example.com $before.Password | Should -BeTrue
        ('x@example.com', 'anna@example.com' | Reset-MailboxPassword -MaxFailure 1 -Force -ErrorAction SilentlyContinue).Status | Should -Be 'Failed', 'Changed'
    }

    It 'uses the given exclusions and cost' {
        (Reset-MailboxPassword -Domain example.com -ExcludeCharacters abcdefghijklm -Length 40 -Force -AsPlainText).Password | Should -Not -MatchExactly '[a-m]'
        $null = Reset-MailboxPassword anna@example.com -Scheme BLF-CRYPT -Cost 5 -Force
        Invoke-Sql $store.Location "SELECT password_hash FROM mailbox WHERE address = 'anna@example.com'" | Should -BeLike '{BLF-CRYPT}$2y$05$*'
    }

    It 'keeps a journal' {
        $journal = Join-Path $TestDrive 'run.journal'
        $null = Reset-MailboxPassword -Domain example.com -Force -Journal $journal
        $journal | Should -Exist
        if (-not $IsWindows) { (Get-Item $journal).UnixFileMode | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite') }
        { Reset-MailboxPassword -Domain example.com -Force -Journal $journal } | Should -Throw -ErrorId 'JournalUnwritable,*'
    }

    It 'warns of a password that its owner sets meanwhile, and keeps it with -KeepNewer' {
        $store = New-TestStore
        foreach ($keep in $false, $true) {
            $rows = & {
                'anna@example.com'

                # The store's clock has whole seconds.
                Start-Sleep -Milliseconds 1100
                $null = Set-MailboxPassword ben@example.com 'By-ben-1pw' -AsPlainText -Scheme SSHA512 -MailStore $store
                'ben@example.com'
            } | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText -KeepNewer:$keep -WarningVariable said -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
            $rows[1].Status, $rows[1].ErrorId | Should -Be ($keep ? 'Failed' : 'Changed'), 'Superseded'
            "$said" | Should -Match ($keep ? '^$' : 'ben@example\.com was changed at')
            Test-Current ben@example.com 'By-ben-1pw' | Should -Be $keep
        }
    }

    It 'refuses to log out without a session system, before anything is changed' {
        $before = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        { Reset-MailboxPassword anna@example.com -Force -RevokeSession } | Should -Throw -ErrorId 'SessionAuthorityUnreachable,*'
        Test-Current anna@example.com $before.Password | Should -BeTrue
    }

    It 'ends the run if the store is lost' {
        $rows = [Collections.Generic.List[object]]::new()
        $gone = New-TestStore
        $gone | Disconnect-MailStore
        { 'anna@example.com' | Reset-MailboxPassword -MailStore $gone -Force | ForEach-Object { $rows.Add($_) } } | Should -Throw -ErrorId 'StoreUnreachable,*'
    }

    It 'survives an output that cannot be written: the old password keeps working' {
        $before = Reset-MailboxPassword -Domain example.com -Force -AsPlainText
        { Reset-MailboxPassword -Domain example.com -Force | ForEach-Object { throw 'disk full' } } | Should -Throw 'disk full'
        foreach ($row in $before) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
    }
}

Describe '-WhatIf and -Confirm' {
    BeforeEach { $store = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'reports for each mailbox what it would do or what would fail, and changes nothing' {
        $before = Reset-MailboxPassword -Domain example.com -Force -AsPlainText
        $hash = Get-Digest $store.Location
        $rows = 'anna@example.com', 'nobody@example.com' | Reset-MailboxPassword -WhatIf -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.Status | Should -Be 'Skipped', 'Failed'
        $rows.Password | Should -Be $null, $null
        $errors.FullyQualifiedErrorId | Should -BeLike 'MailboxNotFound,*'
        foreach ($row in $before) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
        Get-Digest $store.Location | Should -Be $hash
    }

    It 'does nothing with -WhatIf even with -Force, nor with $WhatIfPreference' {
        $before = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        (Reset-MailboxPassword anna@example.com -Force -WhatIf).Status | Should -Be 'Skipped'
        & { $WhatIfPreference = $true; (Reset-MailboxPassword anna@example.com -Force).Status } | Should -Be 'Skipped'
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') -WhatIf
        Test-Current anna@example.com $before.Password | Should -BeTrue
    }

    It 'makes no journal under -WhatIf' {
        $journal = Join-Path $TestDrive 'whatif.journal'
        $null = Reset-MailboxPassword -Domain example.com -WhatIf -Journal $journal
        $journal | Should -Not -Exist
    }

    It 'reports what would fail before it asks: <Title>' -ForEach @(
        @{ Title = 'no store'; Call = { Get-MailStore | Disconnect-MailStore; Reset-MailboxPassword anna@example.com }; Id = 'NotConnected' }
        @{ Title = 'no such scheme'; Call = { Reset-MailboxPassword anna@example.com -Scheme ROT13 }; Id = 'SchemeUnknown' }
        @{ Title = 'no such password'; Call = { Reset-MailboxPassword anna@example.com -Length 2 }; Id = 'PolicyUnsatisfiable' }
        @{ Title = 'nothing to log out of'; Call = { Reset-MailboxPassword anna@example.com -RevokeSession }; Id = 'SessionAuthorityUnreachable' }
        @{ Title = 'nothing to log out of, only that'; Call = { Revoke-MailboxSession anna@example.com }; Id = 'SessionAuthorityUnreachable' }
    ) {
        # A question would be another error here, where nobody can be asked.
        $Call | Should -Throw -ErrorId "$Id,*"
    }

    It 'asks by default, naming the mailbox, and not with -Force' {
        $out = Invoke-Fresh @"
Import-Module `$ModulePath
`$null = Connect-MailStore '$($store.Location)'
try { Reset-MailboxPassword anna@example.com } catch { "asked: `$(`$_.Exception.GetType().Name)" }
(Reset-MailboxPassword anna@example.com -Force).Status
"@
        "$out" | Should -Match 'asked: '
        $out[-1] | Should -Be 'Changed'
    }
}
