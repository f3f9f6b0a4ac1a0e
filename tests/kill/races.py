#!/usr/bin/env python3
"""Owners change their passwords on MariaDB during a bulk run, and no such change is lost without a word.

    tests/kill/races.py [--races N] [--mailboxes N] [--keep-newer] [--seed N]

PostfixAdmin's date of a change has whole seconds, as in its own table. In each race some owners change their password at a random
moment between the run's beginning (its journal exists) and its end. If the run replaced a password that the owner had set before it
wrote that mailbox, the row must say Superseded. The run reads the first mailboxes at once, so their owners change nothing here.
With --keep-newer such a mailbox must keep the owner's password. Needs Debian's mariadb-server and a build.
"""
import argparse, base64, csv, hashlib, pathlib, random, shutil, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
from kill import MariaDb, Round, verifies

# The run reads so many mailboxes at once, before any owner changes a password.
FIRST = 32


def hash_of(password):
    return '{SSHA512}' + base64.b64encode(hashlib.sha512(password.encode() + b'ownsalt1').digest() + b'ownsalt1').decode()


def race(number, given, work, server):
    folder = work / f'race{number}'
    folder.mkdir()
    dice = random.Random(f'{given.seed} {number}')
    round_ = Round('mariadb', given.mailboxes, folder, server)
    server.sql("USE mail; UPDATE mailbox SET modified = '2020-01-01'; CREATE TABLE seen (at datetime(6), username varchar(255), password varchar(255)); "
               "CREATE TRIGGER seen AFTER UPDATE ON mailbox FOR EACH ROW INSERT INTO seen VALUES (SYSDATE(6), NEW.username, NEW.password);")
    command = [word for word in round_.command() if word != '--resume'] + ['--keep-newer'] * given.keep_newer
    owners = dice.sample(round_.boxes[FIRST:], given.owners)
    new = {owner: f'Owners-{i}-pwd' for i, owner in enumerate(owners)}
    with open(folder / 'stderr', 'w+') as error:
        process = subprocess.Popen(command, env=round_.environment, stdout=subprocess.DEVNULL, stderr=error)
        while process.poll() is None and not round_.journal():
            time.sleep(0.0005)
        time.sleep(dice.choice([0, 0, dice.uniform(0, 0.5)]))
        server.sql('USE mail;' + ''.join(f"UPDATE mailbox SET password = '{hash_of(password)}', modified = NOW() WHERE username = '{owner}';" for owner, password in new.items()))
        code = process.wait()
        error.seek(0)
        if code not in (0, 1):
            return f'the run failed: {code} {error.read()[-400:]}', 0, 0
    stored = round_.hashes()
    with open(round_.out, encoding='utf-8-sig') as file:
        told = {row['Mailbox']: row for row in csv.DictReader(file)}
    writes = {}
    for line in server.sql('SELECT username, password FROM mail.seen ORDER BY at').splitlines():
        box, hash_ = line.split('\t')
        writes.setdefault(box, []).append(hash_)
    replaced = kept = 0
    for owner, password in new.items():
        row, order = told[owner], writes[owner]
        first = order[0] == hash_of(password)
        if row['Status'] == 'Changed' and not any(verifies(row['Password'], one) for one in order):
            return f'{owner}: Changed, and the store never had its password', 0, 0
        if not first:
            continue
        if len(order) > 1:
            replaced += 1
            if row['ErrorId'] != 'Superseded' or given.keep_newer:
                return f'{owner}: replaced without a word: {row["Status"]} {row["ErrorId"]} {row["Message"]}', 0, 0
        else:
            kept += 1
            if row['Status'] == 'Changed':
                return f'{owner}: Changed, and the owner’s password holds', 0, 0
    for box in round_.boxes:
        if box not in new and (told[box]['Status'] != 'Changed' or told[box]['ErrorId'] or not verifies(told[box]['Password'], stored[box])):
            return f'{box}, which nobody else touched: {told[box]["Status"]} {told[box]["ErrorId"]} {told[box]["Message"]}', 0, 0
    shutil.rmtree(folder)
    return None, replaced, kept


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--races', type=int, default=80)
    arguments.add_argument('--mailboxes', type=int, default=3000)
    arguments.add_argument('--owners', type=int, default=20)
    arguments.add_argument('--keep-newer', action='store_true')
    arguments.add_argument('--seed', type=int, default=int(time.time()))
    given = arguments.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix='mailpass-races-'))
    server = MariaDb(work, None)
    wrong = replaced = kept = 0
    try:
        for number in range(given.races):
            fault, some, others = race(number, given, work, server)
            replaced, kept = replaced + some, kept + others
            if fault:
                wrong += 1
                print(f'  race {number} of seed {given.seed}, in {work}/race{number}: {fault}', flush=True)
    finally:
        server.kill()
    print(f'races: {given.races} of {given.mailboxes} mailboxes, {replaced} owners’ changes replaced and told, {kept} kept and told, {wrong} races wrong')
    if not wrong:
        shutil.rmtree(work)
    sys.exit(wrong > 0)


main()
