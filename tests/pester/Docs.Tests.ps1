# What the documentation says is tried: each example is bound against the real cmdlets, and run where the embedded store is all that it needs.
BeforeDiscovery {
    . "$PSScriptRoot/Examples.ps1"
    $pages = @(Get-Item "$Repository/*.md") + @(Get-ChildItem "$Repository/docs" -Filter *.md -Recurse)
    $all = @($pages | ForEach-Object { Get-Example $_.FullName })
    $runnable = @($all | Where-Object { -not (Test-NeedsServer $_.Code) -and $_.Name -ne 'docs/getting-started.md' })
    $spoken = @($pages | ForEach-Object {
            $name = [IO.Path]::GetRelativePath($Repository, $_.FullName).Replace('\', '/')
            [regex]::Matches((Get-Content $_.FullName -Raw), '`([A-Z][a-z]+-Mail[A-Za-z]+( [^`\r\n]*)?)`') |
                ForEach-Object { @{ Name = $name; Code = $_.Groups[1].Value -replace '…', '' } }
        } | Sort-Object { $_.Name + $_.Code } -Unique)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Examples.ps1"
    . "$PSScriptRoot/AnsweringHost.ps1"

    # The examples' profiles are not the user's.
    $configVariable, $configFolder = $IsWindows ? 'APPDATA', 'MailPass' : 'XDG_CONFIG_HOME', 'mailpass'
    $configBefore = [Environment]::GetEnvironmentVariable($configVariable)
    [Environment]::SetEnvironmentVariable($configVariable, "$TestDrive/config")

    # A folder with the files that the examples speak of.
    function New-Folder([switch] $WithStore) {
        $folder = New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory
        'Mailbox,Name', 'anna@example.com,Anna', 'ben@example.com,Ben', 'cleo@example.org,Cleo' | Set-Content (Join-Path $folder boxes.csv)
        'Email,Password', 'anna@example.com,Given-1pw', 'ben@example.com,weak' | Set-Content (Join-Path $folder given.csv)
        'UserName', 'anna@example.com', 'cleo@example.org' | Set-Content (Join-Path $folder breached.csv)
        'Adresse1;Neu', 'anna@example.com;Given-2pw' | Set-Content (Join-Path $folder export.csv)
        if ($WithStore) {
            # Who is asked for a current password gives this one.
            $hash = '{SSHA256}' + [Convert]::ToBase64String([Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('Answer-1pwsalt')) + [Text.Encoding]::UTF8.GetBytes('salt'))
            $null = @(Import-Csv (Join-Path $folder boxes.csv)) + @([pscustomobject]@{ Mailbox = 'alice@example.com'; Name = 'Alice' }, [pscustomobject]@{ Mailbox = 'info@example.com'; Name = '' }) |
                Select-Object *, @{ Name = 'PasswordHash'; Expression = { $hash } } | New-MailStore (Join-Path $folder mail.db)
            Disconnect-MailStore
        }

        $site = @{ store = Join-Path $folder mail.db }
        $null = New-TestProfile $site (Join-Path $folder site.json)
        $null = New-TestProfile $site (Join-Path $TestDrive "config/$configFolder/site.json")
        $folder.FullName
    }

    # Runs an example's code as typed and checks it against what the page shows.
    function Assert-Example($Answering, [string] $Code, [string[]] $Shown) {
        $shell = $Answering.Shell
        $shell.Commands.Clear()
        $shell.Streams.ClearStreams()
        $null = $shell.AddScript(". {`n$Code`n} | Out-String -Width 300 -Stream")
        $said = @($shell.Invoke() | ForEach-Object { $_ -replace '\s+', ' ' })

        # The pages work in /home/you.
        $said += @($Answering.Host.Written) -replace [regex]::Escape($shell.Runspace.SessionStateProxy.Path.CurrentFileSystemLocation.Path + [IO.Path]::DirectorySeparatorChar), '/home/you/'
        $Answering.Host.Written.Clear()

        # Only what the page itself shows may go wrong.
        foreach ($fault in $shell.Streams.Error) {
            $id = ($fault.FullyQualifiedErrorId -split ',')[0]
            $Shown -match $id -or $Code -match 'given\.csv' -and $id -eq 'PolicyViolation' | Should -BeTrue -Because "of $fault"
        }

        for ($i = 1; $i -lt $Shown.Count; $i++) {
            if ($Shown[$i] -match '^-+( +-+)+ *$') { $said | Should -Contain (($Shown[$i - 1].TrimEnd() -replace '\s+', ' ') + '') }
        }

        foreach ($line in $Shown -like 'What if:*') { $said | Should -Contain $line }
        foreach ($line in $Shown -match '^\w+@\S+ ') {
            $mailbox = ($line -split ' ')[0]
            @($said -like "$mailbox *").Count | Should -BeGreaterThan 0 -Because "the page shows $mailbox"
        }
    }
}

Describe 'Examples' {
    It 'are there' { (Get-ChildItem "$Repository/docs/cmdlets/*-*.md").Count | Should -Be (Get-Command -Module MailPass).Count }

    It '<Name>:<Line> fits the cmdlets' -ForEach $all {
        Push-Location $Repository
        try { Get-ExampleFault $Code | Should -BeNullOrEmpty } finally { Pop-Location }
    }

    It '<Name> says <Code>' -ForEach $spoken { Get-ExampleFault $Code -Spoken | Should -BeNullOrEmpty }

    It '<Name>:<Line> runs' -ForEach $runnable {
        $folder = New-Folder -WithStore:($Code -notmatch 'New-MailStore')
        $answering = New-AnsweringShell
        try {
            $connect = $Code -match 'New-MailStore|Connect-MailStore' ? '' : '$null = Connect-MailStore mail.db;'
            $null = $answering.Shell.AddScript("Set-Location '$folder'; $connect function Set-Clipboard { process { } }; function Get-Secret { Read-Host -AsSecureString }").Invoke()
            Assert-Example $answering $Code $Shown
        }
        finally { Close-AnsweringShell $answering }
    }

    It 'notices what does not fit' -ForEach @(
        @{ Code = 'Reset-MailboxPassword -Domian example.com' }
        @{ Code = 'Reset-MailboxPasswords anna@example.com'; }
        @{ Code = 'New-MailboxPassword -Style Pronouncable' }
        @{ Code = 'Connect-MailStore mail.db -Webmail Squirrel' }
        @{ Code = 'Connect-MailStore mail.db -Schema nosuch' }
        @{ Code = 'Set-MailboxPassword anna@example.com -Scheme ROT13' }
        @{ Code = 'Get-MailboxAccount | Where-Object Status -eq Failed | Export-Csv -Foo' }
        @{ Code = 'Get-MailboxAccount |' }
    ) { Get-ExampleFault $Code | Should -Not -BeNullOrEmpty }
}

Describe 'Getting started' {
    It 'works from its first line to its last' {
        $folder = New-Folder
        $answering = New-AnsweringShell
        $ran = 0
        try {
            $null = $answering.Shell.AddScript("Set-Location '$folder'").Invoke()
            foreach ($example in Get-Example "$Repository/docs/getting-started.md") {
                if (Test-NeedsServer $example.Code) { continue }
                Assert-Example $answering $example.Code $example.Shown
                $ran++
            }
        }
        finally { Close-AnsweringShell $answering }
        $ran | Should -BeGreaterOrEqual 6
    }
}
