BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe '-Exclude and -Domain *' {
    BeforeEach { $store = New-TestStore 'anna@example.com', 'svc-1@example.com', 'cleo@example.org', 'svc-2@mail.example.org' }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'resets all domains except the exclusions, and reports their number' {
        $rows = Reset-MailboxPassword -Domain * -Exclude 'SVC-*' -Force -AsPlainText -InformationVariable said
        $rows.Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        "$said" | Should -BeExactly '2 mailboxes were excluded.'
        foreach ($row in $rows) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
    }

    It 'accepts mailboxes, rows and files' {
        Set-Content (Join-Path $TestDrive 'never.txt') '# never', 'SVC-1@example.com ', '*@mail.example.org'
        $file = Join-Path $TestDrive 'never.txt'
        (Reset-MailboxPassword -Domain * -Exclude $file -Force 6>$null).Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        (Reset-MailboxPassword -Domain * -Exclude "@$file", 'anna@example.com' -Force 6>$null).Mailbox | Should -Be 'cleo@example.org'
        (Reset-MailboxPassword -Domain * -Exclude (Get-MailboxAccount 'svc*') -Force 6>$null).Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        Push-Location $TestDrive
        try { (Reset-MailboxPassword -Domain * -Exclude never.txt -Force 6>$null).Mailbox | Should -Be 'anna@example.com', 'cleo@example.org' } finally { Pop-Location }
    }

    It 'applies to names, the pipeline and given passwords' {
        (Reset-MailboxPassword anna@example.com, svc-1@example.com -Exclude svc* -Force 6>$null).Mailbox | Should -Be 'anna@example.com'
        (Get-MailboxAccount | Reset-MailboxPassword -Exclude svc* -Force 6>$null).Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        $row = 'anna@example.com', 'svc-1@example.com' | Set-MailboxPassword -Password (ConvertTo-Secure 'New-pa55word!') -Exclude svc* -PassThru -Confirm:$false 6>$null
        $row.Mailbox | Should -Be 'anna@example.com'
        Test-Current svc-1@example.com 'New-pa55word!' | Should -BeFalse
    }

    It 'warns of an exclusion that matches no mailbox, before anything is changed' {
        $row = Reset-MailboxPassword anna@example.com -Exclude scv@example.com, 'x*' -Force -WarningVariable warned -WarningAction SilentlyContinue
        $row.Status | Should -Be 'Changed'
        $warned.Count | Should -Be 2
        "$($warned[0])" | Should -Match 'scv@example\.com matches no mailbox'
        { Reset-MailboxPassword anna@example.com -Exclude scv@example.com -Force -WarningAction Stop } | Should -Throw
    }

    It 'refuses an exclusion without a mailbox: <_>' -ForEach 'missing.txt', '@missing.txt', 'svc', 'svc[0-9]*@example.com' {
        $before = Get-Digest $store.Location
        { Reset-MailboxPassword -Domain * -Exclude $_ -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        Get-Digest $store.Location | Should -Be $before
    }

    It 'names the numbers with -WhatIf and changes nothing' {
        $text = Invoke-Fresh "Import-Module `$ModulePath; `$null = Connect-MailStore '$($store.Location)'; Reset-MailboxPassword -Domain * -Exclude svc-1@example.com -WhatIf | Out-Null"
        "$text" | Should -Match 'all 3 mailboxes of 3 domains \(1 excluded\) in SQLite'
        "$text" | Should -Match 'on target "anna@example\.com in'
        "$text" | Should -Not -Match 'target "svc-1@'
    }

    It 'reports an error if no domain matches' {
        $null = New-TestStore @()
        Get-MailboxAccount -Domain nobody.example | Should -BeNullOrEmpty
        Reset-MailboxPassword -Domain '*.nobody.example' -Force -ErrorVariable faults -ErrorAction SilentlyContinue
        $faults[0].FullyQualifiedErrorId | Should -BeLike 'MailboxNotFound,*'
    }

    It 'lists all domains, those that match, and no exclusions' {
        (Get-MailboxAccount -Domain *).Count | Should -Be 4
        (Get-MailboxAccount -Domain *.example.org).Mailbox | Should -Be 'svc-2@mail.example.org'
        (Get-MailboxAccount c* -Domain *.org).Mailbox | Should -Be 'cleo@example.org'
        (Get-MailboxAccount -Exclude svc* 6>$null).Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        Get-MailboxAccount anna@example.com -Exclude a* 6>$null | Should -BeNullOrEmpty
    }

    It 'records the exclusions in the journal' {
        $null = Reset-MailboxPassword -Domain * -Exclude svc* -Force 6>$null
        (Get-MailboxPasswordRun | Select-Object -First 1).Scope | Should -Be 'all domains, except svc*'
    }
}

Describe '-ForceChange' {
    BeforeEach { $store = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'is refused if the store does not support it, before anything is asked or changed' {
        $before = Get-Digest $store.Location
        { Reset-MailboxPassword anna@example.com -ForceChange -Force } | Should -Throw -ErrorId 'InputInvalid,*'
        { Set-MailboxPassword anna@example.com -Password (ConvertTo-Secure 'New-pa55word!') -ForceChange } | Should -Throw -ErrorId 'InputInvalid,*'
        Get-Digest $store.Location | Should -Be $before
    }
}
