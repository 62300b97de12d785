#!/usr/bin/env python3
"""Runs mdmvendor at a terminal of its own and draws what a person sees there as docs/demo.svg.

terminal_picture.py PROGRAM PICTURE            draws
terminal_picture.py --check PROGRAM PICTURE    status 1 when the program says something else today than the picture shows
"""
import difflib
import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios
import xml.etree.ElementTree as xml
from xml.sax.saxutils import escape

COLUMNS = 76
# What is typed, and the answers to what is asked then: the renewal, with the wrong button first.
SESSION = [
    (
        "mdmvendor rehearse --renew",
        [("go on: ", "")] * 3 + [("3 [1]: ", "2"), ("of the new topic: ", ""), ("3 [1]: ", "1")],
    ),
    ("mdmvendor -C rehearsal status", []),
]
# What the picture leaves out, and marks: from a line that begins with the first up to one that begins with the second.
FOLDS = [
    ("Step 1 of 3", "A year later"),
    ("3. Upload", "What do you do"),
    ("hint: ", "What do you do"),
    ("'rehearsal' holds", "Topic ID:"),
]
FOLD_MARK = "[...]"
# What differs from run to run.
VOLATILE = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"\b\d{4}-\d\d-\d\d\b", "DATE"),
    (r"\b\d+ days", "N days"),
    (r"\b\d{8}T\d{6}Z(-\d+)?", "TIME"),
    (r"\b[0-9A-F]{12,16}$", "SERIAL"),
    (r" +$", ""),
]

# ------------------------------------------------------------------------------------------------------------ the run


def run(program, command, answers, folder):
    """What the command writes to a terminal of COLUMNS columns, with its escape sequences."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        os.execve(program, command.split(), environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    output, waiting, seen = b"", list(answers), 0
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # how Linux tells the end of a terminal
            break
        if not block:
            break
        output += block
        if waiting and waiting[0][0].encode() in output[seen:]:
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
            seen = len(output)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        sys.exit(f"'{command}' ended with status {status}:\n{output.decode(errors='replace')}")
    return output.decode().replace("\r", "").replace(os.path.realpath(folder), "/home/you")


def lines_of(text):
    """Lines of runs: (column, text, classes)."""
    style = ""
    for line in text.rstrip("\n").split("\n"):
        runs, column = [], 0
        for part in re.split(r"(\033\[[0-9;]*m)", line):
            if part.startswith("\033"):
                codes = [int(code or 0) for code in part[2:-1].split(";")]
                style = " ".join(f"c{code}" for code in codes if code != 0)
            else:  # words that stand apart get places of their own: a picture's text has no wide gaps
                for words in re.finditer(r"\S+( \S+)*", part):
                    runs.append((column + words.start(), words[0], style))
            column += 0 if part.startswith("\033") else len(part)
        yield runs


def plain(runs):
    line = ""
    for column, text, _ in runs:
        line = line.ljust(column) + text
    return line


def fold(lines):
    waiting, until = list(FOLDS), None
    for runs in lines:
        text = plain(runs)
        if until and text.startswith(until):
            until = None
            yield []
        if not until and waiting and text.startswith(waiting[0][0]):
            until = waiting.pop(0)[1]
            yield [(3, FOLD_MARK, "c90")]
        if not until:
            yield runs
    if until or waiting:
        sys.exit("the session does not say any more what FOLDS leaves out")


def session(program):
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for command, answers in SESSION:
            lines.append([(0, "$", "c90"), (2, command, "c1")])
            lines.extend(lines_of(run(program, command, answers, folder)))
            lines.append([])
    return list(fold(lines[:-1]))


# -------------------------------------------------------------------------------------------------------- the picture

CELL, LINE, LEFT, TOP = 8.4, 18, 18, 58
STYLE = """
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 14px;
  fill: #d5dbe3 }
.window { fill: #14181f; stroke: #3d444d } .c1 { font-weight: 700; fill: #ffffff } .c31 { fill: #ff938a }
.c32 { fill: #57d364 } .c33 { fill: #e3b341 } .c36 { fill: #6cc7f5 } .c90, .title { fill: #9aa4b0 } .title { text-anchor: middle }
"""


def draw(lines):
    width = round(2 * LEFT + COLUMNS * CELL)
    height = TOP + LINE * len(lines) + 8
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        "<title>mdmvendor rehearse --renew at a terminal: the renewal, and what becomes of the wrong button</title>",
        "<!-- A real run, drawn by tools/terminal_picture.py; the CMake target is docs. -->",
        f"<style>{STYLE}</style>",
        f'<rect class="window" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="9"/>',
        '<circle cx="20" cy="20" r="6" fill="#ff5f57"/><circle cx="40" cy="20" r="6" fill="#febc2e"/>'
        '<circle cx="60" cy="20" r="6" fill="#28c840"/>',
        f'<text class="title" x="{width // 2}" y="25">{SESSION[0][0]}</text>',
    ]
    for number, runs in enumerate(lines):
        for column, text, style in runs:
            x, length = LEFT + column * CELL, len(text) * CELL
            out.append(f'<text class="{style}" x="{x:.1f}" y="{TOP + number * LINE}" textLength="{length:.1f}">{escape(text)}</text>')
    return "\n".join(out + ["</svg>", ""])


def read(picture):
    """The lines that a picture shows."""
    lines = {}
    for element in xml.parse(picture).iter("{http://www.w3.org/2000/svg}text"):
        if "title" in element.get("class"):
            continue
        column = round((float(element.get("x")) - LEFT) / CELL)
        lines.setdefault(round((int(element.get("y")) - TOP) / LINE), []).append((column, element.text, ""))
    return [plain(lines.get(number, [])) for number in range(max(lines) + 1)]


def settled(line):
    for pattern, word in VOLATILE:
        line = re.sub(pattern, word, line)
    return line


def main():
    check = sys.argv[1] == "--check"
    program, picture = sys.argv[1 + check :]
    lines = session(os.path.abspath(program))
    if not check:
        with open(picture, "w", encoding="utf-8") as file:
            file.write(draw(lines))
        return 0
    shown = [settled(line) for line in read(picture)]
    said = [settled(plain(runs)) for runs in lines]
    difference = list(difflib.unified_diff(shown, said, picture, "the program", lineterm="", n=1))
    print("\n".join(difference))
    return 1 if difference else 0


sys.exit(main())
