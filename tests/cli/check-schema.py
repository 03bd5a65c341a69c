#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check JSON lines on stdin against docs/json-schema.json.

Exit status: 0 if all lines fit; 1 if one does not, there is none, a packet's stages or causes do
not add up, or the schema and bpf/stages.h name different things; 2 without python3-jsonschema.
"""

import json
import os
import re
import sys

try:
    import jsonschema
except ImportError:
    print("check-schema.py: needs the Debian package python3-jsonschema", file=sys.stderr)
    sys.exit(2)

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def table(text, macro):
    """The names in an X-macro table of stages.h."""
    body = re.search(r"#define %s\(X\)(.*?[^\\])\n" % macro, text, re.S).group(1)
    return re.findall(r'X\(\w+, "(\w+)"', body)


def check_tables(schema):
    """The schema repeats the tables, since it must be readable on its own. Returns the stages after the total."""
    text = read("bpf/stages.h")
    d = schema["definitions"]
    for what, listed, macros in (
        ("stages", d["stage_name"]["enum"], ("RX_STAGES",)),
        ("hooks", d["hooks"]["required"], ("RX_POINTS",)),
        ("sent stages", d["tx_stage_name"]["enum"], ("TX_STAGES", "TX_AFTER")),
        ("sent hooks", d["tx_hooks"]["properties"], ("TX_POINTS",)),
        ("causes", d["cause_name"]["enum"], ("CAUSES",)),
        ("losses", d["lost"]["required"], ("LOSSES",)),
        ("ways", d["ways"]["required"], ("RX_WAYS",)),
    ):
        named = sum((table(text, macro) for macro in macros), [])
        if sorted(listed) != sorted(named):
            sys.exit("schema and bpf/stages.h differ in %s: %s" % (what, sorted(set(listed) ^ set(named))))
    return table(text, "TX_AFTER")


def check_sums(line, after):
    """What must add up in a packet. Returns what is wrong, or None."""
    stages, total = line["stages"], line["total_ns"]
    made = sum(ns for name, ns in stages.items() if line["dir"] == "rx" or name not in after)
    if total is not None and total != made:
        return "stages add up to %d, not to %d" % (made, total)
    if "causes" in line and "socket" in stages and sum(line["causes"].values()) != stages["socket"]:
        return "causes add up to %d, not to %d" % (sum(line["causes"].values()), stages["socket"])
    return None


def explain(schema, line):
    """oneOf only says that nothing fits: look at the definition of the line's own type."""
    kind = line.get("type") if isinstance(line, dict) else None
    if kind not in {ref["$ref"].split("/")[-1] for ref in schema["oneOf"]}:
        return "no such type: %r" % kind
    sub = {"$ref": "#/definitions/" + kind, "definitions": schema["definitions"]}
    for error in jsonschema.Draft7Validator(sub).iter_errors(line):
        return "%s: %s" % ("/".join(map(str, error.absolute_path)) or kind, error.message)
    return "unknown error"


def unique(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name is there twice")
    return dict(pairs)


def main():
    schema = json.loads(read("docs/json-schema.json"))
    jsonschema.Draft7Validator.check_schema(schema)
    after = check_tables(schema)
    validator = jsonschema.Draft7Validator(schema)
    n = 0
    for n, text in enumerate(sys.stdin, 1):
        try:
            line = json.loads(text, object_pairs_hook=unique)
        except ValueError as e:
            sys.exit("line %d: no JSON: %s" % (n, e))
        if not validator.is_valid(line):
            sys.exit("line %d: %s" % (n, explain(schema, line)))
        wrong = check_sums(line, after) if line["type"] == "packet" else None
        if wrong:
            sys.exit("line %d: %s" % (n, wrong))
    if n == 0:
        sys.exit("no line at all")
    print("%d lines fit" % n)


main()
