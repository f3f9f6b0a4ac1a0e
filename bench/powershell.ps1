<#
.SYNOPSIS
    Measures the module in a real PowerShell, in one run beside PowerShell's own work.

.DESCRIPTION
    1. Import-Csv | Reset-MailboxPassword | Export-Csv (SSHA512, SQLite) against Import-Csv | Select-Object * | Export-Csv on
       the same file, by turns, each in the same process.
    2. Import-Module of MailPass against that of a binary module with one empty cmdlet and a manifest, without views and with one,
       each in a fresh process. The first view that a session loads costs PowerShell half an import, whichever module has it.

    The result is the ratio of neighbouring rounds, because a shared machine changes its speed from minute to minute.
#>
param([int] $Count = 100000, [int] $Rounds = 5, [int] $Imports = 9, [string] $Module = (Join-Path $PSScriptRoot '../out/MailPass'))

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
if (-not (Test-Path (Join-Path $Module MailPass.psd1))) { throw "There is no module in $Module. Build it first: ./build.ps1" }
$Module = Resolve-Path $Module
Import-Module $Module
$folder = New-Item (Join-Path ([IO.Path]::GetTempPath()) "mailpass-bench-$([guid]::NewGuid())") -ItemType Directory

# This PowerShell again; installed as a .NET tool, its process is dotnet.
$shell = @((Get-Process -Id $PID).Path)
if ((Split-Path $shell[0] -LeafBase) -eq 'dotnet') { $shell += Join-Path $PSHOME pwsh.dll }

function Get-Median([double[]] $Values) { $sorted = $Values | Sort-Object; ($sorted[($sorted.Count - 1) / 2] + $sorted[$sorted.Count / 2]) / 2 }

try {
    $csv = Join-Path $folder boxes.csv
    $lines = [string[]]::new($Count + 1)
    $lines[0] = 'Mailbox,Name'
    for ($i = 0; $i -lt $Count; $i++) { $lines[$i + 1] = 'user{0:d7}@dept{1:d2}.example.com,User {0}' -f $i, ($i % 100) }
    [IO.File]::WriteAllLines($csv, $lines)
    $null = Import-Csv $csv | New-MailStore -Path (Join-Path $folder mail.db)

    $plain, $reset, $ratio = @(), @(), @()
    for ($round = 0; $round -le $Rounds; $round++) {
        # The store's clock has whole seconds: a run in the same second as the one before would warn about it in every row.
        Start-Sleep -Milliseconds 1100
        $a = (Measure-Command { Import-Csv $csv | Select-Object * | Export-Csv (Join-Path $folder plain.csv) }).TotalSeconds
        $b = (Measure-Command { Import-Csv $csv | Reset-MailboxPassword -Scheme SSHA512 -AsPlainText -Force | Export-Csv (Join-Path $folder new.csv) }).TotalSeconds

        # The first round warms up.
        if ($round) { $plain += $a; $reset += $b; $ratio += $a / $b }
    }

    '{0:n0} mailboxes, {1} rounds, medians: PowerShell alone {2:n0}/s, MailPass {3:n0}/s, ratio {4:0.00} ({5:0.00} to {6:0.00})' -f $Count, $Rounds,
        ($Count / (Get-Median $plain)), ($Count / (Get-Median $reset)), (Get-Median $ratio), ($ratio | Measure-Object -Minimum).Minimum, ($ratio | Measure-Object -Maximum).Maximum

    $empty = New-Item (Join-Path $folder Empty) -ItemType Directory
    Add-Type -OutputAssembly (Join-Path $empty Empty.dll) 'using System.Management.Automation; [Cmdlet("Get", "Empty")] public sealed class GetEmptyCommand : PSCmdlet { }'
    $manifest = @{ RootModule = 'Empty.dll'; CmdletsToExport = 'Get-Empty'; FunctionsToExport = @(); AliasesToExport = @(); VariablesToExport = @(); PowerShellVersion = '7.6' }
    New-ModuleManifest (Join-Path $empty Empty.psd1) @manifest
    $view = New-Item (Join-Path $folder View) -ItemType Directory
    Copy-Item (Join-Path $empty Empty.dll) $view
    Set-Content (Join-Path $view Empty.Format.ps1xml) '<Configuration><ViewDefinitions><View><Name>A</Name><ViewSelectedBy><TypeName>A.A</TypeName></ViewSelectedBy><ListControl><ListEntries><ListEntry><ListItems><ListItem><PropertyName>A</PropertyName></ListItem></ListItems></ListEntry></ListEntries></ListControl></View></ViewDefinitions></Configuration>'
    New-ModuleManifest (Join-Path $view Empty.psd1) @manifest -FormatsToProcess Empty.Format.ps1xml
    function Measure-Import([string] $Path) { [double] (& $shell[0] @($shell | Select-Object -Skip 1) -NoProfile -NonInteractive -Command "(Measure-Command { Import-Module '$Path' }).TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)") }
    $bare, $viewed, $ours, $ratio = @(), @(), @(), @()
    for ($round = 0; $round -lt $Imports; $round++) {
        $bare += Measure-Import (Join-Path $empty Empty.psd1)
        $viewed += Measure-Import (Join-Path $view Empty.psd1)
        $ours += Measure-Import (Join-Path $Module MailPass.psd1)
        $ratio += $ours[-1] / $viewed[-1]
    }

    'Import-Module, {0} fresh processes each, medians: an empty module {1:0.0} ms, with one view {2:0.0} ms, MailPass {3:0.0} ms, {4:0.00} ({5:0.00} to {6:0.00}) of the one with a view' -f $Imports,
        (Get-Median $bare), (Get-Median $viewed), (Get-Median $ours), (Get-Median $ratio), ($ratio | Measure-Object -Minimum).Minimum, ($ratio | Measure-Object -Maximum).Maximum
}
finally {
    Get-MailStore | Disconnect-MailStore
    Remove-Item $folder -Recurse -Force
}
