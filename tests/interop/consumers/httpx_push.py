# Pushes with Python's httpx. With "zentral" as Zentral's server does: certificate and key by cryptography, one pair, then the
# push; else with httpx's own options.
import os
import ssl
import sys
import tempfile

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import serialization

env = os.environ


def context(cert, key, password):
    made = ssl.create_default_context(cafile=env["CA"])
    made.load_cert_chain(cert, key, password)
    return made


def zentral():
    with open(env["CERT"], "rb") as file:
        cert = x509.load_pem_x509_certificate(file.read())
    with open(env["KEY"], "rb") as file:
        key = serialization.load_pem_private_key(file.read(), env["PASSWORD"].encode() if env["FORM"] == "locked" else None)
    if key.public_key().public_numbers() != cert.public_key().public_numbers():
        sys.exit("certificate and key are no pair")
    pem = serialization.Encoding.PEM
    with tempfile.NamedTemporaryFile(dir=env["DIR"]) as pair:
        pair.write(cert.public_bytes(pem))
        pair.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        pair.flush()
        return context(pair.name, None, None)


verify = zentral() if "zentral" in sys.argv else context(env["CERT"], env["KEY"], env["PASSWORD"])
client = httpx.Client(http2=True, verify=verify)
url = f"https://127.0.0.1:{env['PORT']}/3/device/{env['TOKEN']}"
answer = client.post(url, content=env["PAYLOAD"], headers={"apns-topic": env["TOPIC"], "apns-push-type": "mdm"})
print(answer.status_code, answer.text)
