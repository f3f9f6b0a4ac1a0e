<#
.SYNOPSIS
    Builds, tries, tests and packs MailPass.

.DESCRIPTION
    Needs the .NET SDK that global.json names and PowerShell 7.6 or newer. Everything it makes lies in out/.

.PARAMETER Task
    Build    an importable module in out/MailPass
    Demo     builds, makes a store of 1,000 mailboxes, resets a domain and proves the new passwords
    Test     builds and runs every test
    Program  the command line for this machine, compiled ahead: out/mailpass
    Package  builds anew and packs: out/MailPass.<version>.nupkg for the PowerShell Gallery and a zip to unpack by hand
    Windows  what the tests on Windows' PowerShell need on Linux with Wine: out/windows
    Clean    removes out/ and every bin and obj

.PARAMETER Configuration
    Release or Debug. The module of a Debug build lies in out/Debug/MailPass.

.EXAMPLE
    ./build.ps1
    Import-Module ./out/MailPass

.EXAMPLE
    ./build.ps1 -Task Test

.EXAMPLE
    ./build.ps1 -Task Package
    Publish-PSResource -NupkgPath ./out/MailPass.0.2.0.nupkg -ApiKey $key
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Demo', 'Test', 'Program', 'Package', 'Windows', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release'
)

# Not "#Requires -Version": this sentence says what to do.
if ($PSVersionTable.PSVersion -lt [version] '7.6') {
    throw "MailPass needs PowerShell 7.6 or newer; this is $($PSVersionTable.PSVersion). Get it from https://aka.ms/powershell and run this again in pwsh."
}

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$out = Join-Path $root 'out'
$module = $Configuration -eq 'Release' ? (Join-Path $out 'MailPass') : (Join-Path $out $Configuration 'MailPass')

function Invoke-DotNet {
    if (-not (Get-Command dotnet -ErrorAction Ignore)) {
        throw 'The .NET SDK is not installed, or not on the path. Get it from https://dotnet.microsoft.com/download.'
    }

    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with $LASTEXITCODE; what went wrong stands above." }
}

function Invoke-Build {
    if (Test-Path $module) { Remove-Item $module -Recurse -Force }
    Invoke-DotNet build (Join-Path $root 'src/MailPass.PowerShell') --configuration $Configuration --nologo --verbosity quiet
    Write-Host "The module is in $module. To use it: Import-Module $(Resolve-Path $module -Relative)"
}

function Invoke-Demo {
    Invoke-Build
    # In a PowerShell of its own: an assembly that is loaded cannot be built again. Installed as a .NET tool, its process is dotnet.
    $shell = @((Get-Process -Id $PID).Path)
    if ((Split-Path $shell[0] -LeafBase) -eq 'dotnet') { $shell += Join-Path $PSHOME pwsh.dll }
    & $shell[0] @($shell | Select-Object -Skip 1) -NoProfile -File (Join-Path $root 'samples/demo.ps1') -Module $module
    if ($LASTEXITCODE -ne 0) { throw 'The demo failed.' }
}

function Invoke-Test {
    Invoke-Build

    # One of the tests runs the Pester suite, so this is everything.
    Invoke-DotNet test (Join-Path $root 'MailPass.slnx') --configuration $Configuration --nologo
}

function Invoke-Program {
    $program = Join-Path $out 'mailpass'
    if (Test-Path $program) { Remove-Item $program -Recurse -Force }
    Invoke-DotNet publish (Join-Path $root 'src/MailPass.Cli') --configuration $Configuration --use-current-runtime --self-contained false --output $program --nologo --verbosity quiet
    Write-Host "The command line is in $program; put that folder on the path."
}

function Invoke-Package {
    Invoke-Build
    Invoke-DotNet pack (Join-Path $root 'src/MailPass.PowerShell') --configuration $Configuration --no-build --output $out --nologo --verbosity quiet
    $version = (Import-PowerShellDataFile (Join-Path $root 'MailPass.psd1')).ModuleVersion
    Compress-Archive $module (Join-Path $out "MailPass-$version.zip") -Force
}

function Invoke-Windows {
    Invoke-DotNet publish (Join-Path $root 'tests/windows') --configuration $Configuration --output (Join-Path $out 'windows/shell') --nologo --verbosity quiet
    Invoke-DotNet publish (Join-Path $root 'src/MailPass.Cli') --configuration $Configuration --runtime win-x64 --self-contained --output (Join-Path $out 'windows/mailpass') --nologo --verbosity quiet
}

function Invoke-Clean {
    Get-ChildItem $root -Directory -Recurse -Depth 3 -Include bin, obj | Where-Object { Get-ChildItem $_.Parent -Filter *.csproj } | Remove-Item -Recurse -Force
    if (Test-Path $out) { Remove-Item $out -Recurse -Force }
}

foreach ($step in $Task) { & "Invoke-$step" }
