#!/usr/bin/env python3
"""Random walks through a work folder: commands of the program, and acts of a confused administrator, in any order.

    walk.py [--seed N] [--walks K] [--steps M] [--only START] [--build DIR] [--keep]
    walk.py --replay START LINE...

After every line the invariants of ground.py are checked. A walk that breaks one is shrunk to the lines that it takes and
printed as a shell script. The output is TAP, a case for each start. MDMVENDOR and PRACTICE_APPLE name the two programs.
"""

import argparse
import multiprocessing
import os
import random
import shlex
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True  # nothing is left in the sources
import papers
from ground import CLOCK, Ground, Kit, Memory, Violation

DAY = 86400
VENDOR = ["mdm", "vendor outputs/vendor.csr ../downloads/v1.cer", "cp ../downloads/v1.cer inputs/mdm.cer"]
REQUEST = VENDOR + ["mdm"]
FINISHED = REQUEST + ["push outputs/plist_encode.txt ../downloads/p1.pem", "cp ../downloads/p1.pem inputs/MDM_Certificate.pem", "mdm"]
RENEWED = ["push outputs/plist_encode.txt ../downloads/p2.pem --renew ../downloads/p1.pem"]
CUSTOMER = ["mdm csr"]
SIGNED = ["mdm -C ../other sign -o ../downloads/r1.txt outputs/customer.csr", "push ../downloads/r1.txt ../downloads/p1.pem",
          "cp ../downloads/p1.pem inputs/MDM_Certificate.pem", "mdm"]
SCRIPT = [line for side, word in (("vendor", "vendor pass 1"), ("customer", "customer-pass-1")) for line in (
    "openssl genrsa -traditional -des3 -passout 'pass:%s' -out %sPrivateKey.pem 2048" % (word, side),
    "openssl req -new -key %sPrivateKey.pem -passin 'pass:%s' -subj /CN=%s -out %s.csr" % (side, word, side, side))]
# Where walks begin: the start that it goes on from, and the lines.
STARTS = {
    "empty": (None, []),
    "key": ("empty", VENDOR[:1]),
    "request": ("key", REQUEST[1:]),
    "finished": ("request", FINISHED[4:]),
    "renewing": ("finished", ["NOW=%d" % (CLOCK + 100 * DAY), "mdm renew"]),
    "renewed": ("renewing", RENEWED + ["cp ../downloads/p2.pem inputs/MDM_Certificate.pem", "mdm"]),
    "both-due": ("finished", ["NOW=%d" % (CLOCK + 345 * DAY), "mdm renew"]),
    "customer": ("empty", CUSTOMER),
    "customer-finished": ("customer", SIGNED),
    "imported": ("empty", ["mdm import ../other/outputs/MDM_APNSCert.pfx"]),
    "guarded": ("empty", ["mdm import ../other/inputs/MDM_Certificate.pem"]),
    "script": ("empty", SCRIPT + ["vendor vendor.csr ../downloads/v1.cer", "cp ../downloads/v1.cer inputs/mdm.cer"]),
}
INPUTS = ["mdm.cer", "mdm.cer", "MDM_Certificate.pem", "MDM_Certificate.pem", "customer.csr", ".mdm.cer", ".MDM_Certificate.pem",
          "mdm (1).cer", "MDM_ Acme_Certificate.pem", "old.pem", "mdm.cer.txt", "customer.key", "out of memory.cer"]
OUTPUTS = ["vendor.key", "vendor.csr", "customer.key", "customer.csr", "plist_encode", "plist_encode.txt", "MDM_APNSCert.pfx",
           "MDM_APNSCert.crt"]
OTHER_VENDOR = "--vendor-key ../other/outputs/vendor.key --vendor-cert ../other/inputs/mdm.cer"
# How often, what, and the word of `mdmvendor help` without which it is left out.
COMMANDS = [
    (30, "", None), (3, "--no-wait --no-input", None), (3, "--wait=1 --no-input -q", None), (3, "--json", None),
    (3, "--accept-new-topic", None), (2, "--pfx modern", None), (2, "--days 400", None), (2, OTHER_VENDOR, None),
    (4, "1", None), (2, "1 --keep-key", None), (5, "2", None), (4, "2 --keep-key", None), (5, "3", None), (2, "3 --pfx modern", None),
    (2, "3 --accept-new-topic", None), (3, "4", None), (2, "4 " + OTHER_VENDOR, None), (2, "2 " + OTHER_VENDOR, None),
    (3, "csr", None), (10, "renew", None), (3, "renew --keep-key", None), (2, "renew --days 400", None),
    (8, "renew --abandon", None), (8, "undo", "undo"), (3, "status", None), (2, "verify", None),
    (2, "export --pem ../downloads/export-%d.pem", None), (1, "export --pem ../downloads/export-%d.pem --pkcs1", None),
    (2, "export --p12 ../downloads/export-%d.p12", "--p12"), (2, "sign --output-dir ../downloads inputs/customer.csr", None),
    (1, "export --key ../downloads/export-%d.key --p12 ../downloads/export-%d.p12", "--key"), (1, "status --format nagios", "--format"),
    (1, "status --format prometheus", "--format"), (1, "status --format ics", "--format"), (1, "status inputs/MDM_Certificate.pem", "--format"),
    (2, "--apple-account mdm@example.org", None), (1, "renew --apple-account other@example.org", None),
    (1, "sign --json --output-dir ../downloads inputs/customer.csr", None), (1, "rehearse --renew ../rehearsal-%d", None), (1, "verify --json", None),
    (2, "import ../other/outputs/customer.key ../other/inputs/MDM_Certificate.pem", "import"), (1, "import ../other/outputs/customer.key", "import"),
    (2, "import ../other/outputs/MDM_APNSCert.pfx", "import"), (2, "import ../other/inputs/MDM_Certificate.pem", "import"),
    (1, "import ../other/outputs/vendor.key ../other/inputs/mdm.cer", "import"), (1, "import outputs/MDM_APNSCert.pfx", "import"),
    (2, "import inputs/MDM_Certificate.pem", "import"), (1, "import ../downloads/p1.pem", "import"),
]


def joined(words):
    return " ".join(word if word == ">" else shlex.quote(word) for word in words)


class Administrator:
    """Makes up the next lines of a walk, from what lies in the folder."""

    def __init__(self, ground, chance):
        self.ground, self.chance = ground, chance
        self.kinds = [command for command in COMMANDS if command[2] is None or command[2] in ground.kit.words]
        self.downloads = os.path.join(ground.top, "downloads")

    def lines(self):
        acts = [(35, self.command), (25, self.what_is_due), (12, self.download_again), (10, self.move_files), (5, self.remove),
                (4, self.foreign), (3, self.clock), (2, self.portal_mistake), (2, self.two_in_one)]
        act, = self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        return [line for line in act() if line]

    def fresh(self, letter, end):
        return "../downloads/%s%d.%s" % (letter, len(os.listdir(self.downloads)) + 1, end)

    def issued(self, kind):
        """Downloads of this kind of certificate: path and certificate."""
        found = []
        for name in sorted(os.listdir(self.downloads)):
            paper = papers.PAPERS[papers.read(os.path.join(self.downloads, name))]
            found += [("../downloads/" + name, cert) for cert in paper.certs if cert.kind == kind]
        return found

    def command(self):
        line, = self.chance.choices([kind[1] for kind in self.kinds], [kind[0] for kind in self.kinds])
        return ["mdm " + line.replace("%d", str(len(os.listdir(self.downloads))))]

    def what_is_due(self):
        """What the last run asked for, more or less."""
        if "inputs/mdm.cer" in self.ground.said and self.ground.status == 3:
            new = self.fresh("v", "cer")
            return ["vendor outputs/vendor.csr " + new, self.put(new, "mdm.cer"), self.often("mdm")]
        if self.ground.status != 3 and self.chance.random() < 0.5:
            return ["mdm"]
        new, request, ask = self.fresh("p", "pem"), "outputs/plist_encode.txt", []
        if "outputs/plist_encode" not in self.ground.look().files:
            request = self.fresh("r", "txt")
            ask = ["mdm -C ../other sign -o %s outputs/customer.csr" % request]
        return ask + ["push %s %s%s" % (request, new, self.button()), self.put(new, "MDM_Certificate.pem"), self.often("mdm")]

    def button(self):
        """Renew on the right row, on another, or Create."""
        force, issued = self.ground.look().in_force(), self.issued("push")
        right = [path for path, cert in issued if force and cert.sha1 == force.sha1]
        roll = self.chance.random()
        if right and roll < 0.65:
            return " --renew " + right[0]
        if issued and roll < 0.75:
            return " --renew " + self.chance.choice(issued)[0]
        return " --renew ../other/inputs/MDM_Certificate.pem" if roll > 0.95 else ""

    def often(self, line):
        return line if self.chance.random() < 0.7 else None

    def put(self, source, name):
        if self.chance.random() < 0.3:
            name = self.chance.choice(INPUTS)
        return shlex.join(["cp", source, "inputs/" + name])

    def download_again(self):
        issued = self.issued(self.chance.choice(["push", "push", "vendor"]))
        if not issued:
            return []
        path, cert = self.chance.choice(issued)
        return [self.put(path, "mdm.cer" if cert.kind == "vendor" else "MDM_Certificate.pem"), self.often("mdm")]

    def a_file(self):
        """Any file here, the live ones and those of the archive alike."""
        paths = sorted(self.ground.look().files)
        top = self.chance.choice(["inputs/", "outputs/", "outputs/archive/"])
        return self.chance.choice([path for path in paths if path.startswith(top)] or paths or ["inputs/nothing"])

    def a_place(self):
        if self.chance.random() < 0.5:
            return "inputs/" + self.chance.choice(INPUTS)
        return self.chance.choice(["outputs/" + self.chance.choice(OUTPUTS), "kept.pem", self.a_file()])

    def move_files(self):
        return [shlex.join([self.chance.choice(["cp", "cp", "mv"]), self.a_file(), self.a_place()])]

    def remove(self):
        archive = os.path.join(self.ground.work, "outputs/archive")
        folders = sorted(os.listdir(archive)) if os.path.isdir(archive) else []
        if folders and self.chance.random() < 0.2:
            folder = "outputs/archive/" + self.chance.choice(folders)
            return [self.chance.choice(["rm -r %s" % folder, "mv %s outputs/archive/20290101T000000Z" % folder, "mv %s kept" % folder])]
        return ["rm -f " + ("outputs/.lock" if self.chance.random() < 0.1 else shlex.quote(self.a_file()))]

    def foreign(self):
        if self.chance.random() < 0.4:
            return [joined(["printf", self.chance.choice(["junk", "", "\\n-----BEGIN CERTIFICATE-----\\nAAAA\\n"]), ">", self.a_place()])]
        name = self.chance.choice(["outputs/" + name for name in OUTPUTS] + ["inputs/mdm.cer", "inputs/MDM_Certificate.pem"])
        place = name if self.chance.random() < 0.4 else "inputs/" + self.chance.choice(INPUTS)
        return [shlex.join(["cp", "../other/" + name, place]), self.often("mdm")]

    def clock(self):
        step = self.chance.choice([3600, DAY, 30 * DAY, 100 * DAY, 340 * DAY, 400 * DAY, -7200, -30 * DAY])
        return ["NOW=%d" % (self.ground.memory.now + step)]

    def portal_mistake(self):
        new = self.fresh("p", "pem")
        return self.chance.choice([["vendor outputs/customer.csr " + new, self.put(new, "mdm.cer")],
                                   ["push %s %s" % (self.a_file(), new), self.put(new, "MDM_Certificate.pem")]])

    def two_in_one(self):
        issued = self.issued("push") + self.issued("vendor")
        if not issued:
            return []
        pair = [self.chance.choice(issued)[0] for _ in range(2)]
        return [joined(["cat"] + pair + [">", "inputs/" + self.chance.choice(INPUTS)]), self.often("mdm")]


class Range:
    """The prepared starts, and the walks from them."""

    def __init__(self, kit):
        self.kit, self.memories = kit, {}

    def prepare(self):
        ground = Ground(self.kit, self.kit.path("other-made"))
        for line in FINISHED:
            ground.do(line)
        self.memories[None] = Memory()
        self.memories[None].drawn = ground.memory.drawn
        shutil.copytree(ground.work, os.path.join(self.kit.path("start-None"), "other"))
        os.makedirs(os.path.join(self.kit.path("start-None"), "work"))
        for start, (parent, lines) in STARTS.items():
            ground = self.at(parent, self.kit.path("start-%s" % start))
            for line in lines:
                ground.do(line)
            self.memories[start] = ground.memory

    def at(self, start, top):
        shutil.rmtree(top, ignore_errors=True)
        shutil.copytree(self.kit.path("start-%s" % start), top)
        return Ground(self.kit, top, self.memories[start].copy())

    def walk(self, start, seed, steps):
        """One random walk: its lines, and the violation or None."""
        ground, lines = self.at(start, self.kit.path("walk-%d" % os.getpid())), []
        someone = Administrator(ground, random.Random("%s %s" % (start, seed)))
        try:
            while len(lines) < steps:
                for line in someone.lines():
                    lines.append(line)
                    ground.do(line)
        except Violation as violation:
            return lines, violation
        return lines, None

    def again(self, start, lines):
        ground = self.at(start, self.kit.path("walk-%d" % os.getpid()))
        try:
            for line in lines:
                ground.do(line)
        except Violation as violation:
            return violation
        return None

    def shrink(self, start, lines, violation):
        """Leaves out whatever does not matter, until nothing more can be left out; then tries simpler starts."""
        size = max(1, len(lines) // 2)
        while size:
            at = len(lines) - size
            while at >= 0:
                fewer = lines[:at] + lines[at + size:]
                found = self.again(start, fewer)
                if found and found.kind == violation.kind:
                    lines, violation = fewer, found
                at -= size if at >= size or at == 0 else at
                at = min(at, len(lines) - size)
            size //= 2
        return lines, violation


def whole(start):
    parent, lines = STARTS[start]
    return (whole(parent) if parent else []) + lines


def script(kit, start, lines, violation):
    """The walk as a shell script that stands for itself."""
    text = ["# start: " + start, "T=$(mktemp -d) && cd $T && export T LD_PRELOAD= NO_COLOR=1 NOW=%d" % CLOCK,
            "MDMVENDOR=%s PRACTICE_APPLE=%s CHEAP=%s" % (kit.mdm, kit.apple, kit.cheap),
            "$PRACTICE_APPLE init apple --at 2030-01-01 && $PRACTICE_APPLE bundle apple ca.pem && mkdir -p work/inputs work/outputs downloads",
            "chmod -R go= work; echo 'vendor pass 1' >vendor.pass; echo customer-pass-1 >customer.pass; chmod 600 *.pass",
            "mdm() { echo \"+ mdm $*\"; MDM_CLOCK=$NOW LD_PRELOAD=$CHEAP $MDMVENDOR --ca-file $T/ca.pem --vendor-password-file $T/vendor.pass "
            "--customer-password-file $T/customer.pass \"$@\" </dev/null; echo \"= $?\"; }",
            "day() { date -u -d @$((NOW - 3600 + $(ls $T/downloads | wc -l))) +%Y-%m-%dT%H:%M:%SZ; }", "vendor() { $PRACTICE_APPLE vendor $T/apple \"$@\" --at $(day); }",
            "push() { $PRACTICE_APPLE push $T/apple \"$@\" --at $(day); }", "cd work"]
    everything = whole(start) + lines
    if any("../other" in line for line in everything):
        text += ["# another folder"] + FINISHED + ["cd .. && mv work other && mkdir -p work/inputs work/outputs && chmod -R go= work && cd work"]
    text += ["# the start"] + whole(start) + ["# the walk"] + lines + ["# VIOLATION " + violation.kind]
    said = [line for line in violation.text.splitlines() if line and not line[0].isdigit() and not line[0].isspace()]
    return text + ["#   " + line for line in said[:14]]


RANGE = []  # the one that the worker processes inherit


def tried(job):
    start, seed, steps = job
    lines, violation = RANGE[0].walk(start, seed, steps)
    return start, seed, lines, violation and (violation.kind, violation.text)


def shrunk(job):
    start, lines, kind, text = job
    lines, violation = RANGE[0].shrink(start, lines, Violation(kind, text))
    return start, lines, violation.kind, violation.text


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = os.path.dirname(os.path.abspath(__file__))
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--walks", type=int, default=300)
    options.add_argument("--steps", type=int, default=12)
    options.add_argument("--only", choices=STARTS, help="walks from this start alone")
    options.add_argument("--replay", nargs="+", metavar="LINE", help="the name of a start and lines to do from there")
    options.add_argument("--build", default=os.environ.get("BUILD_DIR") or os.path.join(here, "../../build/dev"))
    options.add_argument("--keep", action="store_true", help="leave the folders there")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options = options.parse_args()
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    top = tempfile.mkdtemp(prefix="mdm-walk-", dir=shm)
    try:
        return walks(options, Kit(top, os.path.abspath(options.build)))
    finally:
        if options.keep:
            print("# folders: " + top)
        else:
            shutil.rmtree(top, ignore_errors=True)


def walks(options, kit):
    starts = [options.only] if options.only else list(STARTS)
    ground = Range(kit)
    try:
        ground.prepare()
    except Violation as violation:
        print("1..1\nnot ok 1 - the starts can be made\n# %s: %s" % (violation.kind, violation.text.replace("\n", "\n# ")))
        return 1
    if options.replay:
        start, *lines = options.replay
        violation = ground.again(start, lines)
        print("\n".join(script(kit, start, lines, violation) if violation else ["no violation"]))
        return 1 if violation else 0
    jobs = [(starts[i % len(starts)], options.seed + i // len(starts), options.steps) for i in range(options.walks)]
    RANGE.append(ground)
    print("1..%d" % len(starts))
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.map(tried, jobs, chunksize=1)
        first, counts = {}, {}
        for start, seed, lines, broken in results:
            if broken:
                counts[broken[0]] = counts.get(broken[0], 0) + 1
                if broken[0] not in first or len(lines) < len(first[broken[0]][1]):
                    first[broken[0]] = (start, lines, seed) + broken
        reports = pool.map(shrunk, [(start, lines, kind, text) for start, lines, _, kind, text in first.values()], chunksize=1)
    for number, start in enumerate(starts, 1):
        broken = sum(1 for result in results if result[0] == start and result[3])
        print("%s %d - walks from \"%s\"%s" % ("not ok" if broken else "ok", number, start, " (%d broken)" % broken if broken else ""))
    for start, lines, kind, text in sorted(reports, key=lambda report: len(report[1])):
        print("\n".join("# " + line for line in ["", "%s: %d walks" % (kind, counts[kind])] + script(kit, start, lines, Violation(kind, text))))
    print("figure: walk: %d walks tried, %d violations" % (len(results), sum(counts.values())))
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main())
