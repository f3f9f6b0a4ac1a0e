# Runs when a helpdesk session begins. A store that cannot be reached ends the session here, with the reason.
$ErrorActionPreference = 'Stop'
Import-Module MailPass
$null = Connect-MailStore helpdesk
