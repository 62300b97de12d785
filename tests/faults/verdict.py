"""What must hold of a work folder whatever happened in it."""

import base64
import ctypes
import ctypes.util
import hashlib
import os
import plistlib
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ground import CUSTOMER, VENDOR

# For keys libcrypto itself: what cryptography reads it checks for primes, at every run.
CRYPTO = ctypes.CDLL(ctypes.util.find_library("crypto"))
for function in (CRYPTO.BIO_new_mem_buf, CRYPTO.PEM_read_bio_PrivateKey, CRYPTO.PEM_read_bio_PUBKEY, CRYPTO.PEM_read_bio_X509, CRYPTO.d2i_PKCS12):
    function.restype = ctypes.c_void_p
LIST_LINE = re.compile(rb"(command|number|unit|record|spent|undoes|file|used) .*")


def is_lock(path):
    return os.path.basename(path) == ".lock"


def is_temporary(path):
    name = os.path.basename(path)
    return name.startswith(".") and ".tmp" in name


class Snapshot:
    """Everything below a folder: each path's mode, and the digest of a file's contents (None: a folder)."""

    def __init__(self, top):
        self.files, self.data = {}, {}
        for folder, folders, names in os.walk(top):
            for name in folders + names:
                path = os.path.join(folder, name)
                mode, digest = os.lstat(path).st_mode & 0o7777, None
                if name not in folders:
                    with open(path, "rb") as file:
                        data = file.read()
                    digest = hashlib.sha256(data).digest()
                    self.data[digest] = data
                self.files[os.path.relpath(path, top)] = mode, digest

    def placed(self):
        return {path: mode for path, (mode, _) in self.files.items() if "/archive" not in path and not is_temporary(path)}


def keep(before, now):
    """What was there before still is, under whatever name: no key, certificate or request is lost."""
    return ["what was in %s is lost" % path for path, (_, digest) in before.files.items()
            if digest and digest not in now.data and not is_lock(path) and not is_temporary(path)]


def whole(before, now):
    """Every file is what it was before, or what its name says, and all of it."""
    old = {(digest, mode & 0o77) for mode, digest in before.files.values()}
    problems = []
    for path, (mode, digest) in now.files.items():
        if digest and not is_lock(path) and not is_temporary(path) and (digest, mode & 0o77) not in old:
            fault = fault_of(path, mode, digest, now)
            if fault:
                problems.append("%s (%d bytes, mode %04o): %s" % (path, len(now.data[digest]), mode, fault))
    return problems


def swept(now, below=""):
    return ["%s is left behind" % path for path in now.files if is_temporary(path) and path.startswith(below)]


def same_end(end, now):
    """The same files in the same places. Others may do less with them (a file system without modes), and not more."""
    there, here = end.placed(), now.placed()
    return (["%s is missing in the end" % path for path in there if path not in here] +
            ["%s is there in the end" % path for path in here if path not in there] +
            ["%s has mode %04o in the end" % (path, here[path]) for path in here if path in there and here[path] & ~there[path]])


def changed_alike(before, end, now):
    """What the undisturbed run made anew is made anew, and what it left alone is as it was."""
    for path, (_, digest) in end.files.items():
        if digest and path in now.files and not is_lock(path):
            old = before.files.get(path, (0, None))[1]
            if (digest == old) != (now.files[path][1] == old):
                return False
    return True


def order(calls, batch):
    """Every name that is given or taken is on the disk before the next one is, and every file before its name."""
    problems = []

    def names(call):
        return not call.failed and (call.kind in ("rename", "link", "mkdir", "rmdir") or (call.kind == "unlink" and not is_temporary(call.path)))

    def syncs(call, path):
        return not call.failed and (call.kind == "sync-all" or (call.kind == "sync" and call.path == path))
    for at, call in enumerate(calls):
        if not names(call):
            continue
        if call.kind in ("rename", "link") and is_temporary(call.path):
            synced = False
            for other in calls[:at]:
                if other.kind in ("write", "create", "mode") and other.path == call.path:
                    synced = False
                synced = synced or syncs(other, call.path)
            if not synced:
                problems.append("%s gets the name %s before it is synced" % (call.path, call.to))
        folder = os.path.dirname(call.to or call.path) or "."
        for other in calls[at + 1:]:
            if syncs(other, folder) or (names(other) and not batch):
                break
        else:
            other = None
        if other is None or not syncs(other, folder):
            problems.append("the folder is not synced after %s of %s" % (call.kind, call.to or call.path))
    return problems, sum(map(names, calls))


# Is a file what its name says? Each of these raises what is wrong.

FAULTS = {}  # by contents, path and mode: the same file is met again and again


def fault_of(path, mode, digest, now):
    key = path, mode & 0o77, digest
    if key not in FAULTS:
        try:
            FAULTS[key] = check(path, mode, now.data[digest], now)
        except (ValueError, TypeError, KeyError, IndexError, AssertionError) as error:
            FAULTS[key] = "%s: %s" % (type(error).__name__, error)
    return FAULTS[key]


def pem(what, data, password=b""):
    found = getattr(CRYPTO, "PEM_read_bio_" + what)(ctypes.c_void_p(CRYPTO.BIO_new_mem_buf(data, len(data))), None, None, password)
    assert found, "no %s can be read" % what
    return ctypes.c_void_p(found)


def pair(cert, key):
    assert cert and key and CRYPTO.X509_check_private_key(cert, key) == 1, "key and certificate do not belong together"


def pfx(data):
    key, cert, begin = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_char_p(data)
    found = ctypes.c_void_p(CRYPTO.d2i_PKCS12(None, ctypes.byref(begin), len(data)))
    assert found and CRYPTO.PKCS12_parse(found, CUSTOMER.encode(), ctypes.byref(key), ctypes.byref(cert), None) == 1, "it does not open"
    pair(cert, key)


def ends(data, label):
    if not data.endswith(b"-----END %s-----\n" % label):
        raise ValueError("it is cut off")


def check(path, mode, data, now):
    name = os.path.basename(path)
    private = True
    if name == "push.key":
        pem("PrivateKey", data)
        ends(data, b"PRIVATE KEY")
    elif name.endswith(".key"):
        encrypted_key(path, data)
    elif name.endswith(".pfx"):
        pfx(data)
    elif name in ("list.txt", "list.pending"):
        lines = data.split(b"\n")
        assert lines[0] == b"mdmvendor list 2" and lines[-1] == b"" and any(line.startswith(b"unit ") for line in lines), "no list of a change"
        assert all(LIST_LINE.match(line) for line in lines[1:-1]), "a line of it is not known"
    elif name == "push.pem":
        pair(pem("X509", data), pem("PrivateKey", data))
        assert data.endswith(b"PRIVATE KEY-----\n"), "it is cut off"
    else:
        private = False
        public_file(name, data)
    return "others can read it" if private and mode & 0o77 else None


def encrypted_key(path, data):
    key = pem("PrivateKey", data, (VENDOR if "vendor" in path else CUSTOMER).encode())
    assert CRYPTO.EVP_PKEY_eq(key, pem("PUBKEY", data[data.index(b"-----BEGIN PUBLIC"):])) == 1, "the public key behind it is another"
    ends(data, b"PUBLIC KEY")


def public_file(name, data):
    if name.endswith(".csr"):
        assert x509.load_pem_x509_csr(data).is_signature_valid, "the CSR's signature is wrong"
        ends(data, b"CERTIFICATE REQUEST")
    elif name.endswith(("plist_encode", "plist_encode.txt")):
        request(data)
    elif name == "MDM_APNSCert.crt":
        assert data.count(b"-----BEGIN CERTIFICATE") == 1, "not one certificate"
        x509.load_pem_x509_certificate(data)
        ends(data, b"CERTIFICATE")
    elif name == "apple-account.txt":
        assert data == b"mdm@example.org\n", "another name"
    elif name.endswith((".cer", ".pem")):
        (x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate)(data)
    else:
        raise ValueError("nobody knows this file")


def request(data):
    """A plist with a CSR, its signature by the first of a chain of three."""
    parts = plistlib.loads(base64.b64decode(data, validate=True))
    csr = base64.b64decode(parts["PushCertRequestCSR"])
    chain = [x509.load_pem_x509_certificate(block.encode()) for block in re.findall("-----BEGIN.*?-----END [A-Z ]*-----", parts["PushCertCertificateChain"], re.S)]
    assert x509.load_der_x509_csr(csr).is_signature_valid, "the CSR's signature is wrong"
    assert len(chain) == 3 and all(a.issuer == b.subject for a, b in zip(chain, chain[1:] + chain[-1:])), "no chain up to a root"
    for cert, issuer in zip(chain, chain[1:] + chain[-1:]):
        issuer.public_key().verify(cert.signature, cert.tbs_certificate_bytes, padding.PKCS1v15(), cert.signature_hash_algorithm)
    chain[0].public_key().verify(base64.b64decode(parts["PushCertSignature"]), csr, padding.PKCS1v15(), hashes.SHA256())
