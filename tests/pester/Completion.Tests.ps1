BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Complete([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches | ForEach-Object CompletionText }
    $null = New-TestStore @('anna@example.com', 'ben@example.com', 'cleo@example.org', "dora@b`u{fc}cher.example")
}
AfterAll { Get-MailStore | Disconnect-MailStore }

Describe 'Tab completes' {
    It 'domains of the store' -Skip:($null -ne $env:WINEPREFIX) { # Wine's ICU knows no such domains
        Complete 'Reset-MailboxPassword -Domain ' | Should -Be 'example.com', 'example.org', 'xn--bcher-kva.example'
        Complete 'Get-MailboxAccount -Domain example.o' | Should -Be 'example.org'
        Complete "Get-MailboxAccount -Domain 'example.o" | Should -Be 'example.org'
        Complete 'Get-MailboxAccount -Domain *.org' | Should -Be 'example.org'
    }

    It 'schemes that can be hashed' {
        Complete 'Set-MailboxPassword -Scheme SHA' | Should -Be 'SHA512-CRYPT', 'SHA256-CRYPT'
        Complete 'Connect-MailStore -Scheme arg' | Should -Be 'ARGON2ID'
        Complete 'Connect-MailStore -Scheme ' | Should -Not -Contain 'MD5-CRYPT'
    }

    It 'styles and schemas' {
        Complete 'New-MailboxPassword -Style ' | Should -Be 'Pronounceable', 'Random', 'Words'
        Complete 'Connect-MailStore -Schema mailp' | Should -Be 'mailpass'
        Complete 'Connect-MailStore -Schema postfix' | Should -Contain 'postfixadmin'
    }

    It 'services' { Complete 'Get-MailboxSession -Service im' | Should -Be 'imap' }

    It 'nothing without a connected store' {
        Get-MailStore | Disconnect-MailStore
        Complete 'Reset-MailboxPassword -Domain exam' | Should -Not -Contain 'example.com'
    }
}
