#!/bin/sh
# Installs what the lab needs from Debian's packages. Nothing is started: the tests start their own servers.
# PostfixAdmin is only unpacked (installing it would bring a web server along): tests use its PHP code as it is.
set -eu
packages=${MAILPASS_LAB_PACKAGES:-$HOME/.cache/mailpass-lab}
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /usr/share/postfixadmin/common.php ] && [ ! -e "$packages/postfixadmin/usr/share/postfixadmin/common.php" ]; then
  mkdir -p "$packages/download"
  (cd "$packages/download" && apt-get download -qq postfixadmin 2>/dev/null && dpkg -x postfixadmin_*.deb "$packages/postfixadmin")
fi
# Roundcube too: its login is tried over PHP's own web server.
if [ ! -e /usr/share/roundcube/index.php ] && [ ! -e "$packages/roundcube/usr/share/roundcube/index.php" ]; then
  mkdir -p "$packages/download"
  (cd "$packages/download" && apt-get download -qq roundcube-core 2>/dev/null && dpkg -x roundcube-core_*.deb "$packages/roundcube")
fi
missing=$(for package in mariadb-server postgresql sqlite3 dovecot-core dovecot-imapd dovecot-submissiond \
    dovecot-mysql dovecot-pgsql dovecot-sqlite php-cli php-mysql php-pgsql php-sqlite3 \
    php-mbstring php-intl php-xml php-pear php-net-smtp php-mail-mime php-net-socket php-auth-sasl php-masterminds-html5 php-guzzlehttp-guzzle; do
  dpkg -s "$package" >/dev/null 2>&1 || echo "$package"
done)
if [ -n "$missing" ]; then
  # policy-rc.d: the packages must not start their own servers.
  policy=/usr/sbin/policy-rc.d
  made=
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made=1; fi
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing
  if [ -n "$made" ]; then rm -f "$policy"; fi
fi
