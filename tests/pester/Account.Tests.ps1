BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $store = New-TestStore @('anna@example.com', 'ben@example.com', 'berta@sub.example.com', 'cleo@example.org')
}
AfterAll { Get-MailStore | Disconnect-MailStore }

Describe 'Get-MailboxAccount' {
    It 'shows the scheme of each, and the domains' {
        (Get-MailboxAccount anna@example.com).Scheme | Should -BeIn '', 'SHA512-CRYPT'
        Set-MailboxPassword anna@example.com (ConvertTo-SecureString 'Given-1pw' -AsPlainText -Force) -Scheme SSHA512
        $anna = Get-MailboxAccount anna@example.com
        $anna.Scheme | Should -Be 'SSHA512'
        ([datetimeoffset]::UtcNow - [datetimeoffset] $anna.PasswordChanged).TotalHours | Should -BeLessThan 1
        Get-MailboxAccount -ListDomain | Should -Contain 'example.com'
        { Get-MailboxAccount -ListDomain -ActiveOnly } | Should -Throw
    }

    It 'lists all' {
        (Get-MailboxAccount).Count | Should -Be 4
        Get-MailboxAccount | Should -BeOfType MailPass.MailboxInfo
    }

    It 'lists a domain, not its subdomains, whatever the case' {
        (Get-MailboxAccount -Domain EXAMPLE.com).Mailbox | Should -Be 'anna@example.com', 'ben@example.com'
        (Get-MailboxAccount -Domain example.com, example.org).Count | Should -Be 3
    }

    It 'leaves out mailboxes that cannot log in, named or not, with -ActiveOnly' {
        Invoke-Sql $store.Location "UPDATE mailbox SET active = 0 WHERE address = 'ben@example.com'"
        try {
            $ben = Get-MailboxAccount ben@example.com
            $ben.State, $ben.Reason | Should -Be 'Disabled', 'The mailbox is disabled.'
            (Get-MailboxAccount anna@example.com, ben@example.com -ActiveOnly).Mailbox | Should -Be 'anna@example.com'
            (Get-MailboxAccount -Domain example.com -ActiveOnly).Mailbox | Should -Be 'anna@example.com'
        }
        finally { Invoke-Sql $store.Location 'UPDATE mailbox SET active = 1' }
    }

    It 'accepts wildcards' {
        (Get-MailboxAccount be*).Mailbox | Should -Be 'ben@example.com', 'berta@sub.example.com'
        (Get-MailboxAccount *@example.???).Count | Should -Be 3
        (Get-MailboxAccount b* -Domain example.com).Mailbox | Should -Be 'ben@example.com'
        (Get-MailboxAccount ben@example.com, cleo@example.org -Domain example.com).Mailbox | Should -Be 'ben@example.com'
    }

    It 'finds by name, from the pipeline and from objects' {
        (Get-MailboxAccount ANNA@example.com).Mailbox | Should -Be 'anna@example.com'
        ('anna@example.com', 'cleo@example.org' | Get-MailboxAccount).Count | Should -Be 2
        ([pscustomobject]@{ UserPrincipalName = 'ben@example.com' } | Get-MailboxAccount).Mailbox | Should -Be 'ben@example.com'
        (Get-MailboxAccount be* | Get-MailboxAccount).Count | Should -Be 2
    }

    It 'reports each mailbox that it does not find and goes on' {
        $found = 'nobody@example.com', 'anna@example.com', 'nonsense' | Get-MailboxAccount -ErrorVariable errors -ErrorAction SilentlyContinue
        $found.Mailbox | Should -Be 'anna@example.com'
        $errors.FullyQualifiedErrorId | Should -Be 'MailboxNotFound,MailPass.PowerShell.Commands.GetMailboxAccountCommand', 'AddressInvalid,MailPass.PowerShell.Commands.GetMailboxAccountCommand'
        $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $errors[0].TargetObject | Should -Be 'nobody@example.com'
        $errors[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'reads an empty variable or column as an empty mailbox, not as all of them' {
        $none = [pscustomobject]@{ Mailbox = $null; Name = 'nobody' }
        foreach ($call in { $null | Get-MailboxAccount }, { Get-MailboxAccount $none.Mailbox }, { $none | Get-MailboxAccount }, { Get-MailboxAccount '' }) {
            $found = @(& $call 2>&1)
            $found.Count | Should -Be 1
            $found.FullyQualifiedErrorId | Should -Be 'AddressInvalid,MailPass.PowerShell.Commands.GetMailboxAccountCommand'
        }
        Get-MailboxAccount @() | Should -BeNullOrEmpty
    }

    It 'never shows a hash' {
        $null = Reset-MailboxPassword anna@example.com -Force
        Get-MailboxAccount anna@example.com | Format-List * -Force | Out-String | Should -Not -Match '\$6\$|CRYPT'
    }

    It 'accepts an explicit store' {
        $other = New-TestStore 'other@example.net'
        try {
            (Get-MailboxAccount -MailStore $store).Count | Should -Be 4
            (Get-MailboxAccount).Mailbox | Should -Be 'other@example.net'
        }
        finally { $other | Disconnect-MailStore }
    }

    It 'ends at once when no more is wanted' {
        (Get-MailboxAccount | Select-Object -First 1).Mailbox | Should -Be 'anna@example.com'
    }
}
