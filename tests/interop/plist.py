# Takes a push certificate request apart with the standard library: python3 plist.py FILE DIR writes a file for each key.
import base64
import plistlib
import sys

path, folder = sys.argv[1:]
with open(path, "rb") as file:
    xml = base64.b64decode(file.read(), validate=True)
for key, value in plistlib.loads(xml, fmt=plistlib.FMT_XML).items():
    with open(folder + "/" + key, "w", encoding="ascii", newline="") as out:
        out.write(value)
