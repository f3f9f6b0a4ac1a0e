# The examples of the documentation: each is bound against the real cmdlets, and run if it needs only the embedded store.
BeforeDiscovery {
    . "$PSScriptRoot/Examples.ps1"
    $pages = @(Get-Item "$Repository/*.md") + @(Get-ChildItem "$Repository/docs" -Filter *.md -Recurse)
    $all = @($pages | ForEach-Object { Get-Example $_.FullName })
    $runnable = @($all | Where-Object { -not (Test-NeedsServer $_.Code) -and $_.Name -ne 'docs/getting-started.md' -and $_.Name -notlike 'docs/manual/*' })
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

    # The examples must not read the user's own profiles.
    $configVariable, $configFolder = $IsWindows ? 'APPDATA', 'MailPass' : 'XDG_CONFIG_HOME', 'mailpass'
    $configBefore = [Environment]::GetEnvironmentVariable($configVariable)
    [Environment]::SetEnvironmentVariable($configVariable, "$TestDrive/config")
    $config = Join-Path $TestDrive "config/$configFolder"
}

Describe 'Examples' {
    It 'are there' { (Get-ChildItem "$Repository/docs/cmdlets/*-*.md").Count | Should -Be (Get-Command -Module MailPass).Count }

    It '<Name>:<Line> matches the cmdlets' -ForEach $all {
        Push-Location $Repository
        try { Get-ExampleFault $Code | Should -BeNullOrEmpty } finally { Pop-Location }
    }

    It '<Name> says <Code>' -ForEach $spoken { Get-ExampleFault $Code -Spoken | Should -BeNullOrEmpty }

    It '<Name>:<Line> runs' -ForEach $runnable {
        $folder = New-ExampleFolder $TestDrive $config -WithStore:($Code -notmatch 'New-MailStore')
        $answering = New-AnsweringShell
        try {
            $connect = $Code -match 'New-MailStore|Connect-MailStore' ? '' : '$null = Connect-MailStore mail.db;'
            $null = $answering.Shell.AddScript("Set-Location '$folder'; $connect function Set-Clipboard { process { } }; function Get-Secret { Read-Host -AsSecureString }").Invoke()
            Assert-Example $answering $Code $Shown
        }
        finally { Close-AnsweringShell $answering }
    }

    It 'notices what does not match' -ForEach @(
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
        $folder = New-ExampleFolder $TestDrive $config
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
