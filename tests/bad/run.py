#!/usr/bin/env python3
"""Every case of this folder, several at a time, with TAP on standard output: see README.md for what a case is.

    run.py               all of them
    run.py -k WORD...    those whose path has one of the words; what they leave behind is kept, and named

MDMVENDOR and PRACTICE_APPLE name the two programs; ctest sets them. case.bash goes through a case, in a folder of its own,
and stops before and behind the command; here is looked at what is there then.
"""

import concurrent.futures
import hashlib
import os
import queue
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 120
LARGE = 1 << 21  # of larger files the size must do
SECRETS = "vendor pass 1", "customer-pass-1"
NOBODYS_WORDS = "error:0", "routines", "(null)", "asn1 encoding", "runtime error", "Sanitizer"
EMPTY_HINTS = "hint: Correct this, then", "hint: The same command with --debug"
CONTROLS = re.compile(rb"[^\n -~\x80-\xff]")
DECEITS = re.compile(rb"\xC2[\x80-\x9F]|\xE2\x80[\x8B-\x8F\xA8-\xAE]|\xE2\x81[\xA0-\xAF]")


class Broken(Exception):
    """The case cannot be gone on with."""


class Worker:
    """A shell with the helpers of the cases."""

    def __init__(self):
        self.shell, self.rest = None, b""
        self.start()

    def start(self):
        self.shell = subprocess.Popen(["bash", HERE + "/case.bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self.rest = b""

    def stop(self):
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.communicate()

    def go_on(self, line=""):
        self.shell.stdin.write((line + "\n").encode())
        self.shell.stdin.flush()

    def field(self):
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.shell.stdout], [], [], SECONDS)
            more = os.read(self.shell.stdout.fileno(), 65536) if ready else b""
            if not more:
                self.stop()
                self.start()
                raise Broken("it does not end" if not ready else "the shell is gone")
            self.rest += more
        field, self.rest = self.rest.split(b"\0", 1)
        return field.decode(errors="surrogateescape")

    def hear(self, word):
        """What the shell says that it has come to."""
        said = [self.field() for _ in range(int(self.field()))]
        if said[0] != word:
            raise Broken("the case ended before it could be told: " + word)
        return said[1:]


def listing(folder):
    """Everything but folders: kinds, modes, owners, and contents."""
    found = set()
    for top, folders, files in os.walk(folder):
        for name in files + folders:
            path = os.path.join(top, name)
            status = os.lstat(path)
            what = status.st_size
            if os.path.islink(path):
                what = os.readlink(path)
            elif os.path.isdir(path) or name == ".lock":
                continue
            elif os.path.isfile(path) and status.st_size <= LARGE and os.access(path, os.R_OK):
                with open(path, "rb") as file:
                    what = hashlib.sha256(file.read()).hexdigest()
            found.add("%s: mode %o of %d:%d, %s" % (path[len(folder) + 1:], status.st_mode, status.st_uid, status.st_gid, what))
    return found


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def text(data):
    return data.replace(b"\0", b"").decode(errors="surrogateescape")


class Case:
    """One case: what is wrong with what came of it."""

    def __init__(self, suite, name):
        self.name, self.room, self.shelf = name, os.path.join(suite, "room", name), os.path.join(suite, "shelf")
        self.work = self.room + "/work"
        self.complaints, self.about, self.got = [], "", "-"

    def complain(self, complaint):
        self.complaints.append(complaint)

    def go_through(self, worker):
        """Returns why it is skipped, if it is."""
        os.makedirs(self.work)
        worker.go_on(self.name)
        try:
            return self.steps(worker)
        except Broken as broken:
            self.complain(str(broken))
        return None

    def steps(self, worker):
        self.about, start, status, err, out, absent, writes, reports = worker.hear("case")
        if start != "nothing":
            shutil.copytree(os.path.join(self.shelf, start), self.work, symlinks=True, dirs_exist_ok=True)
        worker.go_on()
        prepared, = worker.hear("prepared")
        log, before = text(read(self.room + "/prepare.log")).rstrip("\n"), listing(self.work)
        worker.go_on()
        self.got, = worker.hear("ran")
        if prepared == "0":
            if not self.about or not status:
                self.complain("the case names no status or does not say what it is about")
            if self.got != status:
                self.complain("status is %s, expected %s" % (self.got, status))
            self.judge(status, reports, before if writes == "no" else None, (err, out, absent))
        worker.go_on()
        checked, = worker.hear("checked")
        worker.hear("end")
        if prepared == "77":
            return log.split("\n")[-1]
        if prepared != "0":
            self.complain("prepare failed: " + log)
        elif checked != "0":
            self.complain("check failed: " + text(read(self.room + "/check.log")))
        return None

    def judge(self, status, reports, before, words):
        out, err = read(self.room + "/out"), read(self.room + "/err")
        stdout, stderr, both = text(out), text(err), text(out + err)
        for where, said, wanted in ("standard error", stderr, words[0]), ("standard output", stdout, words[1]):
            for word in wanted.split("\n"):
                if word not in said:
                    self.complain("%s lacks: %s" % (where, word))
        for word in filter(None, words[2].split("\n")):
            if word in both:
                self.complain("it says what it should not: " + word)
        if CONTROLS.search(out + err):
            self.complain("control characters on the screen")
        if DECEITS.search(out + err):
            self.complain("characters on the screen that hide or turn around text")
        if any(secret in both for secret in SECRETS):
            self.complain("a password on the screen")
        for word in NOBODYS_WORDS:
            if word in both:
                self.complain("words that tell a person nothing: " + word)
        if status in "12456" and reports in ("error", "system"):
            for word in "mdmvendor: error: ", "hint: ":
                if word not in stderr:
                    self.complain("no line that begins with '%s'" % word)
        if reports == "error" and any(hint in stderr for hint in EMPTY_HINTS):
            self.complain("a hint that says nothing")
        now = listing(self.work)
        if any(line.split(": mode")[0].endswith(".tmp") for line in now):
            self.complain("a temporary file was left behind")
        if status not in ("0", "3") and before is not None and before != now:
            self.complain("something was written:\n" + "\n".join(["< " + line for line in sorted(before - now)] + ["> " + line for line in sorted(now - before)]))

    def report(self):
        lines = self.complaints + ["--- status %s, standard error:" % self.got, text(read(self.room + "/err")),
                                   "--- standard output:", text(read(self.room + "/out"))]
        shown = re.sub(rb"[^\n -~\x80-\xff]", b"?", "\n".join(lines).encode(errors="surrogateescape"))
        return "".join("# %s\n" % line for line in shown.decode(errors="replace").rstrip("\n").split("\n"))


def run(suite, cases):
    workers, jobs = queue.SimpleQueue(), os.cpu_count() or 2

    def one(name):
        case, worker = Case(suite, name), workers.get()
        skipped = case.go_through(worker)
        workers.put(worker)
        return case, skipped
    for _ in range(jobs):
        workers.put(Worker())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, (case, skipped) in enumerate(pool.map(one, cases), 1):
            failed += bool(case.complaints)
            print("%s %d %s: %s%s" % ("not ok" if case.complaints else "ok", number, case.name, case.about, " # SKIP " + skipped if skipped else ""))
            if case.complaints:
                print(case.report(), end="")
            sys.stdout.flush()
    for _ in range(jobs):
        workers.get().stop()
    return failed


def main(keep, words):
    if not shutil.which("perl"):
        print("skip: perl is not installed")
        return 1 if os.environ.get("CI") == "true" else 77
    cases = sorted(os.path.relpath(top, HERE) for top, _, files in os.walk(HERE) if "case.sh" in files)
    cases = [case for case in cases if not words or any(word in case for word in words)]
    if not cases:
        print("Bail out! no such case: " + " ".join(words))
        return 1
    suite = tempfile.mkdtemp(prefix="mdmvendor-bad.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) and not keep else None)
    os.environ.update(HERE=HERE, SUITE=suite)
    if keep:
        print("# kept: " + suite)
    try:
        shelf = subprocess.run(["bash", HERE + "/shelf.bash"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if shelf.returncode != 0:
            print("Bail out! the folders that the cases begin with could not be made\n# " + text(shelf.stdout).replace("\n", "\n# "))
            return 1
        print("1..%d" % len(cases), flush=True)
        return 1 if run(suite, cases) else 0
    finally:
        if not keep:
            subprocess.run(["chmod", "-R", "u+rwx", suite], stderr=subprocess.DEVNULL, check=False)
            shutil.rmtree(suite, ignore_errors=True)


if __name__ == "__main__":
    for number in signal.SIGHUP, signal.SIGTERM:
        signal.signal(number, lambda *_: sys.exit(1))
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(main(sys.argv[1:2] == ["-k"], sys.argv[2:]))
