#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: faces.py DIR

stat.out, report (of a recording), snapshot, connections, metrics (of serve) and the screens top-tcp, top-udp and
top-connections in DIR tell of the same packets. TAP lines.

Each was measured by programs of its own. So the counts are the same, but for packets that one of them has lost, and
says so; and a quantile is in the same bucket or the one beside it. Below SHORT that does not hold: there, most of
what one has measured are the programs of the others, which run between its stamps.
"""

import re
import sys

from serve import family_of, lines, ok, read, samples, value

QUANTILES = ("p50", "p90", "p99")
BUCKET = 1.125 * 1.006  # the widest, and what is lost in print
COARSE = 1.25 * 1.006  # the same of a connection's
SHORT = 100e3  # ns
# Each has its own idea of which wake-up was the first: on that the number of these depends, and when `running` was.
WAKING = ("wakeup", "runqueue")
AFTER_WAKING = WAKING + ("application",)
JSON_ONLY = ("read_oldest", "read_newest")
UNITS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
STAGES_AT = {"rx": slice(0, 99), "tx": slice(101, 200)}  # of the overview, 200 columns wide


def finals(directory, name):
    """{(dir, proto, stage): {"n": ..., "p50": ns or None, ...}} of the totals in JSON lines."""
    return {(x["dir"], x["proto"], x["stage"]): dict({"n": x["n"]}, **{q: x[q + "_ns"] for q in QUANTILES})
            for x in lines(directory, name) if x["type"] == "stage" and x.get("final")}


def cell(text):
    """A time as printed; None: too few packets for it."""
    m = re.match(r"([0-9.]+)(ns|us|ms|s)$", text)
    return float(m.group(1)) * UNITS[m.group(2)] if m else None


def on_screen(directory, proto, known):
    """The same of top's overview. known: the rows that there may be. Stages that are measured as one have a name of
    all; in JSON it is that of the last."""
    found = {}
    for line in read(directory, "top-" + proto).splitlines():
        for direction, part in STAGES_AT.items():
            words = line[part].split()
            if words and words[0] in ("received", "sent") and "p99.9" in words:
                columns = words
            elif len(words) > 7 and (direction, proto, words[0].split("+")[-1]) in known:
                row = dict(zip(columns, words))
                found[direction, proto, words[0].split("+")[-1]] = dict(
                    {"n": int(row["n"])}, **{q: cell(row[q]) for q in QUANTILES})
    return found


def in_metrics(found, line):
    """The same of /metrics, as far as it goes: bounds there are further apart, so it is a range for each quantile."""
    name, of = family_of(line)
    n = value(found, name + "_count", **of)
    if n is None:
        return None
    les = sorted((float(dict(key[1])["le"]), v) for key, v in found.items()
                 if key[0] == name + "_bucket" and all(dict(key[1]).get(k) == w for k, w in of.items()))
    row, before = {"n": n}, 0.0
    for q in QUANTILES:
        for le, count in les:
            if count >= float("0." + q[1:]) * n:
                row[q] = (before * 1e9, le * 1e9)
                break
            before = le
        before = 0.0
    return row


def differ(key, want, have, lost):
    """What is wrong with one row, as a text; "": nothing. lost: more by one than the other."""
    if abs(want["n"] - have["n"]) > lost + (4 if key[2] in WAKING else 0):
        return "n %s, not %s" % (have["n"], want["n"])
    for q in QUANTILES[:1] if key[2] in AFTER_WAKING else QUANTILES:
        a, b = want[q], have[q]
        if isinstance(b, tuple):
            if a and a >= SHORT and not b[0] / BUCKET <= a <= b[1] * BUCKET:
                return "%s in %s, not %s" % (q, b, a)
        elif (a is None) != (b is None):
            return "%s %s, not %s" % (q, b, a)
        elif a and max(a, b) >= SHORT and max(a, b) / min(a, b) > BUCKET:
            return "%s %s, not %s" % (q, b, a)
    return ""


def compare(what, want, have, lost):
    """Two faces' rows. lost: {direction: packets, more by one than the other}."""
    wrong = []
    for key in want.keys() | have.keys():
        if key in want and key in have:
            why = differ(key, want[key], have[key], lost[key[0]])
        else:  # a row without packets may be left out
            why = "only one has it" if (want.get(key) or have.get(key))["n"] else ""
        if why:
            wrong.append("%s: %s" % (" ".join(key), why))
    ok(not wrong, what, *wrong)


def connections(directory, name):
    """{(proto, local port, direction): {"n": ..., "p50": ..., "p99": ...}} of the JSON lines of a face."""
    return {(x["proto"], x["local_port"], d): {"n": x[d]["n"], "p50": x[d]["p50_ns"], "p99": x[d]["p99_ns"]}
            for x in lines(directory, name) if x["type"] == "connection" and x.get("final", True)
            for d in ("rx", "tx") if d in x and x[d]["n"]}


def conns_differ(want, have, lost):
    """As texts; their quantiles are of coarser buckets."""
    def same(a, b, direction):
        return abs(a["n"] - b["n"]) <= lost[direction] and all(
            a[q] == b[q] or a[q] and b[q] and (max(a[q], b[q]) < SHORT or 1 / COARSE < a[q] / b[q] < COARSE)
            for q in ("p50", "p99"))
    return ["%s: %s, not %s" % (key, have.get(key), want.get(key)) for key in want.keys() | have.keys()
            if key not in want or key not in have or not same(want[key], have[key], key[2])]


def check_connections(directory, lost):
    wanted = connections(directory, "stat.out")
    ok(len(wanted) == 4, "stat: two connections, at both ends", *wanted.items())
    for name, of in (("connections", "snapshot"), ("report", "report")):
        wrong = conns_differ(wanted, connections(directory, name), lost[of])
        ok(not wrong, name + ": the same connections", *wrong)
    rows = re.findall(r"^(tcp|udp) \S+:(\d+) .*?/\d+ +(\d+) +(\S+) +(\S+) ", read(directory, "top-connections"), re.M)
    have = {(proto, int(port), "rx"): {"n": int(n), "p50": cell(p50), "p99": cell(p99)}
            for proto, port, n, p50, p99 in rows if int(n)}
    wrong = conns_differ({k: v for k, v in wanted.items() if k[2] == "rx"}, have, lost["top"])
    ok(not wrong, "top: the same connections received", *wrong)


def accounts(directory):
    """{face: {direction: (seen, lost, measured in part)}}"""
    losses = next(x for x in lines(directory, "stat.out") if x["type"] == "start")["losses"]

    def account(x):
        return x["seen"], *(sum(n for why, n in x["lost"].items() if losses[why] == kind) for kind in ("lost", "detail"))
    found = {name: {x["dir"]: account(x) for x in lines(directory, name) if x["type"] == "ledger" and x.get("final")}
             for name in ("stat.out", "snapshot", "report")}
    screen = re.findall(r"(received|sent) (\d+) seen, (\d+) lost(?:, (\d+) in part)?", read(directory, "top-tcp"))
    found["top"] = {{"received": "rx", "sent": "tx"}[verb]: tuple(int(n or 0) for n in counts) for verb, *counts in screen}
    return found


def check_cpus(directory, taken):
    """The recording began after serve, ended before its snapshot was taken, and had all of the traffic in between."""
    all_of, part = ({c["cpu"]: c for x in lines(directory, name) if x["type"] == "cpus" and x.get("final") for c in x["cpus"]}
                    for name in ("snapshot", "report"))

    def counts(c):
        return [c["packets"], c["backlog_packets"]] + [n for vec in ("net_rx", "net_tx")
                                                       for n in (c[vec]["runs"], c[vec]["delay"]["n"])]
    wrong = ["cpu %d: %s, serve has %s" % (i, part.get(i), all_of.get(i)) for i in part.keys() | all_of.keys()
             if i not in part or i not in all_of or any(a > b for a, b in zip(counts(part[i]), counts(all_of[i])))]
    ok(part and not wrong, "report: the softirqs of each CPU are part of what serve has", *wrong)
    packets = sum(c["packets"] for c in part.values())
    ok(packets >= taken, "with all packets that were received: %d of %d" % (taken, packets))


def main():
    directory = sys.argv[1]
    stat = finals(directory, "stat.out")
    for proto in ("tcp", "udp"):
        for direction in ("rx", "tx"):
            row = stat[direction, proto, "total"]
            ok(row["n"] >= 1000 and row["p99"], "stat: %s %s: %d packets, enough for a p99" % (proto, direction, row["n"]))
    account = accounts(directory)
    ok(len({tuple(sorted((d, x[d][0]) for d in x)) for x in account.values()}) == 1,
       "all have seen the same packets", account)
    few = max(sum(x[d][1:]) for x in account.values() for d in x)
    ok(few <= 240, "and lost few of them: %d" % few, account)  # where a reader gets no CPU, its ring is full
    lost = {face: {d: sum(abs(x[d][i] - account["stat.out"][d][i]) for i in (1, 2)) for d in x} for face, x in account.items()}

    compare("serve, /api/v1/snapshot: the same", stat, finals(directory, "snapshot"), lost["snapshot"])
    compare("report of the recording: the same", stat, finals(directory, "report"), lost["report"])
    printed = {k: v for k, v in stat.items() if k[2] not in JSON_ONLY}
    found = samples(read(directory, "metrics"))
    have = {(x["dir"], x["proto"], x["stage"]): in_metrics(found, x) for x in lines(directory, "stat.out")
            if x["type"] == "stage" and x.get("final")}
    compare("/metrics: the same", printed, {k: v for k, v in have.items() if v}, lost["snapshot"])
    for proto in ("tcp", "udp"):
        mine = {k: v for k, v in printed.items() if k[1] == proto and k[2] not in ("local", "resent")}
        compare("top, %s: the same" % proto, mine, on_screen(directory, proto, stat), lost["top"])
    check_connections(directory, lost)
    check_cpus(directory, sum(stat["rx", proto, "total"]["n"] for proto in ("tcp", "udp")))


main()
