<#
.SYNOPSIS
    Makes the Debian package of mailpass from a published program. ./build.ps1 -Task Debian calls it.
#>
[CmdletBinding()]
param(
    # The folder with the program, published with its .NET.
    [Parameter(Mandatory)] [string] $Program,
    [Parameter(Mandatory)] [ValidateSet('amd64', 'arm64')] [string] $Architecture,
    [Parameter(Mandatory)] [string] $Version,
    [Parameter(Mandatory)] [datetimeoffset] $Date,
    # Writes the manual page to a path; copies the documents into a folder.
    [Parameter(Mandatory)] [scriptblock] $ManPage,
    [Parameter(Mandatory)] [scriptblock] $Manual,
    # Gives the completion script of a shell.
    [Parameter(Mandatory)] [scriptblock] $Completion,
    [Parameter(Mandatory)] [string] $Out
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = (Resolve-Path "$PSScriptRoot/../..").Path
$tree = Join-Path $Out 'debian' $Architecture
if (Test-Path $tree) { Remove-Item $tree -Recurse -Force }
function Add-Folder([string] $Name) { (New-Item -ItemType Directory -Force (Join-Path $tree $Name)).FullName }
function Write-Text([string] $Path, [string] $Text) { [IO.File]::WriteAllText($Path, $Text.Replace("`r`n", "`n")) }
function Compress-File([string] $Path) { gzip -9n $Path }

$library = Add-Folder usr/lib/mailpass
Copy-Item (Join-Path $Program mailpass) $library
$null = New-Item -ItemType SymbolicLink -Path (Join-Path (Add-Folder usr/bin) mailpass) -Target ../lib/mailpass/mailpass

$pages = Add-Folder usr/share/man/man1
& $ManPage (Join-Path $pages mailpass.1)
Compress-File (Join-Path $pages mailpass.1)

Write-Text (Join-Path (Add-Folder usr/share/bash-completion/completions) mailpass) (& $Completion bash)
Write-Text (Join-Path (Add-Folder usr/share/zsh/vendor-completions) _mailpass) (& $Completion zsh)

# The units are installed but not enabled: the administrator decides who may use the door.
$units = @(Get-ChildItem (Join-Path $root samples) -Recurse -Include *.service, *.socket)
foreach ($unit in $units) {
    # Debian has the program and the documents in other folders.
    Write-Text (Join-Path (Add-Folder lib/systemd/system) $unit.Name) (Get-Content $unit -Raw).Replace('/usr/local/bin/', '/usr/bin/').Replace('/usr/share/doc/mailpass/', '/usr/share/doc/mailpass/docs/')
}

# The licence and the changelog are in the files that Debian prescribes.
$documents = Add-Folder usr/share/doc/mailpass
& $Manual $documents
Remove-Item (Join-Path $documents LICENSE), (Join-Path $documents THIRD-PARTY.md), (Join-Path $documents SUPPORT.md)
Move-Item (Join-Path $documents CHANGELOG.md) (Join-Path $documents changelog)
Rename-Item (Join-Path $documents samples) examples
Get-ChildItem $documents -Recurse -Filter *.ps1 | ForEach-Object { chmod -x $_ }
Compress-File (Join-Path $documents changelog)
Copy-Item (Join-Path $PSScriptRoot copyright) $documents
Write-Text (Join-Path $documents changelog.Debian) @"
mailpass ($Version-1) unstable; urgency=medium

  * New release; what it brings is in changelog.gz.

 -- MailPass contributors <mailpass@users.noreply.github.com>  $($Date.ToString('ddd, dd MMM yyyy HH:mm:ss', [cultureinfo]::InvariantCulture)) +0000

"@
Compress-File (Join-Path $documents changelog.Debian)
Copy-Item (Join-Path $PSScriptRoot lintian-overrides) (Join-Path (Add-Folder usr/share/lintian/overrides) mailpass)

$control = Add-Folder DEBIAN
chmod -R 'u=rwX,go=rX' $tree
chmod 755 (Join-Path $library mailpass)
Push-Location $tree
try { $sums = find . -type f -not -path "./DEBIAN/*" -printf "%P\0" | sort -z | xargs -0 md5sum } finally { Pop-Location }
Write-Text (Join-Path $control md5sums) (($sums -join "`n") + "`n")
$size = [math]::Ceiling((Get-ChildItem $tree -Recurse -File | Measure-Object Length -Sum).Sum / 1KB)
Write-Text (Join-Path $control control) (Get-Content (Join-Path $PSScriptRoot control) -Raw).Replace('@VERSION@', "$Version-1").Replace('@ARCHITECTURE@', $Architecture).Replace('@SIZE@', "$size")
chmod 644 (Join-Path $control control) (Join-Path $control md5sums)
$env:SOURCE_DATE_EPOCH = $Date.ToUnixTimeSeconds()
$package = Join-Path $Out "mailpass_$Version-1_$Architecture.deb"
dpkg-deb --root-owner-group -Zxz --build $tree $package | Out-Null
Write-Host "Created $package."
