# The runbook in samples/, run as a scheduled job would run it.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $runbook = (Resolve-Path "$PSScriptRoot/../../samples/reset-domain.ps1").Path

    function Invoke-Runbook([string[]] $Argument) {
        $said = & $ThisShell @ShellArguments -NoProfile -NonInteractive -File $runbook @Argument -Module (Split-Path $ModulePath) 2>&1 | ForEach-Object { "$_" }
        [pscustomobject]@{ ExitCode = $LASTEXITCODE; Said = $said -join "`n" }
    }
}

Describe 'samples/reset-domain.ps1' {
    BeforeEach {
        $store = New-TestStore
        $out = Join-Path $TestDrive "$([guid]::NewGuid()).csv"
    }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'resets a domain to a CSV that only its owner reads, and leaves no journal' {
        $run = Invoke-Runbook '-Path', $store.Location, '-Domain', 'example.com', '-OutFile', $out
        $run.ExitCode | Should -Be 0 -Because $run.Said
        $rows = Import-Csv $out
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        foreach ($row in $rows) { Test-Current $row.Mailbox $row.Password | Should -BeTrue }
        if (-not $IsWindows) { (Get-Item $out).UnixFileMode | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite') }
        Get-ChildItem "$out*" | Should -HaveCount 1
    }

    It 'accepts a profile' {
        $profile = New-TestProfile @{ store = $store.Location }
        $run = Invoke-Runbook '-Profile', $profile, '-Domain', 'example.com', '-OutFile', $out
        $run.ExitCode | Should -Be 0 -Because $run.Said
        (Import-Csv $out).Status | Should -Be 'Changed', 'Changed'
    }

    It 'changes nothing under -WhatIf' {
        $hash = Get-Digest $store.Location
        $run = Invoke-Runbook '-Path', $store.Location, '-Domain', 'example.com', '-OutFile', $out, '-WhatIf'
        $run.ExitCode | Should -Be 0 -Because $run.Said
        $run.Said | Should -Match '2 Skipped'
        $out | Should -Not -Exist
        Get-Digest $store.Location | Should -Be $hash
    }

    It 'exits with 2 for a missing domain, and leaves no CSV' {
        $run = Invoke-Runbook '-Path', $store.Location, '-Domain', 'example.net', '-OutFile', $out
        $run.ExitCode | Should -Be 2
        $run.Said | Should -Match 'example\.net'
        $out | Should -Not -Exist
    }

    It 'exits with 3 for a missing store' {
        (Invoke-Runbook '-Path', (Join-Path $TestDrive 'nothing.db'), '-Domain', 'example.com', '-OutFile', $out).ExitCode | Should -Be 3
    }

    It 'never replaces an existing CSV' {
        'passwords' | Set-Content $out
        (Invoke-Runbook '-Path', $store.Location, '-Domain', 'example.com', '-OutFile', $out).ExitCode | Should -Not -Be 0
        Get-Content $out | Should -Be 'passwords'
    }
}
