# Reads a pfx with Python's cryptography: python3 python.py FILE PASSWORD_FILE DIR (what is written where: openssl.sh)
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs12

path, password_file, folder = sys.argv[1:]
with open(path, "rb") as file:
    pfx = file.read()
with open(password_file, "rb") as file:
    password = file.read().rstrip(b"\n")

key, certificate, others = pkcs12.load_key_and_certificates(pfx, password)
if key is None or certificate is None:
    sys.exit("there is no key with a certificate in it")
with open(folder + "/certs.pem", "wb") as out:
    for found in [certificate, *others]:
        out.write(found.public_bytes(Encoding.PEM))
with open(folder + "/public.pem", "wb") as out:
    out.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
