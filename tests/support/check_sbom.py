"""check_sbom.py SCHEMAS: CycloneDX on standard input against the schema of its version, and every reference in it."""
import json
import os
import sys

import jsonschema

folder = sys.argv[1]
bom = json.load(sys.stdin)
schemas = {}
for name in ("bom-" + bom["specVersion"], "spdx", "jsf-0.82"):
    with open(os.path.join(folder, name + ".SNAPSHOT.schema.json"), encoding="utf-8") as file:
        schemas["http://cyclonedx.org/schema/" + name + ".SNAPSHOT.schema.json"] = json.load(file)
schema = next(iter(schemas.values()))
validator = jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver.from_schema(schema, store=schemas),
                                       format_checker=jsonschema.FormatChecker())
problems = ["%s: %s" % ("/".join(map(str, error.path)), error.message) for error in validator.iter_errors(bom)]
known = [part["bom-ref"] for part in [bom["metadata"]["component"], *bom["components"]]]
problems += ["twice: " + name for name in known if known.count(name) > 1]
problems += ["unknown: " + name for row in bom["dependencies"] for name in row["dependsOn"] if name not in known]
print("\n".join(problems) or "%d parts" % len(bom["components"]))
sys.exit(bool(problems))
