#!/usr/bin/env python3
"""Kills runs at random moments, resumes them, and proves with a reader of its own that nothing was lost.

    tests/kill/kill.py [--rounds N] [--mailboxes N] [--seed N] sqlite|passwd-file|powershell|mariadb|mariadb-server ...

Each round makes a store, resets its domain, kills the process with SIGKILL up to three times (mariadb-server: the database
server instead), and gives the same command again with --resume until it ends. Then every mailbox must be in the output once,
and its stored hash must be that of exactly the password there (SSHA512 by hashlib, not by MailPass). Needs a build
(./build.ps1 -Task Build,Program or dotnet build -c Release); mariadb needs Debian's mariadb-server.
"""
import argparse, base64, csv, hashlib, os, pathlib, random, shutil, signal, sqlite3, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = [os.environ['MAILPASS_PROGRAM']] if 'MAILPASS_PROGRAM' in os.environ else ['dotnet', str(ROOT / 'src/MailPass.Cli/bin/Release/net10.0/mailpass.dll')]
DOMAIN = 'example.com'
OLD = '{SSHA512}' + base64.b64encode(hashlib.sha512(b'Before-1pwsaltsalt').digest() + b'saltsalt').decode()


def pwsh():
    home = pathlib.Path(os.environ.get('NUGET_PACKAGES', pathlib.Path.home() / '.nuget/packages')) / 'powershell'
    found = sorted(home.glob('*/tools/net*/any/unix/pwsh.dll'))
    if not found:
        sys.exit('PowerShell is not among the packages; build tests/MailPass.PowerShell.Tests first.')
    return ['dotnet', str(found[-1]), '-NoProfile', '-NonInteractive', '-File']


class MariaDb:
    """A server of our own on a socket and a port of loopback."""

    def __init__(self, folder):
        self.data, self.socket, self.port = folder / 'maria', folder / 'maria.sock', random.randrange(20000, 30000)
        subprocess.run(['mariadb-install-db', '--no-defaults', f'--datadir={self.data}', '--auth-root-authentication-method=normal', '--skip-test-db'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.start()

    def start(self):
        self.process = subprocess.Popen(['mariadbd', '--no-defaults', f'--datadir={self.data}', f'--socket={self.socket}', '--bind-address=127.0.0.1', f'--port={self.port}', '--user=root'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if subprocess.run(['mariadb-admin', '--no-defaults', '-uroot', f'-S{self.socket}', 'ping'], capture_output=True).returncode == 0:
                return
            time.sleep(0.1)
        sys.exit('The database server does not start.')

    def sql(self, text):
        return subprocess.run(['mariadb', '--no-defaults', '-uroot', f'-S{self.socket}', '-N', '-B'], input=text, text=True, check=True, capture_output=True).stdout

    def kill(self):
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
        else:
            self.store = str(folder / 'mail.db')
            (folder / 'boxes.csv').write_text('Mailbox,PasswordHash\n' + ''.join(f'{box},{OLD}\n' for box in self.boxes))
            subprocess.run([*PROGRAM, 'init', '--store', self.store, '--csv', str(folder / 'boxes.csv')], check=True, capture_output=True)
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
        return dict(sqlite3.connect(self.store).execute('SELECT address, password_hash FROM mailbox'))

    def attempt(self, delay):
        process = subprocess.Popen(self.command(), env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, error = process.communicate(timeout=delay)
            return process.returncode, error
        except subprocess.TimeoutExpired:
            if self.kind == 'mariadb-server':
                self.server.kill()
                self.server.start()
            else:
                process.send_signal(signal.SIGKILL)
            _, error = process.communicate()
            return None if process.returncode < 0 else process.returncode, error

    def run(self, whole):
        kills = 0
        for _ in range(random.randint(1, 3)):
            code, error = self.attempt(random.uniform(0.15, whole))
            kills += code != 0
            if code == 0:
                break
        for _ in range(20):
            if code == 0:
                break
            code, error = self.attempt(600)
        if code != 0:
            return f'the run does not end: {code} {error[-600:]}', kills
        return self.verdict(), kills

    def verdict(self):
        with open(self.out, encoding='utf-8-sig') as file:
            rows = list(csv.DictReader(file))
        stored, told = self.hashes(), {row['Mailbox']: row for row in rows}
        if len(rows) != len(told) or set(told) != set(self.boxes):
            return f'{len(rows)} rows of {len(told)} mailboxes; {len(self.boxes)} there are'
        for box in self.boxes:
            data = base64.b64decode(stored[box].removeprefix('{SSHA512}'))
            if told[box]['Status'] != 'Changed' or hashlib.sha512(told[box]['Password'].encode() + data[64:]).digest() != data[:64]:
                return f'{box} has another password than its row ({told[box]["Status"]}): {told[box]["Message"]}'
        return None


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--rounds', type=int, default=20)
    arguments.add_argument('--mailboxes', type=int, default=20000)
    arguments.add_argument('--seed', type=int, default=int(time.time()))
    arguments.add_argument('stores', nargs='+', choices=['sqlite', 'passwd-file', 'powershell', 'mariadb', 'mariadb-server'])
    given = arguments.parse_args()
    random.seed(given.seed)
    failed = 0
    for kind in given.stores:
        work = pathlib.Path(tempfile.mkdtemp(prefix='mailpass-kill-'))
        server = MariaDb(work) if kind.startswith('mariadb') else None
        try:
            # How long a run takes that nobody disturbs: kills are spread over it.
            first = work / 'first'
            first.mkdir()
            round_ = Round(kind, given.mailboxes, first, server)
            begun = time.time()
            code, error = round_.attempt(600)
            if code != 0 or round_.verdict():
                sys.exit(f'{kind}: an undisturbed run fails: {code} {error} {code == 0 and round_.verdict()}')
            whole = time.time() - begun
            kills = wrong = 0
            for number in range(given.rounds):
                folder = work / f'round{number}'
                folder.mkdir()
                fault, killed = Round(kind, given.mailboxes, folder, server).run(whole)
                kills += killed
                if fault:
                    wrong += 1
                    print(f'  {kind}, round {number} of seed {given.seed}: {fault}')
                else:
                    shutil.rmtree(folder)
            failed += wrong
            print(f'{kind}: {given.rounds} rounds of {given.mailboxes} mailboxes, {kills} kills, {wrong} wrong (a whole run takes {whole:.1f} s)', flush=True)
        finally:
            if server:
                server.kill()
            if not failed:
                shutil.rmtree(work)
    sys.exit(failed > 0)


main()
