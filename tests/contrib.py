#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: contrib.py CONTRIB

Do the files that compose, Grafana and Prometheus are configured by find each other? TAP lines.
"""

import glob
import os
import posixpath
import sys
import urllib.parse

import yaml

CONTRIB = sys.argv[1]


def ok(good, what, *why):
    print("%sok - %s" % ("" if good else "not ", what))
    for line in () if good else why:
        print("# %s" % (line,))


def load(name):
    with open(os.path.join(CONTRIB, name), encoding="utf-8") as f:
        return yaml.safe_load(f)


def mounts(service):
    """{path inside: directory here}; named volumes have none here"""
    found = {}
    for volume in service["volumes"]:
        here, inside = volume.split(":")[:2]
        found[inside] = os.path.normpath(os.path.join(CONTRIB, "compose", here)) if here.startswith(".") else None
    return found


def outside(found, path):
    """Where a path inside a container lies here; None: nowhere."""
    for inside, here in sorted(found.items(), key=lambda x: -len(x[0])):
        if here and (path + "/").startswith(inside + "/"):
            return os.path.normpath(os.path.join(here, posixpath.relpath(path, inside)))
    return None


def exists(path):
    return bool(path) and os.path.exists(path)


def compose(services, volumes):
    bad = [here for s in services.values() for here in mounts(s).values() if here and not os.path.isdir(here)]
    ok(not bad, "compose: every directory that is mounted is there", *bad)
    named = {v.split(":")[0] for s in services.values() for v in s["volumes"] if not v.startswith(".")}
    ok(named == set(volumes), "and every volume is declared", named, set(volumes))
    bad = [d for s in services.values() for d in s.get("depends_on", []) if d not in services]
    ok(not bad, "what a service depends on is one", *bad)


def prometheus(service):
    options = dict(option.lstrip("-").split("=", 1) for option in service["command"])
    config = outside(mounts(service), options["config.file"])
    ok(exists(config), "prometheus: its configuration is where it looks", options["config.file"], config)
    with open(config, encoding="utf-8") as f:
        rules = yaml.safe_load(f)["rule_files"]
    bad = [name for name in rules if not glob.glob(os.path.join(os.path.dirname(config), name))]
    ok(rules and not bad, "and its rules", *bad)
    return options["web.listen-address"]


def grafana(service, prometheus_at):
    found = mounts(service)
    where = "/etc/grafana/provisioning"
    sources = load("grafana/provisioning/datasources/prometheus.yml")["datasources"]
    ok(exists(outside(found, where + "/datasources/prometheus.yml")), "grafana: its data sources are where it looks")
    at = urllib.parse.urlsplit(sources[0]["url"]).netloc
    ok(len(sources) == 1 and at == prometheus_at and sources[0]["isDefault"], "its one data source is that Prometheus", at, prometheus_at)
    providers = load("grafana/provisioning/dashboards/netstrata.yml")["providers"]
    ok(exists(outside(found, where + "/dashboards/netstrata.yml")), "its dashboards' provider too")
    paths = [outside(found, p["options"]["path"]) for p in providers]
    ok(paths and all(p and glob.glob(os.path.join(p, "**/*.json"), recursive=True) for p in paths), "which finds dashboards", *paths)


def main():
    file = load("compose/compose.yml")
    services = file["services"]
    compose(services, file["volumes"])
    grafana(services["grafana"], prometheus(services["prometheus"]))


main()
