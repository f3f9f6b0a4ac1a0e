#!/usr/bin/env python3
"""Two workers share one run on a MariaDB Galera cluster of three nodes; a node and a worker are killed on the way.

    tests/kill/galera.py [--mailboxes N] [--port N]

Worker 1 (--shard 1/2) writes to node 1, worker 2 (--shard 2/2) to node 2. In mid-run node 2 is killed with SIGKILL and started
again, and so is worker 1, which is then resumed. A worker whose node is gone for longer than it waits ends, says so, and is
resumed as well. Then each mailbox must be in the output of exactly one worker, and its stored hash, the same on all three
nodes, must be that of the password there (by hashlib, and by PHP's hash() if PHP is installed; not by MailPass).

Needs Debian's mariadb-server and galera-4, and a build (dotnet build -c Release, or MAILPASS_PROGRAM). By hand: it is not in
.ci/run.
"""
import argparse, base64, csv, getpass, os, pathlib, shutil, signal, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
from kill import DOMAIN, OLD, PROGRAM, verifies

# Started by root, the program that copies a node would run as nobody.
USER = 'mysql' if os.geteuid() == 0 else getpass.getuser()
TABLES = f"""
CREATE DATABASE mail CHARACTER SET utf8mb4; USE mail;
CREATE USER m@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON mail.* TO m@'127.0.0.1';
CREATE TABLE domain (domain varchar(255) PRIMARY KEY, aliases int NOT NULL DEFAULT 0, mailboxes int NOT NULL DEFAULT 0, transport varchar(255) NOT NULL DEFAULT '', active tinyint(1) NOT NULL DEFAULT 1);
CREATE TABLE mailbox (username varchar(255) PRIMARY KEY, password varchar(255) NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1, name varchar(255) NOT NULL DEFAULT '', local_part varchar(255) NOT NULL DEFAULT '', maildir varchar(255) NOT NULL DEFAULT '', modified datetime NOT NULL DEFAULT now(), KEY (domain));
CREATE TABLE log (id int PRIMARY KEY AUTO_INCREMENT, timestamp datetime NOT NULL, username varchar(255) NOT NULL, domain varchar(255) NOT NULL, action varchar(255) NOT NULL, data text NOT NULL);
CREATE TABLE alias (address varchar(255) PRIMARY KEY, goto text NOT NULL, domain varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 1);
INSERT INTO domain (domain) VALUES ('{DOMAIN}');
"""


class Node:
    """A node with ports of its own: SQL, replication, incremental and full state transfer."""

    def __init__(self, work, number, base):
        self.number, self.port, self.replication = number, base + number, base + 10 * number
        self.data, self.socket, self.log = work / f'node{number}', work / f'node{number}.sock', work / f'node{number}.log'
        self.cluster = ','.join(f'127.0.0.1:{base + 10 * other}' for other in (1, 2, 3))
        subprocess.run(['mariadb-install-db', '--no-defaults', f'--user={USER}', f'--datadir={self.data}', '--auth-root-authentication-method=normal', '--skip-test-db'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self, first=False):
        port = self.replication
        self.process = subprocess.Popen(
            ['mariadbd', '--no-defaults', f'--datadir={self.data}', f'--socket={self.socket}', '--bind-address=127.0.0.1', f'--port={self.port}', f'--user={USER}', '--skip-log-bin',
             '--binlog-format=ROW', '--default-storage-engine=InnoDB', '--innodb-autoinc-lock-mode=2', '--innodb-flush-log-at-trx-commit=1', '--innodb-buffer-pool-size=64M',
             '--wsrep-on=ON', '--wsrep-provider=/usr/lib/galera/libgalera_smm.so', f'--wsrep-cluster-address=gcomm://{"" if first else self.cluster}', '--wsrep-cluster-name=mailpass',
             f'--wsrep-node-name=node{self.number}', '--wsrep-node-address=127.0.0.1', '--wsrep-sst-method=rsync', f'--wsrep-sst-receive-address=127.0.0.1:{port + 2}',
             f'--wsrep-provider-options=base_host=127.0.0.1;base_port={port};gmcast.listen_addr=tcp://127.0.0.1:{port};ist.recv_addr=127.0.0.1:{port + 1};ist.recv_bind=127.0.0.1;gcache.size=128M'],
            stdout=open(self.log, 'a'), stderr=subprocess.STDOUT)

    def is_synced(self):
        found = self.sql("SHOW STATUS LIKE 'wsrep_local_state_comment'", check=False)
        return 'Synced' in found

    def wait(self):
        while not self.is_synced():
            if self.process.poll() is not None:
                sys.exit(f'Node {self.number} does not start:\n{self.log.read_text(errors="replace")[-3000:]}')
            time.sleep(0.1)

    def sql(self, text, check=True):
        ran = subprocess.run(['mariadb', '--no-defaults', '-uroot', f'-S{self.socket}', '-N', '-B'], input=text, text=True, capture_output=True)
        if check and ran.returncode:
            sys.exit(f'Node {self.number}: {ran.stderr}')
        return ran.stdout

    def hashes(self):
        # The node applies all certified transactions before it answers.
        return dict(line.split('\t') for line in self.sql("SET SESSION wsrep_sync_wait = 1; SELECT username, password FROM mail.mailbox").splitlines())


class Worker:
    def __init__(self, work, number, node):
        self.number, self.node, self.folder, self.attempts = number, node, work / f'worker{number}', 0
        self.folder.mkdir()
        self.out = self.folder / 'new.csv'

    def start(self):
        self.attempts += 1
        self.error = open(self.folder / f'stderr{self.attempts}', 'w+')
        self.process = subprocess.Popen(
            [*PROGRAM, 'reset', '--store', f'mysql://m@127.0.0.1:{self.node.port}/mail', '--schema', 'postfixadmin', '--domain', DOMAIN, '--shard', f'{self.number}/2',
             '--scheme', 'SSHA512', '--allow-any-scheme', '--yes', '--resume', '--out', str(self.out)],
            env={**os.environ, 'XDG_STATE_HOME': str(self.folder / 'state'), 'MAILPASS_STORE_PASSWORD': 'x'}, stdout=subprocess.DEVNULL, stderr=self.error)

    def written(self, node):
        """How many mailboxes of the cluster have a new hash."""
        return int(node.sql(f"SELECT COUNT(*) FROM mail.mailbox WHERE password <> '{OLD}'"))

    def finish(self):
        """Gives the same command again until it succeeds."""
        while self.process.wait() != 0:
            self.error.seek(0)
            print(f'worker {self.number}, attempt {self.attempts}: exit {self.process.returncode}. {" ".join(self.error.read().split())[-300:]}', flush=True)
            if self.attempts == 20:
                sys.exit('It never succeeds.')
            time.sleep(1)
            self.start()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--mailboxes', type=int, default=20000)
    arguments.add_argument('--port', type=int, default=25200, help='the first of some forty that are free')
    given = arguments.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix='mailpass-galera-'))
    work.chmod(0o755)
    if os.geteuid() == 0:
        shutil.chown(work, USER)
    os.environ['TMPDIR'] = str(work)
    nodes, workers = [Node(work, number, given.port) for number in (1, 2, 3)], []
    try:
        for node in nodes:
            node.start(first=node is nodes[0])
            node.wait()
        boxes = [f'user{i:06}@{DOMAIN}' for i in range(given.mailboxes)]
        nodes[0].sql(TABLES)
        for at in range(0, len(boxes), 5000):
            nodes[0].sql('INSERT INTO mail.mailbox (username, password, domain) VALUES ' + ','.join(f"('{box}','{OLD}','{DOMAIN}')" for box in boxes[at:at + 5000]))
        print(f'three nodes, {len(boxes)} mailboxes; MariaDB {nodes[0].sql("SELECT VERSION()").strip()}, Galera {nodes[0].sql("SHOW STATUS LIKE " + repr("wsrep_provider_version")).split(chr(9))[-1].strip()}', flush=True)

        workers = [Worker(work, 1, nodes[0]), Worker(work, 2, nodes[1])]
        for worker in workers:
            worker.start()
        third = nodes[2]
        until(lambda: workers[0].written(third) > len(boxes) * 0.15 or all_done(workers))
        nodes[1].process.kill()
        nodes[1].process.wait()
        print(f'node 2 killed with {workers[0].written(third)} mailboxes written; worker 2 {"runs" if workers[1].process.poll() is None else "is over"}', flush=True)
        until(lambda: workers[0].written(third) > len(boxes) * 0.3 or workers[0].process.poll() is not None)
        workers[0].process.send_signal(signal.SIGKILL)
        code = workers[0].process.wait()
        print(f'worker 1 killed (exit {code}) with {workers[0].written(third)} mailboxes written', flush=True)
        if code != -signal.SIGKILL:
            sys.exit('Worker 1 had ended before it was killed: take more mailboxes.')
        nodes[1].start()
        workers[0].start()
        nodes[1].wait()
        print('node 2 is back', flush=True)
        for worker in workers:
            worker.finish()
        print(f'attempts: worker 1 {workers[0].attempts}, worker 2 {workers[1].attempts}', flush=True)
        fault = verdict(boxes, nodes, workers)
        print('galera: ' + (fault or f'{len(boxes)} mailboxes, each told once; the three nodes have exactly what was told'))
        if not fault:
            shutil.rmtree(work)
        else:
            print(f'kept: {work}')
        sys.exit(fault is not None)
    finally:
        for worker in workers:
            if worker.process.poll() is None:
                worker.process.kill()
        for node in nodes:
            if getattr(node, 'process', None):
                node.process.kill()
                node.process.wait()


def until(holds):
    while not holds():
        time.sleep(0.02)


def all_done(workers):
    return all(worker.process.poll() is not None for worker in workers)


def verdict(boxes, nodes, workers):
    told, doubled = {}, 0
    for worker in workers:
        with open(worker.out, encoding='utf-8-sig') as file:
            for row in csv.DictReader(file):
                doubled += row['Mailbox'] in told
                told[row['Mailbox']] = row
    if doubled or set(told) != set(boxes):
        return f'{len(told)} of {len(boxes)} mailboxes told, {doubled} of them twice'
    stored = [node.hashes() for node in nodes]
    if stored[0] != stored[1] or stored[0] != stored[2]:
        return 'the nodes differ'
    for box in boxes:
        if told[box]['Status'] != 'Changed' or not verifies(told[box]['Password'], stored[0][box]):
            return f'{box} has another password than its row ({told[box]["Status"]}): {told[box]["Message"]}'
    if shutil.which('php'):
        lines = ''.join(f'{stored[0][box][9:]} {base64.b64encode(told[box]["Password"].encode()).decode()}\n' for box in boxes)
        code = '$bad = 0; while (($l = fgets(STDIN)) !== false) { [$h, $p] = explode(" ", trim($l)); $d = base64_decode($h); $bad += hash("sha512", base64_decode($p) . substr($d, 64), true) !== substr($d, 0, 64); } echo $bad;'
        if subprocess.run(['php', '-r', code], input=lines, text=True, capture_output=True).stdout != '0':
            return 'PHP finds another password than the row says'
    return None


main()
