#!/bin/sh
# Resets every active mailbox of a domain and keeps addresses and new passwords in a file that only you can read.
#
#   samples/reset-domain.sh STORE DOMAIN        for example: samples/reset-domain.sh mail.db example.com
#
# Run it again after a failure: it writes a new file each time and never overwrites one. If it was killed, the next call goes
# on with its run, and the new file has every mailbox once.
set -eu

store=${1:?which store?}
domain=${2:?which domain?}
mailpass=${MAILPASS:-mailpass}
out="new-passwords-$domain-$(date +%Y%m%d-%H%M%S).csv"

# First a dry run: does the domain exist, can its mailboxes be changed? (1: some cannot, and are named.)
"$mailpass" reset --store "$store" --domain "$domain" --active-only --what-if --out /dev/null || [ $? -eq 1 ]

status=0
"$mailpass" reset --store "$store" --domain "$domain" --active-only --yes --resume --reason "reset of $domain by reset-domain.sh" --out "$out" || status=$?
case $status in
    0) echo "All done: $out" ;;
    1) echo "Some mailboxes failed; $out says which and why." >&2 ;;
    *) echo "The reset ended early (exit code $status); what was changed is in $out." >&2 ;;
esac
exit "$status"
