BeforeAll { . "$PSScriptRoot/Support.ps1" }
AfterAll { Get-MailStore | Disconnect-MailStore }

Describe 'New-MailboxPassword' {
    It 'makes a SecureString and states its entropy' {
        $made = New-MailboxPassword
        $made | Should -BeOfType MailPass.GeneratedPassword
        $made.Password | Should -BeOfType securestring
        $made.Length | Should -Be 16
        $made.EntropyBits | Should -BeGreaterThan 80
        "$made" | Should -Not -Match ([regex]::Escape((ConvertFrom-SecureString $made.Password -AsPlainText)))
    }

    It 'makes text on request, each another, each conforming' {
        $made = New-MailboxPassword -Count 200 -AsPlainText
        $made | Should -BeOfType string
        ($made | Sort-Object -Unique).Count | Should -Be 200
        ($made | ForEach-Object { Test-MailboxPassword $_ -AsPlainText }).Conforms | Should -Not -Contain $false
    }

    It 'states the entropy of text in a verbose line' {
        New-MailboxPassword -AsPlainText -Verbose 4>&1 | Out-String | Should -Match 'bits of entropy'
    }

    It 'keeps length and style' {
        (New-MailboxPassword -Length 24 -AsPlainText).Length | Should -Be 24
        (New-MailboxPassword -Style Pronounceable -Length 20 -AsPlainText).Length | Should -Be 20
    }

    It 'keeps a policy given as a hashtable' {
        (New-MailboxPassword -Policy @{ MinimumLength = 40 } -AsPlainText).Length | Should -BeGreaterOrEqual 40
    }

    It 'keeps a policy given as a file' {
        $file = Join-Path $TestDrive 'policy.json'
        '{ "minimumLength": 30 }' | Set-Content $file
        (New-MailboxPassword -Policy $file -AsPlainText).Length | Should -BeGreaterOrEqual 30
    }

    It 'names the policy setting that is none' {
        { New-MailboxPassword -Policy @{ MinimumLegnth = 40 } } | Should -Throw '*MinimumLegnth*'
    }

    It 'says why no password can be made' {
        { New-MailboxPassword -Length 3 } | Should -Throw -ErrorId 'PolicyUnsatisfiable,MailPass.PowerShell.Commands.NewMailboxPasswordCommand'
    }

    It 'refuses <_> passwords' -ForEach 0, -1 { { New-MailboxPassword -Count $_ } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*' }
}

Describe 'Test-MailboxPassword' {
    It 'names every rule that is broken, at once' {
        $test = Test-MailboxPassword (ConvertTo-Secure 'abc')
        $test.Conforms | Should -BeFalse
        $test.Violations | Should -Be 'TooShort', 'UpperCaseMissing', 'DigitMissing', 'SpecialMissing'
    }

    It 'accepts what conforms' { (Test-MailboxPassword (ConvertTo-Secure 'Abcdef1!')).Conforms | Should -BeTrue }

    It 'refuses text unless it was asked for' {
        { Test-MailboxPassword 'Abcdef1!' -ErrorAction Stop } | Should -Throw -ErrorId 'PasswordIsPlainText,*'
        (Test-MailboxPassword 'Abcdef1!' -AsPlainText).Conforms | Should -BeTrue
    }

    It 'knows the current password of a mailbox' {
        $null = New-TestStore
        $reset = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        (Test-MailboxPassword $reset.Password -Identity anna@example.com -AsPlainText).IsCurrent | Should -BeTrue
        (Test-MailboxPassword 'Another1!' -Identity anna@example.com -AsPlainText).IsCurrent | Should -BeFalse
    }

    It 'takes the rows that Reset wrote' {
        $null = New-TestStore
        (Reset-MailboxPassword -Domain example.com -Force | Test-MailboxPassword).IsCurrent | Should -Be $true, $true
    }

    It 'takes a CSV and goes on past what it does not find' {
        $null = New-TestStore
        $csv = Join-Path $TestDrive 'given.csv'
        'Email,Password', 'anna@example.com,Abcdef1!', 'nobody@example.com,Abcdef1!', 'ben@example.com,short' | Set-Content $csv
        $rows = Import-Csv $csv | Test-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $rows.Conforms | Should -Be $true, $false
        $errors.FullyQualifiedErrorId | Should -Be 'MailboxNotFound,MailPass.PowerShell.Commands.TestMailboxPasswordCommand'
    }

    It 'names a row that brings no password' {
        $null = New-TestStore
        $rows = 'nobody@example.com', 'anna@example.com' | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $tests = $rows | Test-MailboxPassword -ErrorVariable errors -ErrorAction SilentlyContinue
        $tests.Mailbox | Should -Be 'anna@example.com'
        $errors.FullyQualifiedErrorId | Should -Be 'PasswordMissing,MailPass.PowerShell.Commands.TestMailboxPasswordCommand'
    }

    It 'takes a password that begins with {PLAIN} as a password' {
        (Test-MailboxPassword '{PLAIN}Abcdef1!' -AsPlainText).Conforms | Should -BeTrue
    }
}
