#!/usr/bin/env python3
"""Makes the folder of RSA-2048 keys that cheap_keys.c draws from, if it is not there: keys.py FOLDER.

Looking for primes is what takes long, and any two of some dozen make a key."""
import base64
import itertools
import os
import subprocess
import sys

PRIMES, EXPONENT = 34, 65537


def der(tag, body):
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (size if len(body) < 128 else bytes([0x80 | len(size)]) + size) + body


def key(p, q):
    p, q = max(p, q), min(p, q)
    d = pow(EXPONENT, -1, (p - 1) * (q - 1))
    numbers = [0, p * q, EXPONENT, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    body = base64.b64encode(der(0x30, b"".join(der(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers))).decode()
    return "\n".join(["-----BEGIN RSA PRIVATE KEY-----"] + [body[i:i + 64] for i in range(0, len(body), 64)] + ["-----END RSA PRIVATE KEY-----", ""])


def prime(_):
    while True:
        text = subprocess.run(["openssl", "prime", "-generate", "-bits", "1024", "-hex"], capture_output=True, check=True, text=True).stdout
        if int(text, 16) % EXPONENT != 1:
            return int(text, 16)


def main(folder):
    if os.path.exists(os.path.join(folder, "next")):
        return
    os.makedirs(folder, exist_ok=True)
    for number, (p, q) in enumerate(itertools.combinations(map(prime, range(PRIMES)), 2)):
        with open(os.path.join(folder, "%d.pem" % number), "w", encoding="ascii") as file:
            file.write(key(p, q))
    with open(os.path.join(folder, "next"), "w", encoding="ascii") as file:
        file.write("0 %d\n" % (number + 1))
    os.chmod(file.name, 0o666)  # the tests act as other users as well


if __name__ == "__main__":
    main(sys.argv[1])
