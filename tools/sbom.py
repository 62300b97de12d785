#!/usr/bin/env python3
"""What the static program is made of, as CycloneDX: name, version, licence and origin of each part.

sbom.py VERSION SECONDS APPLE_FOLDER PART=DEBIAN_VERSION...    SECONDS: the date, since 1970
"""
import datetime
import hashlib
import json
import os
import sys
import uuid

PARTS = {
    "openssl": ("libcrypto", "Apache-2.0", "https://www.openssl.org/"),
    "libplist": ("libplist", "LGPL-2.1-or-later", "https://libimobiledevice.org/"),
    "glibc": ("glibc", "LGPL-2.1-or-later", "https://www.gnu.org/software/libc/"),
}


def library(part):
    source, version = part.split("=", 1)
    name, licence, site = PARTS[source]
    return {
        "type": "library", "bom-ref": name, "name": name, "version": version,
        "description": "from Debian's source package " + source,
        "licenses": [{"license": {"id": licence}}],
        "purl": "pkg:deb/debian/%s@%s?arch=source" % (source, version.replace("~", "%7E").replace("+", "%2B")),
        "externalReferences": [{"type": "website", "url": site}],
    }


def certificate(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return {
        "type": "data", "bom-ref": name, "name": name, "version": digest[:16],
        "description": "CA certificate, as Apple publishes it",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": [{"license": {"name": "Apple's; published without terms"}}],
        "externalReferences": [{"type": "website", "url": "https://www.apple.com/certificateauthority/"}],
    }


def main():
    version, seconds, folder, *parts = sys.argv[1:]
    components = [library(part) for part in parts]
    components += [certificate(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".cer")]
    program = {"type": "application", "bom-ref": "mdmvendor", "name": "mdmvendor", "version": version,
               "licenses": [{"license": {"id": "MIT"}}]}
    bom = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": "urn:uuid:" + str(uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([program, components]))),
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": program,
        },
        "components": components,
        "dependencies": [{"ref": "mdmvendor", "dependsOn": [component["bom-ref"] for component in components]}],
    }
    print(json.dumps(bom, indent=2))


if __name__ == "__main__":
    main()
