# The module as people get it: from a repository of packages, into a home of its own.
BeforeDiscovery {
    $unpackable = $IsWindows -or -not (Get-Command dotnet -ErrorAction Ignore)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $version = (Import-PowerShellDataFile $ModulePath).ModuleVersion

    # A package of the module with another version, like a later release.
    function New-LaterPackage([string] $Package, [string] $Later) {
        $copy = Join-Path (Split-Path $Package) "MailPass.$Later.nupkg"
        Copy-Item $Package $copy
        $zip = [IO.Compression.ZipFile]::Open($copy, 'Update')
        try {
            foreach ($name in 'MailPass.nuspec', 'MailPass.psd1') {
                $entry = $zip.GetEntry($name)
                $reader = [IO.StreamReader]::new($entry.Open())
                $text = $reader.ReadToEnd()
                $reader.Dispose()
                $entry.Delete()
                $writer = [IO.StreamWriter]::new($zip.CreateEntry($name).Open())
                $writer.Write($text.Replace("<version>$version<", "<version>$Later<").Replace("ModuleVersion        = '$version'", "ModuleVersion        = '$Later'"))
                $writer.Dispose()
            }
        }
        finally { $zip.Dispose() }
    }

    # Runs a script in a separate PowerShell that knows only the test's own home, modules and repositories.
    function Invoke-Away([string] $Script) {
        $file = Join-Path $TestDrive "$([guid]::NewGuid()).ps1"
        "`$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'; `$ErrorActionPreference = 'Stop'`n$Script" | Set-Content $file
        $start = [Diagnostics.ProcessStartInfo]::new($ThisShell)
        foreach ($argument in @($ShellArguments) + '-NoProfile', '-NonInteractive', '-File', $file) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        foreach ($name in 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'PSModulePath', 'MAILPASS_MODULE') { $null = $start.Environment.Remove($name) }
        $start.Environment['HOME'] = $away
        $start.Environment['XDG_STATE_HOME'] = Join-Path $away state
        $start.Environment['PATH'] = (Join-Path $away bin) + [IO.Path]::PathSeparator + $env:PATH
        $process = [Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $process.StandardOutput.ReadToEnd().TrimEnd() -split "`r?`n"
        $process.WaitForExit()
        $process.ExitCode | Should -Be 0 -Because $errors.Result
    }
}

Describe 'The package in a repository' -Skip:$unpackable {
    BeforeAll {
        $away = Join-Path $TestDrive away
        $packages = Join-Path $TestDrive packages
        $null = New-Item -ItemType Directory $away, $packages, (Join-Path $away bin)
        $configuration = (Split-Path (Split-Path $ModulePath) -Parent | Split-Path -Leaf) -eq 'Debug' ? 'Debug' : 'Release'
        $said = & dotnet pack "$root/src/MailPass.PowerShell" --configuration $configuration --no-build --output $packages --nologo 2>&1
        $LASTEXITCODE | Should -Be 0 -Because "$said"
        New-LaterPackage (Join-Path $packages "MailPass.$version.nupkg") '99.0.0'

        # A browser that records the address it is started with.
        $browser = Join-Path $away bin/xdg-open
        "#!/bin/sh`nprintf '%s\n' `"`$1`" >>'$away/opened'" | Set-Content $browser
        if (-not $IsWindows) { chmod +x $browser }
        $null = Invoke-Away "Register-PSResourceRepository -Name Here -Uri '$packages' -Trusted"
    }

    It 'is found with its links, tags and cmdlets' {
        $found = Invoke-Away "Find-PSResource MailPass -Repository Here -Version $version | ConvertTo-Json -Depth 4" | ConvertFrom-Json
        $found.Name | Should -Be 'MailPass'
        $found.Tags | Should -Contain 'Dovecot'
        $found.Includes.Cmdlet | Should -Contain 'Reset-MailboxPassword'
        "$($found.ProjectUri)" | Should -BeLike 'https://*'
        "$($found.IconUri)" | Should -BeLike '*/icon.png'
        $found.ReleaseNotes | Should -BeLike '*/CHANGELOG.md'
    }

    It 'is installed, used, updated and uninstalled' {
        Invoke-Away "Install-PSResource MailPass -Repository Here -Version $version; (Get-InstalledPSResource MailPass).Version.ToString()" | Should -Be $version
        Invoke-Away "(New-MailboxPassword -AsPlainText).Length; (Get-Module MailPass).Version.ToString()" | Should -Be '16', $version
        Invoke-Away "`$null = 'anna@example.com' | New-MailStore ~/mail.db; (Reset-MailboxPassword anna@example.com -Force | Test-MailboxPassword).IsCurrent" | Should -Be 'True'
        Invoke-Away 'Update-PSResource MailPass -Repository Here; Import-Module MailPass; (Get-Module MailPass).Version.ToString()' | Should -Be '99.0.0'
        Invoke-Away "Uninstall-PSResource MailPass -Version 99.0.0; Uninstall-PSResource MailPass; `$null -eq (Get-Module MailPass -ListAvailable)" | Should -Be 'True'
        Get-ChildItem (Join-Path $away .local/share) -Recurse -Filter MailPass* | Should -BeNullOrEmpty
    }

    It 'shows its help and opens the pages of its own version' {
        $null = Invoke-Away "Install-PSResource MailPass -Repository Here -Version $version"
        foreach ($page in (Get-ChildItem "$root/docs/about_*.md").BaseName) {
            $shown = (Invoke-Away "Import-Module MailPass; Get-Help $page | Out-String") -join "`n"
            $shown | Should -Match "(?s)^\s*TOPIC\s+$page\s+SHORT DESCRIPTION\s+\S.*LONG DESCRIPTION.*SEE ALSO"
            (Invoke-Away "Import-Module MailPass; (Get-Help $page).Synopsis") -join '' | Should -Match '^\w.*\.$' -Because 'Get-Help about_* lists it'
        }

        foreach ($cmdlet in 'Reset-MailboxPassword', 'Get-MailStore') { $null = Invoke-Away "Import-Module MailPass; Get-Help $cmdlet -Online" }
        # The browser is started and not waited for.
        while (@(Get-Content (Join-Path $away opened) -ErrorAction Ignore).Count -lt 2) { Start-Sleep -Milliseconds 50 }
        $project = (Import-PowerShellDataFile $ModulePath).PrivateData.PSData.ProjectUri
        foreach ($address in Get-Content (Join-Path $away opened)) {
            $address | Should -BeLike "$project/blob/v$version/docs/cmdlets/*.md"
            Join-Path $root ($address -replace '^.*/blob/[^/]+/') | Should -Exist
        }
    }
}
