BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # So many mailboxes that a run is still under way when it is stopped.
    $mailboxes = 1..1000 | ForEach-Object { 'user{0:d4}@example.com' -f $_ }

    # A store in which every mailbox has the password 'Before-1pw'.
    function New-FullStore {
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        $hash = '{SSHA256}' + [Convert]::ToBase64String([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('Before-1pwsalt')) + [Text.Encoding]::UTF8.GetBytes('salt'))
        $mailboxes | ForEach-Object { [pscustomobject]@{ Mailbox = $_; PasswordHash = $hash } } | New-MailStore -Path $path
    }

    # The mailboxes whose password is neither the old one nor in the rows, so that nobody knows it.
    function Get-LockedOut($Rows) {
        $new = @{}
        foreach ($row in $Rows) { if ($row.Status -eq 'Changed') { $new[$row.Mailbox] = $row.Password } }
        foreach ($mailbox in $mailboxes) {
            $password = $new.ContainsKey($mailbox) ? $new[$mailbox] : 'Before-1pw'
            if (-not (Test-Current $mailbox $password)) { $mailbox }
        }
    }
}

BeforeDiscovery {
    # A shell without job control makes its background processes ignore Ctrl+C, and their children inherit that.
    $ignoresInterrupt = $IsLinux -and ([Convert]::ToUInt64((Select-String -Path /proc/self/status -Pattern '^SigIgn:\s+(\w+)').Matches[0].Groups[1].Value, 16) -band 2)
}

Describe 'Ending early' {
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'Select-Object -First <_> gets its rows, and all others have the old password' -ForEach 1, 40 {
        $null = New-FullStore
        $rows = @(Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force -AsPlainText | Select-Object -First $_)
        $rows.Count | Should -Be $_
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'Select-Object -First 1 over a pipeline of mailboxes too' {
        $null = New-FullStore
        $rows = @($mailboxes | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText | Select-Object -First 1)
        $rows.Mailbox | Should -Be $mailboxes[0]
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'an error that a downstream command only wrote does not change that' {
        $null = New-FullStore
        $rows = @(Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force -AsPlainText |
                ForEach-Object { Write-Error 'only said' -ErrorAction SilentlyContinue; $_ } | Select-Object -First 1)
        $rows.Count | Should -Be 1
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'a break out of a downstream loop keeps the rows before it' {
        $null = New-FullStore
        $rows = [Collections.Generic.List[object]]::new()
        while ($true) {
            Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force -AsPlainText | ForEach-Object { $rows.Add($_); if ($rows.Count -eq 10) { break } }
        }
        $rows.Count | Should -Be 10
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'a downstream error leaves every mailbox with a password that somebody has' {
        $null = New-FullStore
        $rows = [Collections.Generic.List[object]]::new()
        {
            $mailboxes | Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText | ForEach-Object {
                if ($rows.Count -eq 100) { throw 'no room left' }
                $rows.Add($_)
            }
        } | Should -Throw 'no room left'
        $rows.Count | Should -Be 100
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'an upstream error leaves every mailbox with a password that somebody has' {
        $null = New-FullStore
        $rows = [Collections.Generic.List[object]]::new()
        {
            $mailboxes | ForEach-Object { if ($_ -like 'user0500*') { throw 'input gone' }; $_ } |
                Reset-MailboxPassword -Scheme SSHA512 -Force -AsPlainText | ForEach-Object { $rows.Add($_) }
        } | Should -Throw 'input gone'
        Get-LockedOut $rows | Should -BeNullOrEmpty
    }

    It 'PowerShell.Stop() ends a run in its midst and leaves every mailbox with a known password' {
        $store = New-FullStore
        $module = $ModulePath
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript({
                    param($module, $path)
                    Import-Module $module
                    $null = Connect-MailStore $path
                    Reset-MailboxPassword -Domain example.com -Scheme SHA512-CRYPT -Cost 200000 -Force -AsPlainText
                }).AddArgument($module).AddArgument($store.Location)
            $none = [Management.Automation.PSDataCollection[psobject]]::new()
            $null = $shell.BeginInvoke($none, $output)
            while ($output.Count -eq 0) { Start-Sleep -Milliseconds 20 }
            $took = Measure-Command { $shell.Stop() }
        }
        finally { $shell.Dispose() }
        $output.Count | Should -BeGreaterThan 0
        $output.Count | Should -BeLessThan $mailboxes.Count -Because 'otherwise nothing was stopped'
        Write-Host "    stopped in $([int]$took.TotalMilliseconds) ms after $($output.Count) rows"
        Get-LockedOut $output | Should -BeNullOrEmpty
    }

    It 'Ctrl+C ends a run in its midst and says how many mailboxes were changed' -Skip:($IsWindows -or $ignoresInterrupt) {
        $store = New-FullStore
        $csv = Join-Path $TestDrive 'interrupted.csv'
        $script = Join-Path $TestDrive 'interrupted.ps1'
        @"
Import-Module '$ModulePath'
`$null = Connect-MailStore '$($store.Location)'
Reset-MailboxPassword -Domain example.com -Scheme SHA512-CRYPT -Cost 200000 -Force -AsPlainText | Export-Csv '$csv'
"@ | Set-Content $script
        $log = Join-Path $TestDrive 'interrupted.log'
        $process = Start-Process $ThisShell -ArgumentList ($ShellArguments + '-NoProfile', '-File', $script) -RedirectStandardOutput $log -RedirectStandardError "$log.err" -PassThru
        # Export-Csv writes when it has a few thousand characters.
        while ((-not (Test-Path $csv) -or (Get-Item $csv).Length -eq 0) -and -not $process.HasExited) { Start-Sleep -Milliseconds 20 }
        $took = Measure-Command {
            & /bin/kill -INT $process.Id
            $process.WaitForExit()
        }
        Write-Host "    stopped in $([int]$took.TotalMilliseconds) ms"
        $rows = Import-Csv $csv
        @($rows).Count | Should -BeLessThan $mailboxes.Count -Because 'otherwise nothing was stopped'
        Get-LockedOut $rows | Should -BeNullOrEmpty
        Get-Content $log -Raw | Should -Match 'ended early. Changed and reported: \d+'
    }

    It 'keeps what Set has committed, because the caller has the passwords' {
        $null = New-FullStore
        $given = $mailboxes | ForEach-Object { [pscustomobject]@{ Mailbox = $_; Password = 'Given-1pw' } }
        {
            $given | ForEach-Object { if ($_.Mailbox -like 'user0900*') { throw 'input gone' }; $_ } | Set-MailboxPassword -Scheme SSHA512 -AsPlainText
        } | Should -Throw 'input gone'
        foreach ($mailbox in $mailboxes[0, 50, 950]) {
            (Test-Current $mailbox 'Given-1pw') -xor (Test-Current $mailbox 'Before-1pw') | Should -BeTrue
        }
    }

    It 'keeps what Set committed a moment ago, before its result arrived' {
        $null = New-FullStore
        {
            & {
                [pscustomobject]@{ Mailbox = $mailboxes[0]; Password = 'Given-1pw' }
                while (-not (Test-Current $mailboxes[0] 'Given-1pw')) { Start-Sleep -Milliseconds 20 }
                throw 'input gone'
            } | Set-MailboxPassword -Scheme SSHA512 -AsPlainText
        } | Should -Throw 'input gone'
        Test-Current $mailboxes[0] 'Given-1pw' | Should -BeTrue
    }

    It 'writes the passwords of changes that can be neither delivered nor undone to a file' {
        $file = Join-Path $TestDrive "$([guid]::NewGuid())"
        'anna@example.com:{SSHA256}3N86Sej+ZAU9ZrlwGLHFaSjs/26mrdZ1rnLMPkupEaphYmNkMTIzNA==::::::' | Set-Content $file
        $null = Connect-MailStore -PasswdFile $file
        $rows = [Collections.Generic.List[object]]::new()
        $folder = $IsWindows ? "$env:LOCALAPPDATA/MailPass" : "$($env:XDG_DATA_HOME ? $env:XDG_DATA_HOME : "$HOME/.local/share")/MailPass"
        $before = @(Get-ChildItem $folder -Filter undelivered-*.csv -Name -ErrorAction Ignore)
        { Reset-MailboxPassword anna@example.com -Scheme SSHA512 -NoJournal -Force -AsPlainText | ForEach-Object { $rows.Add($_); Remove-Item $file; throw 'full disk' } } | Should -Throw 'full disk'
        $kept = @(Get-ChildItem $folder -Filter undelivered-*.csv | Where-Object Name -NotIn $before)
        $kept | Should -HaveCount 1
        try { (Import-Csv $kept[0].FullName).Password | Should -BeExactly $rows[0].Password } finally { Remove-Item $kept[0].FullName }
    }

    It 'leaves no thread of a run behind' {
        $null = New-FullStore
        $null = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force | Select-Object -First 1
        $before = (Get-Process -Id $PID).Threads.Count
        1..5 | ForEach-Object { $null = Reset-MailboxPassword -Domain example.com -Scheme SSHA512 -Force | Select-Object -First 1 } 3>$null 6>$null
        (Get-Process -Id $PID).Threads.Count | Should -BeLessOrEqual ($before + 8)
    }
}
