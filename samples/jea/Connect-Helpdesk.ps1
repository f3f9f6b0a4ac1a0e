# Runs when a helpdesk session begins. A store that cannot be reached ends the session here, with the reason. No preference is set:
# it would hold for the whole session, and a refused mailbox would then end the others.
Import-Module MailPass -ErrorAction Stop
$null = Connect-MailStore -Profile helpdesk -ErrorAction Stop
