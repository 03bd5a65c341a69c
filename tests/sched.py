#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""For tests/vm/sched.t and prestack.t: what packets of `netstrata trace --json` say.

  sched.py FILE CASES   TAP lines (unnumbered). A case is a line "PORT CONDITION... name=NAME":
      all:STAGE          every packet has the stage
      none:STAGE         no packet has it
      most:STAGE, most:FLAG   half of them have it: on a busy machine a reader that falls behind does not sleep
      without:FLAG:WHAT,...   no packet with the flag has one of these stages or points; one without it has some
      either:THIS:THAT   every packet has one of two stages or flags
      some:FLAG, no:FLAG, upto:FLAG:N   at least one, none, N at most
      holds:STAGE:US     the lower quartile of STAGE is US microseconds, within 5 % or 50 us
      quiet:STAGE:US     the median of STAGE is below
      over:STAGE:US      it is above
      under:STAGE:US     every one is
      blames:STAGE:NAME[:ID[:US[:PART]]]  of the packets that waited over 1 ms (and up to US), three in four blame NAME for
                         nine tenths
      mostly:STAGE:NAME:ID:US  of the packets that waited over US, three in four blame NAME for half
      because:RULE[:STAGE:US[:PART]]  of the packets that are slow (as long as 1 ms; with STAGE longest, and up to US), three
                         in four say so in their cause
      on:CPU             three in four came to the stack on this CPU
      n:N                as many packets
  sched.py --witness FILE PORT TRACE PID   the kernel's own trace of PID's wake-ups agrees with `runqueue`
"""
import json
import re
import sys


def packets(path, port):
    with open(path, encoding="utf-8") as f:
        objs = [json.loads(line) for line in f]
    return [o for o in objs if o["type"] == "packet" and o["dir"] == "rx" and o["local_port"] == port and "drop" not in o]


def quartile(v, q):
    v = sorted(v)
    return v[int(len(v) * q)] / 1000 if v else None


def faults(pkts):
    for p in pkts:
        stamps = [t for k, t in p["points"].items() if k != "first_read"]
        if stamps != sorted(stamps):
            yield f"points out of order: {p['points']}"
        elif sum(p["stages"].values()) != p["total_ns"] or p["total_ns"] != p["points"]["read"] - stamps[0]:
            yield f"stages do not add up: {p}"
        for stage, b in p.get("blame", {}).items():
            if b["ns"] > p["stages"].get(stage, 0) or b["name"].startswith("swapper/"):
                yield f"blamed for more than its wait, or the idle task: {p}"


def blamed(pkts, stage, name, ident=None, most=1e9, part=0.75, least=1000, share=0.9):
    slow = [p for p in pkts if float(least) * 1000 < p["stages"].get(stage, 0) <= float(most) * 1000]
    good = [p for p in slow if p.get("blame", {}).get(stage, {}).get("name") == name
            and ident in (None, str(p["blame"][stage]["id"]))
            and p["blame"][stage]["ns"] >= share * p["stages"][stage]]
    return len(good) >= float(part) * len(slow) > 0, f"{len(good)} of {len(slow)}, not {[(p['stages'][stage], p.get('blame', {}).get(stage)) for p in slow if p not in good][:4]}"


def check(pkts, words):
    what, args = words[0], words[1:]
    has = [p for p in pkts if args[0] in p["stages"] or args[0] in p["flags"]]
    values = [p["stages"][args[0]] for p in pkts if args[0] in p["stages"]]
    if what == "n":
        return len(pkts) == int(args[0]), len(pkts)
    if what == "on":
        cpus = [p["cpu"] for p in pkts]
        return cpus.count(int(args[0])) >= 0.75 * len(cpus) > 0, cpus
    if what == "all":
        return len(has) == len(pkts) > 0, f"{len(has)} of {len(pkts)}"
    if what == "either":
        other = [p for p in pkts if p not in has and (args[1] in p["stages"] or args[1] in p["flags"])]
        return len(has) + len(other) == len(pkts) > 0, f"{len(has)} and {len(other)} of {len(pkts)}"
    if what == "without":
        names = set(args[1].split(","))
        bad = [p for p in has if names & (p["stages"].keys() | p["points"].keys())]
        bare = [p for p in pkts if p not in has and not names & p["stages"].keys()]
        return not bad and not bare, f"{len(bad)} of {len(has)} have one, {len(bare)} of {len(pkts) - len(has)} have none"
    if what in ("none", "no"):
        return pkts and not has, f"{len(has)} of {len(pkts)}"
    if what == "upto":
        return pkts and len(has) <= int(args[1]), f"{len(has)} of {len(pkts)}"
    if what == "most":
        return len(has) >= 0.5 * len(pkts) > 0, f"{len(has)} of {len(pkts)}"
    if what == "some":
        return bool(has), "none"
    if what == "holds":
        got, want = quartile(values, 0.25), float(args[1])
        room = max(want * 0.05, 50)
        return got is not None and want - room <= got <= want + room, got
    if what in ("quiet", "over"):
        got = quartile(values, 0.5)
        return got is not None and (got < float(args[1])) == (what == "quiet"), got
    if what == "under":
        got = max(values, default=0) / 1000
        return bool(pkts) and got < float(args[1]), got
    if what == "because":
        slow = [p for p in pkts if p["total_ns"] >= 1_000_000]
        if len(args) > 1:
            slow = [p for p in slow if max(p["stages"], key=p["stages"].get) == args[1] and p["total_ns"] <= float(args[2]) * 1000]
        causes = [p["cause"]["rule"] if p.get("cause") else None for p in slow]
        return causes.count(args[0]) >= float(args[3] if len(args) > 3 else 0.75) * len(causes) > 0, {c: causes.count(c) for c in causes}
    if what == "blames":
        return blamed(pkts, *args)
    if what == "mostly":
        return blamed(pkts, *args[:3], least=args[3], share=0.5)
    raise SystemExit(f"no condition {what}")


def witness(pkts, trace, pid):
    """Runnable times by the kernel's own events, matched to our stamps by time."""
    woken, times = None, []
    with open(trace, encoding="utf-8") as f:
        for line in f:
            m = re.search(r"\s(\d+)\.(\d{6}): (\w+): (.*)", line)
            if not m:
                continue
            at = int(m[1]) * 1_000_000 + int(m[2])
            if m[3] == "sched_waking" and f" pid={pid} " in m[4]:
                woken = at
            elif m[3] == "sched_switch" and f" next_pid={pid} " in m[4] and woken:
                times.append((woken, at))
                woken = None
    ours = theirs = matched = 0
    for p in pkts:
        if not p["stages"].get("runqueue") or not p["stages"].get("wakeup"):
            continue
        at = p["points"]["woken"] / 1000
        near = min(times, key=lambda t: abs(t[0] - at), default=None)
        if near and abs(near[0] - at) < 20:
            matched += 1
            ours += p["stages"]["runqueue"] / 1000
            theirs += near[1] - near[0]
    print(f"# runqueue of {matched} packets: {ours:.0f} us, by the kernel's own trace {theirs:.0f} us")
    return matched >= 5 and abs(ours - theirs) <= 0.05 * max(ours, theirs) + matched, f"{ours} {theirs}"


def say(good, what, why):
    print(f"{'ok' if good else 'not ok'} - {what}" + ("" if good else f": {why}"))
    return bool(good)


def main(argv):
    if argv[1] == "--witness":
        pkts = packets(argv[2], int(argv[3]))
        return 0 if say(*(lambda r: (r[0], "runqueue agrees with the kernel's trace within 5 %", r[1]))(
            witness(pkts, argv[4], argv[5]))) else 1
    good = True
    with open(argv[2], encoding="utf-8") as f:
        cases = [line.strip().split(" name=") for line in f]
    for (words, name) in cases:
        port, *conditions = words.split()
        pkts = packets(argv[1], int(port))
        bad = list(faults(pkts))
        good &= say(not bad, f"{name}: {len(pkts)} packets: stages add up to the total, exactly", bad[:1])
        for word in conditions:
            held, why = check(pkts, word.split(":"))
            good &= say(held, f"{name}: {word}", why)
    return 0 if good else 1


sys.exit(main(sys.argv))
