#!/usr/bin/env python3
"""Time and memory are bounded for whatever is in a file of up to the largest size that is read: files made to cost as much
as a file can go through every reader of the program. The figures are far above what is measured, so that no slow machine
trips over them; what grows with the square of the size is above them. The output is TAP.

    bounds.py [WORD...]    the files whose names have one of the words; MDMVENDOR and PRACTICE_APPLE name the two programs
"""

import base64
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile

SECONDS_MAX, MEMORY_MAX_KIB = 20, 256 * 1024  # of the processor, for all readers of one file together; of each process
WORTH_SAYING = 1.0
LIMIT = 1 << 20  # MDM_FILE_LIMIT
ROOM = LIMIT - 1024
MANY = 250  # certificates: more than 256 in one file are refused
TOP = tempfile.mkdtemp(prefix="mdmvendor-bounds-")
MDM, APPLE = os.environ["MDMVENDOR"], os.environ["PRACTICE_APPLE"]


def put(name, data):
    path = os.path.join(TOP, name)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, 0o600)


def made(*words):
    return subprocess.run(words, cwd=TOP, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


# What the files are made of.

def der(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 0x80 else bytes([0x80 | len(size)]) + size) + body


def seq(*parts):
    return der(0x30, *parts)


def oid(digits):
    return der(0x06, bytes.fromhex(digits))


def bits(data):
    return der(0x03, b"\0", data)


def number(size):
    return der(0x02, b"k" * size)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def fill(unit, room=ROOM):
    """As often as fits."""
    return unit * (room // len(unit))


def pem(data):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"


def request(unit, before=b"<key>PushCertRequestCSR</key><string>", after=b"</string>"):
    """Base64 of a property list that is full of `unit`."""
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>' + before
    return base64.encodebytes(head + fill(unit, ROOM * 72 // 100) + after + b"</dict></plist>")


# TBSCertificate (RFC 5280 section 4.1). The usual key is the base point of P-256 (SEC 2, 2.4.2).
NULL, RSA = der(0x05), "2A864886F70D0101"
RSA_SHA256, ECDSA_SHA256 = seq(oid(RSA + "0B"), NULL), seq(oid("2A8648CE3D040302"))
SERIAL = number(8)
SPKI = seq(seq(oid("2A8648CE3D0201"), oid("2A8648CE3D030107")), bits(bytes.fromhex(
    "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5")))
CA, NO_CA = seq(oid("551D13"), der(0x01, b"\xff"), der(0x04, seq(der(0x01, b"\xff")))), seq(oid("551D13"), der(0x04, seq()))


def rdn(value, name="550403"):
    return seq(oid(name), der(0x0C, value))


def name_of(*rdns):
    return seq(*(der(0x31, one) for one in rdns))


NAME = name_of(rdn(b"S"))


def tbs(spki=SPKI, serial=SERIAL, subject=NAME, extensions=CA, issuer=NAME, algorithm=RSA_SHA256):
    valid = seq(der(0x17, b"200101000000Z"), der(0x17, b"401231235959Z"))
    return seq(der(0xA0, der(0x02, b"\2")), serial, algorithm, issuer, valid, subject, spki, der(0xA3, seq(extensions)))


def cert(**fields):
    return seq(tbs(**fields), RSA_SHA256, bits(b"\1" * 256))


def extended(extension, unit):
    return cert(extensions=seq(oid(extension), der(0x04, seq(fill(unit)))))


def rsa(n, e):
    return seq(seq(oid(RSA + "01"), NULL), bits(seq(n, e)))


def slow_key():
    """A signer of certificates and its SubjectPublicKeyInfo. The public exponent is as long as the modulus, so that a
    verification costs as much as a signature without its shortcuts: libcrypto allows that up to 3072 bits
    (OPENSSL_RSA_SMALL_MODULUS_BITS)."""
    made("openssl", "genrsa", "-out", "k.pem", "3072")
    data, at, found = made("openssl", "rsa", "-in", "k.pem", "-traditional", "-outform", "DER"), 4, []
    while len(found) < 4:  # version, n, e, d
        size, at = data[at + 1], at + 2
        if size & 0x80:
            size, at = int.from_bytes(data[at:at + (size & 0x7F)], "big"), at + (size & 0x7F)
        found.append(int.from_bytes(data[at:at + size], "big"))
        at += size
    _, n, quick, slow = found

    def certify(content):
        info = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(content).digest()
        padded = b"\0\1" + b"\xff" * (381 - len(info)) + b"\0" + info
        return seq(content, RSA_SHA256, bits(pow(int.from_bytes(padded, "big"), quick, n).to_bytes(384, "big")))
    return certify, rsa(integer(n), integer(slow))


def p521_root():
    made("openssl", "ecparam", "-name", "secp521r1", "-genkey", "-noout", "-out", "p521.pem")
    content = tbs(made("openssl", "pkey", "-in", "p521.pem", "-pubout", "-outform", "DER"), algorithm=ECDSA_SHA256)
    put("content", content)
    return seq(content, ECDSA_SHA256, bits(made("openssl", "dgst", "-sha256", "-sign", "p521.pem", "content")))


def ring():
    """The vendor's certificate and its issuers, each the other's issuer, under many serial numbers: every look for an issuer
    would be a slow verification."""
    (first, first_key), (second, second_key) = KEYS
    one, other = name_of(rdn(b"A")), name_of(rdn(b"B"))
    vendor = made("openssl", "pkey", "-in", "vendor.key", "-pubout", "-outform", "DER")
    issuers = [pem(first(tbs(second_key, integer(n), other, issuer=one))) + pem(second(tbs(first_key, integer(n), one, issuer=other)))
               for n in range(MANY // 2)]
    return pem(first(tbs(vendor, extensions=NO_CA, issuer=one))) + b"".join(issuers)


def private(*numbers):
    return seq(der(0x02, b"\0"), *map(number, numbers))


def power_key(digits):
    """A private key of DSA or DH, whose public half is a power with a million digits."""
    return seq(der(0x02, b"\0"), seq(oid(digits), seq(*[number(260000)] * 3)), der(0x04, number(260000)))


def p12_of_rounds(rounds):
    """PKCS #12 without contents and with a MAC of that many rounds (RFC 7292 section 4)."""
    mac = seq(seq(oid("608648016503040203"), NULL), der(0x04, bytes(64)))
    return seq(der(0x02, b"\3"), seq(oid("2A864886F70D010701"), der(0xA0, der(0x04, seq()))), seq(mac, der(0x04, b"saltsalt"), integer(rounds)))


KEYS = []
EC = seq(der(0x02, b"\1"), der(0x04, b"\5"), der(0xA0, seq(
    der(0x02, b"\1"), seq(oid("2A8648CE3D0101"), number(200000)), seq(der(0x04, b"\1"), der(0x04, b"\1")), der(0x04, b"\2" * 200001),
    number(200000), number(200000))))
FILES = {
    # Nested as deep as the size allows.
    "nested without lengths": lambda: fill(b"\x30\x80"),
    "nested with lengths": lambda: b"".join(b"\x30\x83" + (left - 5).to_bytes(3, "big") for left in range(LIMIT // 5 * 5, 4, -5)),
    "nested strings": lambda: b"\x30\x80" + fill(b"\x24\x80"),
    "PKCS#7 whose content is PKCS#7": lambda: fill(bytes.fromhex("308006092A864886F70D010702A08030800201013100")),
    # PEM.
    "empty blocks": lambda: fill(pem(b"")),
    "begins alone": lambda: fill(b"-----BEGIN CERTIFICATE REQUEST-----"),
    "begins of keys": lambda: fill(b"-----BEGIN PRIVATE KEY-----\n"),
    "public keys that are none": lambda: fill(b"-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"),
    "begins without label": lambda: fill(b"-----BEGIN "),
    "dashes": lambda: fill(b"--------"),
    "wide dashes": lambda: fill("-----BEGI".encode("utf-16-le") + b"-"),
    "one long line": lambda: b"-----BEGIN CERTIFICATE-----\n" + fill(b"QUJD") + b"\n-----END CERTIFICATE-----\n",
    "headers of a key": lambda: (b"-----BEGIN RSA PRIVATE KEY-----\n" + fill(b"Proc-Type: 4,ENCRYPTED\n") +
                                 b"\n\nQUJD\n-----END RSA PRIVATE KEY-----\n"),
    # Text.
    "spaces": lambda: fill(b" "),
    "escapes": lambda: fill(b"\x1b"),
    "subjects": lambda: b"CN=x" + fill(b",CN=x"),
    "long number in an OID": lambda: b"1.2." + fill(b"99999999") + b"=x",
    "page of tags": lambda: b'<?xml version="1.0"?>' + fill(b"<plis"),
    # Requests.
    "entities": lambda: request(b"&amp;"),
    "numbered entities": lambda: request(b"&#65;"),
    "unknown entities": lambda: request(b"&"),
    "many CDATA": lambda: request(b"<![CDATA[x]]>"),
    "many comments": lambda: request(b"<!---->", b"<key>a</key>", b"<string/>"),
    "comments without end": lambda: request(b"<!--", b"<key>a</key>", b"<string/>"),
    "instructions": lambda: request(b"<?x?>", b"<key>a</key>", b"<string/>"),
    "open tags": lambda: request(b"<string>", b"", b""),
    "many elements": lambda: request(b"<true/>", b"<key>a</key><array>", b"</array>"),
    "doctype without end": lambda: base64.encodebytes(b'<?xml version="1.0"?><!DOCTYPE plist [' + fill(b"[<", ROOM * 72 // 100)),
    "long CSR": lambda: request(b"MIIB"),
    "long chain": lambda: request(pem(b"0\x82\1"), b"<key>PushCertCertificateChain</key><string>"),
    # Certificates: names, numbers, extensions.
    "long names": lambda: cert(subject=seq(fill(der(0x31, rdn(b"S"))))),
    "wide RDN, in the order that costs a sorting most": lambda: cert(subject=name_of(b"".join(
        rdn(b"%05X" % n) for n in range(0xFFFFF, 0xFFFFF - ROOM // 14, -1)))),
    "long value": lambda: cert(subject=name_of(rdn(fill(b"\\\x1b")))),
    "OID of two million bits": lambda: cert(subject=name_of(rdn(b"x", "2A" + "FF" * ROOM + "7F"))),
    "OIDs as long as are written in numbers": lambda: cert(subject=seq(fill(der(0x31, rdn(b"x", "2A" + "FF" * 580 + "7F"))))),
    "long topic": lambda: cert(subject=name_of(rdn(b"com.apple.mgmt." + fill(b'"'), "0992268993F22C640101")), extensions=NO_CA),
    "long serial number": lambda: cert(serial=number(ROOM), extensions=NO_CA),
    "many extensions": lambda: cert(extensions=fill(seq(oid("2A0304"), der(0x01, b"\xff"), der(0x04, NULL)))),
    "many alternative names": lambda: extended("551D11", der(0x82, b"a")),
    "many places of issuers": lambda: extended("2B06010505070101", seq(oid("2B06010505073001"), der(0x86, b"a"))),
    "many policies": lambda: extended("551D20", seq(oid("2A03"))),
    "many purposes": lambda: extended("551D25", oid("2A03")),
    "many address blocks": lambda: extended("2B06010505070107", seq(der(0x04, b"\0\1"), seq(der(0x03, b"\0")))),
    # Many certificates.
    "many certificates": lambda: fill(pem(cert())),
    "many certificates in PKCS#7": lambda: seq(oid("2A864886F70D010702"), der(0xA0, seq(
        der(0x02, b"\1"), der(0x31), seq(oid("2A864886F70D010701")), der(0xA0, cert() * MANY), der(0x31)))),
    "a ring of slow issuers": ring,
    "a ring of slow issuers in a request": lambda: base64.encodebytes(
        b'<plist version="1.0"><dict><key>PushCertCertificateChain</key><string>' + ring() + b"</string></dict></plist>"),
    "many slow roots": lambda: pem(KEYS[0][0](tbs(KEYS[0][1]))) * MANY,
    "many roots of P-521": lambda: pem(p521_root()) * MANY,
    "certificate of a large key": lambda: cert(spki=rsa(number(500000), number(500000))),
    "certificates of 16384 bits": lambda: pem(cert(spki=rsa(number(2048), number(8)))) * MANY,
    # Keys.
    "large factors": lambda: private(2048, 3, 8, 500000, 500000, 8, 8, 8),
    "large exponent": lambda: private(2048, 500000, 500000, 1024, 1024, 1024, 1024, 1024),
    "large modulus": lambda: private(1000000, 3, 8, 8, 8, 8, 8, 8),
    "CSR of a large key": lambda: seq(seq(der(0x02, b"\0"), NAME, rsa(number(500000), number(500000)), der(0xA0)), RSA_SHA256, bits(b"U" * 256)),
    "large DSA key": lambda: power_key("2A8648CE380401"),
    "large DH key": lambda: power_key("2A864886F70D010301"),
    "large DHX key": lambda: power_key("2A8648CE3E0201"),
    "large EC key": lambda: EC,
    "PKCS#12 of as many rounds as are done": lambda: p12_of_rounds(10000000),
    "PKCS#12 of billions of rounds": lambda: p12_of_rounds(0x7FFFFFFF),
}

# Whatever reads files: where the file is put, and the command. The subject is cut to what an argument may hold.
RUNS = [
    ("verify", "f"), ("status", "--format=prometheus", "f"), ("--customer-password-file=password", "import", "f"),
    ("--vendor-key=vendor.key", "--vendor-cert=f", "sign", "-o", "-", "vendor.csr"),
    ("--ca-file=ca.pem", "--vendor-key=vendor.key", "--vendor-cert=mdm.cer", "sign", "-o", "-", "f"),
    ("--ca-file=f", "verify", "request"), ("-C", "look", "status", "--json"),
    ("-C", "work", "--ca-file=ca.pem", "--vendor-password-file=password", "--customer-password-file=password", "--no-wait"),
]


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(words):
    """Status, processor seconds and KiB of one run."""
    with subprocess.Popen((MDM,) + words, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          preexec_fn=limit) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def lay_out():
    """The folders that the file is put into under names that are looked at in different ways."""
    for name in ("look", "work", "outputs"):
        shutil.rmtree(os.path.join(TOP, name), ignore_errors=True)
    for name in ("look", "work"):
        for below in ("inputs", "outputs"):
            os.makedirs(os.path.join(TOP, name, below), mode=0o700)
    for name in ("vendor.key", "vendor.csr"):
        shutil.copy(os.path.join(TOP, name), os.path.join(TOP, "work/outputs"))


def is_cheap(name):
    """What is wrong, or None."""
    data = FILES[name]()
    if not 0 < len(data) <= LIMIT:
        return "it has %d bytes" % len(data)
    lay_out()
    for place in ("f", "look/inputs/other.pem", "look/outputs/vendor.key", "look/outputs/plist_encode", "work/inputs/mdm.cer"):
        put(place, data)
    runs = RUNS + ([] if b"\0" in data else [("help", "capability", "--vendor-subject", data[:100000])])
    total, most = 0, 0
    for words in runs:
        status, seconds, kib = run(words)
        total, most = total + seconds, max(most, kib)
        if not 0 <= status <= 6:
            return "status %d (%d: out of processor time): %s" % (status, -24, " ".join(map(str, words))[:200])
    if total > WORTH_SAYING:
        print("# %s: %.2f s, %d MiB" % (name, total, most // 1024))
    return "it takes %.2f s" % total if total > SECONDS_MAX else "it takes %d MiB" % (most // 1024) if most > MEMORY_MAX_KIB else None


def slow_keys_sign_nothing():
    """A root is one that verifies itself, and those that verify slowly do not try."""
    put("slow.pem", pem(KEYS[0][0](tbs(KEYS[0][1]))))
    made("openssl", "verify", "-CAfile", "slow.pem", "slow.pem")  # the signature is right
    roots = {"slow.pem": False}
    for curve, may in (("P-256", True), ("P-384", True), ("P-521", True), ("sect571r1", False)):
        try:
            made("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve, "-nodes", "-keyout", "k.pem", "-subj", "/CN=x",
                 "-out", curve)
            roots[curve] = may
        except subprocess.CalledProcessError:
            if may:  # some systems leave out those of two
                raise
    for name, may in roots.items():
        said = subprocess.run((MDM, "--ca-file", name, "verify", "request"), cwd=TOP, check=False, capture_output=True).stderr
        if (b"there is no root CA" in said) == may:
            return "%s: %s" % (name, said.decode())
    return None


def large_csrs_are_not_kept():
    """A batch holds what its threads work on, and not what waits for its name."""
    put("large.cnf", b"[req]\ndistinguished_name=dn\nreq_extensions=more\nprompt=no\n[dn]\nCN=Customer\n[more]\n1.2.3.4=ASN1:UTF8:" + b"x" * 400000)
    made("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-config", "large.cnf", "-out", "large.csr")
    names = ["many/%d.csr" % i for i in range(80)]
    os.mkdir(os.path.join(TOP, "many"))
    for name in names:
        os.link(os.path.join(TOP, "large.csr"), os.path.join(TOP, name))
    status, _, kib = run(("--ca-file=ca.pem", "--vendor-key=vendor.key", "--vendor-cert=mdm.cer", "sign", "--output-dir=signed", *names))
    signed = len(os.listdir(os.path.join(TOP, "signed")))
    return None if (status, signed) == (0, 80) and kib < 32 * 1024 else "status %d, %d signed, %d MiB" % (status, signed, kib // 1024)


def main(words):
    made(APPLE, "init", "apple")
    put("ca.pem", made(APPLE, "bundle", "apple"))
    put("password", b"password\n")
    made("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "vendor.key", "-subj", "/CN=MDM Vendor", "-out", "vendor.csr")
    os.chmod(os.path.join(TOP, "vendor.key"), 0o600)
    made(APPLE, "vendor", "apple", "vendor.csr", "mdm.cer")
    put("request", request(b"MIIB"))
    KEYS.extend((slow_key(), slow_key()))
    names = [name for name in FILES if not words or any(word in name for word in words)]
    cases = [("keys that verify slowly sign nothing", slow_keys_sign_nothing), ("large CSRs of a batch are not kept", large_csrs_are_not_kept)]
    cases += [(name, lambda name=name: is_cheap(name)) for name in names]
    print("1..%d" % len(cases))
    failed = False
    for number_of_case, (name, judge) in enumerate(cases):
        wrong = judge()
        failed |= wrong is not None
        print("%s %d - %s" % ("not ok" if wrong else "ok", number_of_case + 1, name) + ("\n# " + wrong if wrong else ""), flush=True)
    return failed


try:
    sys.exit(main(sys.argv[1:]))
finally:
    shutil.rmtree(TOP)
