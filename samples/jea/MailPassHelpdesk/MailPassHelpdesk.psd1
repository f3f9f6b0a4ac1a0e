# A module that has nothing but a role capability: PowerShell looks for those in the folders of modules.
@{
    ModuleVersion     = '1.0'
    GUID              = '5d0b5a0e-7a4c-4c5e-9b43-0b7c3d8f4a11'
    Author            = 'MailPass'
    Description       = 'What a helpdesk may do with MailPass.'
    FunctionsToExport = @()
    CmdletsToExport   = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
