BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'A run''s journal' {
    BeforeEach {
        $null = New-TestStore
        $null = Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Before-1pw') -Scheme SSHA512 -Force
        $journal = Join-Path $TestDrive "$([guid]::NewGuid()).journal"
        $rows = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Journal $journal -AsPlainText -Force
    }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'tells the passwords that hold' {
        $null = Set-MailboxPassword ben@example.com (ConvertTo-Secure 'By-ben-1pw') -Force
        $told = Get-MailboxPasswordChange $journal -AsPlainText
        $told.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $told.Status | Should -Be 'Changed', 'Skipped'
        $told[0].Password | Should -BeExactly $rows[0].Password
        $told[1].Password | Should -BeNullOrEmpty
        (Get-MailboxPasswordChange $journal anna@example.com).Password | Should -BeOfType securestring
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue
    }

    It 'undoes the run, and leaves what was changed since' {
        $null = Set-MailboxPassword ben@example.com (ConvertTo-Secure 'By-ben-1pw') -Force
        $undone = Restore-MailboxPassword $journal -Force
        $undone | Should -BeOfType MailPass.PasswordChange
        $undone.Status | Should -Be 'Changed', 'Skipped'
        Test-Current anna@example.com 'Before-1pw' | Should -BeTrue
        Test-Current ben@example.com 'By-ben-1pw' | Should -BeTrue

        # Once is enough.
        (Restore-MailboxPassword $journal -Force).Status | Should -Be 'Skipped', 'Skipped'
    }

    It 'says what it would do, and does not' {
        $said = Restore-MailboxPassword $journal -WhatIf
        $said.Status | Should -Be 'Skipped', 'Skipped'
        $said[0].Message | Should -BeLike 'Would get back*'
        Restore-MailboxPassword $journal -WhatIf -Force | ForEach-Object Status | Should -Be 'Skipped', 'Skipped'
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue
    }

    It 'takes only the mailboxes that are named, by any column, and nobody where nobody came' {
        @() | Restore-MailboxPassword $journal -Force | Should -BeNullOrEmpty
        Restore-MailboxPassword $journal $null -Force -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        Restore-MailboxPassword $journal 'no address' -Force -ErrorVariable errors -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'AddressInvalid,*'
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue

        $undone = [pscustomobject]@{ Email = 'Anna@Example.com' }, [pscustomobject]@{ Email = 'cleo@example.org' } | Restore-MailboxPassword $journal -Force -ErrorVariable errors -ErrorAction SilentlyContinue
        $undone.Mailbox | Should -Be 'anna@example.com', 'cleo@example.org'
        $undone.Status | Should -Be 'Changed', 'Failed'
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'MailboxNotFound,*'
        Test-Current ben@example.com $rows[1].Password | Should -BeTrue
    }

    It 'pipes a failed run''s rows in' {
        ($rows | Where-Object Mailbox -eq ben@example.com | Restore-MailboxPassword $journal -Force).Mailbox | Should -Be 'ben@example.com'
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue
    }

    It 'names the line that cannot be read, and never what stands there' {
        $lines = Get-Content $journal
        $lines[0], '{"m":"anna@example.com","p":"S3cret-in-a-broken-line', $lines[1] | Set-Content $journal
        foreach ($read in { Get-MailboxPasswordChange $journal }, { Restore-MailboxPassword $journal -Force }) {
            $read | Should -Throw -ErrorId 'JournalUnreadable,*' -ExpectedMessage 'Line 2 *'
            try { & $read } catch { $_ | Out-String | Should -Not -Match 'S3cret' }
        }
        { Restore-MailboxPassword (Join-Path $TestDrive none.journal) -Force } | Should -Throw -ErrorId 'JournalUnreadable,*'
    }

    It 'is read relative to where the shell is' {
        Push-Location (Split-Path $journal)
        try { (Get-MailboxPasswordChange (Split-Path $journal -Leaf)).Count | Should -Be 2 } finally { Pop-Location }
    }
}
