"""The ground of the fault tests: the stages of the work, the commands that are tried in them, and runs under the shim."""

import collections
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

VENDOR, CUSTOMER = "Tanne-und-Fichte-7", "Ahorn-und-Linde-12"
# Numbers in the pool of keys: of the run that goes wrong, of the run after it, and of people elsewhere. The stages begin at 0.
TRIED, RETRIED, OTHERS = 300, 320, 500
NOW = int(time.time()) + 600  # no two runs fall into one second
LATER, LATEST = NOW + 6000, NOW + 6600
SECONDS = 300

# How a stage is reached from an earlier one, in its work folder. `mdm STATUS ARGS` is the program.
STAGES = {
    "vendor certificate came": ("empty", "mdm 3; vendor outputs/vendor.csr inputs/mdm.cer"),
    "push certificate came": ("vendor certificate came", "mdm 3; push outputs/plist_encode.txt inputs/MDM_Certificate.pem"),
    "finished": ("push certificate came", "mdm 0"),
    "pfx gone": ("finished", "rm outputs/MDM_APNSCert.pfx"),
    "request made anew": ("finished", "mdm 3 2"),
    "renewing": ("finished", "mdm 3 renew"),
    "renewed certificate came": ("finished", "cp inputs/MDM_Certificate.pem ../tmp/old; mdm 3 renew; "
                                 "push outputs/plist_encode.txt inputs/MDM_Certificate.pem --renew ../tmp/old; rm ../tmp/old"),
    "vendor ending": ("empty", "mdm 3; vendor outputs/vendor.csr inputs/mdm.cer --days 20; mdm 3; "
                      "push outputs/plist_encode.txt inputs/MDM_Certificate.pem; mdm 0"),
    "vendor renewing": ("vendor ending", "mdm 3 renew; vendor outputs/vendor.csr inputs/mdm.cer"),
    "own CSR": ("vendor certificate came", "csr 500 inputs/customer.csr"),
    "many CSRs": ("finished", "mkdir ../in; csr 500 ../in/acme.csr; csr 501 ../in/globex.csr; csr 502 ../in/initech.csr; forge; "
                  "printf '../in/%s.csr\\n' acme globex initech >../in/list"),
    "customer alone": ("empty", "mdm 0 csr"),
    # The vendor signs elsewhere.
    "customer served": ("customer alone", "mdm 0 -C \"$STAGES/finished/work\" sign -o \"$PWD/../tmp/request\" \"$PWD/outputs/customer.csr\"; "
                        "push ../tmp/request 'inputs/MDM_ Acme_Certificate.pem' --upload-name plist_encode.txt; rm ../tmp/request"),
    "old script": ("finished", "old vendor \"$VENDOR\"; old customer \"$CUSTOMER\"; mv outputs/*.csr .; mv outputs/plist_encode plist_encoded; "
                   "mkdir output; mv outputs/MDM_APNSCert.pfx output/; rm -r outputs"),
    "elsewhere": ("finished", "mkdir ../in; mv outputs/MDM_APNSCert.pfx ../in/push.pfx; rm -r inputs outputs"),  # another server has it all
    "imported": ("elsewhere", "mdm 0 import ../in/push.pfx"),
    # After a redo somebody finds that Apple's certificate of before was the right one.
    "vendor key in archive": ("finished", "cp inputs/mdm.cer ../tmp/old; mdm 3 1; mv ../tmp/old inputs/mdm.cer"),
    "customer key in archive": ("push certificate came", "cp inputs/MDM_Certificate.pem ../tmp/old; mdm 3 2; mv ../tmp/old inputs/MDM_Certificate.pem"),
}
SHELL = """set -eu
mdm() {
    want=$1 got=0 drawn=$(wc -c <"$TOP/drawn"); shift
    MDM_CLOCK=$((NOW + drawn)) MDM_CHEAP_KEYS_AT=$drawn LD_PRELOAD=$CHEAP "$PROGRAM" --ca-file "$TOP/ca.pem" --vendor-password-file "$TOP/vendor.pass" \\
        --customer-password-file "$TOP/customer.pass" "$@" </dev/null || got=$?
    printf 1234 >>"$TOP/drawn"
    [ $got = "$want" ] || { echo "$* ended with $got"; exit 1; }
}
vendor() { "$APPLE" vendor "$TOP/apple" "$@"; }
push() { "$APPLE" push "$TOP/apple" "$@"; }
csr() { openssl req -new -key "$MDM_CHEAP_KEYS/$1.pem" -subj /CN=Customer -out "$2"; }
forge() {
    openssl req -in ../in/acme.csr -outform DER -out ../tmp/forged
    printf forged | dd of=../tmp/forged bs=1 seek=$(($(wc -c <../tmp/forged) - 99)) conv=notrunc
    openssl req -inform DER -in ../tmp/forged -out ../in/forged.csr
    rm ../tmp/forged
}
old() {
    openssl rsa -traditional -des3 -in "outputs/$1.key" -passin "pass:$2" -passout "pass:$2" -out "$1PrivateKey.pem"
    rm "outputs/$1.key"
}
"""

# What the command ends with when nothing goes wrong; again_differs: it cannot be given twice; batch: requests are synced in
# groups, and threads make the order of the calls vary; report: what it prints depends on what it could find out; makes_again:
# a pfx that cannot be taken apart is made anew, and the old one kept in the archive; throwaway: nobody minds what is left of
# it, and the command wants an empty folder; soak: much like another one; clear: a file with a clear key that it makes.
Scenario = collections.namedtuple("Scenario", "name stage args status again_differs batch report makes_again throwaway soak clear",
                                  defaults=(False,) * 6 + (None,))
ALL = "../in/acme.csr ../in/globex.csr ../in/initech.csr"
SCENARIOS = [
    Scenario("in an empty folder", "empty", "", 3),
    Scenario("with the vendor certificate", "vendor certificate came", "", 3),
    Scenario("with the push certificate", "push certificate came", "", 0),
    Scenario("in a finished folder", "finished", "", 0, makes_again=True),
    Scenario("1", "finished", "1", 3),
    Scenario("1 --keep-key", "finished", "1 --keep-key", 0, soak=True),
    Scenario("2", "finished", "2", 3),
    Scenario("2 --keep-key", "finished", "2 --keep-key", 0, soak=True),
    Scenario("3", "finished", "3", 0),
    Scenario("4", "own CSR", "4", 0),
    Scenario("with the customer's own CSR", "own CSR", "", 0, soak=True),
    Scenario("renew", "finished", "renew", 3),
    Scenario("renew --keep-key", "finished", "renew --keep-key", 3, soak=True),
    Scenario("after a renewal", "renewed certificate came", "", 0),
    Scenario("renew with the vendor ending", "vendor ending", "renew", 3),
    Scenario("with the vendor renewed", "vendor renewing", "", 3),
    Scenario("renew --abandon", "renewing", "renew --abandon", 0, again_differs=True),
    Scenario("undo", "request made anew", "undo", 0, again_differs=True),
    Scenario("--apple-account NAME", "finished", "--apple-account mdm@example.org", 0),
    Scenario("csr", "empty", "csr", 0),
    Scenario("for a customer alone", "customer served", "", 0),
    Scenario("sign -o FILE", "many CSRs", "sign -o ../out/acme.plist_encode ../in/acme.csr", 0),
    Scenario("sign --output-dir DIR", "many CSRs", "sign -j 1 --output-dir ../out/all " + ALL, 0, batch=True),
    Scenario("export --pem FILE", "finished", "export --pem ../out/push.pem", 0, again_differs=True, soak=True, clear="out/push.pem"),
    Scenario("export --pkcs1", "finished", "export --pkcs1 --pem ../out/push.pem", 0, again_differs=True, clear="out/push.pem"),
    Scenario("export --p12 FILE", "finished", "export --p12 ../out/push.p12", 0, again_differs=True),
    Scenario("export --key FILE", "finished", "export --key ../out/push.key", 0, again_differs=True, soak=True, clear="out/push.key"),
    Scenario("import FILE", "elsewhere", "import ../in/push.pfx", 0),
    Scenario("undo of an import", "imported", "undo", 0, again_differs=True),
    Scenario("where vendor_script.sh was used", "old script", "", 0),
    Scenario("restores the vendor's key", "vendor key in archive", "", 0),
    Scenario("restores the customer's key", "customer key in archive", "", 0),
    Scenario("sign CSR, to standard output", "many CSRs", "sign -o - ../in/acme.csr", 0),
    Scenario("sign --from LIST", "many CSRs", "sign -j 1 --from ../in/list --output-dir ../out/all", 0, batch=True, soak=True),
    Scenario("sign CSR whose signature is wrong", "many CSRs", "sign -o - ../in/forged.csr", 5),
    Scenario("rehearse", "empty", "rehearse ../out/rehearsal", 0, again_differs=True, throwaway=True),
    Scenario("rehearse --renew", "empty", "rehearse --renew ../out/rehearsal", 0, again_differs=True, throwaway=True, soak=True),
    Scenario("sign --json", "many CSRs", "sign --json -j 1 --output-dir ../out/all " + ALL, 0, batch=True, soak=True),
    Scenario("status FILE", "finished", "status outputs/MDM_APNSCert.pfx", 0, report=True),
    Scenario("status --format nagios", "finished", "status --format nagios", 0, report=True, soak=True),
    Scenario("status --json", "finished", "status --json", 0, report=True),
    Scenario("verify --json", "finished", "verify --json", 0),
    Scenario("help", "empty", "help 2", 0),
    Scenario("status", "renewing", "status", 0, report=True),
    Scenario("verify", "finished", "verify", 0),
]


class Ground:
    """The scratch folder with its stages; in memory where that is possible, for the tests sync a lot."""

    def __init__(self, program, shim):
        built = os.path.dirname(os.path.abspath(program))
        self.program, self.pool = os.path.abspath(program), os.path.join(built, "tests/keys")
        self.top = tempfile.mkdtemp(prefix="mdm-faults-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.shim, self.cheap = self.top + "/faults.so", self.top + "/cheap.so"  # without spaces, at which LD_PRELOAD would be cut
        os.symlink(os.path.abspath(shim), self.shim)
        os.symlink(os.path.join(built, "tests/cheap_keys.so"), self.cheap)
        self.places = [os.path.join(self.top, "case%d" % i) for i in range(2)]  # the second to try things out aside
        for name, word in (("vendor.pass", VENDOR), ("customer.pass", CUSTOMER), ("drawn", "")):
            with open(os.path.join(self.top, name), "w", encoding="ascii") as file:
                file.write(word and word + "\n")
            os.chmod(file.name, 0o600)
        apple = os.path.join(built, "tests/practice-apple")
        subprocess.run([apple, "init", self.top + "/apple"], check=True)
        subprocess.run([apple, "bundle", self.top + "/apple", self.top + "/ca.pem"], check=True)
        self.shell = dict(os.environ, TOP=self.top, STAGES=self.top + "/stages", PROGRAM=self.program, APPLE=apple, CHEAP=self.cheap,
                          MDM_CHEAP_KEYS=self.pool, NOW=str(NOW), VENDOR=VENDOR, CUSTOMER=CUSTOMER, LC_ALL="C.UTF-8")
        self.shell.pop("LD_PRELOAD", None)
        for name in ("work", "out", "tmp"):
            os.makedirs(os.path.join(self.top, "stages/empty", name), mode=0o700)

    def close(self):
        shutil.rmtree(self.top, ignore_errors=True)

    def enter(self, stage):
        """Puts a fresh copy of a stage into place; makes it first where it was not wanted before."""
        if not os.path.isdir(os.path.join(self.top, "stages", stage)):
            before, lines = STAGES[stage]
            if stage == "customer served":
                self.enter("finished")
            self.enter(before)
            done = subprocess.run(["sh", "-c", SHELL + lines], cwd=self.places[0] + "/work", env=self.shell, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                raise RuntimeError("the stage '%s' cannot be reached:\n%s" % (stage, done.stdout))
            copy(self.places[0], os.path.join(self.top, "stages", stage))
        copy(os.path.join(self.top, "stages", stage), self.places[0])


def copy(source, target):
    """A folder with its modes and hard links, in place of another."""
    shutil.rmtree(target, ignore_errors=True)
    twins = {}

    def one(path, to):
        status = os.stat(path)
        if status.st_ino in twins:
            return os.link(twins[status.st_ino], to)
        if status.st_nlink > 1:
            twins[status.st_ino] = to
        return shutil.copy(path, to)
    shutil.copytree(source, target, copy_function=one)


class Call:
    """One call to the file system."""
    CHANGES = {"create", "write", "rename", "link", "unlink", "mkdir", "rmdir", "mode"}

    def __init__(self, line):
        self.kind, self.path_of_calls, rest = line.split(" ", 2)
        self.path, self.to = rest.split("\t")
        self.failed = False

    def changes(self):
        return self.kind in self.CHANGES

    def __str__(self):
        return "%s %s" % (self.kind, self.path)


class Outcome:
    """What came of a run: negative statuses are signals."""

    def __init__(self):
        self.status = self.fired = None
        self.out, self.err = "", ""
        self.calls, self.paths, self.stories, self.found = [], [], [], []
        self.allocations = self.crypto = self.live = 0
        self.hardened = None

    def says_error(self):
        return "mdmvendor: error: " in self.err or '"ok": false' in self.out

    def first(self):
        at = self.err.find("mdmvendor: error: ")
        return self.err[at:].split("\n")[0] if at >= 0 else ""


def prepare_child():
    ctypes.CDLL(None).personality(0x0040000)  # the same addresses in every run, where that is allowed


class Program:
    """The program with one command in one place: loaded once, run many times."""

    def __init__(self, ground, place, args, manner="file", terminal=None, wrap=()):
        self.ground, self.place = ground, place
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(SECONDS)
        preload = "LD_PRELOAD=%s %s" % (ground.shim, ground.cheap)
        command = list(wrap) + ["env", preload, ground.program, "--ca-file=" + ground.top + "/ca.pem"]
        env = {"PATH": os.environ["PATH"], "MDM_FAULTS_ROOT": place, "MDM_FAULTS_SOCKET": str(theirs.fileno()), "MDM_CHEAP_KEYS": ground.pool, "TMPDIR": place + "/tmp", "HOME": place + "/tmp", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        stdin = subprocess.DEVNULL
        if manner == "file":
            command += ["--vendor-password-file=%s/vendor.pass" % ground.top, "--customer-password-file=%s/customer.pass" % ground.top]
        elif manner == "environment":
            env.update(MDMVENDOR_VENDOR_PASSWORD=VENDOR, MDMVENDOR_CUSTOMER_PASSWORD=CUSTOMER)
        elif manner == "stdin":
            command += ["--vendor-password-file=-", "--customer-password-file=-"]
            stdin, write = os.pipe()
            os.write(write, ("%s\n%s\n" % (VENDOR, CUSTOMER)).encode())
            os.close(write)
        elif manner == "terminal":
            command, stdin = ["setsid", "-c"] + command, terminal
        self.files = [open(place + end, "ab") for end in (".out", ".err")]
        self.process = subprocess.Popen(command + args.split(), env=env, stdin=stdin, stdout=self.files[0], stderr=self.files[1],
                                        pass_fds=[theirs.fileno()], preexec_fn=prepare_child)
        theirs.close()
        if manner == "stdin":
            os.close(stdin)

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        for file in self.files:
            file.close()

    def run(self, counts="-", at=0, trace=0, clock=LATER, key=TRIED, needles="-", on_call=None, on_torn=None, on_left=None):
        """One run; the functions answer what the program asks: at each file-system call, with `at` at that one, without on_call at none."""
        outcome = Outcome()
        for file in self.files:
            os.truncate(file.fileno(), 0)
        self.socket.send(("run %s %d %d %d %d %s %d %s" % (counts, at, trace, on_call is not None, on_left is not None, needles, clock, key)).encode())
        while outcome.status is None:
            word, _, rest = self.socket.recv(4096).decode().partition(" ")
            if word == "call":
                outcome.calls.append(Call(rest))
                self.socket.send(self.answer(on_call(outcome), outcome.calls[-1]))
            elif word == "torn":
                on_torn(outcome)
                self.socket.send(b"go")
            elif word == "failed":
                outcome.calls[-1].failed = True
            elif word == "fired":
                outcome.fired = rest
            elif word == "story":
                outcome.stories.append(rest)
            elif word == "paths":
                outcome.paths += rest.split()
            elif word == "found":
                outcome.found.append(rest)
            elif word == "count":
                outcome.allocations, outcome.crypto, outcome.live, _ = map(int, rest.split())
            elif word == "left":
                pid, *outcome.hardened = map(int, rest.split())
                if on_left:
                    on_left(pid)
                    self.socket.send(b"go")
            elif word == "end":
                status = int(rest)
                outcome.status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
            elif not word:
                raise RuntimeError("the program cannot be started, or is linked statically: " + self.text(".err"))
        outcome.out, outcome.err = self.text(".out"), self.text(".err")
        return outcome

    @staticmethod
    def answer(word, call):
        if isinstance(word, int):
            call.failed = True
        return str(word or "go").encode()

    def text(self, end):
        with open(self.place + end, encoding="utf-8", errors="replace") as file:
            return file.read()


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
