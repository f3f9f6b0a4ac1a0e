<#
.SYNOPSIS
    Shows the main job: a store of 1,000 mailboxes, one domain reset to a CSV, every new password proven.
.EXAMPLE
    ./samples/demo.ps1
#>
param(
    # The module to show.
    [string] $Module = ((Test-Path (Join-Path $PSScriptRoot '../MailPass.PowerShell.dll')) ? (Join-Path $PSScriptRoot '../MailPass.psd1') : (Join-Path $PSScriptRoot '../out/MailPass')),

    # Where the store and the CSV go.
    [string] $Folder = (Join-Path ([IO.Path]::GetTempPath()) "mailpass-demo-$([guid]::NewGuid().ToString('N').Substring(0, 8))")
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module $Module
$null = New-Item $Folder -ItemType Directory

Write-Host 'A store with 1,000 mailboxes in 4 domains:'
0..999 | ForEach-Object { [pscustomobject]@{ Mailbox = "user$_@dept$($_ % 4).example.com"; Name = "User $_" } } |
    New-MailStore -Path (Join-Path $Folder mail.db) | Format-Table

Write-Host 'Reset one domain, one row for each mailbox, to a CSV:'
$csv = Join-Path $Folder new.csv
$took = Measure-Command {
    # The CSV contains passwords, so only this account may read it.
    $null = New-Item $csv -ItemType File
    if (-not $IsWindows) { chmod 600 $csv }
    Reset-MailboxPassword -Domain dept2.example.com -AsPlainText -Force | Export-Csv $csv
}
$rows = Import-Csv $csv
$rows | Select-Object -First 3 Mailbox, Status, Scheme | Format-Table
Write-Host ("{0} mailboxes in {1:0.0} s." -f $rows.Count, $took.TotalSeconds)

Write-Host 'Prove every new password against the store:'
$wrong = @($rows | Test-MailboxPassword -AsPlainText | Where-Object { -not $_.IsCurrent })
if ($wrong) { throw "$($wrong.Count) passwords do not match." }
Write-Host "All $($rows.Count) match."

Disconnect-MailStore
Write-Host "The CSV is $csv"
