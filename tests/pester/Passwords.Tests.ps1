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

    It 'makes text on request, all different and all conforming' {
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

    It 'names an unknown policy setting' {
        { New-MailboxPassword -Policy @{ MinimumLegnth = 40 } } | Should -Throw '*MinimumLegnth*'
    }

    It 'names the policy setting with an invalid value' -ForEach @(
        @{ Policy = @{ MinimumLength = 'many' } }
        @{ Policy = @{ MinimumLength = 0 } }
        @{ Policy = @{ BreachedPasswords = 'no-such-file.txt' } }
    ) { { New-MailboxPassword -Policy $Policy } | Should -Throw "*$($Policy.Keys)*" }

    It 'accepts a policy as a hashtable in constrained language' {
        Invoke-Fresh @'
$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'
Import-Module $ModulePath
(New-MailboxPassword -Policy @{ minimumLength = 20; MaximumLength = $null; RequireSpecial = $false }).Length
'@ | Should -Be 20
    }

    It 'says why no password can be generated' {
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

    It 'refuses plain text without -AsPlainText' {
        { Test-MailboxPassword 'Abcdef1!' -ErrorAction Stop } | Should -Throw -ErrorId 'PasswordIsPlainText,*'
        (Test-MailboxPassword 'Abcdef1!' -AsPlainText).Conforms | Should -BeTrue
    }

    It 'knows the current password of a mailbox' {
        $null = New-TestStore
        $reset = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        (Test-MailboxPassword $reset.Password -Identity anna@example.com -AsPlainText).IsCurrent | Should -BeTrue
        (Test-MailboxPassword 'Another1!' -Identity anna@example.com -AsPlainText).IsCurrent | Should -BeFalse
    }

    It 'knows the person''s name, which the password must not be like' {
        $null = [pscustomobject]@{ Mailbox = 'ah@example.com'; DisplayName = 'Anna Haas' } | New-MailStore (Join-Path $TestDrive "$([guid]::NewGuid()).db")
        (Test-MailboxPassword 'Haas-Anna-2026!' -Identity ah@example.com -Policy @{ RefuseSimilarToMailbox = $true } -AsPlainText).Violations | Should -Be 'SimilarToMailbox'
    }

    It 'accepts the rows of Reset' {
        $null = New-TestStore
        (Reset-MailboxPassword -Domain example.com -Force | Test-MailboxPassword).IsCurrent | Should -Be $true, $true
    }

    It 'accepts a CSV and goes on after a mailbox that it does not find' {
        $null = New-TestStore
        $csv = Join-Path $TestDrive 'given.csv'
        'Email,Password', 'anna@example.com,Abcdef1!', 'nobody@example.com,Abcdef1!', 'ben@example.com,short' | Set-Content $csv
        $rows = Import-Csv $csv | Test-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $rows.Conforms | Should -Be $true, $false
        $errors.FullyQualifiedErrorId | Should -Be 'MailboxNotFound,MailPass.PowerShell.Commands.TestMailboxPasswordCommand'
    }

    It 'reports a row without a password' {
        $null = New-TestStore
        $rows = 'nobody@example.com', 'anna@example.com' | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $tests = $rows | Test-MailboxPassword -ErrorVariable errors -ErrorAction SilentlyContinue
        $tests.Mailbox | Should -Be 'anna@example.com'
        $errors.FullyQualifiedErrorId | Should -Be 'PasswordMissing,MailPass.PowerShell.Commands.TestMailboxPasswordCommand'
    }

    It 'answers hundreds in their order, each error in its place' {
        $null = New-TestStore (1..600 | ForEach-Object { "user$_@example.com" })
        $null = Connect-MailStore (Get-MailStore)[0].Location -Scheme SSHA256
        $rows = @(Reset-MailboxPassword -Domain example.com -Force -AsPlainText | Select-Object Mailbox, Password)
        $rows[9].Mailbox = 'nonsense'
        $rows[299].Mailbox = 'nobody@example.com'
        $rows[399].Password = 'Wrong-1pw'
        $rows[499].Password = "Half-1pw$([char]0xD83D)"
        $said = @($rows | Test-MailboxPassword -AsPlainText 2>&1)
        $said.Count | Should -Be 600
        for ($i = 0; $i -lt 600; $i++) {
            switch ($i) {
                9 { $said[$i].FullyQualifiedErrorId | Should -BeLike 'AddressInvalid,*' }
                299 { $said[$i].FullyQualifiedErrorId | Should -BeLike 'MailboxNotFound,*' }
                499 { $said[$i].FullyQualifiedErrorId | Should -BeLike 'PasswordInvalid,*' }
                default {
                    $said[$i].Mailbox | Should -Be $rows[$i].Mailbox
                    $said[$i].IsCurrent | Should -Be ($i -ne 399)
                }
            }
        }
    }

    It 'answers each input before it waits for the next ones' {
        $null = New-TestStore
        $row = Reset-MailboxPassword anna@example.com -Force -AsPlainText
        $heard = [Collections.Generic.List[string]]::new()
        1..3 | ForEach-Object { if ($_ -gt 1) { Start-Sleep -Milliseconds 300 }; $heard.Add("asked $_"); $row } | Test-MailboxPassword -AsPlainText | ForEach-Object { $heard.Add('answered') }
        $heard[-1] | Should -Be 'answered'
        $heard.IndexOf('answered') | Should -BeLessThan $heard.IndexOf('asked 3')
    }

    It 'ends at once when no more is wanted' {
        $null = New-TestStore (1..600 | ForEach-Object { "user$_@example.com" })
        $rows = Reset-MailboxPassword -Domain example.com -Scheme SSHA256 -Force
        ($rows | Test-MailboxPassword | Select-Object -First 1).Mailbox | Should -Be 'user1@example.com'
    }

    It 'treats a text that begins with {PLAIN} as a password' {
        (Test-MailboxPassword '{PLAIN}Abcdef1!' -AsPlainText).Conforms | Should -BeTrue
    }
}
