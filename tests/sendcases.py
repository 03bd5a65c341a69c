# SPDX-License-Identifier: GPL-2.0-only
"""What a run of netstrata says of packets sent, and the checks of send.py's cases.

A case is a line of key=value words; times are in ms, LO:HI is a range, a bare MS means 5 % or 50 us
around it (in an emulated guest ten times that above it).
  port=N proto=tcp|udp    the packets with this remote port
  n=N | min=N             exactly (at least) that many packets
  bytes=N  len=N          payload in all; of each packet
  missed=MIN:FILE         at least MIN segments may lack in that: TCP's own count of segments (traffic send --info,
                          or ss -tin) less the packets; the ledger has all that lack in the group as `send_ring_full`
  hold=STAGE:MS|LO:HI[@Q] STAGE of the packets looked at is that long (quantile Q, else the lower quartile)
  pick=CAUSE              look only at packets that CAUSE held back
  cause=NAME:MS|LO:HI     the same, for the cause of the packets looked at; each names it
  held=LO:HI              that many packets were picked
  blocked=MIN@FILE        at least MIN calls of send (--stamp) took long, and `sndbuf` held those of UDP's as long
  conn=NAME[+NAME]:LO:HI,...  time that the connection held data back for it (stat's connection line);
                          LO:HI can be "packets": as long as its packets together (trace)
  whole=NAME[+NAME]       what the connection was held back by them is what its last byte waited in the socket
  only=NAME,...|none      no other cause held anything back for long (`other` apart)
  quiet=STAGE,...|rest|all  the median of these stages is small ("rest": all but the one held)
  calls=FILE              each packet's `send` lies in one of the calls (traffic send --stamp), of TCP in that which
                          brought its first byte
  refused=MIN:FILE        at least MIN calls found no room (traffic send --nonblock)
  qdisc=KIND              the packets looked at waited in one; edt=LO:HI until their departure time
  bypassed=KIND           they went past one (or through it with nothing in it)
  rows=KIND:N:PAST,...    of the packets of the session so many waited in a qdisc of this kind, and so many went past it
  parts=KIND:LO:HI        those that waited in this kind of qdisc took that long (median), and others nothing
  tc=FILE@NETNS/IFINDEX   the rows of that device have what `tc -s -j` counts, a line each time: packets (UDP), requeues,
                          drops; requeued=yes, drops=yes: some
  backlog=yes             each found in its qdisc those that had come before and were still there
  drain=MS@FILE@FILE      from the first into the queue to the last out of it (--stamp of sender and reader)
  dropped=N[@STAGE:REASON]  so many were dropped there (REASON: what it begins with; before Linux 5.17 there is none)
  some=N@STAGE:REASON  the same, N or more
  copies=STAGE:N@NETNS/IFINDEX  stat has counted that many drops in STAGE, of this protocol, all by that device
  retrans=FILE            sends - 1 of all packets, and n of `resent`, are TCP's own count (traffic send --info, or ss -tin)
  limits=FILE             rwnd + zero_window and sndbuf are TCP's own times (the same), and cwnd is within what these
                          leave of the time that it was busy: TCP counts none for the window; least=KEY:MS, for rwnd,
                          sndbuf (TCP's) or cwnd (ours): that long at least
  rtt=FILE                the mean round trip by the stamps is TCP's smoothed and its shortest (ss -tin)
  half=FILE               what a trace of a sample of them says: each was sent as often
  srtt=FILE               the smoothed round-trip time is TCP's (the same)
  join=N                  N packets read from it tell of their sending; hops=NETNS/IFINDEX,...: and came that way
  name=TEXT               the rest of the line
"""
import json

from sendcalls import check_blocked, check_calls, check_refused
from sendqdisc import check_backlog, check_copies, check_drain, check_dropped, check_parts, check_rows, check_tc, of, tx
from sendtcp import check_limits, check_retrans, check_rtt, info, missing
from stages import LAB, MS, SLACK, SMALL, median, us

STAGES = ("socket", "transport", "ip", "qdisc", "driver")
AFTER = {"completion": ("handed", "completed"), "network": ("handed", "ack"), "ack": ("ack", "acked")}
ORDER = ["send", "segment", "ip", "qdisc", "driver", "handed"]
CAUSES = ("nagle", "cork", "msg_more", "autocork", "cwnd", "rwnd", "zero_window", "pacing", "tsq",
          "sndbuf", "other")


def ledgers(objs):
    """dir -> the last ledger of that direction."""
    found = {}
    for o in objs:
        if o["type"] == "ledger":
            found[o["dir"]] = o
        elif o["type"] == "end":
            found["rx"], found["tx"] = o, o["tx"]
    return found


def text_of(led):
    lost = {k: v for k, v in led["lost"].items() if v}
    return f"seen {led['seen']}, taken {led['taken']}, pending {led['pending']}, lost {lost}"


def quantile(v, q=0.25):
    return sorted(v)[min(int(len(v) * q), len(v) - 1)] if v else None


def wanted(text):
    """(LO, HI, Q) in ns of MS|LO:HI[@Q]"""
    text, _, q = text.partition("@")
    if ":" in text:
        lo, hi = (float(x) * MS for x in text.split(":"))
    else:
        want = float(text) * MS
        room = max(want * 0.05, 50_000)
        lo, hi = want - room, want + room * (10 if LAB else 1)
    return lo, hi, float(q or 0.25)


def inside(tap, what, v, text):
    lo, hi, q = wanted(text)
    got = quantile(v, q)
    tap.ok(got is not None and lo <= got <= hi, what,
           f"{us(got)}, want {us(lo)} to {us(hi)}, n {len(v)}, {[us(x) for x in v[:12]]}")
    if got is not None:
        print(f"# {what}: {us(got)}, n {len(v)}")


class Run:
    """What both runs say, and which points and stages there are on this kernel."""

    def __init__(self, stat, trace):
        self.stat, self.trace = stat, trace
        hooks = of(trace, "start")[0]["hooks"].get("tx", {})
        self.points = {p: [k for k, v in h.items() if v] for p, h in hooks.items()}
        self.all = tx(of(trace, "packet"))
        self.packets = [p for p in self.all if p["total_ns"] is not None]
        self.read = [p for p in of(trace, "packet") if p.get("dir") == "rx"]
        self.covers = {}
        for o in tx(of(stat, "stage")):
            for c in o.get("covers", []):
                self.covers[o["proto"], c] = o["stage"]
        self.missed = 0  # segments that the cases say have no line
        self.unfollowed = 0  # retransmissions that are in no line
        self.kept = False  # this host dropped segments, which TCP then kept as unsent
        self.totals = {(o["proto"], o["stage"]): o for o in tx(of(stat, "stage")) if o.get("final")}

    def has(self, proto, *points):
        return all(p in self.points.get(proto, ()) for p in points)

    def stage(self, proto, name):
        """The stage that measures it here, or None."""
        name = self.covers.get((proto, name), name)
        at = ORDER.index(ORDER[STAGES.index(name) + 1]) if name in STAGES else None
        if at is None:
            return name if self.has(proto, AFTER[name][1]) else None
        return name if self.has(proto, ORDER[at]) and any(self.has(proto, p) for p in ORDER[:at]) else None

    def conns(self, port, proto):
        last = {}
        for o in of(self.stat, "connection"):
            if o["remote_port"] == port and o["proto"] == proto and o.get("tx") and o.get("final", True):
                last[o["local_port"]] = o["tx"]
        return list(last.values())


def check_bytes(tap, name, run, c, mine):
    got, want = sum(p["len"] for p in mine), int(c["bytes"])
    n, least = missing(c, mine), int(c.get("missed", "0").partition(":")[0])
    run.missed += n
    # What lacks fits into the segments that lack.
    tap.ok(n >= least and (n <= want - got <= n * info(c["missed"].partition(":")[2])["mss"] if n else got == want),
           f"{name}: {want} bytes", f"{got} in {len(mine)} packets, {n} lack; {text_of(ledgers(run.trace)['tx'])}")
    if n:
        print(f"# {name}: {n} segments with {want - got} bytes were not followed")


def check_half(tap, name, mine, path):
    with open(path, encoding="utf-8") as f:
        half = tx([json.loads(line) for line in f])
    of_all = {(p["local_port"], p["remote_port"], p["seq"], p["len"]): p["sends"] for p in mine}
    got = [(k, p["sends"], of_all[k]) for p in half if p["type"] == "packet"
           for k in [(p["local_port"], p["remote_port"], p["seq"], p["len"])] if k in of_all]
    off = [x for x in got if x[1] != x[2]]
    tap.ok(got and len(got) < len(mine) and not off, f"{name}: a sample says of each how often it was sent",
           f"{len(off)} of {len(got)} differ: {off[:3]}")


def first(points):
    return min(points[k] for k in ORDER if points.get(k))


def check_srtt(tap, name, conns, mine, path):
    """Ours is from the last send; an ACK since then has moved TCP's by an eighth of its round trip at most."""
    want = info(path)["rtt_us"]
    got = [c["srtt_ns"] for c in conns]
    sent = max((first(p["points"]) for p in mine), default=0)
    trips = [p["points"]["acked"] - first(p["points"]) for p in mine if p["points"].get("acked", 0) > sent]
    room = max(0.1 * want, 20, max(trips, default=0) / 8000)
    tap.ok(got and all(v and abs(v / 1000 - want) <= room for v in got),
           f"{name}: srtt is TCP's", f"{[us(v) for v in got]}, TCP {want:.0f} us")
    for c in conns:
        r = c["rtt"]
        tap.ok(r and r["mean_ns"] == r["host_tx_ns"] + r["network_ns"] + r["host_rx_ns"],
               f"{name}: the round trip is its parts", str(r))
        print(f"# {name}: srtt {us(c['srtt_ns'])}, TCP {want:.0f} us; parts {r}")


def check_join(tap, name, run, c, mine):
    rx = [p for p in run.read if p["local_port"] == int(c["port"]) and p["proto"] == c["proto"]]
    got = [p for p in rx if p.get("sent")]
    tap.ok(len(got) == int(c["join"]), f"{name}: {c['join']} packets read tell of their sending",
           f"{len(got)} of {len(rx)}")
    bad = [p for p in got if p["local_ns"] != p["points"]["read"] - first(p["sent"]["points"])]
    tap.ok(not bad, f"{name}: local_ns is from the first stamp to the read", str(bad[:1]))
    bad = [p for p in got if sum(p["sent"]["stages"].values()) !=
           max(p["sent"]["points"].values()) - first(p["sent"]["points"])]
    tap.ok(not bad, f"{name}: the stages of the sending add up", str(bad[:1]))
    if c["proto"] == "tcp":
        by_seq = {(p["local_port"], p["seq"]): p for p in mine}
        off = [p for p in got if first(by_seq.get((p["remote_port"], p["seq"]), p)["points"]) !=
               first(p["sent"]["points"])]
    else:
        stamps = {first(p["points"]) for p in mine}
        off = [p for p in got if first(p["sent"]["points"]) not in stamps]
    tap.ok(not off, f"{name}: joined to the very packet that was sent", str(off[:1]))
    if "hops" in c:
        want = [tuple(map(int, h.split("/"))) for h in c["hops"].split(",")]
        off = [p["sent"]["hops"] for p in got
               if [(h["netns"], h["ifindex"]) for h in p["sent"]["hops"]] != want]
        tap.ok(not off, f"{name}: came by the devices {want}", f"{len(off)} did not: {off[:1]}")
    bad = [p for p in got for h in p["sent"]["hops"]
           if not first(p["sent"]["points"]) <= h["t_ns"] <= p["points"]["read"]]
    tap.ok(not bad, f"{name}: hops lie between sending and reading", str(bad[:1]))


def check_case(tap, run, c):
    name, proto, port = c.get("name", "case"), c["proto"], int(c["port"])
    mine = [p for p in run.packets if p["remote_port"] == port and p["proto"] == proto]
    if proto == "udp" and not mine:
        mine = [p for p in run.packets if p.get("local_port") == port and p["proto"] == proto and not p["pid"]]
    conns = run.conns(port, proto)
    run.kept |= proto == "tcp" and bool({"drops", "some"} & set(c))
    # On some hosts the kernel runs no BPF program in an interrupt of an init's thread. What a delayed ACK's timer makes
    # TCP send there is seen by nobody.
    unseen = max(int(c.get("n", 0)) - len(mine), 0) if "held" in c and not LAB else 0
    if "n" in c:
        tap.ok(len(mine) + unseen == int(c["n"]) and unseen <= 2, f"{name}: {c['n']} packets",
               f"{len(mine)}, lengths {[p['len'] for p in mine][:20]}")
    else:
        tap.ok(len(mine) >= int(c.get("min", 1)), f"{name}: has packets", f"{len(mine)}")
    if not mine:
        return
    if "bytes" in c:
        check_bytes(tap, name, run, c, mine)
    if "len" in c:
        tap.ok(all(p["len"] == int(c["len"]) for p in mine), f"{name}: each {c['len']} bytes",
               str({p["len"] for p in mine}))
    picked, held = mine, None
    # Where `segment` has no hook, `socket` is part of the stage after it.
    socket = run.stage(proto, "socket")
    caused = socket is not None
    if not caused and {"pick", "cause", "conn", "only"} & set(c):
        print(f"# {name}: causes are not measured here; "
              f"{[{k: us(v['sum_ns']) for k, v in x['causes'].items() if v['n']} for x in conns]}")
    if "pick" in c and caused:
        picked = [p for p in mine if 2 * p["causes"].get(c["pick"], 0) >= p["stages"][socket]
                  and p["causes"].get(c["pick"], 0)]
        tap.ok(picked, f"{name}: {c['pick']} held packets back", str(mine[0].get("causes")))
    if "held" in c and caused:
        lo, hi = map(int, c["held"].split(":"))
        tap.ok(lo <= len(picked) <= hi, f"{name}: {lo} to {hi} packets held back", f"{len(picked)}")
    if "hold" in c:
        stage, _, text = c["hold"].partition(":")
        held = run.stage(proto, stage)
        if held is None:
            print(f"# {name}: {stage} is not measured here")
        elif "pick" not in c or caused:
            inside(tap, f"{name}: {held} holds {text} ms", [p["stages"].get(held, 0) for p in picked], text)
    if "cause" in c and caused:
        cause, _, text = c["cause"].partition(":")
        inside(tap, f"{name}: {cause} for {text} ms", [p["causes"].get(cause, 0) for p in picked], text)
        held = held or socket
        # A packet names the cause only where the socket took at least half of its time.
        rule = cause if proto == "tcp" else f"udp_{cause}"
        off = {(p.get("cause") or {}).get("rule") for p in picked if p["causes"].get(cause, 0) >= wanted(text)[0]
               and 2 * p["stages"][socket] >= p["total_ns"]} - {rule}
        tap.ok(not off, f"{name}: the packets name {cause}", str(off))
    for part in c.get("conn", "").split(",") if "conn" in c and caused else ():
        causes, _, text = part.partition(":")
        got = [sum(x["causes"].get(k, {}).get("sum_ns", 0) for k in causes.split("+")) for x in conns]
        if text == "packets":
            want = sum(p["causes"].get(k, 0) for p in mine for k in causes.split("+"))
            tap.ok(want and len(got) == 1 and abs(got[0] - want) <= max(SMALL, (0.05 + 0.06 * unseen) * want),
                   f"{name}: the connection was held back by {causes} as long as its packets were", f"{got}, {want}")
        else:
            inside(tap, f"{name}: the connection was held back by {causes} for {text} ms", got, text)
    if "conn" in c and caused:
        print(f"# {name}: {[{k: us(v['sum_ns']) for k, v in x['causes'].items() if v['n']} for x in conns]}")
    if "whole" in c and caused:
        got = [sum(x["causes"].get(k, {}).get("sum_ns", 0) for k in c["whole"].split("+")) for x in conns]
        longest = max(p["stages"][socket] for p in mine)
        tap.ok(len(got) == 1 and abs(got[0] - longest) <= max(SMALL, 0.05 * longest),
               f"{name}: {c['whole']} is all that the last byte waited for", f"{us(longest)}: {[us(v) for v in got]}")
    if "only" in c and caused:
        rest = {k: us(v["sum_ns"]) for x in conns for k, v in x["causes"].items()
                if k not in c["only"].split(",") + ["other"] and
                v["sum_ns"] > max(SMALL, 0.05 * sum(w["sum_ns"] for w in x["causes"].values()))}
        tap.ok(conns and not rest, f"{name}: no cause but {c['only']}", f"{len(conns)} connections, {rest}")
    if "quiet" in c:
        which = c["quiet"].split(",") if c["quiet"] not in ("rest", "all") else [s for s in STAGES if s != held]
        # Without a hook at `segment` the wait in the socket is part of another stage.
        loud = {}
        for s in [s for s in which if s != socket or "socket" in which or c["quiet"] in ("rest", "all")]:
            got = median([p["stages"][s] for p in mine if s in p["stages"]])
            if got is not None and got > SMALL:
                loud[s] = us(got)
        tap.ok(not loud, f"{name}: no other stage holds it", str(loud))
    if "blocked" in c and caused:
        check_blocked(tap, name, mine, c["blocked"])
    if "calls" in c and run.has(proto, "send"):
        check_calls(tap, name, mine, c["calls"])
    if "refused" in c:
        check_refused(tap, name, c["refused"])
    if "qdisc" in c:
        got = {(p.get("qdisc") or {}).get("kind") for p in picked if "dropped" not in p.get("flags", [])}
        tap.ok(c["qdisc"] in got and got <= {c["qdisc"], None}, f"{name}: waited in {c['qdisc']}", str(got))
        tap.ok(any(o["kind"] == c["qdisc"] and o["n"] for o in of(run.stat, "qdisc")), f"{name}: stat has a line for it",
               str([(o["kind"], o["n"]) for o in of(run.stat, "qdisc")]))
    if "bypassed" in c:
        got = [o for o in of(run.stat, "qdisc") if o["kind"] == c["bypassed"]]
        tap.ok(got and max(o["n"] + o["bypassed"] for o in got) >= len(mine), f"{name}: {c['bypassed']} saw them",
               str(got or of(run.stat, "qdisc")))
    if "edt" in c:
        inside(tap, f"{name}: held until the departure time for {c['edt']} ms",
               [p["qdisc"]["edt_ns"] for p in picked if p.get("qdisc")], c["edt"])
    if "rows" in c:
        check_rows(tap, name, run, c["rows"])
    if "parts" in c:
        check_parts(tap, name, mine, c["parts"])
    if "tc" in c:
        check_tc(tap, name, run, c)
    if "backlog" in c:
        check_backlog(tap, name, mine)
    if "drain" in c:
        check_drain(tap, name, [p["points"] for p in mine], c["drain"])
    if {"dropped", "some"} & set(c):
        check_dropped(tap, name, run, c, mine)
    if "copies" in c:
        check_copies(tap, name, run, c)
    if "retrans" in c:
        check_retrans(tap, name, run, c, mine, conns)
    if "half" in c:
        check_half(tap, name, mine, c["half"])
    if "srtt" in c:
        check_srtt(tap, name, conns, mine, c["srtt"])
    if "limits" in c and caused:
        check_limits(tap, name, conns, c["limits"], c.get("least"))
    if "rtt" in c:
        check_rtt(tap, name, conns, c["rtt"])
    if "join" in c:
        check_join(tap, name, run, c, mine)
from sendqdisc import check_backlog, check_copies, check_drain, check_dropped, check_parts, check_rows, check_tc, of, tx
from sendtcp import check_limits, check_retrans, check_rtt, info, missing
