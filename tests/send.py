#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks the transmit half of `netstrata stat` and `netstrata trace` for the tests.

  send.py --check stat=FILE trace=FILE [cases=FILE] [lost=REASON:N,...]
        TAP lines (unnumbered): what must hold for every run, then each case.

Cases are explained in sendcases.py.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from stages import IN_TOTALS, SLACK, Tap, check_ports, few_misses, load, parse_case  # noqa: E402
from sendcases import AFTER, CAUSES, ORDER, STAGES, Run, check_case, ledgers, text_of  # noqa: E402


def lost_of(led):
    return sum(n for k, n in led["lost"].items() if k not in IN_TOTALS)


def fault(p):
    """What is wrong with a packet, or None."""
    s, pts, flags = p["stages"], p["points"], p.get("flags", [])
    parts = {k: v for k, v in s.items() if k in STAGES}
    seq = [pts[k] for k in ORDER if pts.get(k)]
    if p["total_ns"] is None or not seq:
        return f"no total: {p}"
    if sum(parts.values()) != p["total_ns"]:
        return f"sum {sum(parts.values())} is not total {p['total_ns']}: {s}"
    if s and min(s.values()) < 0:
        return f"negative stage: {s}"
    if seq != sorted(seq):
        return f"points not in order: {pts}"
    if "dropped" not in flags and seq[-1] - seq[0] != p["total_ns"]:
        return f"total is not handed - first: {pts} {p['total_ns']}"
    for name, (a, b) in AFTER.items():
        if name == "network" and not pts.get("ack") and "ack" not in s:
            b = "acked"  # taken together with others that came while the socket was locked
        if name in s and not (pts.get(a) and pts.get(b)):
            return f"{name}, but no {a} or {b}: {s} {pts}"
        if name in s and s[name] != pts[b] - pts[a]:
            return f"{name} is not {b} - {a}: {s} {pts}"
    causes = p.get("causes")
    # Where `segment` has no hook, the stage that `socket` is merged into.
    waited = next((s[n] for n in ("socket", "transport", "ip") if n in s), 0)
    if causes and sum(causes.values()) != waited:
        return f"causes {causes} are not {waited}: {s}"
    if causes and (min(causes.values()) < 0 or set(causes) - set(CAUSES)):
        return f"causes {causes}"
    if ("resent" in flags) != (p.get("sends", 1) > 1):
        return f"flags {flags}, sends {p.get('sends')}"
    if "resent" in flags and not pts.get("handed", 0) <= p["last_sent_ns"]:
        return f"last sent {p['last_sent_ns']} before it was handed over: {pts}"
    if "dropped" in flags and not p.get("drop"):
        return f"dropped, but no word where: {p}"
    return None


def check_ledgers(tap, which, objs, want):
    found = ledgers(objs)
    if not tap.ok("tx" in found, f"{which}: has a ledger of what is sent"):
        return None
    for d, led in sorted(found.items()):
        print(f"# {which}: {d}: {text_of(led)}")
        tap.ok(led["seen"] == led["taken"] + led["pending"] + lost_of(led),
               f"{which}: {d}: seen = taken + pending + lost", text_of(led))
    led = found["tx"]
    for bad in ("negative_delta", "map_full", "pushed_out"):
        tap.ok(led["lost"].get(bad, 0) == 0, f"{which}: tx: no {bad}", text_of(led))
    tap.ok(led["pending"] == 0, f"{which}: tx: nothing is left under way", text_of(led))
    tap.ok(few_misses(led), f"{which}: tx: hardly any program_misses", text_of(led))
    for reason, n in want.items():
        got = led["lost"].get(reason)
        tap.ok(got == n, f"{which}: tx: {n} lost as {reason}", f"{got}: {text_of(led)}")
    return led


def check_totals(tap, run):
    tap.ok(run.totals, "stat: prints final totals of what is sent")
    for proto in sorted({p for p, _ in run.totals}):
        all_ = run.totals.get((proto, "total"))
        if not all_ or not all_["n"]:
            continue
        mine = {s: o for (p, s), o in run.totals.items() if p == proto}
        parts = sum(o["sum_ns"] for s, o in mine.items() if s in STAGES)
        tap.ok(parts == all_["sum_ns"], f"stat: tx {proto} stages add up to the total exactly",
               f"{parts} and {all_['sum_ns']}")
        bad = [s for s, o in mine.items() if sum(c for _, c in o["buckets"]) != o["n"]]
        tap.ok(not bad, f"stat: tx {proto} buckets hold n samples", str(bad))
        bad = [s for s, o in mine.items() if s in STAGES and o["n"] != all_["n"]]
        tap.ok(not bad, f"stat: tx {proto} every stage has as many as the total", str(bad))


def check_packets(tap, run, led):
    tap.ok(run.packets, "trace: prints packets that are sent")
    faults = [f for f in map(fault, run.all) if f]
    tap.ok(not faults, f"trace: stages of each of {len(run.all)} packets sent add up, causes too",
           f"{len(faults)} packets, first: {faults[:1]}")
    if led:
        lost = led["lost"]
        n = len([p for p in run.packets if "dropped" not in p.get("flags", [])])
        full, nowait = lost.get("event_ring_full", 0), lost.get("unacked_ring_full", 0)
        tap.ok(led["taken"] - full - nowait <= n <= led["taken"] - full,
               "trace: a line for each packet sent and taken",
               f"{n} lines, {full} and {nowait} lost, {led['taken']} taken")


def check_same(tap, run, leds):
    """Two programs measured the same packets: the same count, nearly the same times. Each can have lost one with each
    run of its programs that the kernel left out (and counted)."""
    room = sum(led["lost"].get("program_misses", 0) for led in leds.values())
    for which in ("seen", "taken"):
        a, b = (leds[k][which] for k in ("stat", "trace"))
        tap.ok(abs(a - b) <= room, f"stat and trace: as many sent packets {which}", f"{a} and {b}")
    if any(leds["trace"]["lost"].get(k) for k in ("unacked_ring_full", "event_ring_full")):
        print("# not every packet has a line: sums are not compared")
        return
    whole = [p for p in run.packets if "dropped" not in p.get("flags", [])]
    for (proto, stage), o in sorted(run.totals.items()):
        if stage not in STAGES + tuple(AFTER) + ("total",):
            continue
        mine = [p["total_ns"] if stage == "total" else p["stages"][stage]
                for p in whole if p["proto"] == proto and (stage == "total" or stage in p["stages"])]
        less = abs(o["n"] - len(mine))
        tap.ok(less <= room, f"stat and trace: tx {proto} {stage} has as many packets", f"{o['n']} and {len(mine)}")
        if mine:
            far = abs(o["sum_ns"] - sum(mine))
            tap.ok(far <= max(0.05 * sum(mine), SLACK * len(mine)) + less * max(mine),
                   f"stat and trace: tx {proto} {stage} sums agree", f"{o['sum_ns']} and {sum(mine)}")
    rows = [o for o in run.stat if o.get("type") == "connection" and o.get("final")]
    check_ports(tap, "tx", rows, whole, room)


def check_local(tap, stat, trace):
    """Packets that were sent here and read here: stat's `local` has those that a trace has in one line, and at most a
    few more, whose place in the table of sender's halves another packet took before they were read."""
    for o in stat:
        if o.get("type") != "stage" or o["stage"] != "local" or not o.get("final"):
            continue
        mine = [p["local_ns"] for p in trace if p.get("type") == "packet" and p["proto"] == o["proto"] and "local_ns" in p]
        without = o["n"] - len(mine)
        if without:
            print("# without it:", [(p["local_port"], p.get("seq"), p["len"], p.get("flags")) for p in trace
                                    if p.get("type") == "packet" and p["dir"] == "rx" and p["proto"] == o["proto"] and
                                    "local_ns" not in p and "dropped" not in p.get("flags", [])][:60])
        tap.ok(0 <= without <= max(2, 0.01 * o["n"]), f"stat and trace: {o['proto']} as many local packets", f"{o['n']} and {len(mine)}")
        far = abs(o["sum_ns"] - sum(mine))
        tap.ok(far <= max(0.05 * sum(mine), SLACK * len(mine)) + without * o["max_ns"],
               f"stat and trace: {o['proto']} local sums agree", f"{o['sum_ns']} and {sum(mine)}")


def main(argv):
    if len(argv) < 3 or argv[1] != "--check":
        print(__doc__, file=sys.stderr)
        return 2
    files = dict(a.split("=", 1) for a in argv[2:])
    tap = Tap()
    want = {w.split(":")[0]: int(w.split(":")[1]) for w in files.get("lost", "").split(",") if w}
    objs = {which: load(files[which]) for which in ("stat", "trace")}
    run = Run(objs["stat"], objs["trace"])
    print(f"# points: {run.points}")
    leds = {which: check_ledgers(tap, which, o, want) for which, o in objs.items()}
    check_totals(tap, run)
    check_packets(tap, run, leds["trace"])
    if all(leds.values()):
        check_same(tap, run, leds)
        check_local(tap, objs["stat"], objs["trace"])
    if "cases" in files:
        with open(files["cases"], encoding="utf-8") as f:
            for line in f:
                check_case(tap, run, parse_case(line))
        for which, led in leds.items():
            got = led and led["lost"].get("send_ring_full", 0)
            tap.ok(got == run.missed, f"{which}: tx: {run.missed} segments had no room in the ring of sends", f"{got}")
            got = led and led["lost"].get("resent_unfollowed", 0)
            # What a full qdisc drops is no retransmission to TCP.
            tap.ok(got == run.unfollowed or (got > run.unfollowed and run.kept),
                   f"{which}: tx: {run.unfollowed} retransmissions are of segments that are not followed", f"{got}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
