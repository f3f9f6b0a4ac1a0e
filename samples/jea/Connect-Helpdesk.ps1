# Runs when a helpdesk session begins. If the store cannot be reached, the session ends here, with the reason. Do not set
# $ErrorActionPreference: it would apply to the whole session, and one refused mailbox would then stop the others.
Import-Module MailPass -ErrorAction Stop
$null = Connect-MailStore -Profile helpdesk -ErrorAction Stop
