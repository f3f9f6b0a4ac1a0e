#!/usr/bin/env python3
"""Kills runs at random moments, resumes them, and checks with a reader of its own that nothing was lost.

    tests/kill/kill.py [--rounds N] [--mailboxes N] [--seed N] [--at-once N] [--port N] sqlite|passwd-file|powershell|mariadb|mariadb-server|ldap|ldap-server ...

Each round makes a store, resets its domain, kills the process with SIGKILL up to three times (mariadb-server, ldap-server: the
server instead), and gives the same command again with --resume until it ends. Then every mailbox must be in the output once,
and its stored hash must be that of the password there (SSHA512 by hashlib, not by MailPass).

In PowerShell the rows go into a variable first; a kill after that line is not the pipeline's and does not count.

Most kills come when the journal has grown to a random share of what a whole run writes, the others at a random moment of a
whole run's time. A round in which every kill came too late does not count and is repeated. Needs a build
(./build.ps1 -Task Build,Program or dotnet build -c Release); mariadb needs Debian's mariadb-server, ldap its slapd and ldap-utils.
"""
import argparse, base64, concurrent.futures, contextlib, csv, hashlib, os, pathlib, random, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, time, traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = [os.environ['MAILPASS_PROGRAM']] if 'MAILPASS_PROGRAM' in os.environ else ['dotnet', str(ROOT / 'src/MailPass.Cli/bin/Release/net10.0/mailpass.dll')]
DOMAIN = 'example.com'
OLD = '{SSHA512}' + base64.b64encode(hashlib.sha512(b'Before-1pwsaltsalt').digest() + b'saltsalt').decode()


def pwsh():
    if shutil.which('pwsh'):
        return ['pwsh', '-NoProfile', '-NonInteractive', '-File']
    home = pathlib.Path(os.environ.get('NUGET_PACKAGES', pathlib.Path.home() / '.nuget/packages')) / 'powershell'
    found = sorted(home.glob('*/tools/net*/any/unix/pwsh.dll'))
    if not found:
        sys.exit('PowerShell is not among the packages; build tests/MailPass.PowerShell.Tests first.')
    return ['dotnet', str(found[-1]), '-NoProfile', '-NonInteractive', '-File']


def verifies(password, stored):
    """Whether a stored {SSHA512} is that of the password, by hashlib."""
    data = base64.b64decode(stored.removeprefix('{SSHA512}'))
    return hashlib.sha512(password.encode() + data[64:]).digest() == data[:64]


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class MariaDb:
    """A server of our own on a socket and a port of loopback."""

    def __init__(self, folder, port):
        self.data, self.socket, self.port = folder / 'maria', folder / 'maria.sock', port or free_port()
        subprocess.run(['mariadb-install-db', '--no-defaults', f'--datadir={self.data}', '--auth-root-authentication-method=normal', '--skip-test-db'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()

    def start(self):
        self.process = subprocess.Popen(['mariadbd', '--no-defaults', f'--datadir={self.data}', f'--socket={self.socket}', '--bind-address=127.0.0.1', f'--port={self.port}', '--user=root'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while subprocess.run(['mariadb-admin', '--no-defaults', '-uroot', f'-S{self.socket}', 'ping'], capture_output=True).returncode:
            if self.process.poll() is not None:
                sys.exit('The database server does not start.')
            time.sleep(0.1)

    def sql(self, text):
        return subprocess.run(['mariadb', '--no-defaults', '-uroot', f'-S{self.socket}', '-N', '-B'], input=text, text=True, check=True, capture_output=True).stdout

    def kill(self):
        self.process.kill()
        self.process.wait()


class Slapd:
    """A directory of our own on a port of loopback, which flushes to the disk before it answers."""
    BASE = 'dc=lab,dc=example'

    def __init__(self, folder, port):
        self.data, self.conf, self.port, self.process = folder / 'slapd', folder / 'slapd.conf', port or free_port(), None
        self.conf.write_text(''.join(f'include /etc/ldap/schema/{name}.schema\n' for name in ['core', 'cosine', 'nis', 'inetorgperson'])
                             + f'modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload pw-sha2\ndatabase mdb\nsuffix "{self.BASE}"\nrootdn "cn=m,{self.BASE}"\nrootpw x\n'
                             f'directory {self.data}\nmaxsize 1073741824\nindex objectClass,mail eq\n')

    def fill(self, boxes):
        if self.process:
            self.kill()
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        people = ''.join(f'dn: mail={box},{self.BASE}\nobjectClass: inetOrgPerson\ncn: x\nsn: x\nmail: {box}\nuserPassword: {OLD}\n\n' for box in boxes)
        subprocess.run(['slapadd', '-q', '-f', self.conf], input=f'dn: {self.BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: lab\no: lab\n\n{people}', text=True, check=True, capture_output=True)
        self.start()

    def start(self):
        self.process = subprocess.Popen(['slapd', '-d', '0', '-f', self.conf, '-h', f'ldap://127.0.0.1:{self.port}'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.listens():
            if self.process.poll() is not None:
                sys.exit('The directory does not start.')
            time.sleep(0.1)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(('127.0.0.1', self.port)) == 0

    def hashes(self):
        answer = subprocess.run(['ldapsearch', '-x', '-LLL', '-o', 'ldif-wrap=no', '-H', f'ldap://127.0.0.1:{self.port}', '-D', f'cn=m,{self.BASE}', '-w', 'x', '-b', self.BASE, '(mail=*)', 'mail', 'userPassword'],
                                check=True, capture_output=True, text=True).stdout
        entries = (dict(line.split(':', 1) for line in entry.splitlines() if ':' in line) for entry in answer.strip().split('\n\n'))
        return {entry['mail'].strip(): base64.b64decode(entry['userPassword'].strip(': ')).decode() for entry in entries}

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Round:
    def __init__(self, kind, mailboxes, folder, server):
        self.kind, self.folder, self.server = kind, folder, server
        self.boxes = [f'user{i:06}@{DOMAIN}' for i in range(mailboxes)]
        self.out = folder / 'new.csv'
        self.environment = {**os.environ, 'XDG_STATE_HOME': str(folder / 'state'), 'MAILPASS_STORE_PASSWORD': 'x'}
        if kind == 'passwd-file':
            self.store = f'passwd-file:{folder}/users'
            (folder / 'users').write_text(''.join(f'{box}:{OLD}::::::\n' for box in self.boxes))
        elif kind.startswith('mariadb'):
            rows = ','.join(f"('{box}','{OLD}','{DOMAIN}',1)" for box in self.boxes)
            server.sql(f"DROP DATABASE IF EXISTS mail; CREATE DATABASE mail CHARACTER SET utf8mb4; USE mail; CREATE OR REPLACE USER m@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON mail.* TO m@'127.0.0.1';"
                       "CREATE TABLE domain (domain varchar(255) PRIMARY KEY, aliases int NOT NULL DEFAULT 0, mailboxes int NOT NULL DEFAULT 0, transport varchar(255) NOT NULL DEFAULT '', active tinyint(1) NOT NULL DEFAULT 1);"
                       "CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255) NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1, name varchar(255) NOT NULL DEFAULT '', local_part varchar(255) NOT NULL DEFAULT '', maildir varchar(255) NOT NULL DEFAULT '', modified datetime NOT NULL DEFAULT now(), KEY (domain));"
                       "CREATE TABLE log (timestamp datetime NOT NULL, username varchar(255) NOT NULL, domain varchar(255) NOT NULL, action varchar(255) NOT NULL, data text NOT NULL);"
                       "CREATE TABLE alias (address varchar(255) PRIMARY KEY, goto text NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1);"
                       f"INSERT INTO domain (domain) VALUES ('{DOMAIN}'); INSERT INTO mailbox (username,password,domain,active) VALUES {rows};")
            self.store = f'mysql://m@127.0.0.1:{server.port}/mail'
        elif kind.startswith('ldap'):
            server.fill(self.boxes)
            self.store = f'ldap://cn=m,{Slapd.BASE}@127.0.0.1:{server.port}/{Slapd.BASE}'
        else:
            self.store = str(folder / 'mail.db')
            (folder / 'boxes.csv').write_text('Mailbox,PasswordHash\n' + ''.join(f'{box},{OLD}\n' for box in self.boxes))
            template = folder.parent / 'template.db'
            if not template.exists():
                subprocess.run([*PROGRAM, 'init', '--store', str(template), '--csv', str(folder / 'boxes.csv')], check=True, capture_output=True)
            shutil.copy(template, self.store)
        if kind == 'powershell':
            (folder / 'run.ps1').write_text(
                f"$ErrorActionPreference = 'Stop'\nImport-Module '{ROOT}/out/MailPass'\n$null = Connect-MailStore '{self.store}'\n"
                f"$rows = Reset-MailboxPassword -Domain {DOMAIN} -Scheme SSHA512 -AsPlainText -Force -Resume\n$rows | Export-Csv '{self.out}'\n")

    def command(self):
        if self.kind == 'powershell':
            return [*pwsh(), str(self.folder / 'run.ps1')]
        schema = ['--schema', 'postfixadmin'] if self.kind.startswith('mariadb') else []
        return [*PROGRAM, 'reset', '--store', self.store, *schema, '--domain', DOMAIN, '--scheme', 'SSHA512', '--allow-any-scheme', '--yes', '--resume', '--out', str(self.out)]

    def hashes(self):
        if self.kind == 'passwd-file':
            return dict(line.split(':')[:2] for line in (self.folder / 'users').read_text().splitlines())
        if self.kind.startswith('mariadb'):
            return dict(line.split('\t') for line in self.server.sql('SELECT username, password FROM mail.mailbox').splitlines())
        if self.kind.startswith('ldap'):
            return self.server.hashes()
        with contextlib.closing(sqlite3.connect(self.store)) as database:
            return dict(database.execute('SELECT address, password_hash FROM mailbox'))

    def is_delivered(self):
        """Whether a PowerShell that was killed had its rows already: its pipeline had ended."""
        return self.kind == 'powershell' and not self.out.exists() and self.journal() and not list((self.folder / 'state/mailpass/runs').glob('*.key'))

    def journal(self):
        """How much the run has written into its journal."""
        sizes = [0]
        for file in (self.folder / 'state/mailpass/runs').glob('*.journal'):
            try:
                sizes.append(file.stat().st_size)
            except FileNotFoundError:
                # A run that changed nothing removes its journal.
                pass
        return max(sizes)

    def attempt(self, moment=None):
        """Gives the command once, and kills it when the moment has come."""
        with open(self.folder / 'stderr', 'w+', encoding='utf-8', errors='replace') as error:
            process = subprocess.Popen(self.command(), env=self.environment, stdout=subprocess.DEVNULL, stderr=error, start_new_session=True)
            killed = False
            while moment and not killed and process.poll() is None:
                if not moment():
                    time.sleep(0.001)
                    continue
                killed = True
                if self.kind.endswith('-server'):
                    self.server.kill()
                    self.server.start()
                else:
                    # The whole group: PowerShell as a .NET tool is a process that starts another.
                    os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
            error.seek(0)
            return code, killed and (code < 0 or self.kind.endswith('-server')), error.read()

    def moment(self, dice, whole, journal):
        begun = time.monotonic()
        if dice.random() < 0.2:
            time_of_it = begun + dice.uniform(0, whole)
            return lambda: time.monotonic() >= time_of_it
        size, pause, reached = dice.uniform(self.journal(), journal), dice.choice([0, dice.uniform(0, 0.05)]), []

        def has_come():
            if not reached and self.journal() >= size:
                reached.append(time.monotonic())
            return reached and time.monotonic() >= reached[0] + pause
        return has_come

    def run(self, dice, whole, journal):
        kills = 0
        for _ in range(dice.randint(1, 3)):
            code, killed, error = self.attempt(self.moment(dice, whole, journal))
            if killed and self.is_delivered():
                return None, 0
            kills += killed
            if code == 0:
                break
        for _ in range(20):
            if code == 0:
                break
            code, _, error = self.attempt()
        if code != 0:
            return f'the run does not end: {code} {error[-600:]}', kills
        return self.verdict(), kills

    def verdict(self):
        with open(self.out, encoding='utf-8-sig') as file:
            rows = list(csv.DictReader(file))
        stored, told = self.hashes(), {row['Mailbox']: row for row in rows}
        if len(rows) != len(told) or set(told) != set(self.boxes):
            return f'{len(rows)} rows of {len(told)} mailboxes instead of {len(self.boxes)}'
        for box in self.boxes:
            if told[box]['Status'] != 'Changed' or not verifies(told[box]['Password'], stored[box]):
                return f'{box} has another password than its row ({told[box]["Status"]}): {told[box]["Message"]}'
        return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--rounds', type=int, default=20)
    arguments.add_argument('--mailboxes', type=int, default=20000)
    arguments.add_argument('--seed', type=int, default=int(time.time()))
    arguments.add_argument('--at-once', type=int, default=1, help='rounds side by side; a database server takes one at a time')
    arguments.add_argument('--port', type=int, help="the database server's; a free one unless given")
    arguments.add_argument('stores', nargs='+', choices=['sqlite', 'passwd-file', 'powershell', 'mariadb', 'mariadb-server', 'ldap', 'ldap-server'])
    given = arguments.parse_args()
    passed = failed = 0
    for kind in given.stores:
        good, wrong = rounds(kind, given)
        passed += good
        failed += wrong
    print(f'kill: {passed} rounds passed, {failed} failed')
    sys.exit(failed > 0)


def rounds(kind, given):
    work = pathlib.Path(tempfile.mkdtemp(prefix='mailpass-kill-'))
    server = MariaDb(work, given.port) if kind.startswith('mariadb') else Slapd(work, given.port) if kind.startswith('ldap') else None
    wrong = 0

    def make(name):
        folder = work / name
        folder.mkdir()
        return Round(kind, given.mailboxes, folder, server)

    try:
        # An undisturbed run: kills are spread over its time and the size of its journal.
        first = make('first')
        begun = time.monotonic()
        code, _, error = first.attempt()
        whole, journal = time.monotonic() - begun, first.journal()
        if code != 0 or first.verdict():
            sys.exit(f'{kind}: an undisturbed run fails: {code} {error} {code == 0 and first.verdict()}')

        def one(number):
            late = 0
            while True:
                name = f'round{number}' + '-again' * late
                round_ = make(name)
                try:
                    fault, kills = round_.run(random.Random(f'{given.seed} {kind} {name}'), whole, journal)
                except Exception:
                    fault, kills = traceback.format_exc(), 0
                if fault:
                    print(f'  {kind}, {name} of seed {given.seed}, {kills} kills, in {round_.folder}: {fault}', flush=True)
                else:
                    shutil.rmtree(round_.folder)
                if kills or fault:
                    return fault, kills, late
                late += 1

        with concurrent.futures.ThreadPoolExecutor(1 if server else given.at_once) as pool:
            done = list(pool.map(one, range(given.rounds)))
        wrong = sum(fault is not None for fault, _, _ in done)
        print(f'{kind}: {given.rounds} rounds of {given.mailboxes} mailboxes, {sum(kills for _, kills, _ in done)} kills, {wrong} wrong '
              f'({sum(late for _, _, late in done)} rounds repeated, their kills came too late; a whole run takes {whole:.1f} s)', flush=True)
        return given.rounds - wrong, wrong
    finally:
        if server:
            server.kill()
        if not wrong:
            shutil.rmtree(work)


if __name__ == '__main__':
    main()
