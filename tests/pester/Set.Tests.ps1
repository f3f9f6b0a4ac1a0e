BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Set-MailboxPassword' {
    BeforeEach { $store = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'sets a password and is silent' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') | Should -BeNullOrEmpty
        Test-Current anna@example.com 'Given-1pw' | Should -BeTrue
        Test-Current ben@example.com 'Given-1pw' | Should -BeFalse
    }

    It 'writes a row with -PassThru, without the password' {
        $row = Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') -PassThru
        $row | Should -BeOfType MailPass.PasswordChange
        $row.Mailbox | Should -Be 'anna@example.com'
        $row.Status | Should -Be 'Changed'
        $row.Scheme | Should -Be 'SHA512-CRYPT'
        $row.Password | Should -BeNullOrEmpty
        $row.Time | Should -MatchExactly '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$'
    }

    It 'accepts the password of a credential' {
        Set-MailboxPassword anna@example.com ([pscredential]::new('anna@example.com', (ConvertTo-Secure 'Given-1pw')))
        Test-Current anna@example.com 'Given-1pw' | Should -BeTrue
    }

    It 'accepts a whole CSV with -AsPlainText' {
        $csv = Join-Path $TestDrive 'given.csv'
        'UserName;NewPassword', 'anna@example.com;Given-1pw', 'ben@example.com;"with "";"" quote1A"' | Set-Content $csv
        Import-Csv $csv -Delimiter ';' | Set-MailboxPassword -AsPlainText
        Test-Current anna@example.com 'Given-1pw' | Should -BeTrue
        Test-Current ben@example.com 'with ";" quote1A' | Should -BeTrue
    }

    It 'accepts a column of numbers, and never shows them' {
        [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 12345678 } | Set-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors.FullyQualifiedErrorId | Should -BeLike 'PolicyViolation,*'
        $fault = try { Set-MailboxPassword anna@example.com 12345678 -ErrorAction Stop } catch { $_ }
        $fault.FullyQualifiedErrorId | Should -BeLike 'PasswordIsPlainText,*'
        $fault = try { Set-MailboxPassword anna@example.com @('Given-1pw', 'Other-1pw') -AsPlainText -ErrorAction Stop } catch { $_ }
        $fault | Should -Match 'A password is a SecureString, a credential or text, not an Object\[\]'
        "$errors$fault" + ($fault | Format-List * -Force | Out-String) | Should -Not -Match '12345678|(?<!'')Given-1pw(?!'')'
    }

    It 'has a row for each row of the input, also for one without a mailbox' {
        $rows = [pscustomobject]@{ Mailbox = $null; Password = 'Given-1pw' }, [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' } |
            Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be 'AddressInvalid', $null
        $rows.Line | Should -Be 2, 3 # as in a file, whose header is line 1
    }

    It 'generates a password with -Generate, and the row has it' {
        $row = Set-MailboxPassword anna@example.com -Generate
        $row.Password | Should -BeOfType securestring
        $text = (Set-MailboxPassword anna@example.com -Generate -Style Words -WordCount 6 -AsPlainText).Password
        $text | Should -MatchExactly '^([A-Za-z]+[0-9]?[-._]){5}[A-Za-z]+[0-9]?$'
        Test-Current anna@example.com $text | Should -BeTrue
    }

    It 'generates a password for a person''s own change too, and verifies the current one' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw')
        $wrong = Set-MailboxPassword anna@example.com -Generate -CurrentPassword (ConvertTo-Secure 'Wrong-1pw') -ErrorAction SilentlyContinue
        $wrong.ErrorId | Should -Be 'CurrentPasswordWrong'
        $wrong.Password | Should -BeNullOrEmpty
        $right = Set-MailboxPassword anna@example.com -Generate -CurrentPassword (ConvertTo-Secure 'Given-1pw') -AsPlainText
        Test-Current anna@example.com $right.Password | Should -BeTrue
    }

    It 'accepts another policy for one call' {
        $row = Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') -Policy @{ MinimumLength = 12 } -PassThru -ErrorAction SilentlyContinue
        $row.ErrorId | Should -Be 'PolicyViolation'
        (Reset-MailboxPassword anna@example.com -Policy @{ RequireSpecial = $false } -ExcludeCharacters 'abc' -AsPlainText -Force).Password | Should -MatchExactly '^[A-Zd-z0-9]{16}$'
    }

    It 'leaves a mailbox alone that has the password already, with -LeaveUnchanged' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw')
        (Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') -LeaveUnchanged -PassThru).Status | Should -Be 'Unchanged'
        (Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') -PassThru).Status | Should -Be 'Changed'
    }

    It 'refuses parameters that need -Generate, before anything is changed: <_>' -ForEach '-Length 20', '-Style Words', '-Clipboard', '-ExcludeCharacters x' {
        { & ([scriptblock]::Create("Set-MailboxPassword anna@example.com (ConvertTo-SecureString 'Given-1pw' -AsPlainText -Force) $_")) } | Should -Throw -ErrorId 'InputInvalid,*'
        Test-Current anna@example.com 'Given-1pw' | Should -BeFalse
    }

    Context 'with a clipboard' -Skip:$IsWindows {
        BeforeEach {
            $copied = Join-Path $TestDrive "copied-$([guid]::NewGuid())"
            Set-Content (Join-Path $TestDrive 'wl-copy') "#!/bin/sh`ncat >'$copied'"
            chmod +x (Join-Path $TestDrive 'wl-copy')
            $before = @{}
            'PATH', 'WAYLAND_DISPLAY', 'SSH_CONNECTION', 'SSH_TTY', 'SSH_CLIENT' | ForEach-Object { $before[$_] = [Environment]::GetEnvironmentVariable($_) }
            $env:PATH = "$TestDrive" + ':' + $env:PATH
            $env:WAYLAND_DISPLAY = 'wayland-9'
            $env:SSH_CONNECTION = $env:SSH_TTY = $env:SSH_CLIENT = $null
        }
        AfterEach { $before.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) } }

        It 'copies the password of one mailbox and says so' {
            Set-MailboxPassword anna@example.com -Generate -Clipboard -InformationVariable said | Out-Null
            Test-Current anna@example.com (Get-Content -Raw $copied) | Should -BeTrue
            "$said" | Should -Be 'The new password of anna@example.com is on the clipboard (wl-copy).'
            (Reset-MailboxPassword ben@example.com -Clipboard -Force -AsPlainText).Password | Should -Be (Get-Content -Raw $copied)
            (New-MailboxPassword -Clipboard -AsPlainText) | Should -Be (Get-Content -Raw $copied)
        }

        It 'accepts only one' {
            { 'anna@example.com', 'ben@example.com' | Reset-MailboxPassword -Clipboard -Force } | Should -Throw -ErrorId 'InputInvalid,*'
            { Reset-MailboxPassword -Domain example.com -Clipboard -Force } | Should -Throw -ErrorId 'InputInvalid,*'
            { New-MailboxPassword -Count 2 -Clipboard } | Should -Throw -ErrorId 'InputInvalid,*'
            Test-Path $copied | Should -BeFalse
        }

        It 'changes nothing without a clipboard' {
            $env:WAYLAND_DISPLAY = $env:DISPLAY = $null
            $term = $env:TERM
            $env:TERM = 'dumb'
            try { { Reset-MailboxPassword anna@example.com -Clipboard -Force } | Should -Throw -ErrorId 'ClipboardUnavailable,*' }
            finally { $env:TERM = $term }
        }
    }

    It 'refuses plain text without -AsPlainText, and changes nothing' {
        $rows = [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' } |
            Set-MailboxPassword -PassThru -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be 'PasswordIsPlainText'
        $errors.FullyQualifiedErrorId | Should -Be 'PasswordIsPlainText,MailPass.PowerShell.Commands.SetMailboxPasswordCommand'
        Test-Current anna@example.com 'Given-1pw' | Should -BeFalse
    }

    It 'reports every kind of bad row once, in order, and processes the others' {
        $rows = @(
            [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' }
            [pscustomobject]@{ Mailbox = 'nobody@example.com'; Password = 'Given-1pw' }
            [pscustomobject]@{ Mailbox = 'not an address'; Password = 'Given-1pw' }
            [pscustomobject]@{ Mailbox = 'Anna@Example.com'; Password = 'Other-1pw' }
            [pscustomobject]@{ Mailbox = 'ben@example.com'; Password = '' }
            [pscustomobject]@{ Mailbox = 'cleo@example.org'; Password = 'weak' }
            [pscustomobject]@{ Mailbox = ''; Password = 'Given-1pw' }
        ) | Set-MailboxPassword -AsPlainText -PassThru -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.Count | Should -Be 7
        $rows.Status | Should -Be 'Changed', 'Failed', 'Failed', 'Failed', 'Failed', 'Failed', 'Failed'
        $rows.ErrorId | Should -Be $null, 'MailboxNotFound', 'AddressInvalid', 'AddressDuplicate', 'PasswordMissing', 'PolicyViolation', 'AddressInvalid'
        $rows.Line | Should -Be 2, 3, 4, 5, 6, 7, 8
        $errors.Count | Should -Be 6
        $errors.CategoryInfo.Category | Should -Not -Contain 'NotSpecified'
        Test-Current anna@example.com 'Given-1pw' | Should -BeTrue
    }

    It 'passes <Name> on unchanged' -ForEach @(
        @{ Name = 'emoji'; Password = 'Aa1!🔑🔑🔑🔑' }
        @{ Name = 'something that looks like a scheme'; Password = '{PLAIN}Abcdef1!' }
        @{ Name = 'an attack'; Password = "Aa1'; DROP TABLE mailboxes; --" }
        @{ Name = 'a line break in quotes'; Password = 'Aa1!aaaa bbbb' }
        @{ Name = 'umlauts'; Password = 'Grüße-1pw' }
    ) {
        [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = $Password } | Set-MailboxPassword -AsPlainText
        Test-Current anna@example.com $Password | Should -BeTrue
        (Get-MailboxAccount).Count | Should -Be 3
    }

    It 'treats composed and decomposed letters as the same password' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure "Gru`u{308}n-1pw!")
        Test-Current anna@example.com "Gr`u{fc}n-1pw!" | Should -BeTrue
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'NUL'; Password = "Abcdef1!`0x"; Id = 'PasswordInvalid' }
        @{ Name = 'half a character'; Password = "Abcdef1!$([char]0xD83D)"; Id = 'PasswordInvalid' }
    ) {
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure $Password) -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }

    It 'refuses 73 bytes for bcrypt, and accepts 72' {
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure ('Aa1!' + 'x' * 69)) -Scheme BLF-CRYPT -Cost 10 -ErrorAction Stop } |
            Should -Throw -ErrorId 'PasswordTooLongForScheme,*'
        Set-MailboxPassword anna@example.com (ConvertTo-Secure ('Aa1!' + 'x' * 68)) -Scheme BLF-CRYPT -Cost 10
        Test-Current anna@example.com ('Aa1!' + 'x' * 68) | Should -BeTrue
    }

    It 'hashes within the memory that -MaxMemory allows, and refuses none at all' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw-Within') -Scheme ARGON2ID -MaxMemory 1MB
        Test-Current anna@example.com 'Given-1pw-Within' | Should -BeTrue
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-3pw-Within') -Scheme ARGON2ID -MaxMemory '1.5M'
        Test-Current anna@example.com 'Given-3pw-Within' | Should -BeTrue
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-2pw-Within') -MaxMemory '2 apples' -ErrorAction Stop } |
            Should -Throw -ErrorId 'CannotConvertArgumentNoMessage,*'
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-2pw-Within') -MaxMemory 0 -ErrorAction Stop } |
            Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'names the properties of an object without a mailbox, but not their values' {
        $errors = $null
        [pscustomobject]@{ Wrong = 'anna@example.com'; Password = 'Given-1pw' } | Set-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors.FullyQualifiedErrorId | Should -Be 'InputInvalid,MailPass.PowerShell.Commands.SetMailboxPasswordCommand'
        "$errors" | Should -Match 'Wrong'
        $errors | Format-List * -Force | Out-String | Should -Not -Match 'Given-1pw'
    }

    It 'reports an error if nobody can be asked' {
        { Set-MailboxPassword anna@example.com -ErrorAction Stop } | Should -Throw -ErrorId 'PromptImpossible,*'
    }

    It 'never asks for rows of the pipeline' {
        { 'anna@example.com' | Set-MailboxPassword -ErrorAction Stop } | Should -Throw -ErrorId 'PasswordMissing,*'
    }

    It 'needs a store' {
        Get-MailStore | Disconnect-MailStore
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Given-1pw') } | Should -Throw -ErrorId 'NotConnected,*'
    }
}

Describe 'Set-MailboxPassword -CurrentPassword' {
    BeforeEach {
        $store = New-TestStore
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Current-1pw')
    }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'changes it with the right current password' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Other-1pw') -CurrentPassword (ConvertTo-Secure 'Current-1pw')
        Test-Current anna@example.com 'Other-1pw' | Should -BeTrue
    }

    It 'refuses a wrong current password' {
        { Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Other-1pw') -CurrentPassword (ConvertTo-Secure 'Wrong-1pw') -ErrorAction Stop } |
            Should -Throw -ErrorId 'CurrentPasswordWrong,*'
        Test-Current anna@example.com 'Current-1pw' | Should -BeTrue
    }

    It 'refuses plain text in every form: <Name>' -ForEach @(
        @{ Name = 'argument'; Change = { Set-MailboxPassword anna@example.com $new -CurrentPassword 'Current-1pw' -ErrorAction Stop } }
        @{ Name = 'row'; Change = { [pscustomobject]@{ Mailbox = 'anna@example.com'; CurrentPassword = 'Current-1pw' } | Set-MailboxPassword -Password $new -ErrorAction Stop } }
        @{ Name = 'alias'; Change = { [pscustomobject]@{ Email = 'anna@example.com'; OldPassword = 'Current-1pw' } | Set-MailboxPassword -Password $new -ErrorAction Stop } }
        @{ Name = 'number'; Change = { [pscustomobject]@{ Mailbox = 'anna@example.com'; CurrentPassword = 12345678 } | Set-MailboxPassword -Password $new -ErrorAction Stop } }
    ) {
        $new = ConvertTo-Secure 'Other-1pw'
        $Change | Should -Throw -ErrorId 'PasswordIsPlainText,*'
        Test-Current anna@example.com 'Current-1pw' | Should -BeTrue
    }

    It 'reports Unchanged if both passwords are the same' {
        (Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Current-1pw') -CurrentPassword (ConvertTo-Secure 'Current-1pw') -PassThru).Status | Should -Be 'Unchanged'
    }
}

Describe 'Set-MailboxPassword and errors' {
    BeforeEach { $store = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }
    It 'writes the failed row before -ErrorAction Stop ends it' {
        $rows = [Collections.Generic.List[object]]::new()
        {
            @([pscustomobject]@{ Mailbox = 'nobody@example.com'; Password = 'Given-1pw' }
            [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' }) |
                Set-MailboxPassword -AsPlainText -PassThru -ErrorAction Stop | ForEach-Object { $rows.Add($_) }
        } | Should -Throw -ErrorId 'MailboxNotFound,*'
        $rows.Count | Should -Be 1
        $rows[0].ErrorId | Should -Be 'MailboxNotFound'
    }

    It 'undoes undelivered changes when an error stops it' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Before-1pw')
        {
            @([pscustomobject]@{ Mailbox = 'nobody@example.com'; Password = 'Given-1pw' }
            [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' }) |
                Set-MailboxPassword -AsPlainText -PassThru -ErrorAction Stop
        } | Should -Throw
        Test-Current anna@example.com 'Before-1pw' | Should -BeTrue
    }

    It 'can be caught by type' {
        $caught = try { Set-MailboxPassword nobody@example.com (ConvertTo-Secure 'Given-1pw') -ErrorAction Stop } catch [MailPass.MailPassException] { $_.Exception.ErrorId }
        $caught | Should -Be ([MailPass.ErrorIds]::MailboxNotFound)
    }
}
