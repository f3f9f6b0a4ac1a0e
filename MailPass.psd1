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
            Tags         = @('mail', 'email', 'mailbox', 'password', 'reset', 'logout', 'bulk', 'Dovecot', 'Postfix', 'PostfixAdmin', 'mailcow', 'iRedMail', 'Group-Office', 'Roundcube', 'LDAP', 'PSEdition_Core', 'Windows', 'Linux', 'macOS')
            # The project's address stands here once; the other links, and those of Get-Help -Online, begin with it.
            ProjectUri   = 'https://github.com/mailpass/mailpass'
            LicenseUri   = 'https://github.com/mailpass/mailpass/blob/v0.2.0/LICENSE'
            IconUri      = 'https://github.com/mailpass/mailpass/raw/v0.2.0/docs/pictures/icon.png'
            ReleaseNotes = 'https://github.com/mailpass/mailpass/blob/v0.2.0/CHANGELOG.md'
        }
    }
}
