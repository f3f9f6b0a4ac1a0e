BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'A run''s journal' {
    BeforeEach {
        $null = New-TestStore
        $null = Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Before-1pw') -Scheme SSHA512 -Force
        $journal = Join-Path $TestDrive "$([guid]::NewGuid()).journal"
        $rows = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Journal $journal -AsPlainText -Force -Reason 'test'
    }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'shows what was changed, without passwords once every row was delivered' {
        $null = Set-MailboxPassword ben@example.com (ConvertTo-Secure 'By-ben-1pw') -Force
        $told = Get-MailboxPasswordChange $journal -AsPlainText -WarningVariable said -WarningAction SilentlyContinue
        $told.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $told.Status | Should -Be 'Changed', 'Skipped'
        $told.Password | Where-Object { $_ } | Should -BeNullOrEmpty
        "$said" | Should -Match 'delivered'
        Get-Content -Raw $journal | Should -Not -Match ([regex]::Escape($rows[0].Password))
        Test-Path "$journal.key" | Should -BeFalse
    }

    It 'accepts a length of time without quotes' {
        Remove-MailboxPasswordRun -OlderThan 90d -Force
        { Get-MailboxPasswordRun $journal } | Should -Not -Throw
        $time = [Diagnostics.Stopwatch]::StartNew()
        $null = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -NoJournal -AsPlainText -Force -WaveSize 1 -WaveDelay 2s
        $time.Elapsed.TotalSeconds | Should -BeGreaterThan 2
        $days = 90d
        { Remove-MailboxPasswordRun -OlderThan $days -Force } | Should -Throw '*length of time*'
    }

    It 'shows a run in two lines' {
        $shown = (Get-MailboxPasswordRun $journal | Out-String -Width 80).Trim() -split '\r?\n'
        $shown | Should -HaveCount 2
        $shown[0] | Should -Match "^\d{8}-\d{6}-\w{6}  \d{4}-\d\d-\d\d \d\d:\d\d \S+  reset by \S.* on \S+: Finished$"
        $shown[1] | Should -Be '    domain example.com  2 changed  test'
    }

    It 'does not mention passwords when a run is undone' {
        $null = Restore-MailboxPassword $journal -WhatIf -WarningVariable said 3>$null
        $said | Should -BeNullOrEmpty
    }

    It 'goes on with an interrupted restore when the same command is run again' {
        $null = Restore-MailboxPassword $journal -Force | Select-Object -First 1
        $rows = Restore-MailboxPassword $journal -Force
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        Test-Current anna@example.com 'Before-1pw' | Should -BeTrue
    }

    It 'warns of a run that was on another store' {
        $null = New-TestStore 'dora@example.net'
        $null = Get-MailboxPasswordChange $journal -WarningVariable said -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        "$said" | Should -Match 'run was on'
    }

    It 'writes a report as Get-Item does, over another only with -Force' {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).html"
        $report = Export-MailboxPasswordReport $journal $file
        $report.PSPath | Should -Be (Get-Item $file).PSPath
        'precious' | Set-Content $file
        { Export-MailboxPasswordReport $journal $file } | Should -Throw -ErrorId 'OutputUnwritable,*'
        Get-Content $file | Should -Be 'precious'
        $null = Export-MailboxPasswordReport $journal $file -Force
        Get-Content -Raw $file | Should -BeLike '<!doctype html>*'
    }

    It 'of a restore has the reason, is left out with -NoJournal, and is removed if nothing changed' {
        $null = Restore-MailboxPassword $journal anna@example.com -Force -Reason 'wrong domain'
        $undoing = @(Get-MailboxPasswordRun | Where-Object Action -EQ restore)
        $undoing[0].Reason, $undoing[0].Changed | Should -Be 'wrong domain', 1
        $null = Restore-MailboxPassword $journal ben@example.com -Force -NoJournal

        # A run whose store is gone cannot be undone.
        $file = Join-Path $TestDrive "$([guid]::NewGuid())"
        'anna@example.com:{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==::::::' | Set-Content $file
        $null = Connect-MailStore -PasswdFile $file
        $null = Reset-MailboxPassword anna@example.com -Scheme SSHA512 -Force
        $run = Get-MailboxPasswordRun | Select-Object -First 1
        Remove-Item $file
        { Restore-MailboxPassword $run.Run -Force } | Should -Throw -ErrorId 'StoreUnreachable,*'
        @(Get-MailboxPasswordRun | Where-Object Action -EQ restore).Count | Should -Be $undoing.Count
    }

    It 'lists the run with who, when and why, and pipes it on' {
        $run = Get-MailboxPasswordRun $journal
        $run.State, $run.Reason, $run.Action, $run.Changed, $run.Operator | Should -Be 'Finished', 'test', 'reset', 2, ([Environment]::UserName)
        ($run | Get-MailboxPasswordChange -WarningAction SilentlyContinue).Count | Should -Be 2
        ($run | Restore-MailboxPassword -Force).Status | Should -Be 'Changed', 'Changed'
        (Get-MailboxPasswordRun $journal).State | Should -Be 'Restored'
        $report = Get-MailboxPasswordRun $journal | Export-MailboxPasswordReport -Path (Join-Path $TestDrive "$([guid]::NewGuid()).html")
        Get-Content -Raw $report | Should -Match 'Undone'
        Get-MailboxPasswordRun $journal | Remove-MailboxPasswordRun -Force
        Test-Path $journal | Should -BeFalse
    }

    It 'undoes the run, but not what was changed later' {
        $null = Set-MailboxPassword ben@example.com (ConvertTo-Secure 'By-ben-1pw') -Force
        $undone = Restore-MailboxPassword $journal -Force
        $undone | Should -BeOfType MailPass.PasswordChange
        $undone.Status | Should -Be 'Changed', 'Skipped'
        Test-Current anna@example.com 'Before-1pw' | Should -BeTrue
        Test-Current ben@example.com 'By-ben-1pw' | Should -BeTrue

        # A second time there is nothing to undo.
        (Restore-MailboxPassword $journal -Force -WarningVariable said -WarningAction SilentlyContinue).Status | Should -Be 'Skipped', 'Skipped'
        "$said" | Should -BeLike '*was undone already by run *'
    }

    It 'reports what it would do, and does nothing' {
        $said = Restore-MailboxPassword $journal -WhatIf
        $said.Status | Should -Be 'Skipped', 'Skipped'
        $said[0].Message | Should -BeLike 'Would get back*'
        Restore-MailboxPassword $journal -WhatIf -Force | ForEach-Object Status | Should -Be 'Skipped', 'Skipped'
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue
    }

    It 'uses only the named mailboxes, by any column, and none for an empty input' {
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

        # The run as a whole was not undone.
        (Get-MailboxPasswordRun $journal).State | Should -Be 'Finished'
    }

    It 'is finished after the last given password, even if the pipeline fails later' {
        $given = 'anna@example.com', 'ben@example.com' | ForEach-Object { [pscustomobject]@{ Mailbox = $_; Password = 'Given-1pw' } }
        { $given | Set-MailboxPassword -Scheme SSHA512 -AsPlainText | ForEach-Object { $_ } -End { throw 'late' } } | Should -Throw 'late'
        $run = Get-MailboxPasswordRun | Select-Object -First 1
        $run.Action, $run.State, $run.Changed | Should -Be 'set', 'Finished', 2
    }

    It 'is verified with all others: an error for each that was altered' {
        $state = $env:XDG_STATE_HOME
        $env:XDG_STATE_HOME = Join-Path $TestDrive "$([guid]::NewGuid())"
        try {
            1..2 | ForEach-Object { $null = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force }
            $runs = Get-MailboxPasswordRun -Verify -ErrorVariable faults
            $runs.Count, $faults.Count | Should -Be 2, 0
            (Get-Content -Raw $runs[0].Journal).Replace('ben@example.com', 'eve@example.com') | Set-Content -NoNewline $runs[0].Journal
            (Get-MailboxPasswordRun -Verify -ErrorVariable faults -ErrorAction SilentlyContinue).Count | Should -Be 2
            $faults.FullyQualifiedErrorId | Should -BeLike 'JournalUnreadable,*'
            "$faults" | Should -Match ([regex]::Escape($runs[0].Journal))
        }
        finally { $env:XDG_STATE_HOME = $state }
    }

    It 'pipes a failed run''s rows in' {
        ($rows | Where-Object Mailbox -eq ben@example.com | Restore-MailboxPassword $journal -Force).Mailbox | Should -Be 'ben@example.com'
        Test-Current anna@example.com $rows[0].Password | Should -BeTrue
    }

    It 'recovers the passwords of undelivered rows, and resumes: <_>' -ForEach 'ErrorAction Stop', 'a throw downstream', 'Export-Csv at its end' {
        $null = New-TestStore 'a@example.net', 'b@example.net', 'c@example.net', 'd@example.net'
        $boxes = 'a@example.net', 'nobody@example.net', 'b@example.net'
        $rows = $null
        switch ($_) {
            'ErrorAction Stop' { try { $rows = $boxes | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText -ErrorAction Stop -WarningVariable said -WarningAction SilentlyContinue } catch { $null = $_ } }
            'a throw downstream' { try { $rows = $boxes | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText -ErrorAction SilentlyContinue | ForEach-Object { $_ } -End { throw 'late' } } catch { $null = $_ } }
            default { try { $boxes | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText -ErrorAction SilentlyContinue | Sort-Object Mailbox | ForEach-Object { throw 'full' } } catch { $null = $_ } }
        }
        $rows | Should -BeNullOrEmpty
        $run = Get-MailboxPasswordRun -State Interrupted | Select-Object -First 1
        $run.Store | Should -Be (Get-MailStore)[0].Location
        if ($_ -eq 'ErrorAction Stop') { "$said" | Should -Match $run.Run }

        # Another run warns of it, once per connection.
        1..2 | ForEach-Object { $null = Reset-MailboxPassword d@example.net -Scheme SSHA512 -Force -WarningVariable +others -WarningAction SilentlyContinue }
        @($others) | Should -HaveCount 1
        "$others" | Should -Match "$($run.Run).* was interrupted"
        foreach ($row in $run | Get-MailboxPasswordChange -AsPlainText -WarningAction SilentlyContinue | Where-Object Status -eq Changed) {
            Test-Current $row.Mailbox $row.Password | Should -BeTrue
        }

        $rows = $boxes + 'c@example.net' | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText -Resume -ErrorAction SilentlyContinue
        $rows.Mailbox | Should -Be 'a@example.net', 'nobody@example.net', 'b@example.net', 'c@example.net'
        foreach ($row in $rows | Where-Object Status -eq Changed) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
        ($rows | Where-Object Status -eq Changed).Count | Should -Be 3
        Get-MailboxPasswordRun -State Interrupted | Where-Object Store -eq $run.Store | Should -BeNullOrEmpty
    }

    # Wine cannot sign a certificate.
    It 'seals passwords to a recipient, and only the recipient''s key opens them' -Skip:$IsWindows {
        $rsa = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=escrow', $rsa, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $certificate = $request.CreateSelfSigned([datetimeoffset]::UtcNow.AddDays(-1), [datetimeoffset]::UtcNow.AddDays(1))
        $public = Join-Path $TestDrive 'escrow.pem'
        $private = Join-Path $TestDrive 'escrow-key.pem'
        $certificate.ExportCertificatePem() | Set-Content $public
        $certificate.ExportCertificatePem() + "`n" + $rsa.ExportPkcs8PrivateKeyPem() | Set-Content $private
        $sealed = Join-Path $TestDrive "$([guid]::NewGuid()).journal"
        $rows = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Journal $sealed -Recipient $public -AsPlainText -Force
        (Get-MailboxPasswordChange $sealed -AsPlainText -WarningAction SilentlyContinue).Password | Where-Object { $_ } | Should -BeNullOrEmpty
        (Get-MailboxPasswordChange $sealed -KeyFile $private -AsPlainText).Password | Should -BeExactly $rows.Password

        # So is the journal of its undoing.
        $null = Restore-MailboxPassword $sealed -Recipient $public -Force
        Get-Content -First 1 (Get-MailboxPasswordRun | Where-Object Action -EQ restore | Select-Object -First 1).Journal | Should -Match '"envelope"'
    }

    It 'names the line that cannot be read, without its text' {
        $lines = Get-Content $journal
        Set-Content $journal -Value (($lines[0], '{"m":"anna@example.com","p":"S3cret-in-a-broken-line', $lines[1] -join "`n") + "`n") -NoNewline
        foreach ($read in { Get-MailboxPasswordChange $journal }, { Restore-MailboxPassword $journal -Force }) {
            $read | Should -Throw -ErrorId 'JournalUnreadable,*' -ExpectedMessage 'Line 2 *'
            try { & $read } catch { $_ | Out-String | Should -Not -Match 'S3cret' }
        }
        { Restore-MailboxPassword (Join-Path $TestDrive none.journal) -Force } | Should -Throw -ErrorId 'JournalUnreadable,*'
    }

    It 'is written and read relative to the shell''s folder' {
        Push-Location (Split-Path $journal)
        try {
            (Get-MailboxPasswordChange (Split-Path $journal -Leaf)).Count | Should -Be 2
            $null = Reset-MailboxPassword anna@example.com -Scheme SSHA512 -Journal relative.journal -Force
        }
        finally { Pop-Location }
        Join-Path (Split-Path $journal) relative.journal | Should -Exist
    }
}
