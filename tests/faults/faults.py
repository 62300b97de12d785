#!/usr/bin/env python3
"""Makes every command fail at every place, one at a time, and judges what is left. The output is TAP.

    faults.py WALK PROGRAM SHIM [--full] [--only WORDS]

WALK: kill       stands still at each file-system call, and judges the folder as a death there would leave it
      fail       each file-system call fails
      memory     each allocation fails                crypto    each call into libcrypto fails
      trace      compares the calls that were seen with those of the kernel
      secrets    looks for passwords and keys in memory, files, output; terminal  the same, typed at a terminal

A call that is reached by a path that an earlier command took is left out; --full tries them all, with all their errors.
A path is the call with its callers in the program: five for a file-system call, three for one into libcrypto; for an
allocation the one caller, and the innermost place in the library that it called.
"""

import argparse
import errno
import os
import re
import subprocess
import sys
import traceback

sys.dont_write_bytecode = True
try:
    import secrets_left
    import verdict
    from ground import LATEST, RETRIED, SCENARIOS, Ground, Program, copy
    from verdict import Snapshot
except ImportError as missing:
    print("skip: python %s is not installed" % missing.name)
    sys.exit(77)

TOLD = 12
HALF = "half"
# What can go wrong with a kind of call; negative: it is to be tried again and to succeed.
ERRORS = {
    "read": [errno.EIO, -errno.EINTR, HALF], "open": [errno.EACCES, -errno.EINTR, errno.EIO, errno.EMFILE],
    "create": [errno.ENOSPC, -errno.EINTR, errno.EACCES, errno.EIO], "write": [errno.ENOSPC, -errno.EINTR, HALF, errno.EIO],
    "sync": [errno.EIO, -errno.EINTR, errno.ENOSPC], "sync-all": [errno.EIO, -errno.EINTR, errno.ENOSPC],
    "close": [errno.EIO, -errno.EINTR, errno.ENOSPC], "rename": [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EPERM],
    "link": [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EPERM], "mkdir": [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EPERM],
    "unlink": [errno.EIO, errno.EACCES], "rmdir": [errno.EIO, errno.EACCES], "stat": [errno.EIO, errno.EACCES],
    "mode": [errno.EIO, -errno.EINTR, errno.EPERM], "list": [errno.EIO, errno.ENOMEM], "lock": [errno.ENOLCK, -errno.EINTR, errno.EIO],
}
MUST_FAIL = {"write", "sync", "sync-all", "rename", "link", "mkdir", "create"}  # nothing else does what they were to do


class Course:
    """One command of one stage, run with and without faults."""
    seen, turns = set(), {}  # of all commands together

    def __init__(self, ground, scenario, full):
        self.ground, self.scenario, self.full = ground, scenario, full
        self.problems, self.tried, self.programs = 0, 0, {}
        self.what = "undisturbed"
        self.before = self.end = self.printed = self.usual = None

    def begin(self):
        self.enter()
        self.before = Snapshot(self.place())

    def close(self):
        for program in self.programs.values():
            program.close()

    def place(self, aside=0):
        return self.ground.places[aside]

    def enter(self):
        self.ground.enter(self.scenario.stage)

    def program(self, aside=0, args=None):
        key = aside, self.scenario.args if args is None else args
        if key not in self.programs:
            self.programs[key] = Program(self.ground, self.place(aside), key[1])
        return self.programs[key]

    def problem(self, text):
        self.problems += 1
        if self.problems <= TOLD:
            print("# mdmvendor %s, %s: %s" % (self.scenario.name, self.what, text))

    def check(self, *lists):
        for problems in lists:
            for text in problems:
                self.problem(text)

    def learn(self):
        """The run that nothing goes wrong in. Returns its calls, and how many names it gave or took."""
        outcome = self.program().run(on_call=lambda _: "go")
        if outcome.status != self.scenario.status:
            self.problem("status %d in place of %d: %s" % (outcome.status, self.scenario.status, outcome.err))
        self.printed, self.end = len(outcome.out), Snapshot(self.place())
        problems, names = verdict.order(outcome.calls, self.scenario.batch)
        self.check(problems, verdict.keep(self.before, self.end), verdict.whole(self.before, self.end), verdict.swept(self.end))
        return outcome.calls, names

    def is_new(self, *key):
        """Left out is what an earlier command came to in the same way."""
        if self.full:
            return True
        known = key in self.seen
        self.seen.add(key)
        return not known

    def came_through(self, outcome, now):
        return (outcome.status == self.scenario.status and (self.scenario.report or len(outcome.out) == self.printed) and
                not verdict.same_end(self.end, now) and verdict.changed_alike(self.before, self.end, now))

    def again(self, broken, args, aside):
        """After whatever happened, the same command again: it ends as if nothing had happened. And a plain run goes on."""
        same = args == self.scenario.args
        outcome = self.program(aside, args).run(clock=LATEST, key=RETRIED)
        now = Snapshot(self.place(aside))
        fits = outcome.status == self.scenario.status or (self.scenario.again_differs and outcome.says_error() and outcome.status in (1, 5))
        if not (fits if same else outcome.status in (0, 3)):
            self.problem("%s ends with %d: %s" % ("the same command again" if same else "a plain run", outcome.status, outcome.first()))
        self.check(verdict.keep(self.before, now), verdict.keep(broken, now), verdict.whole(self.before, now))
        if not self.scenario.throwaway or not same:
            self.check(verdict.swept(now, "" if same else "work/"))  # only the same command knows where else it wrote
        if same and outcome.status == self.scenario.status:
            self.check(verdict.same_end(self.end, now))


# Deaths.

def kill(course):
    calls, names = course.learn()
    last = {"files": None}

    def judge(what, key):
        broken = Snapshot(course.place())
        course.tried += 1
        if broken.files == last["files"] or not course.is_new(key):
            return
        last["files"] = broken.files
        course.what = what
        course.check(verdict.keep(course.before, broken), verdict.whole(course.before, broken))
        for args in (course.scenario.args, "")[:1 if not course.scenario.args else 2]:
            copy(course.place(), course.place(1))
            bury(course.place(1))
            course.again(broken, args, 1)

    def at_call(outcome):
        call = outcome.calls[-1]
        if len(outcome.calls) == 1 or outcome.calls[-2].changes() or course.full:
            judge("killed at call %d of %d (%s)" % (len(outcome.calls), len(calls), call), (call.path_of_calls, call.kind))
        return "tear" if call.kind == "write" else "go"

    def at_torn(outcome):
        judge("killed in the middle of call %d (%s)" % (len(outcome.calls), outcome.calls[-1]), (outcome.calls[-1].path_of_calls, "torn"))
    course.enter()
    outcome = course.program().run(on_call=at_call, on_torn=at_torn)
    course.what = "after the last death"
    if outcome.status != course.scenario.status:
        course.problem("status %d: %s" % (outcome.status, outcome.first()))
    die_in_earnest(course, calls)
    return "killed at %d of %d calls; %d names are synced in order" % (course.tried, len(calls), names)


def bury(place):
    """The process that stands still is not dead, and its number in the names of its temporaries tells that."""
    for path in Snapshot(place).files:
        if verdict.is_temporary(path):
            name = re.sub(r"-[0-9]+-", "-4999999-", os.path.basename(path))  # no system has that many
            os.rename(os.path.join(place, path), os.path.join(place, os.path.dirname(path), name))


def die_in_earnest(course, calls):
    """A death at the call that changed most leaves what standing still there showed."""
    changing = [number for number, call in enumerate(calls, 1) if call.changes()]
    if not changing:
        return
    at = changing[len(changing) // 2]
    course.enter()
    outcome = course.program().run(at=at, on_call=lambda _: "kill")
    course.what = "killed in earnest at call %d" % at
    if outcome.status != -9 and not course.scenario.batch:
        course.problem("it was not killed: status %d" % outcome.status)
    now = Snapshot(course.place())
    course.check(verdict.keep(course.before, now), verdict.whole(course.before, now))
    course.again(now, course.scenario.args, 0)


# Calls that fail.

def fail(course):
    calls, _ = course.learn()
    for number, call in enumerate(calls, 1):
        ways = ERRORS.get(call.kind, [])
        turn = Course.turns.get(call.kind, 0)
        if not ways or not course.is_new(call.path_of_calls, call.kind):
            continue
        for way in ways if course.full else [ways[turn % len(ways)]]:
            fail_at(course, number, call, way)
        Course.turns[call.kind] = turn + 1
    return "of %d calls %d fail" % (len(calls), course.tried)


def fail_at(course, number, call, way):
    answer = way if way == HALF else abs(way)
    course.what = "call %d (%s): %s" % (number, call, "half done" if way == HALF else os.strerror(abs(way)))
    course.enter()
    outcome = course.program().run(at=number, on_call=lambda _: answer)
    if not outcome.calls:
        return None if course.scenario.batch else course.problem("the calls are not the same in every run")
    course.tried += 1
    now = Snapshot(course.place())
    met = outcome.calls[0]
    through = course.came_through(outcome, now)
    tried_again = met.kind == call.kind and (way == HALF or way < 0)
    if met.kind == call.kind and met.kind in MUST_FAIL and not tried_again and not (met.kind == "link" and way == errno.EPERM) and through:
        course.problem("it is passed over")
    elif tried_again and not through:
        course.problem("it is not tried again: status %d: %s" % (outcome.status, outcome.first()))
    elif not through and (outcome.status != 1 or not outcome.says_error()):
        course.problem("status %d: %s" % (outcome.status, outcome.first()))
    course.check(verdict.keep(course.before, now), verdict.whole(course.before, now))
    if course.full or not (through or now.files == course.before.files):  # else the next run was seen already
        course.again(now, course.scenario.args, 0)
    return None


# Allocations and calls into libcrypto.

def memory(course):
    return libraries(course, "m")


def crypto(course):
    return libraries(course, "c")


def libraries(course, counts):
    course.learn()
    course.enter()
    rest = course.program().run(counts=counts, trace=1)
    calls = rest.allocations if counts == "m" else rest.crypto
    # Where a check is to fail, a call that fails must not make it come out well: that is another trial.
    refusal = counts == "c" and course.scenario.status == 5
    for number, path in enumerate(rest.paths, 1):
        if course.is_new(path, refusal):
            fail_library(course, counts, number, rest.live)
    return "of %d %s %d fail" % (calls, "allocations" if counts == "m" else "calls into libcrypto", course.tried)


def fail_library(course, counts, number, live):
    course.enter()
    outcome = course.program().run(counts=counts, at=number)
    if outcome.fired is None:  # threads and numbers of random length make the count vary a little
        return
    course.tried += 1
    course.what = "%s %d" % (outcome.fired, number)
    now = Snapshot(course.place())
    through = course.came_through(outcome, now) or made_again(course, outcome, now)
    # Without memory a check may come out as a refusal: that is no success either (`verify` gives it as its result).
    error = outcome.status == 5 or (outcome.status in (1, 2) and outcome.says_error())
    if outcome.status >= 0 and not through and not error:
        course.problem("status %d: %s" % (outcome.status, outcome.first()))
    course.check(verdict.keep(course.before, now), verdict.whole(course.before, now))
    if outcome.status >= 0 and outcome.live <= live:
        return
    for drift in (0, 1, -1, 2, -2) * 4:  # a crash or a leak: once more, to see how it was reached
        course.enter()
        seen = course.program().run(counts=counts, at=number + drift, trace=1)
        if seen.fired is not None and (seen.status if outcome.status < 0 else live - seen.live) < 0:
            break
    if course.usual is None:  # what is left without a fault
        course.enter()
        course.usual = course.program().run(counts=counts, at=sys.maxsize, trace=1).stories
    if not is_library_fault([story for story in seen.stories if story not in course.usual], outcome.status < 0):
        course.problem("signal %d: %s" % (-outcome.status, outcome.first()) if outcome.status < 0 else
                       "%d blocks are never freed, %d without the fault" % (outcome.live, live))
        for story in seen.stories[:3]:
            print("#   " + story)


def made_again(course, outcome, now):
    """A pfx that libcrypto cannot take apart once looks like a damaged one."""
    pfx = course.before.files.get("work/outputs/MDM_APNSCert.pfx")
    return (course.scenario.makes_again and outcome.status == 0 and len(outcome.out) == course.printed and
            pfx is not None and "work/outputs/MDM_APNSCert.pfx" in now.files and pfx[1] in now.data)


# What fails to initialise fails as a whole; tables of libcrypto and libc last as long as the process.
WHOLE = ("OPENSSL_init_crypto", "OPENSSL_cleanup", "CRYPTO_secure_malloc_init", "CRYPTO_THREAD_run_once")
TABLES = ("_fetch", "_do_all_provided", "OBJ_NAME_do_all", "CRYPTO_THREAD_run_once", "CTX_new_for_pkey", "CRYPTO_set_ex_data", "OPENSSL_gmtime")


def is_library_fault(stories, crashed):
    """What went wrong within a library alone, and no caller can help: libcrypto and libplist do not get along without memory
    everywhere. A leak is theirs when it is what the call that failed had made so far, or a part of their tables."""
    def frames(word):
        return next((story.split(" < ") for story in stories if story.startswith(word)), [])

    def place(frames):  # in the program, but not in the heap that it gives libcrypto
        return next((frame for frame, caller in zip(frames, frames[1:]) if frame.startswith("program+") and
                     caller.startswith(("program+", "libc.so"))), None)
    failed, crash = frames("failed"), frames("crashed")
    if any(name in " ".join(failed) for name in WHOLE):
        return True
    if crashed:  # in the very call that was refused memory, or in one of two that leave behind what looks whole
        return len(failed) > 1 and not failed[1].startswith("program+") and (
            place(crash) == place(failed) or
            (any("plist_dict_set_item" in frame for frame in failed) and any("libplist" in frame for frame in crash)) or
            (any("ASN1_item_sign_ctx" in frame for frame in failed) and any("ASN1_item_free" in frame for frame in crash)))
    left = [story for story in stories if story.startswith("left")]
    return bool(left) and all(any(name in story for name in TABLES) or place(failed) in story.split(" < ") for story in left)


# The kernel's view.

KERNEL = {"openat": "open", "close": "close", "read": "read", "pread64": "read", "readv": "read", "write": "write", "pwrite64": "write",
          "writev": "write", "fsync": "sync", "fdatasync": "sync", "syncfs": "sync-all", "renameat2": "rename",
          "renameat": "rename", "linkat": "link",
          "unlinkat": "unlink", "mkdirat": "mkdir", "fchmod": "mode", "fchmodat": "mode"}
LOOKS = ("newfstatat", "fstat", "stat", "lstat", "faccessat2", "faccessat", "access", "fcntl", "getdents64", "readlink", "lseek", "getcwd", "chdir")


def trace(course):
    """Folders are read through libc, which makes calls of its own for that: these are not compared, nor are looks."""
    log = course.ground.top + "/strace"
    program = Program(course.ground, course.place(), course.scenario.args, wrap=("strace", "-f", "-y", "-qq", "-o", log))
    outcome = program.run(on_call=lambda _: "go")
    program.close()
    shim, kernel = {}, {}
    for call in outcome.calls:
        shim[call.kind] = shim.get(call.kind, 0) + 1
    with open(log, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    for line in lines:
        name, _, rest = line.partition(" ")[2].strip().partition("(")
        absolute = re.match(r'[^"]*<[^>]*>, ("/[^"]*")', rest)
        if name in LOOKS or "resumed>" in line or course.place() + "/" not in (absolute[1] if absolute else rest.split(" = ")[0]):
            continue
        kind = KERNEL.get(name, name)
        if kind == "open" and ("O_CREAT" in rest or "O_TRUNC" in rest):
            kind = "create"
        if kind == "unlink" and "AT_REMOVEDIR" in rest:
            kind = "rmdir"
        kernel[kind] = kernel.get(kind, 0) + 1
    for kind in sorted(set(kernel) | set(shim) - {"stat", "list", "lock"}):
        course.tried += shim.get(kind, 0)
        if kernel.get(kind, 0) != shim.get(kind, 0):
            course.problem("%s: the kernel saw %d, the shim %d" % (kind, kernel.get(kind, 0), shim.get(kind, 0)))
    return "no call is missed"


WALKS = {"kill": (kill, "calls killed"), "fail": (fail, "calls failed"), "memory": (memory, "allocations failed"),
         "crypto": (crypto, "libcrypto calls failed"), "trace": (trace, "calls compared with what the kernel saw"),
         "secrets": (secrets_left.secrets, "places searched for secrets"), "terminal": (secrets_left.terminal, "places searched for secrets")}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("walk", choices=WALKS)
    options.add_argument("program")
    options.add_argument("shim")
    options.add_argument("--full", action="store_true")
    options.add_argument("--only", default="")
    options = options.parse_args()
    walk, figure = WALKS[options.walk]
    if options.walk == "trace" and (os.geteuid() != 0 or subprocess.run(["sh", "-c", "command -v strace"], capture_output=True, check=False).returncode):
        print("skip: strace is not installed" if os.geteuid() == 0 else "skip: only root can look into a process that hides itself")
        return 77
    rows = secrets_left.DIALOGUES if options.walk == "terminal" else [row for row in SCENARIOS if options.full or not row.soak]
    rows = [row for row in rows if options.only in row.name]
    ground, tried, problems = Ground(options.program, options.shim), 0, 0
    print("1..%d" % len(rows))
    try:
        for number, row in enumerate(rows, 1):
            course = Course(ground, row, options.full)
            try:
                course.begin()
                said = walk(course)
            except Exception:  # a test that cannot go on is a test that failed
                course.problem(traceback.format_exc().replace("\n", "\n# "))
                said = "it did not come to its end"
            course.close()
            tried, problems = tried + course.tried, problems + course.problems
            print("%s %d - mdmvendor %s: %s" % ("not ok" if course.problems else "ok", number, row.name, said), flush=True)
    finally:
        ground.close()
    print("figure: %s: %d %s, %d problems" % (options.walk, tried, figure, problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
