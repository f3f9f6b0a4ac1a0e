<#
.SYNOPSIS
    Runbook: gives every mailbox of a domain a new password and leaves a CSV with the result.

.DESCRIPTION
    Runs unattended and never asks. The CSV is readable by this account only; it holds passwords. Run it
    with -WhatIf first: it checks every mailbox and changes nothing. Mailboxes that failed are tried once more at the end.

    Exit code 0: every mailbox has its new password. 1: some failed, each named. 2: the domain has no mailbox. 3: the store cannot
    be opened, or all have new passwords and something else is unfinished, such as a logout that was not confirmed.

.EXAMPLE
    ./reset-domain.ps1 -Path /srv/mail/mail.db -Domain example.com -OutFile ./new.csv -WhatIf

.EXAMPLE
    ./reset-domain.ps1 -Profile prod -Domain example.com -OutFile ./new.csv

.EXAMPLE
    # The database login from a vault (Microsoft.PowerShell.SecretManagement)
    $login = [pscredential]::new('mailpass', (Get-Secret -Name maildb))
    ./reset-domain.ps1 -Server db1.example.org -Database postfix -Credential $login -Domain example.com -OutFile ./new.csv
#>
[CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'Path')]
param(
    [Parameter(Mandatory, ParameterSetName = 'Path')] [string] $Path,
    # The site's profile (docs/profiles.md): its store, and the Dovecot servers and webmails that log everybody out.
    [Parameter(Mandatory, ParameterSetName = 'Profile')] [string] $Profile,
    [Parameter(Mandatory, ParameterSetName = 'Server')] [string] $Server,
    [Parameter(Mandatory, ParameterSetName = 'Server')] [string] $Database,
    [Parameter(Mandatory, ParameterSetName = 'Server')] [pscredential] $Credential,
    [Parameter(ParameterSetName = 'Server')] [ValidateSet('MySql', 'PostgreSql')] [string] $Provider = 'MySql',

    # The domain to reset.
    [Parameter(Mandatory)] [string] $Domain,

    # The CSV to write; it must not exist yet.
    [Parameter(Mandatory)] [string] $OutFile,

    # The Dovecot servers to log everybody out of, and their key.
    [uri[]] $Doveadm,
    [securestring] $DoveadmApiKey,

    # The module, if it is not installed.
    [string] $Module = 'MailPass'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Import-Module $Module

if (Test-Path $OutFile) { throw "$OutFile is there already; it may hold passwords that nobody else has. Move it away first." }

$to = $PSCmdlet.ParameterSetName -eq 'Path' ? @{ Path = $Path } : $PSCmdlet.ParameterSetName -eq 'Profile' ? @{ Profile = $Profile } : @{ Server = $Server; Database = $Database; Credential = $Credential; Provider = $Provider }
if ($Doveadm) { $to += @{ Doveadm = $Doveadm; DoveadmApiKey = $DoveadmApiKey } }
try { $store = Connect-MailStore @to }
catch {
    [Console]::Error.WriteLine("The store cannot be opened: $_")
    exit 3
}

try {
    if (-not (Get-MailboxAccount -MailStore $store -Domain $Domain | Select-Object -First 1)) {
        [Console]::Error.WriteLine("The store has no mailbox in the domain $Domain.")
        exit 2
    }

    $how = @{ MailStore = $store; AsPlainText = $true; Force = $true; RevokeSession = $store.SessionSystems.Count -gt 0; ErrorAction = 'Continue' }
    if ($WhatIfPreference) {
        Reset-MailboxPassword -Domain $Domain @how -WhatIf | Group-Object Status, ErrorId -NoElement | Format-Table -AutoSize
        exit 0
    }

    # Only this account may read it, from before the first password on.
    $null = New-Item $OutFile -ItemType File
    if (-not $IsWindows) { chmod 600 $OutFile }

    Reset-MailboxPassword -Domain $Domain -Resume -Reason "reset of $Domain by reset-domain.ps1" @how | Export-Csv $OutFile
    $failed = @(Import-Csv $OutFile | Where-Object Status -eq Failed)
    if ($failed) {
        $failed | Reset-MailboxPassword @how | Export-Csv $OutFile -Append
        $failed = @(Import-Csv $OutFile | Group-Object Mailbox | Where-Object { $_.Group.Status -notcontains 'Changed' } | ForEach-Object { $_.Group[-1] })
    }

    $changed = @(Import-Csv $OutFile | Where-Object Status -eq Changed).Count
    Write-Host "$changed mailboxes have new passwords, in $OutFile."
    foreach ($row in $failed) { [Console]::Error.WriteLine("$($row.Mailbox): $($row.ErrorId): $($row.Message)") }

    # Changed, but unfinished: a mailbox may still be logged in.
    $open = @(Import-Csv $OutFile | Where-Object { $_.Status -eq 'Changed' -and $_.ErrorId })
    foreach ($row in $open) { [Console]::Error.WriteLine("$($row.Mailbox): $($row.ErrorId): $($row.Message)") }

    exit ($failed ? 1 : $open ? 3 : 0)
}
finally { $store | Disconnect-MailStore }
