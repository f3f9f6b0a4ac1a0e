# Profiles: a site as a file, by name or by path.
Describe 'Profiles' {
    BeforeAll {
        . "$PSScriptRoot/Support.ps1"
        $variable, $folder = $IsWindows ? 'APPDATA', 'MailPass' : 'XDG_CONFIG_HOME', 'mailpass'
        $before = [Environment]::GetEnvironmentVariable($variable)
        [Environment]::SetEnvironmentVariable($variable, "$TestDrive/config")
        function New-NamedProfile([string] $Name, [hashtable] $Content) { New-TestProfile $Content (Join-Path $TestDrive "config/$folder/$Name.json") }
    }
    AfterEach { Get-MailStore | Disconnect-MailStore }
    AfterAll { [Environment]::SetEnvironmentVariable($variable, $before) }

    It 'Connect-MailStore NAME opens the site' {
        $store = (New-TestStore).Location
        $null = New-NamedProfile site @{ store = $store; scheme = 'SSHA512'; policy = @{ minimumLength = 20; domains = @{ 'example.org' = @{ minimumLength = 24 } } } }
        $opened = Connect-MailStore site
        "$($opened.Profile) $($opened.Location) $($opened.Scheme)" | Should -Be "site $store SSHA512"
        (Reset-MailboxPassword ben@example.com -AsPlainText -Force).Password.Length | Should -Be 20
        (Reset-MailboxPassword cleo@example.org -AsPlainText -Force).Password.Length | Should -Be 24
        (Test-MailboxPassword -Identity cleo@example.org -Password 'Twenty-Characters-22' -AsPlainText).Violations | Should -Be 'TooShort'
        $fault = Set-MailboxPassword anna@example.com (ConvertTo-Secure 'Short-1pw!') -Force -PassThru -ErrorAction SilentlyContinue
        $fault.ErrorId | Should -Be 'PolicyViolation'
        (New-MailboxPassword).Length | Should -Be 20
    }

    It 'limits every cmdlet to its scope' {
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = (New-TestStore).Location; scope = @{ domains = @('example.com'); actions = @('reset') } })
        foreach ($call in { Test-MailboxPassword -Identity anna@example.com -Password x -AsPlainText }, { Test-MailboxLogin anna@example.com x -AsPlainText -Server 127.0.0.1 -Port 1 }, { Get-MailboxAccount anna@example.com }, { Revoke-MailboxSession anna@example.com -Force }, { Set-MailboxPassword anna@example.com x -AsPlainText }) {
            $said = @(& $call 2>&1)
            $said.FullyQualifiedErrorId | Should -BeLike 'OutOfScope,*'
        }
    }

    It 'parameters take precedence over the profile' {
        $null = New-NamedProfile before @{ store = (New-TestStore).Location; scheme = 'SSHA512'; policy = @{ minimumLength = 20 } }
        (Connect-MailStore before -Scheme SSHA256 -Policy @{ MinimumLength = 9 }).Scheme | Should -Be 'SSHA256'
        (Reset-MailboxPassword anna@example.com -Length 9 -AsPlainText -Force).Password.Length | Should -Be 9

        # The connection is tried, and fails, only if the password is at hand.
        $away = New-TestProfile @{ store = @{ location = 'mysql://mailpass@127.0.0.1:1/mail'; password = @{ env = 'NOT_SET' } } }
        { Connect-MailStore -Profile $away } | Should -Throw -ErrorId 'SecretUnavailable,*'
        { Connect-MailStore -Profile $away -Credential ([pscredential]::new('mailpass', (ConvertTo-Secure 'x'))) } | Should -Throw -ErrorId 'StoreUnreachable,*'
    }

    It 'can be named by MAILPASS_PROFILE, and by a path' {
        $store = (New-TestStore).Location
        $path = New-TestProfile @{ store = $store }
        (Connect-MailStore -Profile $path).Location | Should -Be $store
        $env:MAILPASS_PROFILE = $path
        try { (Connect-MailStore).Location | Should -Be $store } finally { $env:MAILPASS_PROFILE = $null }
        { Connect-MailStore } | Should -Throw -ErrorId 'StoreInvalid,*'
        { Connect-MailStore -Profile nowhere } | Should -Throw -ErrorId 'ProfileNotFound,*'
    }

    It 'names all faults of a profile in one error' {
        $path = New-TestProfile @{ stor = 1; store = @{ location = 'mail.db'; password = 'swordfish' }; dovecot = @{ servers = @('https://mx1.example.org', 'mx2') }; cost = 3 }
        $fault = try { Connect-MailStore -Profile $path } catch { $_ }
        $fault.FullyQualifiedErrorId | Should -BeLike 'ProfileInvalid,*'
        foreach ($place in 'stor:', 'store.password:', 'dovecot.servers?1?:', 'cost:') { "$fault" | Should -BeLike "*$place*" }
        "$fault" | Should -Not -BeLike '*swordfish*'
        $found = Test-MailStoreProfile $path
        $found.Result | Should -Be 'Fault', 'Fault', 'Fault', 'Fault'
    }

    It 'gets a secret from a vault' {
        function global:Get-Secret($Name, $Vault) { if ($Vault -eq 'Site' -and $Name -eq 'key') { ConvertTo-Secure 'from-the-vault' } else { throw "no secret $Name in $Vault" } }
        try {
            $store = (New-TestStore).Location
            $dovecot = @{ servers = @('https://mx1.example.org'); key = @{ vault = 'Site'; secret = 'key' } }
            (Connect-MailStore -Profile (New-TestProfile @{ store = $store; dovecot = $dovecot })).SessionSystems | Should -BeLike 'Dovecot mx1*'
            $dovecot.key.secret = 'other'
            { Connect-MailStore -Profile (New-TestProfile @{ store = $store; dovecot = $dovecot }) } | Should -Throw -ErrorId 'SecretUnavailable,*' -ExpectedMessage '*other*'
        }
        finally { Remove-Item function:Get-Secret }
    }

    It 'Test-MailStoreProfile reports what it finds, and changes nothing' {
        $store = (New-TestStore).Location
        $null = Reset-MailboxPassword anna@example.com -Scheme SSHA512 -Force
        Get-MailStore | Disconnect-MailStore
        $digest = Get-Digest $store
        $found = Test-MailStoreProfile (New-TestProfile @{ store = $store; dovecot = @{ servers = @('http://127.0.0.1:1'); key = @{ env = 'NOT_SET_HERE' } }; login = @{ imap = 'imap://127.0.0.1:1' } })
        ($found | Where-Object Subject -EQ store).Message -join ' ' | Should -BeLike '*schema mailpass*none 2, SSHA512 1*'
        ($found | Where-Object Subject -EQ dovecot.key).ErrorId | Should -Be 'SecretUnavailable'
        ($found | Where-Object Subject -EQ login.imap).ErrorId | Should -Be 'SessionAuthorityUnreachable'
        Get-Digest $store | Should -Be $digest
    }

    It 'Export-MailStoreProfile writes the file of a connection, without a secret' {
        $store = (New-TestStore).Location
        $null = Connect-MailStore $store -Scheme SSHA512 -Policy @{ MinimumLength = 14 } -Doveadm https://mx1.example.org:8080 -DoveadmApiKey (ConvertTo-Secure 'swordfish') -AllowPlaintext
        $file = Export-MailStoreProfile written -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -BeLike '*dovecot.key*'
        $file.FullName | Should -Be (Join-Path $TestDrive "config/$folder/written.json")
        $text = Get-Content $file -Raw
        $text | Should -Not -BeLike '*swordfish*'
        $json = $text | ConvertFrom-Json
        $json.dovecot.key.ask, $json.dovecot.allowPlaintext, $json.store.allowPlaintext | Should -Be $true, $true, $true
        if (-not $IsWindows) { [IO.File]::GetUnixFileMode($file) | Should -Be 'UserWrite, UserRead' }
        { Export-MailStoreProfile written } | Should -Throw -ErrorId 'OutputUnwritable,*'
        $null = Export-MailStoreProfile written -Force -WarningAction SilentlyContinue
        (Connect-MailStore written -DoveadmApiKey (ConvertTo-Secure 'k')).Scheme | Should -Be 'SSHA512'
    }

    It 'with login servers tests one canary in every run over several mailboxes' {
        $null = Connect-MailStore -Profile (New-TestProfile @{ store = (New-TestStore).Location; login = @{ imap = 'imap://127.0.0.1:1' } })
        { Reset-MailboxPassword -Domain example.com -Force -InformationVariable script:said -InformationAction SilentlyContinue } | Should -Throw -ErrorId 'CanaryFailed,*'
        "$script:said" | Should -BeLike '*logs in at 127.0.0.1:1*-Canary 0*'
        (Reset-MailboxPassword -Domain example.com -Canary 0 -Force).Status | Should -Be 'Changed', 'Changed'
        (Reset-MailboxPassword anna@example.com -Force).Status | Should -Be 'Changed'
    }

    It 'Tab completes profiles and mailboxes' {
        $null = New-NamedProfile alpine @{ store = (New-TestStore).Location }
        (TabExpansion2 'Connect-MailStore alp').CompletionMatches.CompletionText | Should -Be 'alpine'
        (TabExpansion2 'Connect-MailStore -Profile alp').CompletionMatches.CompletionText | Should -Be 'alpine'
        $null = Connect-MailStore alpine
        (TabExpansion2 'Reset-MailboxPassword an').CompletionMatches.ListItemText | Should -Be 'anna@example.com'
        (TabExpansion2 'Get-MailboxAccount cl').CompletionMatches.ListItemText | Should -Be 'cleo@example.org'
        Disconnect-MailStore
        (TabExpansion2 'Reset-MailboxPassword an').CompletionMatches.CompletionText | Should -Not -Contain 'anna@example.com'
    }

    It 'Connect-MailStore has at most 18 parameters' {
        @((Get-Command Connect-MailStore).Parameters.Keys | Where-Object { $_ -notin [Management.Automation.Cmdlet]::CommonParameters }).Count | Should -BeLessOrEqual 18
    }
}
