@{
    RootModule           = 'MailPass.PowerShell.dll'
    ModuleVersion        = '0.2.0'
    GUID                 = 'b4b8c8a1-0a0b-4c7e-9a53-6d2f7a1e5c90'
    Author               = 'MailPass contributors'
    CompanyName          = 'MailPass'
    Copyright            = '© MailPass contributors. MIT licence.'
    Description          = 'Changes, resets and generates mailbox passwords and logs mailboxes out, one at a time or by the hundred thousand. Needs PowerShell 7.6 or newer.'

    # Windows PowerShell 5.1 is refused by these two; its own message names the version that it needs.
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')

    FormatsToProcess     = @('MailPass.Format.ps1xml')
    CmdletsToExport      = @(
        'Connect-MailStore'
        'Disconnect-MailStore'
        'Export-MailboxPasswordReport'
        'Export-MailStoreProfile'
        'Get-MailboxAccount'
        'Get-MailboxPasswordChange'
        'Get-MailboxPasswordRun'
        'Get-MailboxSession'
        'Get-MailStore'
        'Import-MailboxCsv'
        'New-MailboxPassword'
        'New-MailStore'
        'Remove-MailboxPasswordRun'
        'Reset-MailboxPassword'
        'Restore-MailboxPassword'
        'Revoke-MailboxSession'
        'Set-MailboxPassword'
        'Test-MailboxLogin'
        'Test-MailboxPassword'
        'Test-MailStoreProfile'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()

    PrivateData          = @{
        PSData = @{
            Tags       = @('mail', 'mailbox', 'password', 'reset', 'Dovecot', 'PostfixAdmin', 'mailcow', 'iRedMail', 'Group-Office', 'PSEdition_Core', 'Windows', 'Linux', 'macOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
