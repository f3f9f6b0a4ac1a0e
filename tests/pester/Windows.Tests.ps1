# Access lists instead of modes, and the clipboard: only on Windows.
BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # Gives everybody a right to a file.
    function Grant-Everybody([string] $Path, [string] $Right) {
        $everybody = [Security.Principal.SecurityIdentifier]::new('S-1-1-0')
        $file = [IO.FileInfo]::new($Path)
        $list = [IO.FileSystemAclExtensions]::GetAccessControl($file)
        $list.AddAccessRule([Security.AccessControl.FileSystemAccessRule]::new($everybody, $Right, 'Allow'))
        [IO.FileSystemAclExtensions]::SetAccessControl($file, $list)
    }

    # The identities in a file's list other than this account, the system and the administrators.
    function Get-Stranger([string] $Path) {
        $me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
        $list = [IO.FileSystemAclExtensions]::GetAccessControl([IO.FileInfo]::new($Path))
        $list.GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier]).IdentityReference.Value | Where-Object { $_ -notin $me, 'S-1-5-18', 'S-1-5-32-544' }
    }
}

Describe 'Access lists' -Skip:(-not $IsWindows) {
    AfterEach { Get-MailStore | Disconnect-MailStore }

    It 'a profile that everybody can write is refused' {
        $path = New-TestProfile @{ store = (New-TestStore).Location }
        Get-MailStore | Disconnect-MailStore
        Grant-Everybody $path Modify
        { Connect-MailStore -Profile $path -ErrorAction Stop } | Should -Throw -ErrorId 'ProfileUnsafe,*'
    }

    It 'a secret that everybody can read is refused' {
        $secret = Join-Path $TestDrive 'secret.txt'
        'Lab-Secret-1' | Set-Content $secret
        Grant-Everybody $secret Read
        $path = New-TestProfile @{ store = @{ location = 'mysql://mailpass@127.0.0.1:9/mail'; password = @{ file = $secret } } }
        $fault = { Connect-MailStore -Profile $path -ErrorAction Stop } | Should -Throw -ErrorId 'ProfileUnsafe,*' -PassThru
        "$fault" | Should -Not -BeLike '*Lab-Secret-1*'
    }

    It 'a journal is its account''s alone' {
        $null = New-TestStore
        $journal = Join-Path $TestDrive "$([guid]::NewGuid()).journal"
        $null = Reset-MailboxPassword anna@example.com -Journal $journal -Force
        Get-Stranger $journal | Should -BeNullOrEmpty
    }
}

Describe 'The clipboard' -Skip:(-not $IsWindows) {
    It 'gets the password' {
        $password = New-MailboxPassword -Clipboard -AsPlainText
        Get-Clipboard | Should -Be $password
    }
}
