#!/usr/bin/env python3
"""Makes the pictures of README.md and docs/: ./docs/pictures/make.py [session] [house] [change] [icon] [report]

session  a real PowerShell session in a real terminal (tmux, 80 columns); needs pwsh, tmux and ./build.ps1 -Task Build
house    the parts of MailPass
change   the way of a change
icon     icon.png from icon.svg; needs chromium
report   the report of a real run; needs root, chromium and ./build.ps1 -Task Program

Each drawing has its light and its dark colours in it.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from html import escape

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# ---------------------------------------------------------------------------------------------------------------- terminal

COLUMNS, ROWS = 80, 30
CELL, LINE, MARGIN = 8.4, 19, 14

# The sixteen colours of a terminal on a light and on a dark ground, each readable there (contrast 4.5 and more).
LIGHT = dict(ground="#ffffff", text="#1f2328", frame="#d1d9e0",
             colours=["#24292e", "#c4262e", "#116329", "#7a5c00", "#0550ae", "#7b3aad", "#11666e", "#57606a",
                      "#57606a", "#a40e26", "#0a6b2b", "#6b5000", "#0757b8", "#6f2da8", "#0d6068", "#24292e"])
DARK = dict(ground="#0d1117", text="#e6edf3", frame="#30363d",
            colours=["#8b949e", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
                     "#8b949e", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#f0f6fc"])


def style(theme):
    rules = [f".ground{{fill:{theme['ground']};stroke:{theme['frame']}}}", f"text{{fill:{theme['text']}}}"]
    rules += [f".c{number}{{fill:{colour}}}" for number, colour in enumerate(theme["colours"])]
    return "".join(rules)


def runs(line):
    """Cuts a line of `tmux capture-pane -e` into (column, text, classes)."""
    column, colour, bold, faint = 0, None, False, False
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not part.startswith("\x1b"):
            if part.strip():
                classes = ([f"c{colour}"] if colour is not None else []) + (["bold"] if bold else []) + (["faint"] if faint else [])
                yield column, part, " ".join(classes)
            column += len(part)
            continue
        for code in [int(number or 0) for number in part[2:-1].split(";")]:
            if code == 0:
                colour, bold, faint = None, False, False
            elif code in (1, 2):
                bold, faint = bold or code == 1, faint or code == 2
            elif code == 22:
                bold = faint = False
            elif 30 <= code <= 37:
                colour = code - 30
            elif 90 <= code <= 97:
                colour = code - 82
            elif code == 39:
                colour = None


def terminal_svg(lines, title):
    width, height = round(COLUMNS * CELL + 2 * MARGIN), len(lines) * LINE + 2 * MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
           f"<title>{escape(title)}</title>",
           "<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace;white-space:pre}"
           f".bold{{font-weight:bold}}.faint{{opacity:.75}}{style(LIGHT)}@media(prefers-color-scheme:dark){{{style(DARK)}}}</style>",
           f'<rect class="ground" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>']
    for number, line in enumerate(lines):
        for column, text, classes in runs(line):
            lead = len(text) - len(text.lstrip(" "))
            text, column = text.strip(" "), column + lead
            attribute = f' class="{classes}"' if classes else ""
            out.append(f'<text x="{MARGIN + column * CELL:.1f}" y="{MARGIN + number * LINE + 14}"{attribute} '
                       f'textLength="{len(text) * CELL:.1f}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(text)}</text>')
    return "\n".join(out + ["</svg>", ""])


class Terminal:
    """A tmux session of its own, with nothing of the user's set-up."""

    def __init__(self, command, folder, environment):
        self.socket = str(folder / "tmux")
        self("-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", str(folder), *command, environment=environment)
        self("set-option", "-g", "status", "off")

    def __call__(self, *arguments, environment=None):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True, capture_output=True, text=True, env=environment).stdout

    def screen(self, colours=False):
        return self("capture-pane", "-p", *(["-e"] if colours else []))

    def wait(self, prompts, prompt="PS> "):
        """Waits until so many prompts are there, the last one empty and at rest."""
        last = None
        while True:
            text = self.screen().rstrip("\n ")
            now = text.count(prompt.rstrip())
            if now >= prompts and text.endswith(prompt.rstrip()) and text == last:
                return
            last = text
            time.sleep(0.4)

    def type(self, line):
        self("send-keys", "-l", line)
        time.sleep(0.3)
        self("send-keys", "Enter")

    def close(self):
        self("kill-server")


SESSION = [
    "Connect-MailStore mail.db -Scheme SSHA512 | Out-Null",
    "$new = Reset-MailboxPassword -Domain example.com -AsPlainText -Force",
    "$new",
    "$new | Export-Csv new.csv",
    "Import-Csv new.csv | Test-MailboxPassword -AsPlainText |",
    "    Group-Object IsCurrent -NoElement",
]


def session():
    with tempfile.TemporaryDirectory(prefix="mailpass-picture-") as name:
        folder = pathlib.Path(name)
        (folder / "boxes.csv").write_text("Mailbox,Name\n" + "".join(f"{one}@example.com,{one.title()}\n" for one in ("anna", "ben", "cleo", "dora")))
        environment = {"PATH": os.environ["PATH"], "HOME": name, "XDG_STATE_HOME": f"{name}/state", "TERM": "xterm-256color", "COLORTERM": "",
                       "LANG": "C.UTF-8", "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "POWERSHELL_TELEMETRY_OPTOUT": "1", "POWERSHELL_UPDATECHECK": "Off"}
        (folder / "start.ps1").write_text(f"""
Import-Module '{ROOT}/out/MailPass'
$null = Import-Csv boxes.csv | New-MailStore -Path mail.db; Disconnect-MailStore
Set-PSReadLineOption -PredictionSource None
function prompt {{ 'PS> ' }}
Clear-Host
""")
        terminal = Terminal([shutil.which("pwsh"), "-NoLogo", "-NoProfile", "-NoExit", "-File", "start.ps1"], folder, environment)
        try:
            terminal.wait(1)
            prompts = 1
            for line in SESSION:
                terminal.type(line)
                # A line that ends in | goes on.
                if not line.endswith("|"):
                    prompts += 1
                    terminal.wait(prompts)
                else:
                    time.sleep(1)
            lines = terminal.screen(colours=True).rstrip("\n").split("\n")
        finally:
            terminal.close()
        plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]
        while plain and plain[-1] in ("", "PS>"):
            plain.pop()
        assert not any("/home" in line or str(ROOT) in line or name in line for line in plain), "A path of this machine is in the picture."
        assert not any("rror" in line for line in plain), "\n".join(plain)
        (HERE / "session.svg").write_text(terminal_svg(lines[:len(plain)], "A PowerShell session: reset a domain, keep the rows, prove every new password"))


# ---------------------------------------------------------------------------------------------------------------- drawings

def drawing(width, height, title, parts):
    light = "rect{fill:#f6f8fa;stroke:#59636e}rect.core{fill:#ddf4ff;stroke:#0550ae}rect.outside{fill:#fff8c5;stroke:#7d4e00}text{fill:#1f2328}.sub{fill:#59636e}path{stroke:#59636e}marker path{fill:#59636e}"
    dark = "rect{fill:#151b23;stroke:#9198a1}rect.core{fill:#0c2d4d;stroke:#79c0ff}rect.outside{fill:#3a2d00;stroke:#e3b341}text{fill:#f0f6fc}.sub{fill:#b1bac4}path{stroke:#9198a1}marker path{fill:#9198a1}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f"<style>text{{font:14px system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif;text-anchor:middle}}.title{{font-weight:600}}.sub{{font-size:12px}}path{{fill:none;stroke-width:1.5}}marker path{{stroke:none}}{light}@media(prefers-color-scheme:dark){{{dark}}}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
        *parts, "</svg>", ""])


def box(x, y, width, height, title, *below, kind=""):
    top = y + height / 2 + 5 - 8 * len(below)
    return "\n".join([f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}/>',
                      f'<text class="title" x="{x + width / 2}" y="{top}">{escape(title)}</text>',
                      *[f'<text class="sub" x="{x + width / 2}" y="{top + 17 * (number + 1)}">{escape(line)}</text>' for number, line in enumerate(below)]])


def arrow(*points):
    return f'<path d="M{" ".join(f"{x} {y}" for x, y in points)}" marker-end="url(#tip)"/>'


def note(x, y, text):
    return f'<text class="sub" x="{x}" y="{y}">{escape(text)}</text>'


def house():
    parts = [
        box(20, 20, 240, 62, "MailPass.PowerShell", "cmdlets: bind, confirm, print"),
        box(540, 20, 240, 62, "mailpass", "the command line: the same runs"),
        arrow((140, 82), (140, 122)), arrow((660, 82), (660, 122)),
        '<rect class="core" x="20" y="124" width="760" height="262" rx="6"/>',
        '<text class="title" x="400" y="148">MailPass.Core: a room knows those below it and none above</text>',
        box(40, 162, 350, 44, "Profiles, Import, Diagnostics"), box(410, 162, 350, 44, "Journals", kind=""),
        box(40, 216, 720, 44, "Changes: the run, canaries, waves"),
        box(40, 270, 350, 44, "Sessions: Dovecot, webmails"), box(410, 270, 350, 44, "Stores: SQL, passwd-files, LDAP"),
        box(40, 324, 720, 44, "Hashing, Generation, Policy, Mailboxes, Secrets, Platform, Rows"),
        arrow((215, 386), (215, 426)), arrow((585, 386), (585, 426)),
        box(20, 428, 370, 62, "Dovecot, Roundcube, Group-Office, SOGo", "doveadm HTTP API, session tables", kind="outside"),
        box(410, 428, 370, 62, "SQLite, MySQL, MariaDB, PostgreSQL, LDAP", "schemas of the mail systems, as data", kind="outside"),
    ]
    (HERE / "house.svg").write_text(drawing(800, 510, "The parts of MailPass: two heads on one core, stores and session systems below it", parts))


def change():
    steps = [("Intake", "batches that", "grow while fast"), ("Check", "address, state,", "policy, scheme"), ("Hash", "all cores,", "lanes shared"),
             ("Journal", "sealed, on disk", "before the store"), ("Write", "one transaction,", "compare, swap"), ("Revoke", "flush, kick, ask", "until empty")]
    parts = [note(61, 48, "requests"), arrow((61, 56), (61, 76))]
    for number, (name, *below) in enumerate(steps):
        x = 10 + number * 132
        parts.append(box(x, 78, 102, 76, name, *below, kind="core"))
        parts.append(arrow((x + 102, 116), (x + 131, 116)) if number < 5 else arrow((x + 51, 154), (x + 51, 248)))
    # What ends early, and what is outside.
    parts += [
        arrow((193, 154), (193, 270), (630, 270)), note(410, 262, "what fails, and -WhatIf, ends here: a row with its reason"),
        box(631, 250, 168, 40, "rows, in input order"),
        box(406, 180, 102, 40, "journal", kind="outside"), arrow((457, 154), (457, 178)),
        box(538, 180, 102, 40, "store", kind="outside"), arrow((589, 154), (589, 178)),
        arrow((664, 250), (664, 200), (642, 200)), note(590, 312, "a row that reaches nobody goes back: the old hash is put back"),
    ]
    (HERE / "change.svg").write_text(drawing(806, 330, "The way of a change: intake, check, hash, journal, write, revoke, row", parts))


def photograph(address, width, height, picture, *options):
    with tempfile.TemporaryDirectory(prefix="mailpass-picture-") as folder:
        subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}",
                        f"--window-size={width},{height}", f"--screenshot={HERE / picture}", *options, address], check=True, capture_output=True)


def icon():
    photograph(f"file://{HERE}/icon.svg", 128, 128, "icon.png", "--default-background-color=00000000")


def report():
    program = ROOT / "out/mailpass/mailpass"
    with tempfile.TemporaryDirectory(prefix="mailpass-picture-") as folder:
        home = pathlib.Path(folder)
        (home / "mailboxes.csv").write_text("Mailbox,Active\n" + "".join(f"person{number}@example.com,{0 if number % 97 == 0 else 1}\n" for number in range(1, 3001)))

        def mailpass(*arguments):
            # The report names the host and the store: of a mail server, not of the machine that makes the picture.
            subprocess.run(["unshare", "--uts", "--mount", "sh", "-c", f'hostname mx1.example.com && mount --bind {folder} /srv && cd /srv && exec "$0" "$@"', program, *arguments],
                           check=False, env={**os.environ, "XDG_STATE_HOME": "/srv"}, capture_output=True)

        mailpass("init", "--store", "mail.db", "--csv", "mailboxes.csv")
        mailpass("reset", "--store", "mail.db", "--domain", "example.com", "--yes", "--reason", "Phishing, ticket 4711", "--out", "new.csv",
                 "--scheme", "SSHA512", "--wave-size", "500", "--wave-delay", "2s")
        journal = next((home / "mailpass/runs").glob("*.journal"))
        mailpass("report", journal.stem, "--out", "report.html")
        photograph(f"file://{home}/report.html", 900, 1060, "report.png")


if __name__ == "__main__":
    for name in sys.argv[1:] or ["session", "house", "change", "icon", "report"]:
        dict(session=session, house=house, change=change, icon=icon, report=report)[name]()
