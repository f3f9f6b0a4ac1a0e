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

Describe 'Whoever sits at the host' {
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'is asked once for both, masked, where no password was given' {
        $run = Invoke-Answering 'Set-MailboxPassword anna@example.com'
        $run.Asked | Should -Be 'New password for anna@example.com'
        $run.Errors | Should -BeNullOrEmpty
        Test-Current anna@example.com 'Answer-1pw' | Should -BeTrue
    }

    It 'is told where the two differ, and nothing is changed' {
        $run = Invoke-Answering 'Set-MailboxPassword anna@example.com -PassThru' -Secret 'Answer-1pw', 'Answer-2pw'
        $run.Rows.ErrorId | Should -Be 'PasswordsDiffer'
        $run.Errors.FullyQualifiedErrorId | Should -BeLike 'PasswordsDiffer,*'
        Test-Current anna@example.com 'Answer-1pw' | Should -BeFalse
    }

    It 'is asked for each mailbox that is to be reset, by its name' {
        $run = Invoke-Answering 'Reset-MailboxPassword -Domain example.com'
        $run.Asked.Count | Should -Be 2
        $run.Asked[0] | Should -Match 'anna@example.com'
        $run.Asked[1] | Should -Match 'ben@example.com'
        $run.Rows.Status | Should -Be 'Changed', 'Changed'
    }

    It 'can say yes to all' {
        $run = Invoke-Answering 'Reset-MailboxPassword -Domain example.com' -Choice 1
        $run.Asked.Count | Should -Be 1
        $run.Rows.Status | Should -Be 'Changed', 'Changed'
    }

    It 'can decline: a row says so, in its place' {
        $run = Invoke-Answering "'nobody@', 'anna@example.com', 'ben@example.com' | Reset-MailboxPassword" -Choice 2
        $run.Rows.Mailbox | Should -Be 'nobody@', 'anna@example.com', 'ben@example.com'
        $run.Rows.Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
        $run.Rows.Password | Should -Be $null, $null, $null
        $run.Errors | Should -BeNullOrEmpty
    }

    It 'is asked only for what a journal can still put back' {
        $run = Invoke-Answering @'
            $file = "$([IO.Path]::GetTempFileName()).journal"
            $null = Reset-MailboxPassword -Domain example.com -Journal $file -Force
            $null = Reset-MailboxPassword ben@example.com -Force
            Restore-MailboxPassword $file
            Remove-Item $file
'@ -Choice 2
        $run.Asked.Count | Should -Be 1
        $run.Asked[0] | Should -Match 'anna@example.com'
        $run.Rows.Message | Should -HaveCount 2
        $run.Rows[0].Message | Should -BeLike '*declined*'
        $run.Rows[1].Message | Should -BeLike '*changed again*'
    }

    It 'is asked nothing under -Force, nor under -Confirm:$false, but where -Confirm is said' {
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Force').Asked | Should -BeNullOrEmpty
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Confirm:$false').Asked | Should -BeNullOrEmpty
        (Invoke-Answering 'Reset-MailboxPassword anna@example.com -Force -Confirm').Asked.Count | Should -Be 1
        (Invoke-Answering 'Set-MailboxPassword anna@example.com (Read-Host -AsSecureString) -Confirm').Asked.Count | Should -Be 2
    }
}
