BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/AnsweringHost.ps1"

    # Runs a script in a shell whose host answers, with a store of its own connected.
    function Invoke-Answering([string] $Script, [string[]] $Secret = 'Answer-1pw', [int] $Choice = 0) {
        $store = New-TestStore
        $answering = New-AnsweringShell $Secret
        $answering.Host.Choice = $Choice
        try {
            $answering.Shell.Commands.Clear()
            $null = $answering.Shell.AddScript("`$null = Connect-MailStore '$($store.Location)'; $Script")
            $rows = @($answering.Shell.Invoke())
            [pscustomobject]@{ Rows = $rows; Errors = @($answering.Shell.Streams.Error); Asked = @($answering.Host.Asked); Written = @($answering.Host.Written) }
        }
        finally { Close-AnsweringShell $answering }
    }
}

Describe 'The person at the prompt' {
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'is asked once for the password and its repetition if none was given' {
        $run = Invoke-Answering 'Set-MailboxPassword anna@example.com'
        $run.Asked | Should -Be 'New password for anna@example.com'
        $run.Errors | Should -BeNullOrEmpty
        Test-Current anna@example.com 'Answer-1pw' | Should -BeTrue
    }

    It 'learns of a wrong current password before being asked for a new one' {
        $run = Invoke-Answering 'Set-MailboxPassword anna@example.com Given-1pw -AsPlainText; Set-MailboxPassword anna@example.com -CurrentPassword Wrong-1pw -AsPlainText -PassThru'
        $run.Asked | Should -BeNullOrEmpty
        $run.Rows.ErrorId | Should -Be 'CurrentPasswordWrong'
    }

    It 'gets an error if the two differ, and nothing is changed' {
        $run = Invoke-Answering 'Set-MailboxPassword anna@example.com -PassThru' -Secret 'Answer-1pw', 'Answer-2pw'
        $run.Rows.ErrorId | Should -Be 'PasswordsDiffer'
        $run.Errors.FullyQualifiedErrorId | Should -BeLike 'PasswordsDiffer,*'
        Test-Current anna@example.com 'Answer-1pw' | Should -BeFalse
    }

    It 'is asked for each mailbox, by its name and its store' {
        $run = Invoke-Answering 'Reset-MailboxPassword anna@example.com, ben@example.com'
        $run.Asked.Count | Should -Be 2
        $run.Asked[0] | Should -Match 'anna@example\.com in SQLite .*\.db'
        $run.Asked[1] | Should -Match 'ben@example\.com in SQLite .*\.db'
        $run.Rows.Status | Should -Be 'Changed', 'Changed'
    }

    It 'is asked once for a domain, with the number of its mailboxes' {
        $run = Invoke-Answering 'Reset-MailboxPassword -Domain example.com'
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -Match 'all 2 mailboxes of example\.com in SQLite .*\.db'
        $run.Rows.Status | Should -Be 'Changed', 'Changed'
        (Invoke-Answering 'Reset-MailboxPassword -Domain example.com, example.org' -Choice 2).Rows | Should -BeNullOrEmpty
        (Invoke-Answering 'Reset-MailboxPassword -Domain example.com, example.org' -Choice 2).Asked[1] | Should -Match 'the one mailbox of example\.org'
    }

    It 'is not asked about a domain without mailboxes' {
        $run = Invoke-Answering 'Reset-MailboxPassword -Domain example.net'
        $run.Asked | Should -BeNullOrEmpty
        $run.Errors.FullyQualifiedErrorId | Should -BeLike 'MailboxNotFound,*'
    }

    It 'sees with -WhatIf which mailboxes would be changed, and no others' {
        $run = Invoke-Answering "'nobody@', 'nobody@example.com', 'anna@example.com' | Reset-MailboxPassword -WhatIf -ErrorAction SilentlyContinue"
        $said = @($run.Written -like 'What if:*')
        $said.Count | Should -Be 1
        $said[0] | Should -Match 'anna@example\.com in SQLite .*\.db'
        $run.Rows.Status | Should -Be 'Failed', 'Failed', 'Skipped'
    }

    It 'can say yes to all' {
        $run = Invoke-Answering 'Reset-MailboxPassword anna@example.com, ben@example.com' -Choice 1
        $run.Asked.Count | Should -Be 1
        $run.Rows.Status | Should -Be 'Changed', 'Changed'
    }

    It 'can decline, and a row in its place says so' {
        $run = Invoke-Answering "'nobody@', 'anna@example.com', 'ben@example.com' | Reset-MailboxPassword" -Choice 2
        $run.Rows.Mailbox | Should -Be 'nobody@', 'anna@example.com', 'ben@example.com'
        $run.Rows.Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
        $run.Rows.Password | Should -Be $null, $null, $null
        $run.Rows.Line | Should -Be 1, 2, 3
        $run.Errors | Should -BeNullOrEmpty
    }

    It 'is asked only for what a journal can still put back' {
        $run = Invoke-Answering @"
            `$null = Reset-MailboxPassword -Domain example.com -Journal '$TestDrive/restored.journal' -Force
            `$null = Reset-MailboxPassword ben@example.com -Force
            Restore-MailboxPassword '$TestDrive/restored.journal'
"@ -Choice 2
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -Match 'anna@example\.com in SQLite'
        $run.Rows.Message | Should -HaveCount 2
        $run.Rows[0].Message | Should -BeLike '*declined*'
        $run.Rows[1].Message | Should -BeLike '*changed again*'
    }

    It 'is asked before a journal is removed' {
        $run = Invoke-Answering @"
            `$file = '$TestDrive/removed.journal'
            `$null = Reset-MailboxPassword -Domain example.com -Journal `$file -Force
            Remove-MailboxPasswordRun `$file
            Test-Path `$file
            Remove-MailboxPasswordRun `$file -Force
            Test-Path `$file
"@ -Choice 2
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -Match 'domain example\.com'
        $run.Rows | Should -Be $true, $false
    }

    It 'gets -Force as the remedy if nobody can be asked: <Way>' -ForEach @(
        @{ Way = '-NonInteractive'; Arguments = @('-NonInteractive') }
        @{ Way = 'an input at its end'; Arguments = @() }
    ) {
        $store = New-TestStore
        $script = "Import-Module '$ModulePath'; `$null = Connect-MailStore '$($store.Location)'; Reset-MailboxPassword -Domain example.com"
        $said = $null | & $ThisShell @ShellArguments -NoProfile @Arguments -Command $script 2>&1 | Out-String
        $said | Should -Match '-Force'
        $said | Should -Not -Match 'Object reference'
        (Get-MailboxAccount anna@example.com).PasswordChanged | Should -BeNullOrEmpty
    }

    It 'is not asked with -Force or -Confirm:$false, but with -Confirm' {
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Force').Asked | Should -BeNullOrEmpty
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Confirm:$false').Asked | Should -BeNullOrEmpty
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Force -Confirm').Asked.Count | Should -Be 1
        (Invoke-Answering 'Reset-MailboxPassword -Domain example.com -Force -Confirm').Asked.Count | Should -Be 1
        (Invoke-Answering 'Set-MailboxPassword anna@example.com (Read-Host -AsSecureString) -Confirm').Asked.Count | Should -Be 2
    }

    It 'is reported as missing if standard input is not a terminal' -Skip:$IsWindows {
        $profileFile = Join-Path $TestDrive 'ask.json'
        '{ "store": { "location": "mysql://mailpass@127.0.0.1:9/mail", "password": { "ask": true } } }' | Set-Content $profileFile
        chmod 600 $profileFile
        $script = "Import-Module '$((Get-Module MailPass).Path)'; Connect-MailStore -Profile '$profileFile'; 'went on'"
        $said = sh -c 'exec "$@" </dev/null 2>&1' sh $ThisShell @ShellArguments -NoProfile -Command $script | Out-String
        $said | Should -BeLike '*but nobody can be asked here*went on*'
    }
}
