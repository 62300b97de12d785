"""Looks for what must not be left anywhere: passwords and private keys, in all memory of the process when main() has
returned and in what it frees, in what /proc shows of it, in its output, and in every file."""

import collections
import fcntl
import functools
import os
import pty
import re
import select
import subprocess
import termios
import time

from cryptography.hazmat.primitives import serialization

from ground import CUSTOMER, TRIED, VENDOR, Program
from verdict import Snapshot

WINDOW = 24  # bytes out of the middle of a long number or line: what is freed loses its first bytes
ZEROS = re.compile(rb"\0{64,}")
HELD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+ *(.*)")
Dialogue = collections.namedtuple("Dialogue", "name stage args lines status report batch throwaway clear", defaults=(False, False, False, None))
ENTER, CTRL_C = "\r", "\003"
DIALOGUES = [
    Dialogue("a new password is typed twice", "finished", "1 --no-wait",
             [("Go on?", "y" + ENTER), ("New password", VENDOR + ENTER), ("again", VENDOR + ENTER), ("Country", ENTER), ("Organisation", ENTER), ("Common name", ENTER),
              ("E-mail", ENTER)], 3),
    Dialogue("Ctrl-C at the second prompt of a new password", "finished", "1 --no-wait",
             [("Go on?", "y" + ENTER), ("New password", VENDOR + ENTER), ("again", VENDOR[:10] + CTRL_C)], 130),
    Dialogue("Ctrl-C after the passwords", "finished", "1 --no-wait",
             [("Go on?", "y" + ENTER), ("New password", VENDOR + ENTER), ("again", VENDOR + ENTER), ("Country", CTRL_C)], 130),
    Dialogue("Ctrl-C at the password of an existing key", "push certificate came", "--no-wait", [("Password of", CTRL_C)], 130),
    Dialogue("the password of an existing key, at the second try", "push certificate came", "--no-wait",
             [("Password of", VENDOR + ENTER), ("Password of", CUSTOMER + ENTER)], 0),
    Dialogue("two new passwords that differ, then Ctrl-C", "vendor certificate came", "2 --no-wait",
             [("Password of", VENDOR + ENTER), ("New password", CUSTOMER + ENTER), ("again", VENDOR + ENTER), ("New password", CTRL_C)], 130),
]


def password_needles():
    """As it is typed, its end, and as PKCS #12 takes it (two bytes for each character)."""
    found = {}
    for name, word in (("vendor's password", VENDOR), ("customer's password", CUSTOMER)):
        tail = word[len(word) // 2:]
        found.update({name: word.encode(), name + ", its end": tail.encode(), name + " in two-byte characters": tail.encode("utf-16-be")})
    return found


def number_needles(name, number):
    """A number as files have it, and as libcrypto computes with it."""
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    found = {}
    for order, data in (("", data), (" (limbs)", data[::-1])):
        for at in (len(data) // 8, len(data) // 8 + len(data) // 2):
            found["%s%s at %d" % (name, order, at)] = data[at:at + WINDOW]
    return found


def key_needles(name, key):
    numbers = key.private_numbers()
    found = {}
    for part in ("d", "p", "q", "dmp1", "dmq1", "iqmp"):
        found.update(number_needles("%s %s" % (name, part), getattr(numbers, part)))
    for form in (serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL):
        lines = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).splitlines()
        for i, line in enumerate(lines[10:], 10):  # those before hold what is public
            if len(line) == 64:
                found["%s in clear PEM, line %d" % (name, i)] = line[8:8 + WINDOW]
    return found


@functools.lru_cache(maxsize=None)
def read_key(pem, *words):
    """The key in the file, opened by the first of the passwords that fits. A library that proves each number takes a while, once a key."""
    for word in words:
        try:
            return serialization.load_pem_private_key(pem, word and word.encode())
        except ValueError:
            pass
    raise ValueError("no password opens the key")


def needles_of(now):
    """The passwords, and every key that the folder holds now, old and new."""
    found = password_needles()
    for path, (_, digest) in now.files.items():
        if path.endswith(".key") and digest:
            word = VENDOR if "vendor.key" in path else CUSTOMER
            found.update(key_needles(path, read_key(now.data[digest], word, "rehearsal")))  # which does not look into the environment
    return found


def search(course, needles, where, data):
    course.tried += 1
    for name, needle in needles.items():
        if needle in data:
            course.problem("%s: found in %s" % (name, where))


def search_process(course, needles, pid):
    with open("/proc/%d/maps" % pid, encoding="utf-8") as file:
        held = [HELD.match(line) for line in file]
    searched = 0
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as file:
        for match in filter(None, held):
            begin, end = int(match[1], 16), int(match[2], 16)
            file.seek(begin)
            data = file.read(end - begin)
            searched += len(data)
            data = ZEROS.sub(bytes(64), data)  # most of it
            if len(data) > 64:
                search(course, needles, "memory at %s" % (match[3] or match[1]), data)
    if searched < 100000:
        course.problem("its memory was not searched")
    for name in ("cmdline", "environ"):
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            search(course, needles, name, file.read())


def search_everything(course, manner, terminal=None, talk=None):
    """In a run that makes its keys in earnest, from the moment main() has returned."""
    found = {}
    course.what = "passwords by " + manner
    course.enter()

    def look(pid):
        found["now"] = Snapshot(course.place())
        found["needles"] = needles_of(found["now"])
        search_process(course, found["needles"], pid)
    program = Program(course.ground, course.place(), course.scenario.args, manner, terminal)
    if talk:
        talk()
    outcome = program.run(key="-", on_left=look)
    program.close()
    if outcome.status != course.scenario.status or "now" not in found:
        course.problem("status %d in place of %d: %s" % (outcome.status, course.scenario.status, outcome.err))
        return
    for what, held in zip(("core images are not off", "other processes of the user can look into it", "its umask lets others in"), outcome.hardened):
        if not held:
            course.problem(what)
    search(course, found["needles"], "the output", outcome.out.encode())
    search(course, found["needles"], "the messages", outcome.err.encode())
    for path, (_, digest) in found["now"].files.items():
        if digest and path != course.scenario.clear:
            search(course, found["needles"], path, found["now"].data[digest])
    if course.scenario.clear:  # holds a key: that proves that the search would find one
        data = found["now"].data[found["now"].files[course.scenario.clear][1]]
        if not any(needle in data for needle in found["needles"].values()):
            course.problem("the key in %s is not found there" % course.scenario.clear)


def watch_frees(course):
    """Is memory wiped before it is freed? What is left to the next user of the heap is often overwritten by the end."""
    course.what = "freed memory"
    needles = password_needles()
    for path, (_, digest) in course.before.files.items():
        if path.endswith(".key") and digest:
            word = VENDOR if "vendor.key" in path else CUSTOMER
            numbers = read_key(course.before.data[digest], word).private_numbers()
            needles.update(number_needles(path + " p", numbers.p), **number_needles(path + " d", numbers.d))
    for number in range(TRIED, TRIED + 4):
        with open("%s/%d.pem" % (course.ground.pool, number), "rb") as file:
            numbers = read_key(file.read(), None).private_numbers()
        needles.update(number_needles("new key p", numbers.p), **number_needles("new key d", numbers.d))
    names, data = {}, b""
    for name, needle in needles.items():
        names[str(len(data))] = name
        data += bytes([len(needle)]) + needle
    path = course.ground.top + "/needles"
    with open(path, "wb") as file:
        file.write(data)
    course.enter()
    outcome = course.program().run(needles=path)
    course.tried += 1
    for found, story in zip(outcome.found, outcome.stories):
        at, _, where = found.partition(" ")
        course.problem("%s: found %s: %s" % (names[at], where, story))


def secrets(course):
    watch_frees(course)
    search_everything(course, "file")
    if course.full or not course.scenario.args:  # from there on it is the same password
        search_everything(course, "environment")
        search_everything(course, "stdin")
    return "no password and no key is left (%d places)" % course.tried


def terminal(course):
    ours, theirs = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if talk(ours, course.scenario.lines) else 1)
    search_everything(course, "terminal", theirs)
    os.close(theirs)
    status = os.waitpid(pid, 0)[1]
    os.close(ours)
    if status != 0:
        course.problem("a prompt does not come")
    return "typed at a terminal, no password and no key is left"


def talk(fd, lines):
    """Types each line when its prompt has come and the echo is off, or for what is no password at once."""
    seen = b""
    for prompt, typed in lines:
        while prompt.encode() not in seen:
            if not select.select([fd], [], [], 20)[0]:
                return False
            seen += os.read(fd, 4096)
        seen = b""
        until = time.monotonic() + 0.2
        while "assword" in prompt + typed and termios.tcgetattr(fd)[3] & termios.ECHO and time.monotonic() < until:
            time.sleep(0.005)
        os.write(fd, typed.encode())
    while select.select([fd], [], [], 2)[0]:
        try:
            if not os.read(fd, 4096):
                break
        except OSError:
            break
    return True
