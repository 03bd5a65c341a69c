#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Reads the JSON lines of `netstrata stat` and `netstrata trace` for the tests of the receive path.

  stages.py FILE PROTO STAGE FIELD   one value of the final totals, e.g. tcp application p50_ns
  stages.py FILE ledger FIELD        one value of the last ledger, e.g. lost.unread
  stages.py --check [stat=FILE] [trace=FILE] [cases=FILE]
        TAP lines (unnumbered): what must hold for every run, then each case.
  stages.py --same FILE...
        TAP lines: `stat` runs (files without their .out) that measured the same packets agree

A case is a line of key=value words:
  port=N proto=tcp|udp   the packets with this local port
  n=N                    exactly that many packets
  holds=STAGE:MS         the lower quartile of STAGE is MS, within 5 % or 50 us
  hog=FILE               runqueue lasts from the arrival to the end of the burn (traffic hog --stamp)
  hol=LO:HI              packets were held out of order, that long in the median (ms)
  quiet=STAGE,...|rest|all   the median of these stages is small ("rest": all but the one held)
  spread=MS              application of the oldest packet minus that of the newest, at least
  flag=NAME              at least one packet has it
  bytes=N                payload in all
  name=TEXT              the rest of the line
"""
import json
import os
import re
import sys

from apart import by_one_stamp

LAB = bool(os.environ.get("NETSTRATA_IN_LAB"))
SLACK = 50_000 * (10 if LAB else 1)   # ns: the reader's own wake-up and run
SMALL = 200_000 * (10 if LAB else 1)  # ns: no injected delay is as short
STAGES = ("irq", "softirq_wait", "napi", "xdp", "stack", "ip", "transport", "hol", "wakeup", "runqueue", "application")
ORDER = ["irq", "raise", "softirq", "xdp", "stack", "ip", "transport", "queued", "ready", "woken", "running", "read"]
# Only some packets have them, and the time of others is in other stages then.
SOMETIMES = ("irq", "softirq_wait", "napi", "xdp", "wakeup", "runqueue")
MS = 1_000_000


def in_totals():
    """The losses of packets that are in the totals all the same: LOSSES of bpf/stages.h, third column."""
    table = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bpf", "stages.h")
    with open(table, encoding="utf-8") as f:
        found = re.findall(r'X\([A-Z_]+,\s*"([a-z_]+)",\s*([01]),', f.read())
    if not {n for n, _ in found} >= {"sampled", "event_ring_full"}:
        raise SystemExit(f"not ok - {table}: no LOSSES")
    return {name for name, yes in found if yes == "1"}


IN_TOTALS = in_totals()


def load(path):
    """All objects of a file; a broken line is an error, with its number."""
    objs = []
    with open(path, encoding="utf-8") as f:
        for i, line in enumerate(f, 1):
            try:
                objs.append(json.loads(line))
            except ValueError as e:
                raise SystemExit(f"not ok - {path}:{i}: no JSON: {e}: {line[:80]!r}")
    return objs


def of(objs, kind):
    """Those of what is received: tests/send.py has the rest. Dropped packets are no readings."""
    return [o for o in objs if o.get("type") == kind and o.get("dir", "rx") == "rx" and "drop" not in o]


def ledger(objs):
    ls = [o for o in objs if o.get("type") in ("ledger", "end") and "seen" in o and o.get("dir", "rx") == "rx"]
    return ls[-1] if ls else None


def totals(objs):
    """(proto, stage) -> final stage object."""
    return {(o["proto"], o["stage"]): o for o in of(objs, "stage") if o.get("final")}


def median(v):
    v = sorted(v)
    return v[len(v) // 2] if v else None


def holds(v, want):
    """An injected delay is a floor; the reader's own way to the CPU comes on top and depends on what
    else runs, hence the lower quartile, and in an emulated guest ten times the room above."""
    got = sorted(v)[len(v) // 4] if v else None
    room = max(want * 0.05, 50_000)
    return got, got is not None and want - room <= got <= want + room * (10 if LAB else 1)


def us(v):
    return "none" if v is None else f"{v / 1000:.1f} us"


class Tap:
    def __init__(self):
        self.bad = 0

    def ok(self, cond, what, why=""):
        if not cond:
            self.bad += 1
        print(f"{'ok' if cond else 'not ok'} - {what}" + (f": {why}" if why and not cond else ""))
        return cond


def left(led):
    """seen - taken - pending - lost: 0 in a sound ledger."""
    lost = sum(n for k, n in led["lost"].items() if k not in IN_TOTALS)
    return led["seen"] - led["taken"] - led["pending"] - lost


def few_misses(led):
    """The kernel skips a program that an interrupt finds running on its CPU. That is counted, cannot be
    prevented, and happens about once in some thousand runs on a loaded machine; a packet takes a dozen."""
    return led["lost"].get("program_misses", 0) <= max(2, led["seen"] / 200)


def check_ledger(tap, which, objs, gone=0):
    led = ledger(objs)
    if not tap.ok(led is not None, f"{which}: has a ledger"):
        return None
    lost = {k: v for k, v in led["lost"].items() if v}
    text = f"seen {led['seen']}, taken {led['taken']}, pending {led['pending']}, lost {lost}"
    print(f"# {which}: {text}")
    tap.ok(left(led) == 0, f"{which}: seen = taken + pending + lost", text)
    if gone:
        lost = led["lost"]
        got = lost["unread"] + lost["unmatched"] + led["pending"]
        tap.ok(got == gone, f"{which}: {gone} were not read", f"{got}: {text}")
    else:
        tap.ok(led["pending"] == 0, f"{which}: nothing is left in a queue", text)
    for bad in ("negative_delta", "map_full"):
        tap.ok(led["lost"].get(bad, 0) == 0, f"{which}: no {bad}", text)
    tap.ok(few_misses(led), f"{which}: hardly any program_misses", text)
    return led


def packet_faults(pkts):
    """What is wrong with packets, one text each; empty if all is well."""
    faults = []
    for p in pkts:
        s, pts = p["stages"], p["points"]
        parts = {k: v for k, v in s.items() if k != "total"}
        seq = [pts[k] for k in ORDER if pts.get(k)]
        if sum(parts.values()) != p["total_ns"]:
            faults.append(f"sum {sum(parts.values())} is not total {p['total_ns']}: {s}")
        elif min(parts.values()) < 0:
            faults.append(f"negative stage: {s}")
        elif seq != sorted(seq):
            faults.append(f"points not in order: {pts}")
        elif pts["read"] - seq[0] != p["total_ns"]:
            faults.append(f"total is not read - {seq[0]}: {pts} {p['total_ns']}")
    return faults


def check_stat(tap, objs):
    tot = totals(objs)
    tap.ok(tot, "stat: prints final totals")
    for proto in sorted({p for p, _ in tot}):
        all_ = tot.get((proto, "total"))
        if not all_ or not all_["n"]:
            continue
        parts = sum(o["sum_ns"] for (p, s), o in tot.items() if p == proto and s in STAGES)
        tap.ok(parts == all_["sum_ns"], f"stat: {proto} stages add up to the total exactly", f"{parts} and {all_['sum_ns']}")
        old, new = (tot.get((proto, "read_" + k)) for k in ("oldest", "newest"))
        if old and new:
            tap.ok(old["n"] == new["n"] <= all_["n"] and old["sum_ns"] >= new["sum_ns"],
                   f"stat: {proto} the oldest byte of a copy waits at least as long as the newest",
                   f"{old['n']}/{new['n']} copies, {old['sum_ns']}/{new['sum_ns']} ns")
        bad = [o["stage"] for (p, _), o in tot.items() if p == proto and sum(c for _, c in o["buckets"]) != o["n"]]
        tap.ok(not bad, f"stat: {proto} buckets hold n samples", str(bad))
    return tot


def check_trace(tap, objs, led):
    pkts = of(objs, "packet")
    tap.ok(pkts, "trace: prints packets")
    faults = packet_faults(pkts)
    tap.ok(not faults, f"trace: stages of each of {len(pkts)} packets add up, points in order",
           f"{len(faults)} packets, first: {faults[:1]}")
    if led:
        full = led["lost"].get("event_ring_full", 0)
        tap.ok(len(pkts) + full == led["taken"], "trace: a line for each packet taken",
               f"{len(pkts)} + {full} lines lost, {led['taken']} taken")
    return pkts


def raced(led):
    """With tracepoints alone, a datagram that a busy reader takes before its wake-up is counted as
    unmatched (netstrata-stat(1), LIMITATIONS): a few, on a busy machine."""
    n = led["lost"]["unmatched"] if led and not LAB else 0
    return n if n <= 4 else 0


def check_same(tap, tot, pkts, lost):
    """Two programs measured the same packets: the same count, nearly the same times. lost: datagrams
    that only one of them may lack, and has counted."""
    for (proto, stage), o in sorted(tot.items()):
        if stage not in STAGES + ("total",):
            continue
        mine = [p["total_ns"] if stage == "total" else p["stages"].get(stage, 0)
                for p in pkts if p["proto"] == proto]
        if stage == "hol":
            mine = [v for p, v in zip((q for q in pkts if q["proto"] == proto), mine)
                    if "ooo" in str(p.get("flags")) or v]
        room = lost if proto == "udp" else 0
        if stage in SOMETIMES:
            mine = [v for v in mine if v]
            room += len(pkts) // 50  # each of the two has its own idea of when a thread was woken first
        tap.ok(abs(o["n"] - len(mine)) <= room, f"stat and trace: {proto} {stage} has as many packets", f"{o['n']} and {len(mine)}")
        if mine:
            far = abs(o["sum_ns"] - sum(mine))
            room = abs(o["n"] - len(mine))
            tap.ok(far <= max(0.05 * sum(mine), SLACK * len(mine)) + room * max(mine),
                   f"stat and trace: {proto} {stage} sums agree", f"{o['sum_ns']} and {sum(mine)}")


def check_ports(tap, way, rows, pkts, room=0):
    """The same for each stage of each local port (rows: `stat`'s connections in the end; pkts: those of `trace` that were
    taken). One port in fifty may be apart by one stamp."""
    stat, trace = {}, {}
    for o in rows:
        if o.get(way) and o[way]["n"]:
            stages = stat.setdefault((o["proto"], o["local_port"]), {})
            for stage, v in {**o[way]["stages"], "total": o[way]}.items():
                n, ns, longest = stages.get(stage, (0, 0, 0))
                stages[stage] = n + v["n"], ns + v["sum_ns"], max(longest, v["max_ns"])
    for p in pkts:
        trace.setdefault((p["proto"], p["local_port"]), []).append({**p["stages"], "total": p["total_ns"]})
    off, apart = [], []
    for key in sorted(set(stat) | set(trace)):
        mine, theirs = trace.get(key, []), stat.get(key, {"total": (0, 0, 0)})
        for stage, (n, ns, longest) in theirs.items():
            times = [p[stage] for p in mine if stage in p]
            less = abs(n - len(times))
            few = len(mine) // 50 + 1 if stage in SOMETIMES + ("application",) else less  # as in check_same
            much = max(0.05 * sum(times), SLACK * len(times)) + few * max([p["total"] for p in mine] + [0])
            if (stage == "total" and less > room) or abs(ns - sum(times)) > much:
                (apart if by_one_stamp(n, ns, longest, times, SMALL) else off).append((key, stage, n, ns, longest, len(times), sum(times)))
        off += [(key, stage, "in trace alone") for stage in {s for p in mine for s in p} - set(theirs)]
    tap.ok(trace and not off and len({a[0] for a in apart}) <= len(trace) // 50,
           f"stat and trace: {way} of each of {len(trace)} ports agrees, each stage too", f"{len(off)}: {off[:3]}; {apart}")


def check_hog(tap, name, pkts, path):
    with open(path, encoding="utf-8") as f:
        burns = [tuple(map(int, line.split())) for line in f]
    hit, off, calm = 0, [], []
    for p in pkts:
        ready = p["points"]["ready"]
        got = p["stages"].get("wakeup", 0) + p["stages"].get("runqueue", 0)
        if "not_woken" in p["flags"]:  # preempted before it slept: a limit that the manual states
            got = p["stages"]["application"]
        burn = next(((s, e) for s, e in burns if s < ready < e), None)
        if burn:
            hit += 1
            tol = max(0.05 * (burn[1] - burn[0]), 50_000) * (3 if LAB else 1)
            if abs(got - (burn[1] - ready)) > tol:
                off.append((got, burn[1] - ready))
        else:
            calm.append(got)
    tap.ok(hit >= len(pkts) // 5, f"{name}: packets arrived while the CPU was taken", f"{hit}")
    # The scheduler may balance or throttle once; the rule must hold for nearly all.
    tap.ok(len(off) <= hit // 20, f"{name}: runqueue lasts to the end of the burn",
           f"{len(off)} of {hit} do not, first (got, want) {off[:2]}")
    if len(calm) >= 5:
        tap.ok(median(calm) < SMALL, f"{name}: and is short when the CPU is free", us(median(calm)))


def check_case(tap, c, pkts, lost):
    name = f"{c.get('name', 'case')}"
    mine = [p for p in pkts if p["local_port"] == int(c["port"]) and p["proto"] == c["proto"]]
    col = {s: [p["stages"][s] for p in mine if s in p["stages"]]
           for s in STAGES}
    held = None
    if "n" in c:
        room = lost if c.get("proto") == "udp" else 0
        tap.ok(int(c["n"]) - room <= len(mine) <= int(c["n"]), f"{name}: {c['n']} packets", f"{len(mine)}")
    else:
        tap.ok(mine, f"{name}: has packets")
    if not mine:
        return
    if "bytes" in c:
        got = sum(p["len"] for p in mine)
        tap.ok(got == int(c["bytes"]), f"{name}: {c['bytes']} bytes", f"{got}")
    if "holds" in c:
        held, ms = c["holds"].split(":")
        got, good = holds(col[held], float(ms) * MS)
        tap.ok(good, f"{name}: {held} holds {ms} ms", us(got))
        print(f"# {name}: {held} {us(got)}")
    if "hol" in c:
        held = "hol"
        lo, hi = (float(x) * MS for x in c["hol"].split(":"))
        col["hol"] = [v for v in col["hol"] if v]
        got = median(col["hol"])
        tap.ok(got is not None and lo <= got <= hi, f"{name}: hol holds the delay", us(got))
        # What was held becomes readable together with what it had waited for.
        by_end = {(p["seq"] + p["len"]) & 0xFFFFFFFF: p for p in mine}
        gaps = [p["points"]["ready"] - by_end[p["seq"]]["points"]["ready"]
                for p in mine if p["stages"].get("hol") and p["seq"] in by_end]
        tap.ok(gaps and abs(median(gaps)) < SMALL, f"{name}: hol ends when the missing segment is there",
               us(median(gaps)))
        print(f"# {name}: hol {us(got)}, {len(col['hol'])} of {len(mine)} packets")
    if "hog" in c:
        held = "runqueue"
        check_hog(tap, name, mine, c["hog"])
    if "quiet" in c:
        which = c["quiet"].split(",") if c["quiet"] not in ("rest", "all") else \
            [s for s in col if s != held]
        loud = {s: us(median(col[s])) for s in which if col[s] and median(col[s]) > SMALL}
        tap.ok(not loud, f"{name}: no other stage holds it", str(loud))
    if "spread" in c:
        app = col["application"]
        tap.ok(max(app) - min(app) >= float(c["spread"]) * MS, f"{name}: the oldest waited longest",
               f"{us(min(app))} to {us(max(app))}")
    if "flag" in c:
        tap.ok(any(c["flag"] in str(p.get("flags")) for p in mine), f"{name}: flag {c['flag']}",
               str(mine[0].get("flags")))


def parse_case(line):
    c = {}
    head, _, c["name"] = line.strip().partition(" name=")
    c.update(w.split("=", 1) for w in head.split())
    return c


def check(args):
    tap, led, tot, rows, pkts, lost_of = Tap(), None, None, [], None, {"stat": 0, "trace": 0}
    files = dict(a.split("=", 1) for a in args)
    lost = {}
    gone = int(files.pop("gone", 0))
    for want in files.pop("lost", "").split(","):
        if want:
            lost[want.split(":")[0]] = int(want.split(":")[1])
    for which in ("stat", "trace"):
        if which not in files:
            continue
        objs = load(files[which])
        led = check_ledger(tap, which, objs, gone)
        lost_of[which] = raced(led)
        for reason, n in lost.items():
            got = led["lost"].get(reason) if led else None
            tap.ok(got == n, f"{which}: {n} lost as {reason}", f"{got}")
        if which == "stat":
            tot = check_stat(tap, objs)
            rows = [o for o in objs if o.get("type") == "connection" and o.get("final")]
        else:
            pkts = check_trace(tap, objs, led)
    if tot and pkts:
        check_same(tap, tot, pkts, sum(lost_of.values()))
        check_ports(tap, "rx", rows, pkts, sum(lost_of.values()))
    if "cases" in files:
        with open(files["cases"], encoding="utf-8") as f:
            for line in f:
                check_case(tap, parse_case(line), pkts or [], lost_of["trace"])
    return 1 if tap.bad else 0


def same(names):
    """Runs with different hooks: as many packets, total and application within 5 %."""
    tap = Tap()
    runs = [(os.path.basename(n), totals(load(n + ".out"))) for n in names]
    first, ref = runs[0]
    for name, tot in runs[1:]:
        for key in sorted(k for k in ref if k[1] in ("total", "application")):
            a, b, what = ref[key], tot.get(key), " ".join(key)
            if not tap.ok(b and a["n"] == b["n"], f"{first} and {name}: {what} as many",
                          f"{a['n']} and {b and b['n']}"):
                continue
            off = abs(a["sum_ns"] - b["sum_ns"]) / max(a["sum_ns"], 1)
            tap.ok(a["n"] and off <= 0.05, f"{first} and {name}: {what} within 5 %", f"{off:.1%}")
            print(f"# {name}: {what} differs from {first} by {off:.2%}")
    return 1 if tap.bad else 0


def main(argv):
    if len(argv) > 2 and argv[1] == "--same":
        return same(argv[2:])
    if len(argv) > 1 and argv[1] == "--check":
        return check(argv[2:])
    if len(argv) < 4:
        print(__doc__, file=sys.stderr)
        return 2
    objs = load(argv[1])
    if argv[2] == "ledger":
        v = ledger(objs) or {}
        for key in argv[3].split("."):
            v = v.get(key, {})
        print(v)
    else:
        print(totals(objs).get((argv[2], argv[3]), {}).get(argv[4]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
