BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Secrets' {
    It 'are in no stream, no error and no transcript' {
        $secrets = 'Given-Secret-1', 'Current-Secret-1', 'Wrong-Secret-1', 'weaksecret', '{PLAIN}Odd-Secret-1'
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $script = Join-Path $TestDrive 'secrets.csv'
        'Mailbox,Password', "anna@example.com,$($secrets[0])", "ben@example.com,$($secrets[3])", "nobody@example.com,$($secrets[4])", "nonsense,$($secrets[0])" | Set-Content $script
        $said = Invoke-Fresh @"
Start-Transcript '$transcript' | Out-Null
Import-Module `$ModulePath
`$VerbosePreference = `$DebugPreference = 'Continue'
`$null = 'anna@example.com', 'ben@example.com' | New-MailStore '$(Join-Path $TestDrive 'secrets.db')'
Import-Csv '$script' | Set-MailboxPassword -AsPlainText -PassThru
Import-Csv '$script' | Set-MailboxPassword -PassThru
Import-Csv '$script' | Test-MailboxPassword -AsPlainText
Import-Csv '$script' | Select-Object @{ n = 'Wrong'; e = { `$_.Mailbox } }, Password | Set-MailboxPassword -AsPlainText
Import-Csv '$script' | Select-Object @{ n = 'Wrong'; e = { `$_.Mailbox } }, Password | Reset-MailboxPassword -Force
function Secure(`$which) { ConvertTo-SecureString (Import-Csv '$script')[`$which].Password -AsPlainText }
Set-MailboxPassword anna@example.com (Secure 0) -CurrentPassword (Secure 2)
Set-MailboxPassword anna@example.com (Secure 2) -CurrentPassword (Secure 0) -WhatIf
Reset-MailboxPassword -Domain example.com -Force
Reset-MailboxPassword -Domain example.com -Force | Format-List *
New-MailboxPassword | Format-List *
`$Error | ForEach-Object { `$_ | Format-List * -Force; `$_.Exception | Format-List * -Force; `$_.ErrorDetails | Format-List * }
Stop-Transcript | Out-Null
"@
        $everything = ($said -join "`n") + (Get-Content $transcript -Raw)
        $everything | Should -Match 'PolicyViolation' -Because 'otherwise nothing was said at all'
        $everything | Should -Match 'VERBOSE'
        foreach ($secret in $secrets) { $everything.Contains($secret) | Should -BeFalse -Because "'$secret' is a secret" }
        $everything | Should -Not -Match '\$6\$|\{SHA512-CRYPT\}'
    }
}
