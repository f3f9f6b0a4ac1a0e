BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # A file in the test's folder, in UTF-8 unless bytes are given.
    function New-Csv($Content) {
        $path = Join-Path $TestDrive "$([guid]::NewGuid()).csv"
        if ($Content -is [byte[]]) { [IO.File]::WriteAllBytes($path, $Content) } else { [IO.File]::WriteAllText($path, $Content) }
        $path
    }

    function Get-Text([securestring] $Secret) { [Net.NetworkCredential]::new('', $Secret).Password }
}

Describe 'Import-MailboxCsv' {
    BeforeEach { $null = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'gives mailbox, passwords, line and every other column' {
        $rows = Import-MailboxCsv (New-Csv "Kunde;E-Mail-Adresse;Kennwort;Altes Kennwort;Line`n17;anna@example.com;New-1pw;Old-1pw;x`n`n18;ben@example.com;;;`n")
        $rows[0] | Should -BeOfType MailPass.ImportedMailbox
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        $rows.Line | Should -Be 2, 4
        $rows.Kunde | Should -Be '17', '18'
        $rows[0].'Line 2' | Should -Be 'x'
        Get-Text $rows[0].Password | Should -BeExactly 'New-1pw'
        Get-Text $rows[0].CurrentPassword | Should -BeExactly 'Old-1pw'
        $rows[1].Password | Should -BeNullOrEmpty
        $rows.Fault | Should -Be $null, $null
    }

    It 'shows no password, at <_> columns' -ForEach 80, 120 {
        $rows = Import-MailboxCsv (New-Csv "Email,Password,NewPassword,Passwort`nanna@example.com,Older-Secret-1,New-Secret-1,Other-Secret-1`n") -PasswordColumn NewPassword
        Get-Text $rows.Password | Should -BeExactly 'New-Secret-1'
        $shown = ($rows | Out-String -Width $_) + ($rows | Format-List * | Out-String -Width $_) + ($rows | Format-Table * | Out-String -Width $_) + ($rows | ConvertTo-Csv) + "$rows"
        $shown | Should -Match 'anna@example.com'
        $shown | Should -Not -Match 'Secret-1'
    }

    It 'keeps a mailbox whole however long it is' {
        $mailbox = ('x' * 60) + '@' + (('y' * 50 + '.') * 3) + 'example.com'
        (Import-MailboxCsv (New-Csv "Email,Password`n$mailbox,Given-1pw`n") | Out-String -Width 80) -replace '\s' | Should -Match ([regex]::Escape($mailbox))
    }

    It 'pipes into Set, Reset and Test' {
        $file = New-Csv "Login;Password`nanna@example.com;`"Given;1pw `"`nben@example.com;Given-2pw`n"
        Import-MailboxCsv $file | Set-MailboxPassword -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -Match '^anna@example.com: .*space'
        (Import-MailboxCsv $file | Test-MailboxPassword).IsCurrent | Should -Be $true, $true
        Test-Current anna@example.com 'Given;1pw ' | Should -BeTrue
        $rows = Import-MailboxCsv $file | Reset-MailboxPassword -Force
        $rows.Status | Should -Be 'Changed', 'Changed'
        $rows.Line | Should -Be 2, 3
    }

    It 'fails a row that cannot be read, with its line, and goes on' {
        $file = New-Csv "Email,Password`nanna@example.com,Half-Secret,rest-1`nben@example.com,`"Stray-Secret-2`ncleo@example.org,Given-3pw,,`n"
        $imported = Import-MailboxCsv $file -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match '2 rows'
        @($imported | Where-Object Fault).Line | Should -Be 2, 3
        $rows = $imported | Set-MailboxPassword -PassThru -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.Mailbox | Should -Be 'anna@example.com', 'ben@example.com', 'cleo@example.org'
        $rows.ErrorId | Should -Be 'InputInvalid', 'InputInvalid', $null
        $rows.Line | Should -Be 2, 3, 4
        $errors.Count | Should -Be 2
        "$errors" | Should -Not -Match 'Secret|rest-1'
        Test-Current cleo@example.org 'Given-3pw' | Should -BeTrue
        ($imported | Reset-MailboxPassword -WhatIf -ErrorAction SilentlyContinue).Status | Should -Be 'Failed', 'Failed', 'Skipped'
        @($imported | Test-MailboxPassword -ErrorAction SilentlyContinue).Mailbox | Should -Be 'cleo@example.org'
        @($imported | Get-MailboxAccount -ErrorAction SilentlyContinue).Mailbox | Should -Be 'cleo@example.org'
    }

    It 'keeps its decisions in rows that were selected or sent' {
        $file = New-Csv "Email,Name,User,Password,NewPassword`nanna@example.com,A,ben@example.com,Old-1pw,Given-1pw`nben@example.com,x`n"
        $rows = Import-MailboxCsv $file -MailboxColumn User -PasswordColumn NewPassword -WarningAction SilentlyContinue | Select-Object *
        $rows = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($rows))
        $result = $rows | Set-MailboxPassword -PassThru -ErrorAction SilentlyContinue
        $result.Mailbox | Should -Be 'ben@example.com', ''
        $result.Status | Should -Be 'Changed', 'Failed'
        $result.Line | Should -Be 2, 3
        Test-Current ben@example.com 'Given-1pw' | Should -BeTrue
    }

    It 'verifies a current password wherever there is a column of them' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Current-1pw')
        Set-MailboxPassword ben@example.com (ConvertTo-Secure 'Current-1pw')
        $file = New-Csv "Email,OldPassword,NewPassword`nanna@example.com,Current-1pw,Given-1pw`nben@example.com,Guess-1pw,Given-1pw`ncleo@example.org,,Given-1pw`n"
        $rows = Import-MailboxCsv $file | Set-MailboxPassword -PassThru -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be $null, 'CurrentPasswordWrong', 'PasswordMissing'
    }

    It 'reads a code page by name, and names -Encoding otherwise' {
        $file = New-Csv ([Text.Encoding]::Latin1.GetBytes("Email;Password`nanna@example.com;Gr`u{fc}n`u{a3}Wald-42`n"))
        (Import-MailboxCsv $file -WarningAction SilentlyContinue | Set-MailboxPassword -PassThru -ErrorAction SilentlyContinue).Message | Should -Match '-Encoding'
        Import-MailboxCsv $file -Encoding windows-1252 | Set-MailboxPassword
        Test-Current anna@example.com "Gr`u{fc}n`u{a3}Wald-42" | Should -BeTrue
    }

    It 'refuses <Name> as a whole, without a value' -ForEach @(
        @{ Name = 'a file without a header'; Csv = "anna@example.com,First-Secret-1`nben@example.com,First-Secret-2`n" }
        @{ Name = 'two password columns'; Csv = "Email,Password,NewPassword`nanna@example.com,First-Secret-1,First-Secret-2`n" }
        @{ Name = 'an empty file'; Csv = '' }
    ) {
        $file = New-Csv $Csv
        $fault = { Import-MailboxCsv $file } | Should -Throw -ErrorId 'InputInvalid,*' -PassThru
        $fault | Format-List * -Force | Out-String | Should -Not -Match 'Secret'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a file that is not there'; Call = { Import-MailboxCsv nosuch.csv } }
        @{ Name = 'an unknown encoding'; Call = { Import-MailboxCsv $file -Encoding klingon } }
        @{ Name = 'a column that is not there'; Call = { Import-MailboxCsv $file -MailboxColumn Kunde } }
        @{ Name = 'a quote for a delimiter'; Call = { Import-MailboxCsv $file -Delimiter '"' } }
    ) {
        $file = New-Csv "Email`nanna@example.com`n"
        $Call | Should -Throw -ErrorId 'InputInvalid,*'
    }
}

Describe 'Rows of Import-Csv' {
    BeforeEach { $null = New-TestStore @('anna@example.com', 'ben@example.com', 'cleo@example.org', '+4930@example.com', '-desk@example.com') }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'fail if text was lost, and name -Encoding' {
        $file = New-Csv ([Text.Encoding]::Latin1.GetBytes("Email,Password`nanna@example.com,Gr`u{fc}nWald-42`n"))
        $row = Import-Csv $file | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $row.ErrorId | Should -Be 'PasswordInvalid'
        $row.Message | Should -Match '-Encoding'
        (Import-Csv $file | Test-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue) | Should -BeNullOrEmpty
        "$errors" | Should -Match '-Encoding'
    }

    It 'fail if two columns could be right: <Header>' -ForEach @(
        @{ Header = 'Email,Password,NewPassword' }
        @{ Header = 'Email,OldPassword,CurrentPassword,Password' }
        @{ Header = 'Email,Kennwort,Passwort' }
    ) {
        $row = "$Header`nanna@example.com,Old-1pw,New-1pw,Any-1pw" | ConvertFrom-Csv | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $row.ErrorId | Should -Be 'InputInvalid'
        $row.Message | Should -Not -Match '1pw'
    }

    It 'name their mailbox in several columns, as long as they agree' {
        $rows = "UserName,Email,Mail,Password`nahaas,anna@example.com,Anna@Example.com,Given-1pw`nben,ben@example.com,anna@example.com,Given-1pw`n" | ConvertFrom-Csv |
            Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $rows.Status | Should -Be 'Changed', 'Failed'
        $rows.ErrorId | Should -Be $null, 'InputInvalid'
        ("user,password,domain`nanna,Given-2pw,example.com`n" | ConvertFrom-Csv | Set-MailboxPassword -AsPlainText -PassThru).Mailbox | Should -Be 'anna@example.com'
        Test-Current anna@example.com 'Given-2pw' | Should -BeTrue
    }

    It 'count also where only some rows have them' {
        $rows = 'anna', 'ben' | ForEach-Object { [pscustomobject]@{ Mailbox = "$_@example.com"; Password = 'Given-1pw' } }
        $rows[1] | Add-Member 'E-Mail' 'carl@example.com'
        $changed = $rows | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $changed.Status | Should -Be 'Changed', 'Failed'
        $later = [pscustomobject]@{ Mailbox = 'ben@example.com' }, [pscustomobject]@{ Mailbox = 'anna@example.com' }
        $later[1] | Add-Member ScriptProperty 'Neues Passwort' { 'Later-1pw' }
        $later | Set-MailboxPassword -AsPlainText -ErrorAction SilentlyContinue
        Test-Current anna@example.com 'Later-1pw' | Should -BeTrue
    }

    It 'count if the definition of a type adds them' {
        Update-TypeData -TypeName MailPass.Test.Person -MemberType AliasProperty -MemberName UPN -Value Id -Force
        Update-TypeData -TypeName MailPass.Test.Person -MemberType ScriptProperty -MemberName Passwort -Value { 'Given-1pw' } -Force
        try {
            [pscustomobject]@{ PSTypeName = 'MailPass.Test.Person'; Id = 'anna@example.com' } | Set-MailboxPassword -AsPlainText
            Test-Current anna@example.com 'Given-1pw' | Should -BeTrue
        }
        finally { Remove-TypeData MailPass.Test.Person }
    }

    It 'are read without what PowerShell adds to a row, which takes longer than the rest of a run' {
        [psobject].GetProperty('InstanceMembers', [Reflection.BindingFlags] 'Instance, NonPublic').PropertyType.GetInterface('IEnumerable`1') | Should -Not -BeNullOrEmpty
    }

    It 'are verified by a current password under any of its names' {
        Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Current-1pw')
        $csv = "Email,OldPassword,NewPassword`nanna@example.com,Guess-1pw,Given-1pw`nben@example.com,,Given-1pw`ncleo@example.org`n"
        $rows = $csv | ConvertFrom-Csv | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be 'CurrentPasswordWrong', 'PasswordMissing', 'PasswordMissing'
    }

    It 'have the lines of their file' {
        $file = New-Csv "Email,Password`nanna@example.com,Given-1pw`nnobody@example.com,Given-1pw`n"
        (Import-Csv $file | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue).Line | Should -Be 2, 3
        (Import-Csv $file | Reset-MailboxPassword -WhatIf -ErrorAction SilentlyContinue).Line | Should -Be 2, 3
        (Get-Content $file | Select-Object -Skip 1 | ForEach-Object { ($_ -split ',')[0] } | Reset-MailboxPassword -WhatIf -ErrorAction SilentlyContinue).Line | Should -Be 1, 2
    }

    It 'fail if Import-Csv dropped the rest of a password, which the file still has' {
        $file = Join-Path $TestDrive 'halved.csv'
        'Email;Password', 'anna@example.com;Summer-24;Rest-9', 'ben@example.com;Whole-Pass-1;' | Set-Content $file
        $rows = Import-Csv $file -Delimiter ';' | Where-Object Password | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $rows.Status | Should -Be 'Failed', 'Changed'
        $rows[0].ErrorId | Should -Be 'InputInvalid'
        $rows[0].Message | Should -Match 'Line 2 of .*halved\.csv'
        $rows[0].Message | Should -Not -Match 'Summer|Rest'
        Test-Current ben@example.com 'Whole-Pass-1' | Should -BeTrue
        (Test-MailboxPassword -Identity anna@example.com -Password 'Summer-24' -AsPlainText).IsCurrent | Should -Not -BeTrue
    }

    It 'warn of a space at an end, and keep it' {
        "Email,Password`nanna@example.com,`"Given-1pw `"" | ConvertFrom-Csv | Set-MailboxPassword -AsPlainText -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 1
        Test-Current anna@example.com 'Given-1pw ' | Should -BeTrue
    }

    It 'never show the values of a file without a header' {
        $file = New-Csv "anna@example.com,First-Secret-11`nben@example.com,Second-Secret-22`n"
        $rows = Import-Csv $file | Set-MailboxPassword -AsPlainText -PassThru -ErrorVariable errors -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be 'InputInvalid'
        ($rows | ConvertTo-Json) + ($errors | Format-List * -Force | Out-String) + "$errors" | Should -Not -Match 'Secret'
        $rows = "anna,geheim;x,example.com`nben,y,z" | ConvertFrom-Csv | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $rows.Message | Should -Not -Match 'geheim'
    }

    It 'report the line that Excel wrote' {
        Import-Csv (New-Csv "sep=;`nEmail;Password`nanna@example.com;Given-1pw`n") -Delimiter ';' -WarningAction SilentlyContinue |
            Set-MailboxPassword -AsPlainText -ErrorVariable errors -ErrorAction SilentlyContinue
        "$errors" | Should -Match 'sep=.*Excel'
    }

    It 'are read without the apostrophe that prevents formulas, and written with it' {
        Reset-MailboxPassword -Domain example.com -AsPlainText -Force | Export-Csv (Join-Path $TestDrive new.csv)
        $read = Import-Csv (Join-Path $TestDrive new.csv)
        $read.Mailbox | Where-Object { $_ -match '^[-+=@]' } | Should -BeNullOrEmpty
        ($read | Test-MailboxPassword -AsPlainText).IsCurrent | Should -Be $true, $true, $true, $true
        (Import-MailboxCsv (Join-Path $TestDrive new.csv) | Test-MailboxPassword).IsCurrent | Should -Be $true, $true, $true, $true
        $row = '=HYPERLINK("http://x","y")' | Reset-MailboxPassword -Force -ErrorAction SilentlyContinue
        $row.Mailbox, $row.Message | Should -Not -Match '^[=+@-]'

        # A row that is piped on keeps its apostrophe, and gets no second one.
        (Get-MailboxAccount +4930@example.com | Get-MailboxAccount).Mailbox | Should -Be "'+4930@example.com"
    }
}

Describe 'Cells that are not text' {
    BeforeEach { $null = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'are refused: <_>' -ForEach @([datetime] '2026-01-02', $true, 1.5, 1e15, [double]::NaN, [timespan] '1:00', [guid]::Empty, @{ a = 1 }, 1234567890123456) {
        $row = [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = $_ } | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $row.ErrorId | Should -Be 'PasswordInvalid'
    }

    It 'are taken as a whole number: <_>' -ForEach @(12345678, [double] 123456789012345, [decimal] 12345678.00, [long] 12345678) {
        $row = [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = $_ } | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $row.ErrorId | Should -Be 'PolicyViolation'
        $row.Message | Should -Not -Match 'too short|at least 8'
    }

    It 'may be an object that has a password' {
        $password = New-MailboxPassword
        Set-MailboxPassword anna@example.com $password
        (Test-MailboxPassword $password anna@example.com).IsCurrent | Should -BeTrue
    }
}

Describe 'One hostile row' {
    BeforeEach { $null = New-TestStore }
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'fails alone: <Name>' -ForEach @(
        @{ Name = 'U+FFFE in a mailbox'; Mailbox = "`u{FFFE}@example.com"; Password = 'Given-1pw'; Id = 'AddressInvalid' }
        @{ Name = 'half a character in a mailbox'; Mailbox = "$([char] 0xD800)@example.com"; Password = 'Given-1pw'; Id = 'AddressInvalid' }
        @{ Name = 'NUL in a mailbox'; Mailbox = "`0@example.com"; Password = 'Given-1pw'; Id = 'AddressInvalid' }
        @{ Name = 'U+FFFE in a password'; Mailbox = 'ben@example.com'; Password = "Given-`u{FFFE}-1pw"; Id = 'PasswordInvalid' }
        @{ Name = 'half a character in a password'; Mailbox = 'ben@example.com'; Password = "Given-$([char] 0xDC00)-1pw"; Id = 'PasswordInvalid' }
        @{ Name = 'a password of 20 MB'; Mailbox = 'ben@example.com'; Password = 'Aa1!' * 5MB; Id = 'PasswordInvalid' }
        @{ Name = 'a mailbox of 20 MB'; Mailbox = 'x' * 20MB; Password = 'Given-1pw'; Id = 'AddressInvalid' }
    ) {
        $rows = [pscustomobject]@{ Mailbox = 'anna@example.com'; Password = 'Given-1pw' },
        [pscustomobject]@{ Mailbox = $Mailbox; Password = $Password },
        [pscustomobject]@{ Mailbox = 'cleo@example.org'; Password = 'Given-1pw' } | Set-MailboxPassword -AsPlainText -PassThru -ErrorAction SilentlyContinue
        $rows.ErrorId | Should -Be $null, $Id, $null
    }
}
