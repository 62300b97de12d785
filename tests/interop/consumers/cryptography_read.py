# Reads with Python's cryptography.
import os

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12

env = os.environ
password = env["PASSWORD"].encode()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(name, data):
    with open(f"{env['DIR']}/{name}", "wb") as file:
        file.write(data)


if "P12" in env:
    key, certificate, others = pkcs12.load_key_and_certificates(read(env["P12"]), password)
else:
    key = load_pem_private_key(read(env["KEY"]), password if env["FORM"] == "locked" else None)
    certificate, others = x509.load_pem_x509_certificate(read(env["CERT"])), []
write("certs.pem", b"".join(found.public_bytes(Encoding.PEM) for found in [certificate, *others]))
write("public.pem", key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
