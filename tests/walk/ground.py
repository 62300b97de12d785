"""A work folder to walk in, the lines that change it, and what must hold after each line."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import papers
from papers import PFX, RECORD, Look

try:
    import jsonschema
except ImportError:
    jsonschema = None  # JSON is read then, and not held against its schema

SECONDS_MAX = 120
ARCHIVES_MAX = 6  # of one command: an old script's files, a restored key of each side, three steps
CLOCK = 1894276800  # 2030-01-10 12:00:00 UTC
WITH_VALUE = {"-C", "-o", "-j", "--directory", "--days", "--pfx", "--output-dir", "--from", "--pem", "--p12", "--key", "--at",
              "--vendor-key", "--vendor-cert", "--vendor-subject", "--customer-subject", "--format", "--apple-account"}
COMMANDS = {"1", "2", "3", "4", "csr", "renew", "undo", "status", "verify", "sign", "import", "export", "rehearse", "help"}
READERS = {"status", "verify", "export", "help", "sign", "rehearse"}  # of this folder
ACCOUNT = "outputs/apple-account.txt"  # what the person says last, no part of a change; what it was is printed
MADE = ["outputs/" + name for name in ("vendor.key", "vendor.csr", "customer.key", "customer.csr", "plist_encode",
                                       "plist_encode.txt", "MDM_APNSCert.pfx")]


class Violation(Exception):
    """What does not hold: `kind` is the same for the same fault."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind, self.text = kind, text


class Kit:
    """The programs and the files that all walks share."""

    def __init__(self, top, build):
        self.top = top
        self.mdm = os.environ.get("MDMVENDOR") or os.path.join(build, "mdmvendor")
        self.apple = os.environ.get("PRACTICE_APPLE") or os.path.join(build, "tests/practice-apple")
        self.cheap = os.path.join(top, "cheap_keys.so")  # LD_PRELOAD would cut the other path at a space
        os.symlink(os.path.join(build, "tests/cheap_keys.so"), self.cheap)
        self.keys = os.path.join(build, "tests/keys")
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "../support/keys.py"), self.keys], check=True)
        for name, word in (("vendor.pass", "vendor pass 1"), ("customer.pass", "customer-pass-1")):
            with open(os.path.join(top, name), "w", encoding="ascii") as file:
                file.write(word + "\n")
            os.chmod(file.name, 0o600)
        subprocess.run([self.apple, "init", self.path("apple"), "--at", "2030-01-01"], check=True)
        subprocess.run([self.apple, "bundle", self.path("apple"), self.path("ca.pem")], check=True)
        text = subprocess.run([self.mdm, "help"], capture_output=True, text=True, check=True).stdout
        self.words = set(text.replace(",", " ").replace("|", " ").split())

    def path(self, name):
        return os.path.join(self.top, name)

    def arguments(self):
        return ["--ca-file", self.path("ca.pem"), "--vendor-password-file", self.path("vendor.pass"),
                "--customer-password-file", self.path("customer.pass")]


def command_of(words):
    """The command in a command line of the program: "run" when it names none."""
    skip = False
    for word in words:
        if skip or word.startswith("-"):
            skip = not skip and word in WITH_VALUE
        elif word in COMMANDS:
            return word
    return "run"


class Memory:
    """What a walk remembers of its folder's past."""

    def __init__(self):
        self.now, self.drawn = CLOCK, 0
        self.made = set()  # keys that the program made
        self.by_hand = set()  # paths that the walk wrote last
        self.spent = {"customer": set(), "vendor": set()}  # SHA-1 of certificates that were in force or renewed
        self.changes = []  # what undo has to put back: (command, look before, look after, touched since)

    def copy(self):
        new = Memory()
        new.now, new.drawn = self.now, self.drawn
        new.made, new.by_hand = set(self.made), set(self.by_hand)
        new.spent = {role: set(spent) for role, spent in self.spent.items()}
        new.changes = [(command, before, after, set(touched)) for command, before, after, touched in self.changes]
        return new


class Ground:
    def __init__(self, kit, top, memory=None):
        self.kit, self.top, self.work = kit, top, os.path.join(top, "work")
        self.memory = memory or Memory()
        self.status, self.said = None, ""  # of the last run
        self.verified = None  # the request that passed
        self.told = None, None  # the last answer of `status --json`, and to what
        for name in ("work/inputs", "work/outputs", "downloads"):
            os.makedirs(os.path.join(top, name), mode=0o700, exist_ok=True)

    def look(self):
        return Look(self.work)

    # Lines: the few shell commands that a walk is made of.

    def do(self, line):
        """Does one line and checks what must hold after it. A line that cannot be done does nothing."""
        words = shlex.split(line)
        if words[0].startswith("NOW="):
            self.memory.now = int(words[0][4:])
        elif words[0] == "mdm":
            self.run_and_check(words[1:])
        elif words[0] in ("vendor", "push"):
            self.portal(words)
        elif words[0] == "openssl":
            subprocess.run(words, cwd=self.work, capture_output=True, check=False)
        else:
            self.act(words)

    def portal(self, words):
        issued = len(os.listdir(os.path.join(self.top, "downloads"))) - 3600  # no two in the same second, all of them in the past
        day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.memory.now + issued))
        call = [self.kit.apple, words[0], self.kit.path("apple")] + words[1:] + ["--at", day]
        subprocess.run(call, cwd=self.work, capture_output=True, check=False)

    def act(self, words):
        before = self.look()
        try:
            self.change(words)
        except OSError:
            pass
        after = self.look()
        touched = {os.path.normpath(word) for word in words[1:]}
        self.memory.by_hand |= touched
        if any(path.startswith("outputs/archive") for path in touched):  # its lists are what tells the spent ones
            self.memory.spent = {"customer": set(), "vendor": set()}
        lists = any(re.fullmatch("outputs/archive(/[^/]*)?|.*/list.txt", path) for path in touched)  # undo goes by what is left of them
        for change in self.memory.changes:
            change[3].update(touched | ({"inputs", "outputs"} if lists else set()))
        for path, name in before.files.items():
            if after.files.get(path) != name and not any(path == t or path.startswith(t + "/") for t in touched):
                raise Violation("shared-file", "`%s` changed %s as well" % (shlex.join(words), path))

    def change(self, words):
        def at(name):
            return os.path.join(self.work, name)

        def into(name):
            return at(os.path.join(name, os.path.basename(words[1])) if os.path.isdir(at(name)) else name)
        if words[0] in ("cp", "cat", "printf"):
            data = words[1].encode().decode("unicode_escape").encode() if words[0] == "printf" else b""
            sources = words[1:-1] if words[0] == "cp" else words[1:-2] if words[0] == "cat" else []
            for source in sources:
                with open(at(source), "rb") as file:
                    data += file.read()
            with open(into(words[-1]), "wb") as file:  # in place, as cp does
                file.write(data)
        elif words[0] == "mv":
            os.rename(at(words[1]), into(words[2]))
        elif words[0] == "rm" and os.path.isdir(at(words[-1])):
            shutil.rmtree(at(words[-1]))
        elif words[0] == "rm":
            os.unlink(at(words[-1]))
        elif words[0] == "mkdir":
            os.mkdir(at(words[1]))
        else:
            raise ValueError(words[0])

    # The program.

    def call(self, words):
        """One run of the program: status, standard output, standard error."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "LD_PRELOAD": self.kit.cheap,
               "MDM_CHEAP_KEYS": self.kit.keys, "MDM_CHEAP_KEYS_AT": str(self.memory.drawn), "MDM_CLOCK": str(self.memory.now)}
        try:
            done = subprocess.run([self.kit.mdm] + self.kit.arguments() + words, cwd=self.work, env=env,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            raise Violation("endless", "no end after %d seconds" % SECONDS_MAX) from None
        out, said = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if done.returncode < 0:
            raise Violation("signal", "died by signal %d\n%s" % (-done.returncode, said))
        if done.returncode > 6:
            raise Violation("status", "the status %d is not documented\n%s" % (done.returncode, said))
        return done.returncode, out, said

    def run_and_check(self, words):
        command, elsewhere = command_of(words), "-C" in words
        before = self.look()
        asks = command == "run" and not elsewhere and "--accept-new-topic" not in words  # which status does not know
        told = self.ask_status(words, before) if asks else None
        status, out, said = self.call(words)
        after = self.look()
        self.status, self.said = status, said
        self.memory.drawn += sum(item[0] == "key" and item not in before.items() for item in after.items())
        check = Check(self, words, command, before, after, status, out, said)
        check.always()
        if elsewhere:
            return
        check.steps()
        if told:
            check.as_told(*told)
        if status == 3 and re.search(r"[Uu]pload.{0,40}outputs/plist_encode", said, re.S) and "outputs/plist_encode" in after.files:
            self.verify(after)
        self.memory.changes = check.remember(self.memory.changes)
        if command == "run" and check.changed:
            self.run_again(words, after, status, check.changed)

    def verify(self, look):
        """What is to be uploaded passes the program's own checks."""
        what = look.files["outputs/plist_encode"], self.memory.now
        if self.verified != what:
            status, out, said = self.call(["verify"])
            if status != 0:
                raise Violation("upload-refused", "outputs/plist_encode is to be uploaded, and `verify` ends with %d\n%s%s" % (status, out, said))
            self.verified = what

    def ask_status(self, words, look):
        """What `status --json` says with the options of this run."""
        kept = []
        for i, word in enumerate(words):
            if word in ("--vendor-key", "--vendor-cert", "--days"):
                kept += words[i:i + 2]
        if self.told[0] != (look.files, kept, self.memory.now):
            status, out, _ = self.call(["status", "--json"] + kept)
            self.told = (look.files, kept, self.memory.now), (status, parsed(out, "status --json") if status in (0, 6) else None)
        return self.told[1]

    def run_again(self, words, first, status, made):
        again, _, said = self.call(words)
        second = self.look()
        if second.files != first.files:
            raise Violation("not-twice", "the same run again changed: %s\n%s" % (", ".join(differences(first, second)), said))
        # What is to be uploaded was made just now: a wrong file that lies in inputs/ already stops only the next run.
        asks_first = status == 3 and again in (1, 5) and {"outputs/vendor.csr", "outputs/customer.csr"} & set(made)
        if again != status and not asks_first:
            raise Violation("not-twice-status", "the same run again ended with %d, not %d\n%s" % (again, status, said))


VALIDATORS = {}


def parsed(text, what):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Violation("json", "%s printed no JSON (%s): %r" % (what, error, text[:200])) from None
    name = "status" if "steps" in value else "error"
    if jsonschema and not VALIDATORS:
        for schema in ("status", "error"):
            with open(os.path.join(os.path.dirname(__file__), "../../docs/schema/%s.json" % schema), encoding="utf-8") as file:
                VALIDATORS[schema] = jsonschema.Draft202012Validator(json.load(file))
    for error in VALIDATORS[name].iter_errors(value) if jsonschema else ():
        raise Violation("schema", "%s does not print what docs/schema/%s.json says: %s" % (what, name, error.message))
    return value


def differences(before, after):
    paths = sorted(set(before.files) | set(after.files))
    return [path for path in paths if before.files.get(path) != after.files.get(path)]


class Check:
    """What must hold of one run."""

    def __init__(self, ground, words, command, before, after, status, out, said):
        self.kit, self.work, self.memory = ground.kit, ground.work, ground.memory
        self.words, self.command, self.before, self.after = words, command, before, after
        self.status, self.out, self.said = status, out, said
        self.changed = differences(before, after)

    def fail(self, kind, text):
        raise Violation(kind, "%s\n`mdm %s` ended with %d:\n%s" % (text, shlex.join(self.words), self.status, self.said))

    def always(self):
        kept = self.after.items()
        for item, path in sorted(self.before.items().items()):
            if item not in kept and not (path == ACCOUNT and ACCOUNT in self.after.files):
                self.fail("lost-" + item[0], "the %s of %s is nowhere any more" % (item[0], path))
        left = [path for path in self.after.files if os.path.basename(path).startswith(".mdmvendor-")]
        if left:
            self.fail("temporary", "left behind: " + ", ".join(left))
        if self.after.archives > self.before.archives + ARCHIVES_MAX:
            self.fail("archives", "%d new archive folders" % (self.after.archives - self.before.archives))
        if self.command in READERS and self.changed:
            self.fail("reader-writes", "`%s` changed %s" % (self.command, ", ".join(self.changed)))
        for path in self.changed:
            secret = path in self.after.live() and path.startswith("outputs/") and path.endswith((".key", ".pfx"))
            if secret and self.command != "undo" and os.stat(os.path.join(self.work, path)).st_mode & 0o77:
                self.fail("mode", "%s can be read by others" % path)
        for path in re.findall(r"[Uu]pload '(outputs/[a-z_.]+)'", self.said):
            if path not in self.after.files:
                self.fail("upload-of-nothing", "there is no %s to upload" % path)
        if "whose beginning is not in" in self.said and not any(path.startswith("outputs/archive/") for path in self.memory.by_hand):
            self.fail("undo-refused", "nobody touched the archive, and undo misses a part of it")
        if "othing was changed" in self.said and self.changed:
            self.fail("says-unchanged", "it says that nothing was changed, and changed " + ", ".join(self.changed))
        if "--json" in self.words and self.status != 2 and self.command in ("run", "1", "2", "3", "4", "renew", "csr", "status"):
            parsed(self.out, shlex.join(self.words))

    # The keys and the topic.

    def steps(self):
        self.topic_stays()
        if self.command in ("run", "3") and "--accept-new-topic" not in self.words:
            self.nothing_spent_comes_back("customer", "push")
            self.nothing_spent_comes_back("vendor", "vendor")
        if self.command == "4" and self.before.key("customer") and "outputs/plist_encode" in self.changed:
            self.fail("step-4", "step 4 replaced the folder's own request")
        if self.command == "renew" and not {"--abandon"} & set(self.words):
            self.renewal_goes_on()
        if self.command == "rehearse" and self.status not in (0, 1):  # 1: that folder is there already
            self.fail("rehearsal", "a rehearsal goes wrong")
        if self.command == "export" and self.status == 0:
            self.exported()
        topic = [line[10:] for line in self.out.splitlines() if line.startswith("Topic ID: ")]
        if self.status == 0 and topic and self.command in ("run", "1", "2", "3", "renew"):
            self.fits_together(topic[0])

    def topic_stays(self):
        old, new = self.before.in_force(), self.after.in_force()
        if not old or not new or old.sha1 == new.sha1 or self.command == "undo":
            return
        if old.topic != new.topic and "--accept-new-topic" not in self.words:
            self.fail("topic", "the topic in force changed from %s to %s" % (old.topic, new.topic))
        if new.sha1 in self.memory.spent["customer"] and self.command in ("run", "1", "2", "3", "4") and PFX not in self.memory.by_hand:
            self.fail("spent-in-force", "a certificate that was replaced before is in force again")

    def nothing_spent_comes_back(self, role, kind):
        """A plain run may change a key for an unspent certificate only."""
        old, new = self.before.key(role), self.after.key(role)
        places = {"outputs/%s.key" % role, "outputs/%s.csr" % role} | ({PFX, RECORD} if role == "customer" else set())
        if not old or not new or old == new or old not in self.memory.made or places & self.memory.by_hand:
            return
        spent = self.memory.spent[role]
        force = self.before.in_force()
        if role == "customer" and force:
            spent = spent | {force.sha1}
        fitting = [cert for cert in self.before.certs_in("inputs/", kind) if cert.key == new and cert.sha1 not in spent]
        if not fitting and new in {key for item, key in self.before.items() if item == "key"}:
            self.fail("key-swapped-" + role, "outputs/%s.key was swapped for an archived one, and no unspent certificate fits that" % role)

    def renewal_goes_on(self):
        """A renewal that is under way makes no other key."""
        changes = self.memory.changes
        if changes and changes[-1][0] == "renew" and not changes[-1][3] and self.before.key("customer") and \
                self.before.key("customer") != changes[-1][1].key("customer") and "outputs/customer.key" in self.changed:
            self.fail("renew-twice", "a renewal was under way, and `renew` made another customer.key")

    def exported(self):
        name = self.words[self.words.index("--pem") + 1] if "--pem" in self.words else None
        paper = papers.PAPERS[papers.read(os.path.join(self.work, name))] if name else None
        force = self.after.in_force()
        if paper and force and (not paper.certs or paper.certs[0].sha1 != force.sha1):
            self.fail("exported", "the exported certificate is not the one in force")
        if paper and paper.certs and paper.key and paper.key != paper.certs[0].key:
            self.fail("exported", "the exported key is not the certificate's")

    def opens(self, cert):
        """The pfx opens with the customer's password and holds this certificate and its key."""
        done = subprocess.run(["openssl", "pkcs12", "-in", PFX, "-passin", "file:" + self.kit.path("customer.pass"), "-nodes"],
                              cwd=self.work, capture_output=True, check=False)
        paper = papers.Paper(done.stdout)
        if [found.sha1 for found in paper.certs] != [cert.sha1] or paper.key != cert.key:
            self.fail("pfx", "%s does not hold the certificate of its localKeyID with its key" % PFX)

    def fits_together(self, topic):
        pfx, record = self.after.paper(PFX), self.after.paper(RECORD)
        if not pfx or not pfx.local_key_id:
            self.fail("finished-without-pfx", "done, and there is no pfx with a localKeyID")
        cert = papers.BY_SHA1.get(pfx.local_key_id)
        if not self.after.known_in_force():
            return  # learnt from elsewhere; nothing here tells
        if topic != cert.topic:
            self.fail("topic-printed", "the topic printed is %s, the pfx's %s" % (topic, cert.topic))
        if record and (not record.certs or record.certs[0].sha1 != cert.sha1) and "MDM_APNSCert.crt' is not the certificate" not in self.said:
            self.fail("record", "%s is not the certificate of the pfx, and the run does not say so" % RECORD)
        key = self.after.key("customer")
        if key and key != cert.key:
            self.fail("finished-with-other-key", "done, and outputs/customer.key is not the key of the pfx's certificate")
        if cert.ends < self.memory.now:
            self.fail("finished-expired", "status 0, and the push certificate in force has expired")
        if PFX not in self.changed:
            return
        self.opens(cert)
        csr, request = self.after.paper("outputs/customer.csr"), self.after.paper("outputs/plist_encode")
        if csr and csr.csr and csr.csr != cert.key and "is not the CSR of this certificate's key" not in self.said:
            self.fail("finished-with-other-csr", "step 3 is done, and outputs/customer.csr is of another key")
        if self.command == "3" or "outputs/customer.key" in self.changed or \
                {"outputs/customer.csr", "outputs/plist_encode"} & self.memory.by_hand:
            return  # a key that was restored for its certificate needs no request any more
        if csr and csr.csr and request and request.request_csr and ("CSR", request.request_csr) not in csr.items:
            self.fail("finished-with-other-request", "step 3 is done, and outputs/plist_encode was made for another CSR")

    # What status said before.

    def as_told(self, status, told):
        if told and any(warning["code"] == "old-script" for warning in told["warnings"]):
            return  # what a run takes over first is named in a warning, not in what is next
        if told is None:
            if self.status in (0, 3):
                self.fail("status-fails", "`status --json` ended with %d, the run with %d" % (status, self.status))
            return
        force = self.before.known_in_force()
        closed = any(warning["code"] == "closed-pfx" for warning in told["warnings"])
        if force and told["topic"] != force.topic and not closed:
            self.fail("status-topic", "`status --json` says topic %s, and %s is in force" % (told["topic"], force.topic))
        days = int(self.words[self.words.index("--days") + 1]) if "--days" in self.words else 30
        left = (force.ends - self.memory.now) / 86400 - days if force else 0
        if abs(left) > 1 and (status == 6) != (left < 0):
            self.fail("status-6", "`status` ended with %d, and what is in force ends %d days from now" % (status, left + days))
        action, step = told["next"]["action"], told["next"]["step"]
        refused = self.status in (1, 5, 6)
        made = [path for path in self.changed if path in MADE]
        expected = {"finished": (0, 6), "deliver-request": (0, 6), "renew": (0, 6), "renew-vendor-certificate": (6, 3)}
        if action.startswith("await-"):
            expected[action] = (3, 1, 5, 6)  # a wrong file in its place is named by its own status
        if refused and told["warnings"] and not made:
            return
        if action in expected and (self.status not in expected[action] or made):
            self.fail("not-as-told " + action, "status said %s, and the run changed %s" % (action, ", ".join(made) or "nothing"))
        if action not in expected and not made and not refused and self.status != 4:
            self.fail("not-as-told " + action, "status said %s, and the run made nothing" % action)
        if refused and action not in expected and not made and not told["warnings"] and step and \
                told["steps"][step - 1]["state"] == "ready" and "password" not in self.said:  # status knows no password
            self.fail("refusal-untold", "status said %s was ready, without a warning, and the run refused" % action)

    # What the next checks need to know.

    def remember(self, changes):
        memory = self.memory
        for path in self.changed:
            memory.by_hand.discard(path)
        known = {key for item, key in self.before.items() if item == "key"}
        memory.made |= {key for item, key in self.after.items() if item == "key" and key not in known}
        old, new = self.before.in_force(), self.after.in_force()
        if self.command == "undo" or "--abandon" in self.words:
            return self.given_back(changes)
        if old and (not new or new.sha1 != old.sha1):
            memory.spent["customer"].add(old.sha1)
        if new:
            memory.spent["customer"].discard(new.sha1)
        if self.command == "renew" and self.before.key("vendor") != self.after.key("vendor"):
            key = self.before.key("vendor")
            memory.spent["vendor"] |= {cert.sha1 for cert in self.before.certs_in("", "vendor") if cert.key == key}
        if changes and changes[-1][0] == "renew" and self.command in ("run", "1", "2", "3", "renew", "csr"):
            _, before, after, touched = changes[-1]
            put_in_force = old and new and new.sha1 != old.sha1
            closed = "renewed" if put_in_force or (self.status == 0 and self.command != "csr") else "renew"
            return changes[:-1] + [(closed, before, self.after if self.changed else after, touched)]
        # What only puts files where there were none is undone with the command before it, unless it begins a renewal: makes a
        # new key where none is under way.
        begins = self.command in ("run", "2", "csr") and old and self.before.key("customer") in (None, old.key) and \
            self.after.key("customer") not in known | {None, old.key}
        replaces = begins or any(path in self.before.live() for path in self.changed) or \
            self.command in ("import", "renew") or "Imported" in self.said
        if self.after.archives > self.before.archives and replaces:
            command = "renew" if begins else "import" if "Imported" in self.said and self.status not in (0, 3) else self.command
            return changes + [(command, self.before, self.after, set())]
        for change in changes:
            change[3].update(self.changed)
        return changes

    def given_back(self, changes):
        """After undo or abandon: what the command undone had replaced is as it was."""
        self.memory.spent = {"customer": set(), "vendor": set()}  # what counts as spent now is the list's to say
        if self.status != 0 or not changes:
            return [] if self.status == 0 else changes
        command, before, after, touched = changes[-1]
        if (command == "renew") != ("--abandon" in self.words):
            return []
        then, now, replaced = before.live(), self.after.live(), differences(before, after)
        for path in sorted(set(then) | set(now)):
            # A download of inputs/ that somebody took out of the archive is missed, and said to be.
            by_hand = any(path == name or path.startswith(name + "/") or
                          (path.startswith("inputs/") and name.startswith("outputs/archive/")) for name in touched)
            if path in replaced and not by_hand and path != ACCOUNT and then.get(path) != now.get(path):
                self.fail("not-given-back", "%s is not as it was before `%s`" % (path, command))
        return changes[:-1]
