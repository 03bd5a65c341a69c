#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks the causes that `netstrata trace` and `netstrata stat` tell, for tests/vm/causes.t.

  causes.py --check stat=FILE trace=FILE cases=FILE

What must hold for every run, then each case, a line of key=value words:
  port=N proto=tcp|udp    the packets with this port at either end
  dir=rx|tx               of these, those received or sent
  rule=NAME[,NAME]        one of these is the cause of at least min=N of them (1); with most=1, of most that have one
  ns=LO:HI                ms: the median of what it explains
  text=WORDS              the sentence has these words (_ for a blank)
  needs=POINT[,POINT]     of that protocol and direction; without a hook for one the case is skipped
  ranked=0                stat does not rank this rule (it is about what follows the total)
  name=TEXT               the rest of the line
"""
import sys

from stages import LAB, MS, Tap, load, median, parse_case, us

THRESHOLD = MS  # the default of both
AFTER = ("completion", "network", "ack")
SENT = ("sender", "way")
# what the kernel's reason begins with, and the rule of it
DROPS = (("SOCKET_RCVBUFF", "drop_rcvbuf"), ("NETFILTER_DROP", "drop_filter"), ("QDISC_", "drop_qdisc"))
NOT_RANKED = ("drop", "drop_qdisc", "drop_filter", "drop_rcvbuf", "resent") + AFTER + SENT


def of(objs, kind):
    return [o for o in objs if o["type"] == kind]


def unblamed(rule):
    """What stat, which knows nobody to blame, makes of it."""
    return {"runqueue_blamed": "runqueue", "runqueue_idle": "runqueue", "softirq_blamed": "softirq_wait"}.get(rule, rule)


def fault(p):
    """What is wrong with the cause of a packet of a trace, or None."""
    c, total = p.get("cause"), p["total_ns"]
    if total is None:
        return "a cause without a total" if c else None
    if "drop" in p:
        reason = str(p["drop"]["reason"])
        want = next((rule for begin, rule in DROPS if reason.startswith(begin)), "drop")
        return None if c and c["rule"] == want else f"dropped, and not {want}"
    if total < THRESHOLD:
        if not c:
            return None
        late = p["stages"].get(c["stage"], 0) if c["stage"] in AFTER else p.get("local_ns", 0)
        return None if late >= THRESHOLD else "a cause, and nothing was slow"
    if not c:
        return "slow, without a cause"
    longest = max((ns, s) for s, ns in p["stages"].items() if s not in AFTER or p["dir"] == "rx")[0]
    if p["stages"].get(c["stage"]) != longest:
        return "the cause is not about the longest stage"
    if c["ns"] > longest or 2 * c["ns"] < longest:
        return "the time explained is not that of the stage, nor most of it"
    if c["certain"] == ("probably" in c["text"]):
        return "certain, and probably"
    return None


def check_trace(tap, packets):
    bad = [(fault(p), p) for p in packets if fault(p)]
    tap.ok(packets, "trace: has packets")
    tap.ok(not bad, "trace: each slow packet has the cause of its longest stage, and no other has one",
           f"{len(bad)} of {len(packets)}: {bad[:1]}")


def check_stat(tap, objs, packets):
    """stat ranks the same packets; those near a threshold may fall on its other side."""
    slow, causes = of(objs, "slow"), of(objs, "slow_cause")
    if not tap.ok(len(slow) == 1, "stat: one summary of slow packets", str(slow)):
        return {}
    slow = slow[0]
    sums = [c["sum_ns"] for c in causes]
    tap.ok(sums == sorted(sums, reverse=True), "stat: the largest cause first", str(sums))
    tap.ok(sum(c["n"] for c in causes) == slow["n"], "stat: each slow packet has one cause",
           f"{slow} {[c['n'] for c in causes]}")
    tap.ok(sum(sums) <= slow["sum_ns"], "stat: no more is explained than there was")
    lost = sum(o["lost"]["event_ring_full"] for o in of(objs, "ledger") if o.get("final"))
    tap.ok(slow["unranked"] == lost, "stat: what is not ranked is counted", f"{slow} {lost}")
    odd = [c for c in causes if c["rule"] in NOT_RANKED or not c["worst"]["total_ns"] >= THRESHOLD or
           c["worst"]["cause"]["rule"] != c["rule"] or c["worst"]["cause"]["ns"] > c["worst"]["total_ns"]]
    tap.ok(not odd, "stat: the worst of each is slow, and by that cause", str(odd[:1]))
    want = {}
    for p in packets:
        rule = unblamed(p.get("cause", {}).get("rule"))
        if rule and rule not in NOT_RANKED and (p["total_ns"] or 0) >= THRESHOLD:
            want[rule] = want.get(rule, 0) + 1
    ranked = {c["rule"]: c["n"] for c in causes}
    print(f"# ranked {ranked}, traced {want}, {slow['unranked']} not ranked")
    near = sum(1 for p in packets if p["total_ns"] and abs(p["total_ns"] - THRESHOLD) < 0.3 * THRESHOLD)
    for rule in sorted(set(want) | set(ranked)):
        off = abs(want.get(rule, 0) - ranked.get(rule, 0))
        tap.ok(off <= near + max(3, want.get(rule, 0) // 10), f"stat and trace: as many for {rule}",
               f"{ranked.get(rule, 0)} and {want.get(rule, 0)}, {near} near the threshold")
    return ranked


def check_case(tap, c, packets, hooks, ranked):
    name, rules = c["name"], c["rule"].split(",")
    missing = [x for x in c.get("needs", "").split(",") if x and not hooks.get(c["dir"], {}).get(c["proto"], {}).get(x)]
    if missing:
        print(f"ok - {name} # SKIP no hook for {', '.join(missing)}")
        return
    mine = [p for p in packets if p["dir"] == c["dir"] and p["proto"] == c["proto"] and
            int(c["port"]) in (p["local_port"], p["remote_port"]) and p.get("cause")]
    got = [p["cause"] for p in mine if p["cause"]["rule"] in rules]
    seen = {}
    for p in mine:
        seen[p["cause"]["rule"]] = seen.get(p["cause"]["rule"], 0) + 1
    if not tap.ok(len(got) >= int(c.get("min", 1)), f"{name}: {' or '.join(rules)}", str(seen)):
        return
    print(f"# {name}: {got[0]['text']} ({seen})")
    if "most" in c:
        tap.ok(2 * len(got) > len(mine), f"{name}: and hardly anything else", str(seen))
    if "ns" in c:
        lo, hi = (float(x) * MS for x in c["ns"].split(":"))
        ns = median([g["ns"] for g in got])
        tap.ok(lo <= ns <= hi * (3 if LAB else 1.5), f"{name}: for {c['ns']} ms", us(ns))
    if "text" in c:
        words = c["text"].replace("_", " ")
        tap.ok(any(words in g["text"] for g in got), f"{name}: says '{words}'", got[0]["text"])
    if "ranked" not in c:
        tap.ok(any(unblamed(r) in ranked for r in rules), f"{name}: stat ranks it", str(ranked))


def main(argv):
    files, tap = dict(a.split("=", 1) for a in argv[2:]), Tap()
    stat, trace = load(files["stat"]), load(files["trace"])
    packets = of(trace, "packet")
    check_trace(tap, packets)
    ranked = check_stat(tap, stat, packets)
    with open(files["cases"], encoding="utf-8") as f:
        for line in f:
            check_case(tap, parse_case(line), packets, of(trace, "start")[0]["hooks"], ranked)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
