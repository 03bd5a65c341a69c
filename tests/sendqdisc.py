# SPDX-License-Identifier: GPL-2.0-only
"""What a case of sendcases.py says of queueing disciplines: how long one takes to drain, what waited in it and what
went past it, what a packet found in it, and what it dropped."""
import json
import os

from stages import LAB, MS, SLACK, SMALL, median, us

KERNEL = tuple(map(int, os.uname().release.split(".")[:2]))


def of(objs, kind):
    return [o for o in objs if o.get("type") == kind]


def tx(objs):
    return [o for o in objs if o.get("dir") == "tx"]


def check_drain(tap, name, pts, want):
    """From the first packet in the queue to the last one out: at least MS, which the rate takes; it begins inside the
    sender's first call, and ends when the reader has the last, which takes a packet some time."""
    least, calls, reads = want.split("@")
    with open(calls, encoding="utf-8") as f:
        first_call = [int(v) for v in f.readline().split()[:2]]
    with open(reads, encoding="utf-8") as f:
        last_read = int(f.readlines()[-1].split()[0])
    begin, end = min(p["qdisc"] for p in pts), max(p["driver"] for p in pts)
    tap.ok(end - begin >= float(least) * MS, f"{name}: the queue is not empty before {least} ms", us(end - begin))
    tap.ok(first_call[0] <= begin <= first_call[1], f"{name}: filled from the first call on", f"{first_call} {begin}")
    room = max(0.05 * (end - begin), 5 * MS if LAB else SLACK)  # one CPU there: the reader's turn can be after a tick
    tap.ok(0 <= last_read - end <= room, f"{name}: empty when its reader has all",
           f"{us(last_read - end)} of {us(end - begin)}")
    print(f"# {name}: {us(end - begin)}, read {us(last_read - end)} later")


def check_rows(tap, name, run, want):
    rows = [(o["kind"], o["n"], o["bypassed"]) for o in of(run.stat, "qdisc")]
    for text in want.split(","):
        kind, n, past = text.split(":")
        got = [sum(r[i] for r in rows if r[0] == kind) for i in (1, 2)]
        tap.ok(got == [int(n), int(past)], f"{name}: {n} waited in {kind}, {past} went past it", f"{got}: {rows}")


def check_parts(tap, name, mine, want):
    """Of a device with many queues."""
    kind, lo, hi = want.split(":")
    took = {True: [], False: []}
    for p in mine:
        if p["points"].get("handed"):
            took[bool(p["qdisc"]) and p["qdisc"]["kind"] == kind].append(p["points"]["driver"] - p["points"]["qdisc"])
    tap.ok(took[True] and float(lo) * MS <= median(took[True]) <= float(hi) * MS, f"{name}: those in {kind} waited",
           f"{us(median(took[True] or [0]))}, n {len(took[True])}, others {len(took[False])}")
    tap.ok(took[False] and median(took[False]) < SMALL, f"{name}: the others did not", us(median(took[False] or [0])))


def check_tc(tap, name, run, c):
    path, _, device = c["tc"].partition("@")
    netns, ifindex = map(int, device.split("/"))
    here = lambda o: (o["netns"], o["ifindex"]) == (netns, ifindex)
    with open(path, encoding="utf-8") as f:
        told = {q["handle"]: q for line in f for q in json.loads(line) if q["kind"] != "mq"}
    rows = {o["handle"]: o for o in of(run.stat, "qdisc") if here(o)}
    tap.ok(len(rows) == len([o for o in of(run.stat, "qdisc") if here(o)]) and rows.keys() == told.keys(), f"{name}: the device's queueing disciplines", f"{rows}, tc {told}")
    for handle, q in told.items():
        o = rows.get(handle, {"n": 0, "bypassed": 0, "requeues": 0, "kind": None})
        if c["proto"] == "udp":  # of TCP it counts SYNs and ACKs too
            tap.ok(o["kind"] == q["kind"] and o["n"] + o["bypassed"] == q["packets"] > 0,
                   f"{name}: tc's packets of {q['kind']}", f"{o}, tc {q}")
        tap.ok(o["requeues"] == q["requeues"], f"{name}: tc's requeues of {q['kind']}", f"{o}, tc {q}")
    drops = sum(o["n"] for o in tx(of(run.stat, "drop")) if here(o) and o["stage"] == "qdisc")
    want = sum(q["drops"] for q in told.values())
    tap.ok(drops == want, f"{name}: tc's drops", f"{drops}, tc {want}")
    if c.get("drops"):
        tap.ok(want > 0, f"{name}: some were dropped", f"tc {told}")
    again = sum(q["requeues"] for q in told.values())
    if c.get("requeued"):
        tap.ok(again > 0, f"{name}: some were put back", f"tc {told}")
    print(f"# {name}: {sum(q['packets'] for q in told.values())} packets, {again} requeues, {want} drops")


def check_backlog(tap, name, mine):
    """The packets are the queue's only ones, so those still in it when one comes follow from their stamps. Where
    nothing shows it when one comes (before Linux 5.14), it is what one leaves behind."""
    when = "qdisc" if KERNEL >= (5, 14) else "driver"
    found = [(p, p["qdisc"]["backlog_packets"]) for p in mine if p.get("qdisc")]
    if not found or found[0][1] is None:
        print(f"# {name}: what is in the queue is not seen here")
        return
    off = []
    for p, got in found:
        at = p["points"][when]
        before = len([o for o in mine if o["points"]["qdisc"] <= at < o["points"]["driver"]])
        # It counts itself or not, and one can be on its way out to the driver.
        if not before - 1 <= got <= before + 1:
            off.append((got, before))
    most = max(n for _, n in found)
    tap.ok(not off and most >= len(mine) / 2, f"{name}: each found the others in the queue ({when})",
           f"{len(off)} of {len(found)}: {off[:5]}, most {most}")
    print(f"# {name}: up to {most} packets in the queue")


def check_dropped(tap, name, run, c, mine):
    text, _, where = c.get("dropped", c.get("some")).partition("@")
    want = int(text)
    lines = {(o["stage"], o["ifindex"], o["netns"], o["reason"]): o["n"]
             for o in tx(of(run.stat, "drop")) if o["proto"] == c["proto"]}
    mine = [p for p in mine if "dropped" in p.get("flags", [])]
    tap.ok(len(mine) == want or ("some" in c and len(mine) > want), f"{name}: {want} packets were dropped", f"{len(mine)}; lines {lines}")
    if where and mine:
        stage, _, reason = where.partition(":")
        got = {(p["drop"]["stage"], p["drop"]["reason"]) for p in mine}
        named = KERNEL >= (5, 17)  # the tracepoint kfree_skb has a reason
        tap.ok(all(s == stage and (r.startswith(reason) if named and r else not (named or r)) for s, r in got),
               f"{name}: dropped at {where}", str(got))
        tap.ok(sum(n for (s, *_), n in lines.items() if s == stage) >= want, f"{name}: stat counts them", str(lines))
        print(f"# {name}: {len(mine)} dropped at {got}")


def check_copies(tap, name, run, c):
    want, _, device = c["copies"].partition("@")
    stage, _, n = want.partition(":")
    lines = {(o["netns"], o["ifindex"], o["reason"]): o["n"] for o in tx(of(run.stat, "drop"))
             if o["proto"] == c["proto"] and o["stage"] == stage}
    here = tuple(map(int, device.split("/")))
    tap.ok(sum(lines.values()) == int(n) and {k[:2] for k in lines} == {here},
           f"{name}: each copy that was dropped counts, {n} in {stage}", f"{lines}, device {here}")
