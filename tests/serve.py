#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks of what `netstrata serve` answers, as TAP lines for tap_from (tests/lib.sh).

agree DIR   the files metrics, openmetrics, run, connections, packets, history, stat.out in DIR hold the same numbers
"""

import json
import os
import re
import sys

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z0-9_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)( # \{.*)?$')
LABEL = re.compile(r'([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"')


def ok(good, what, *why):
    print("%sok - %s" % ("" if good else "not ", what))
    if not good:
        for line in why:
            print("# %s" % (line,))


def samples(text):
    """{(name, ((label, value), ...)): value}; every line must be one or a comment."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        m = SAMPLE.match(line)
        if not m:
            raise ValueError("no sample: %r" % line)
        key = (m.group(1), tuple(sorted(LABEL.findall(m.group(2) or ""))))
        if key in found:
            raise ValueError("twice: %r" % (key,))
        found[key] = float(m.group(3))
    return found


def value(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))))


def read(directory, name):
    with open(os.path.join(directory, name), encoding="utf-8") as f:
        return f.read()


def lines(directory, name):
    return [json.loads(line) for line in read(directory, name).splitlines()]


def family_of(line):
    """The series that a `stage` line of JSON has in /metrics, and its labels."""
    labels = {"proto": line["proto"]}
    name = {"total": "duration", "local": "local_duration", "resent": "resent_duration"}.get(line["stage"])
    if not name:
        after = line["dir"] == "tx" and line["stage"] in ("completion", "network", "ack")
        name = "after_duration" if after else "stage_duration"
        labels["stage"] = line["stage"]
    return "netstrata_%s_%s_seconds" % (line["dir"], name), labels


def check_stage(found, line):
    """None, or what is wrong."""
    name, labels = family_of(line)
    n = value(found, name + "_count", **labels)
    if n is None and line["stage"] not in ("read_oldest", "read_newest"):
        return "no %s %s" % (name, labels)
    if n is None:
        return None
    if n != line["n"] or value(found, name + "_bucket", le="+Inf", **labels) != line["n"]:
        return "%s %s: count %s, JSON has %s" % (name, labels, n, line["n"])
    if abs(value(found, name + "_sum", **labels) - line["sum_ns"] / 1e9) > 1e-9:
        return "%s %s: sum differs" % (name, labels)
    for (series, of), count in found.items():
        le = dict(of).get("le")
        if series == name + "_bucket" and le != "+Inf" and {k: v for k, v in of if k != "le"} == labels:
            want = sum(c for bound, c in line["buckets"] if bound is not None and bound <= round(float(le) * 1e9))
            if want != count:
                return "%s %s le=%s: %s, JSON has %s" % (name, labels, le, count, want)
    return None


def check_cpus(found, line):
    """What is wrong with the series of the softirqs, given the JSON line of the same snapshot."""
    want = {}
    for c in line["cpus"]:
        label, rx = str(c["cpu"]) if c["cpu"] < 32 else "other", c["net_rx"]
        for name, v in (("rx_runs", rx["runs"]), ("rx_ksoftirqd_runs", rx["ksoftirqd"]), ("rx_packets", c["packets"]),
                        ("rx_delays", rx["delay"]["n"]), ("rx_delay_seconds", rx["delay"]["sum_ns"]),
                        ("rx_squeezed", c["squeezed"])):
            if v is not None:
                want[name, label] = want.get((name, label), 0) + v
    off = [(key, v) for key, v in want.items()
           if abs((value(found, "netstrata_softirq_%s_total" % key[0], cpu=key[1]) or 0) -
                  (v / 1e9 if "seconds" in key[0] else v)) > 1e-9]
    n = sum(c["net_rx"]["delay"]["n"] for c in line["cpus"])
    if value(found, "netstrata_softirq_delay_seconds_count") != n:
        off.append("the histogram has not %d delays" % n)
    return off


def agree(directory):
    text, om = read(directory, "metrics"), read(directory, "openmetrics")
    found = samples(text)
    run = lines(directory, "run")
    wrong = [w for w in (check_stage(found, line) for line in run if line["type"] == "stage") if w]
    ok(not wrong, "every histogram has the counts and the sum of the JSON line", *wrong[:5])
    for line in run:
        if line["type"] != "ledger":
            continue
        d = line["dir"]
        same = all(value(found, "netstrata_%s_packets_%s" % (d, k + ("" if k == "pending" else "_total"))) == line[k]
                   for k in ("seen", "taken", "pending"))
        lost = {dict(of)["reason"]: v for (name, of), v in found.items()
                if name in ("netstrata_%s_packets_lost_total" % d, "netstrata_%s_details_lost_total" % d)}
        ok(same and lost == line["lost"], "%s: the ledger is the same" % d, lost, line)
    cpus = [line for line in run if line["type"] == "cpus"]
    off = check_cpus(found, cpus[0]) if len(cpus) == 1 else ["%d lines" % len(cpus)]
    ok(not off, "the softirqs of each CPU are the same", *off[:5])
    stat = [line for line in lines(directory, "stat.out") if line["type"] == "stage" and line.get("final")]
    counts = {(x["dir"], x["proto"], x["stage"]): x["n"] for x in run if x["type"] == "stage"}
    other = {(x["dir"], x["proto"], x["stage"]): x["n"] for x in stat}
    # each of the two has its own idea of which wake-up was the first
    off = [k for k in counts.keys() | other.keys()
           if abs(counts.get(k, 0) - other.get(k, 0)) > (4 if k[2] in ("wakeup", "runqueue") else 0)]
    ok(not off, "netstrata stat has counted the same packets",
       *["%s: %s, stat %s" % (k, counts.get(k), other.get(k)) for k in off])
    late = value(found, "netstrata_rx_stage_duration_seconds_sum", proto="tcp", stage="application")
    total = value(found, "netstrata_rx_duration_seconds_sum", proto="tcp")
    packets = value(found, "netstrata_rx_packets_taken_total")  # TCP may have merged some of the 200
    ok(50 <= packets <= 200 and late > packets * 0.002 and late > 0.9 * total,
       "%d packets that were read 3 ms late: %.3f s of %.3f s in application" % (packets, late, total))
    ok(om.endswith("# EOF\n") and om.count("# EOF") == 1, "OpenMetrics ends with # EOF")
    ok(samples(om).keys() == found.keys(), "OpenMetrics has the same series",
       sorted(samples(om).keys() ^ found.keys())[:5])
    exemplars = re.findall(r"_bucket\{.*?le=\"([^\"]*)\".* # \{(.*?)\} (\S+) (\S+)$", om, re.M)
    ok(exemplars and all(float(v) <= float(le) for le, _, v, _ in exemplars),
       "%d exemplars, each within its bucket" % len(exemplars))
    ok(all(sum(len(k) + len(v) for k, v in LABEL.findall(labels)) <= 128 for _, labels, _, _ in exemplars),
       "no exemplar has labels of more than 128 characters")
    ok("# {" not in text, "the plain text has none")
    slow = [line for line in lines(directory, "packets") if line["type"] == "packet"]
    mine = [p for p in slow if p["dir"] == "rx" and "dropped" not in p["flags"]]
    # the latest 256 of both directions; on a busy machine many are slow that were sent, too
    ok((0.3 if len(slow) == 256 else 0.7) * packets < len(mine) <= packets and all(p["total_ns"] >= 1000000 for p in mine),
       "the late packets are among the slow ones", "%d of %d, among %d" % (len(mine), packets, len(slow)))
    conns = [line for line in lines(directory, "connections") if line["type"] == "connection"]
    ok(len(conns) <= 20, "connections: at most 20")
    n = sum(s["n"] for line in lines(directory, "history") if line["type"] == "history"
            for s in line["stages"] if s["stage"] == "total" and s["dir"] == "rx")
    ok(n == packets or len(lines(directory, "history")) > 300, "the history adds up to all packets", n)
    seen = {c["cpu"] for line in lines(directory, "history") if line["type"] == "history"
            for c in line["cpus"] if c["delay"]["n"]}
    total = [line for line in lines(directory, "stat.out") if line["type"] == "cpus" and line.get("final")]
    ok(len(total) == 1 and sum(c["packets"] for c in total[0]["cpus"]) >= packets, "stat --cpus has their softirqs", total)
    told = [line for line in lines(directory, "run") if line["type"] == "cpus"]
    ok(seen and seen <= {c["cpu"] for c in told[0]["cpus"] if c["net_rx"]["runs"]}, "the history has the CPUs that ran", seen)
    top = value(found, "netstrata_connection_packets_total", **{
        k: v for (name, of), _ in found.items() if name == "netstrata_connection_packets_total"
        for k, v in of if dict(of)["dir"] == "rx"})
    ok(top == packets, "the connection has its series", top)
    old = value(found, "netstack_latency_seconds_count", hook="tcp-socket-read")
    ok(old == packets, "netstacklat's series", old)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "agree":
        agree(sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
