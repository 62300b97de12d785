"""What lies in a work folder, read without anything but the standard library: keys, certificates, CSRs, requests, pfx."""

import base64
import binascii
import calendar
import hashlib
import os
import re
import time

PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----\r?\n(.*?)-----END \1-----", re.S)
VENDOR_MARKER = bytes.fromhex("2a864886f76364040c")
USER_ID = bytes.fromhex("060a0992268993f22c640101")
LOCAL_KEY_ID = bytes.fromhex("06092a864886f70d010915")
PFX, RECORD = "outputs/MDM_APNSCert.pfx", "outputs/MDM_APNSCert.crt"


def tlv(data, at):
    """The tag at `at` and where its contents begin and end."""
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[at:at + count], "big"), at + count
    if at + size > len(data):
        raise ValueError("cut short")
    return tag, at, at + size


def children(data, at=0):
    """The elements in the one at `at`, each whole."""
    _, at, end = tlv(data, at)
    found = []
    while at < end:
        _, _, stop = tlv(data, at)
        found.append(data[at:stop])
        at = stop
    return found


def modulus_of(spki):
    bits = children(spki)[1]
    return digest(children(bits[tlv(bits, 0)[1] + 1:])[0])


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Cert:
    """A certificate's facts, as far as the walk needs them."""

    def __init__(self, der):
        fields = children(children(der)[0])
        self.sha1, self.id = hashlib.sha1(der).hexdigest(), digest(der)
        self.key = modulus_of(fields[6])
        at = fields[5].find(USER_ID)
        value = fields[5][at + len(USER_ID):] if at >= 0 else b"\x0c\x00"
        self.topic = value[2:2 + value[1]].decode(errors="replace")
        self.kind = "push" if self.topic.startswith("com.apple.mgmt.") else "vendor" if VENDOR_MARKER in der else "other"
        dates = [date[2:].decode() for date in children(fields[4])]
        dates = ["20" + date if len(date) == 13 else date for date in dates]
        self.begins, self.ends = (calendar.timegm(time.strptime(date, "%Y%m%d%H%M%SZ")) for date in dates)
        self.self_issued = fields[3] == fields[5]


class Paper:
    """What one file's contents are: `items` are (kind, identity) pairs of what must not be lost."""

    def __init__(self, data):
        self.items, self.certs = set(), []
        self.key = self.csr = self.local_key_id = self.request_csr = self.request_chain = None
        blocks = [(label.decode(), body) for label, body in PEM.findall(data)]
        try:
            if data[:1] == b"0" and data[1] >= 0x80:
                self.read_der(data)
            elif blocks:
                self.read_pem(blocks)
            elif len(data) > 1000:
                self.read_request(data)
        except (ValueError, IndexError, binascii.Error):
            pass
        if not self.items:
            self.items.add(("file", digest(data)))

    def add_cert(self, der):
        cert = Cert(der)
        self.certs.append(cert)
        BY_SHA1[cert.sha1] = cert
        self.items.add(("certificate", cert.id))

    def add_csr(self, der):
        self.csr = modulus_of(children(children(der)[0])[2])
        self.items.add(("CSR", digest(der)))

    def read_pem(self, blocks):
        public, private = None, None
        for label, body in blocks:
            body = body.replace(b"\r", b"").split(b"\n\n")[-1]
            der = base64.b64decode(body)
            if label == "CERTIFICATE":
                self.add_cert(der)
            elif label.endswith("CERTIFICATE REQUEST"):
                self.add_csr(der)
            elif label == "PUBLIC KEY":
                public = modulus_of(der)
            elif label.endswith("PRIVATE KEY"):
                private = digest(der)
                if label == "PRIVATE KEY":
                    inner = children(der)[2]
                    der = inner[tlv(inner, 0)[1]:]
                if label in ("PRIVATE KEY", "RSA PRIVATE KEY"):
                    public = digest(children(der)[1])
        if private:
            self.key = public
            self.items.add(("key", public or private))

    def read_der(self, data):
        if data[tlv(data, 0)[2]:].strip():
            raise ValueError("something else follows")
        parts = children(data)
        if parts[0] == b"\x02\x01\x03":
            at = data.find(LOCAL_KEY_ID)
            if at >= 0:
                at += len(LOCAL_KEY_ID) + 4
                self.local_key_id = data[at:at + 20].hex()
            self.items.add(("pfx", digest(data)))
        elif children(parts[0])[0][:1] == b"\xa0":
            self.add_cert(data)
        else:
            self.add_csr(data)

    def read_request(self, data):
        plist = base64.b64decode(data)
        if not plist.startswith(b"<?xml"):
            return
        values = [base64.b64decode(value) for value in re.findall(rb"<string>([A-Za-z0-9+/=\s]+)</string>", plist)]
        self.request_csr = digest(values[0])
        self.request_chain = [Cert(base64.b64decode(body)) for _, body in PEM.findall(plist)]
        self.items.add(("request", digest(plist)))


BY_SHA1 = {}  # every certificate that was seen in any folder
PAPERS = {}  # of contents that were read before


def read(path):
    """The digest of a file's contents; PAPERS has what they are."""
    with open(path, "rb") as file:
        data = file.read()
    name = digest(data)
    if name not in PAPERS:
        PAPERS[name] = Paper(data)
    return name


class Look:
    """A work folder at one moment: each file's path with its contents' digest."""

    def __init__(self, top):
        self.files = {}
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                short = os.path.relpath(path, top)
                if os.path.isfile(path) and not os.path.islink(path) and short != "outputs/.lock":
                    self.files[short] = read(path)
        archive = os.path.join(top, "outputs/archive")
        self.archives = len(os.listdir(archive)) if os.path.isdir(archive) else 0

    def paper(self, path):
        return PAPERS.get(self.files.get(path))

    def items(self):
        return {item: path for path in self.files for item in self.paper(path).items}

    def live(self):
        """What is not in the archive."""
        return {path: name for path, name in self.files.items() if not path.startswith("outputs/archive/")}

    def key(self, role):
        paper = self.paper("outputs/%s.key" % role)
        return paper.key if paper else None

    def in_force(self):
        """The push certificate that the pfx holds, or else the record; None: not known."""
        pfx, record = self.paper(PFX), self.paper(RECORD)
        if pfx and pfx.local_key_id:
            return BY_SHA1.get(pfx.local_key_id)
        pushes = [cert for cert in record.certs if cert.kind == "push"] if not pfx and record else []
        return pushes[0] if pushes else None

    def known_in_force(self):
        """The same, where the certificate itself lies where the program looks."""
        cert = self.in_force()
        here = {found.sha1 for path in self.files if path.startswith(("inputs/", "outputs/")) and not path.endswith("list.txt")
                for found in self.paper(path).certs}
        return cert if cert and cert.sha1 in here else None

    def certs_in(self, top, kind):
        return [cert for path in self.files if path.startswith(top) for cert in self.paper(path).certs if cert.kind == kind]
