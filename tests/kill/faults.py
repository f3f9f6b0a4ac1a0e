#!/usr/bin/env python3
"""Makes each write, sync, cut and removal of a run fail in turn, and checks with a reader of its own that nothing was lost.

    tests/kill/faults.py [--mailboxes N] [--calls pwrite64,fsync,ftruncate,unlink] [--every N]
    tests/kill/faults.py --full-disk [--mailboxes 2000]

The run is given again and again; the first time the first call of a kind fails, then the second, until there are no more. strace
counts them in each thread, so that one run may meet several, in the journal, its key, the mark, the index, and in the store
and the output too: all of it must hold. ENOSPC is injected, EIO for syncs. Afterwards the same command is given again with --resume, undisturbed,
until it ends. Each mailbox must then be in the output once, with exactly the password that the store has; a run that failed
without having changed anything may start anew. Needs Debian's strace.

With --full-disk the journal, the output and the store lie in turn on a file system of their own, which becomes full after so
and so many bytes. The run must say so in one error, and end well when there is room again. Needs root, for mount.
"""
import argparse, collections, contextlib, csv, os, pathlib, re, shutil, sqlite3, subprocess, sys, tempfile

sys.dont_write_bytecode = True
from kill import DOMAIN, OLD, PROGRAM, verifies



def full_disk(given, work, fresh, run, verdict):
    """Fills a small file system under the journal, the output and the store, at many sizes."""
    passed = failed = 0
    fresh()
    code, error = run()
    if code:
        sys.exit(f'An undisturbed run fails: {code} {error}')
    runs, out, store = work / 'state/mailpass/runs', work / 'out', work / 'store'
    for what, folder, needed in (('journal', runs, max(file.stat().st_size for file in runs.glob('*.journal'))), ('output', out, (out / 'new.csv').stat().st_size), ('store', store, (store / 'mail.db').stat().st_size)):
        full = 0
        for part in range(1, given.sizes + 1):
            fresh()
            # Pages of 4 KiB, so that a run has room for something.
            size = needed * part // given.sizes // 4096 * 4096 + 8192 + (needed if what == 'store' else 0)
            kept = [(file.name, file.read_bytes()) for file in folder.iterdir()]
            subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size},mode=0700', 'tmpfs', str(folder)], check=True)
            try:
                for name, text in kept:
                    (folder / name).write_bytes(text)
                code, error = run()
                first, errors = code, [line for line in error.splitlines() if re.match(r'(mailpass: )?error', line)]
                full += first != 0
                fault = None if first == 0 or 'space' in error else f'no word of the full disk: {error}'
                again = 0
                if not fault and first != 0:
                    # While the disk is full, the same command must fail again and lose nothing.
                    run()
                subprocess.run(['mount', '-o', 'remount,size=1g', str(folder)], check=True)
                while not fault and code != 0 and again < 5:
                    code, more = run()
                    again += 1
                fault = fault or (f'the run does not end: {code} {more[-400:]}' if code else verdict())
            finally:
                subprocess.run(['umount', str(folder)], check=True)
            passed += not fault
            failed += bool(fault)
            if fault or given.verbose:
                print(f'  {what} with {size:,} bytes: exit {first}, {again} more. {fault or "good"} | {error.strip()[-900:]}', flush=True)
        print(f'{what}: {given.sizes} sizes, the disk was full {full} times', flush=True)
    print(f'faults: {passed} passed, {failed} failed')
    if not failed:
        shutil.rmtree(work)
    return failed > 0


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--mailboxes', type=int, default=100)
    arguments.add_argument('--calls', default='pwrite64,fsync,ftruncate,unlink')
    arguments.add_argument('--every', type=int, default=1)
    arguments.add_argument('--verbose', action='store_true')
    arguments.add_argument('--sizes', type=int, default=12)
    arguments.add_argument('--full-disk', action='store_true')
    given = arguments.parse_args()
    if not given.full_disk and not shutil.which('strace'):
        sys.exit('strace is not installed.')
    work = pathlib.Path(tempfile.mkdtemp(prefix='mailpass-faults-'))
    boxes = [f'user{i:04}@{DOMAIN}' for i in range(given.mailboxes)]
    (work / 'boxes.csv').write_text('Mailbox,PasswordHash\n' + ''.join(f'{box},{OLD}\n' for box in boxes))
    subprocess.run([*PROGRAM, 'init', '--store', str(work / 'template.db'), '--csv', str(work / 'boxes.csv')], check=True, capture_output=True)
    # Separate folders, so that each can be on a disk of its own.
    store, out, state = work / 'store/mail.db', work / 'out/new.csv', work / 'state'
    command = [*PROGRAM, 'reset', '--store', str(store), '--domain', DOMAIN, '--scheme', 'SSHA512', '--allow-any-scheme', '--yes', '--resume', '--out', str(out)]
    environment = {**os.environ, 'XDG_STATE_HOME': str(state)}
    runs = state / 'mailpass/runs'

    def fresh():
        for folder in (store.parent, out.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        shutil.rmtree(state, ignore_errors=True)
        runs.mkdir(parents=True, mode=0o700)
        shutil.copy(work / 'template.db', store)

    def run(*trace):
        ran = subprocess.run([*trace, *command], env=environment, capture_output=True, text=True, errors='replace')
        return ran.returncode, ran.stderr

    def verdict():
        rows = list(csv.DictReader(open(out, encoding='utf-8-sig')))
        told = {row['Mailbox']: row for row in rows}
        with contextlib.closing(sqlite3.connect(store)) as database:
            stored = dict(database.execute('SELECT address, password_hash FROM mailbox'))
        if len(rows) != len(told) or set(told) != set(boxes):
            return f'{len(rows)} rows of {len(told)} mailboxes'
        for box in boxes:
            if told[box]['Status'] != 'Changed' or not verifies(told[box]['Password'], stored[box]):
                return f'{box} has another password than its row ({told[box]["Status"]}): {told[box]["Message"]}'

    if given.full_disk:
        sys.exit(full_disk(given, work, fresh, run, verdict))
    passed = failed = 0
    for call in given.calls.split(','):
        fresh()
        log = work / 'trace'
        code, error = run('strace', '-f', '-y', '-qq', '-e', f'trace={call}', '-o', str(log))
        if code:
            sys.exit(f'An undisturbed run under strace fails: {code} {error}')
        lines = [line for line in log.read_text(errors='replace').splitlines() if re.search(rf'\b{call}\(', line)]
        print(f'{call}: {len(lines)} calls, {sum(str(runs) in line for line in lines)} of them in the state folder', flush=True)
        met = collections.Counter()
        for number in range(1, len(lines) + 1, given.every):
            fresh()
            code, error = run('strace', '-f', '-y', '-qq', '-e', f'trace={call}', '-e', f'inject={call}:error={"EIO" if "sync" in call else "ENOSPC"}:when={number}', '-o', str(log))
            hit = [line for line in log.read_text(errors='replace').splitlines() if 'INJECTED' in line]
            again = 0
            last = code
            while last != 0 and again < 5:
                last, more = run()
                again += 1
            fault = f'the run does not end: {last} {more[-400:]}' if last else verdict()
            where = [(re.search(r'<([^>]*)>', line) or [None, 'a name'])[1].replace(str(work), '') for line in hit]
            met.update(re.sub(r'.*/\d{8}-\d{6}-\w{6}', 'RUN', name) for name in where)
            passed += not fault
            failed += bool(fault)
            if fault or given.verbose:
                names = ', '.join(where)
                print(f'  {call} {number} ({names}): exit {code}, {again} more. {fault or "good"} | {" ".join(error.split())[-300:]}', flush=True)
            if not hit:
                break
        print('  met: ' + ', '.join(f'{file} {count}' for file, count in sorted(met.items())), flush=True)
    print(f'faults: {passed} passed, {failed} failed')
    if not failed:
        shutil.rmtree(work)
    sys.exit(failed > 0)


main()
