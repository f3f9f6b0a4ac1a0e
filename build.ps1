<#
.SYNOPSIS
    Builds, demonstrates, tests and packs MailPass.

.DESCRIPTION
    Needs the .NET SDK that global.json names and PowerShell 7.6 or newer. All results are in out/.

.PARAMETER Task
    Build    an importable module in out/MailPass
    Demo     builds, makes a store of 1,000 mailboxes, resets a domain and proves the new passwords
    Test     builds and runs every test
    Program  the command line for this machine, compiled ahead: out/mailpass
    Package  builds anew and packs: out/MailPass.<version>.nupkg for the PowerShell Gallery and a zip to unpack by hand
    Tool     mailpass as a .NET tool: packages in out/tool, for "dotnet tool install"
    Archives mailpass with all that it needs, for machines without .NET: out/mailpass-<version>-<runtime>.tar.gz or .zip
    Debian   the same as a Debian package: out/mailpass_<version>_<architecture>.deb; needs dpkg-deb
    Windows  what the tests on Windows' PowerShell need on Linux with Wine: out/windows
    Clean    removes out/ and every bin and obj

.PARAMETER Configuration
    Release or Debug. The module of a Debug build is in out/Debug/MailPass.

.PARAMETER Runtime
    The kinds of machine that Tool, Archives and Debian build for; the tool runs on others too, there not compiled ahead.

.EXAMPLE
    ./build.ps1
    Import-Module ./out/MailPass

.EXAMPLE
    ./build.ps1 -Task Test

.EXAMPLE
    ./build.ps1 -Task Archives, Debian -Runtime linux-x64

.EXAMPLE
    ./build.ps1 -Task Package
    Publish-PSResource -NupkgPath ./out/MailPass.0.2.0.nupkg -ApiKey $key
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Demo', 'Test', 'Program', 'Package', 'Tool', 'Archives', 'Debian', 'Windows', 'Clean')]
    [string[]] $Task = 'Build',

    [ValidateSet('Release', 'Debug')]
    [string] $Configuration = 'Release',

    [ValidateSet('linux-x64', 'linux-arm64', 'win-x64')]
    [string[]] $Runtime = @('linux-x64', 'linux-arm64', 'win-x64')
)

# Not "#Requires -Version", whose error does not say what to do.
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
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) ended with exit code $LASTEXITCODE; its errors are above." }
}

function Invoke-Build {
    if (Test-Path $module) { Remove-Item $module -Recurse -Force }
    Invoke-DotNet build (Join-Path $root 'src/MailPass.PowerShell') --configuration $Configuration --nologo --verbosity quiet
    Write-Host "The module is in $module. To use it: Import-Module $(Resolve-Path $module -Relative)"
}

function Invoke-Demo {
    Invoke-Build
    # In a separate PowerShell, because a loaded assembly cannot be built again. Installed as a .NET tool, its process is dotnet.
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
    Compress-Archive $module (Join-Path $out "MailPass-$(Get-Version).zip") -Force
}

function Invoke-Tool {
    $folder = Join-Path $out 'tool'
    if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
    Invoke-DotNet pack (Join-Path $root 'src/MailPass.Cli') --configuration $Configuration "-p:MailPassTool=$($Runtime -join '%3B')" --output $folder --nologo --verbosity quiet
    Write-Host "The tool is in $folder. To install it: dotnet tool install mailpass --global --source $folder"
}

# Publishes mailpass as one file with its .NET for one kind of machine, once for all tasks; gives its folder.
$published = @{}
function Publish-Program([string] $For) {
    $folder = Join-Path $out 'publish' $For
    if (-not $published[$For]) {
        if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
        Invoke-DotNet publish (Join-Path $root 'src/MailPass.Cli') --configuration $Configuration --runtime $For --self-contained --output $folder --nologo --verbosity quiet | Out-Host
        $published[$For] = $true
    }

    $folder
}

function Get-Version { (Import-PowerShellDataFile (Join-Path $root 'MailPass.psd1')).ModuleVersion }

# The date of this version in the changelog. Packed files get it, so that the same sources give the same bytes.
function Get-ReleaseDate {
    $line = Select-String -Path (Join-Path $root 'CHANGELOG.md') -Pattern "^## \[$([regex]::Escape((Get-Version)))\] - (\S+)$" | Select-Object -First 1
    if (-not $line) { throw "CHANGELOG.md has no dated section for $(Get-Version)." }
    [datetimeoffset]::ParseExact($line.Matches[0].Groups[1].Value, 'yyyy-MM-dd', [cultureinfo]::InvariantCulture, 'AssumeUniversal')
}

function New-ManPage([string] $Path) {
    Invoke-DotNet run --project (Join-Path $root 'build/MailPass.ModuleBuilder') --configuration $Configuration --verbosity quiet -- man (Join-Path $root 'docs/cli.md') (Get-Version) (Get-ReleaseDate).ToString('yyyy-MM-dd') $Path | Out-Host
}

# The script that completes mailpass in a shell; the program of this machine prints it.
function Get-Completion([string] $Shell) {
    $here = [Runtime.InteropServices.RuntimeInformation]::OSArchitecture -eq 'Arm64' ? 'linux-arm64' : 'linux-x64'
    $lines = & (Join-Path (Publish-Program $here) mailpass) completion $Shell
    if ($LASTEXITCODE -ne 0) { throw "mailpass completion $Shell ended with exit code $LASTEXITCODE." }
    ($lines -join "`n") + "`n"
}

# Copies the documents and samples that belong to the program.
function Copy-Manual([string] $Folder) {
    foreach ($name in 'README.md', 'CHANGELOG.md', 'LICENSE', 'SECURITY.md', 'SUPPORT.md', 'THIRD-PARTY.md') { Copy-Item (Join-Path $root $name) $Folder }
    Copy-Item (Join-Path $root 'docs'), (Join-Path $root 'samples') $Folder -Recurse
    Get-ChildItem (Join-Path $Folder 'docs/pictures') -Exclude *.svg, *.png | Remove-Item -Recurse
}

# Packs a folder the same way on every system: names in order, one date, root's.
function Compress-Folder([string] $Folder, [string] $Archive, [string[]] $Program) {
    if (Test-Path $Archive) { Remove-Item $Archive }
    $date = Get-ReleaseDate
    $top = Split-Path $Folder -Leaf
    $files = [Collections.Generic.SortedDictionary[string, string]]::new([StringComparer]::Ordinal)
    foreach ($file in Get-ChildItem $Folder -Recurse -File -Force) { $files["$top/$([IO.Path]::GetRelativePath($Folder, $file.FullName).Replace('\', '/'))"] = $file.FullName }
    $stream = [IO.File]::Create($Archive)
    try {
        if ($Archive.EndsWith('.zip')) {
            $zip = [IO.Compression.ZipArchive]::new($stream, 'Create')
            foreach ($name in $files.Keys) {
                $entry = $zip.CreateEntry($name, 'SmallestSize')
                $entry.LastWriteTime = $date
                $to = $entry.Open()
                try { $to.Write([IO.File]::ReadAllBytes($files[$name])) } finally { $to.Dispose() }
            }

            $zip.Dispose()
        }
        else {
            $tar = [Formats.Tar.TarWriter]::new([IO.Compression.GZipStream]::new($stream, [IO.Compression.CompressionLevel]::SmallestSize), [Formats.Tar.TarEntryFormat]::Ustar)
            foreach ($name in $files.Keys) {
                $entry = [Formats.Tar.UstarTarEntry]::new('RegularFile', $name)
                $entry.ModificationTime = $date
                $entry.Mode = [IO.UnixFileMode] ($name -in $Program.ForEach({ "$top/$_" }) ? 'UserRead, UserWrite, UserExecute, GroupRead, GroupExecute, OtherRead, OtherExecute' : 'UserRead, UserWrite, GroupRead, OtherRead')
                $entry.UserName = $entry.GroupName = 'root'
                $entry.DataStream = [IO.MemoryStream]::new([IO.File]::ReadAllBytes($files[$name]))
                $tar.WriteEntry($entry)
            }

            $tar.Dispose()
        }
    }
    finally { $stream.Dispose() }
    Write-Host "Created $Archive."
}

function Invoke-Archives {
    foreach ($for in $Runtime) {
        $name = "mailpass-$(Get-Version)-$for"
        $folder = Join-Path $out 'archives' $name
        if (Test-Path $folder) { Remove-Item $folder -Recurse -Force }
        Copy-Item (Publish-Program $for) $folder -Recurse
        Copy-Manual $folder
        if ($for -notlike 'win-*') { New-ManPage (Join-Path $folder 'mailpass.1') }
        Compress-Folder $folder (Join-Path $out "$name$($for -like 'win-*' ? '.zip' : '.tar.gz')") -Program mailpass
    }
}

function Invoke-Debian {
    foreach ($tool in 'dpkg-deb', 'gzip', 'md5sum', 'chmod') {
        if (-not (Get-Command $tool -ErrorAction Ignore)) { throw "$tool is not installed. A Debian package is made on Debian or Ubuntu." }
    }

    foreach ($for in $Runtime | Where-Object { $_ -like 'linux-*' }) {
        & (Join-Path $root 'packaging/debian/make.ps1') -Program (Publish-Program $for) -Architecture ($for -eq 'linux-arm64' ? 'arm64' : 'amd64') -Version (Get-Version) -Date (Get-ReleaseDate) -ManPage { New-ManPage $args[0] } -Manual { Copy-Manual $args[0] } -Completion { Get-Completion $args[0] } -Out $out
    }
}

function Invoke-Windows {
    Invoke-DotNet publish (Join-Path $root 'tests/windows') --configuration $Configuration --output (Join-Path $out 'windows/shell') --nologo --verbosity quiet
    $null = Publish-Program win-x64
}

function Invoke-Clean {
    Get-ChildItem $root -Directory -Recurse -Depth 3 -Include bin, obj | Where-Object { Get-ChildItem $_.Parent -Filter *.csproj } | Remove-Item -Recurse -Force
    if (Test-Path $out) { Remove-Item $out -Recurse -Force }
}

foreach ($step in $Task) { & "Invoke-$step" }
