#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Checks the JSON lines of `netstrata ping`: TAP lines (unnumbered) for tests/lib.sh.

  ping.py FILE NAME [KEY=VALUE...]    what must hold for every run, then:

  sent=N received=N lost=N refused=N late=N errors=N duplicates=N    the counts of ping_end; N+: or more
  results=NAME,...       only these results
  reason=TEXT            why it ended
  holds=STAGE:MS         the lower quartile of STAGE is MS, within 5 % or 0.1 ms (ten times that in a guest)
  quiet=rest             the median of every other stage is below that room
  merged=STAGE+STAGE|none   what is measured as one, in every answer
  peer=1|0 forwarded=1|0 whole=1|0    peer_here, forwarded_here and kernel_whole of every answer
  error=TEXT             every error says it
"""
import json
import os
import sys

ROOM = 100_000 * (10 if os.environ.get("NETSTRATA_IN_LAB") else 1)
MS = 1_000_000
POINTS = ["send", "queue", "start", "sent", "peer_in", "peer_start", "peer_out", "stack", "ip", "ready", "recv"]
STAGES = ["send", "resolve", "qdisc", "driver", "network", "peer", "stack", "ip", "wakeup"]
AWAY = {"resolve", "network", "peer"}
COUNTS = ["sent", "received", "lost", "refused", "late", "errors", "duplicates", "pending"]

bad = 0
NAME = ""


def ok(cond, what, why=""):
    global bad
    bad += not cond
    print(f"{'ok' if cond else 'not ok'} - {NAME}: {what}" + (f": {why}" if why and not cond else ""))
    return cond


def quartile(v):
    return sorted(v)[len(v) // 4] if v else None


def median(v):
    return sorted(v)[len(v) // 2] if v else 0


def fault(p):
    """What is wrong with one answer; None if all is well."""
    s, t = p["stages"], p["points"]
    order = [t[k] for k in POINTS if k in t]
    away = {x for g in p["merged"] for x in g if set(g) & AWAY} | AWAY
    here = sum(v for k, v in s.items() if k not in away)
    if set(s) - set(STAGES) or set(t) - set(POINTS):
        return f"unknown names: {s} {t}"
    if sum(s.values()) != p["rtt_ns"] or min(s.values()) < 0:
        return f"stages add up to {sum(s.values())}, not to {p['rtt_ns']}: {s}"
    if order != sorted(order) or t["recv"] - t["send"] != p["rtt_ns"]:
        return f"points out of order: {t}"
    if p["kernel_ns"] != here or not 0 < here <= p["rtt_ns"]:
        return f"kernel_ns {p['kernel_ns']}, the stages of this host {here}: {s}"
    if p["peer_here"] != ("peer" in s):
        return f"peer_here {p['peer_here']}: {s}"
    return None


def check_end(end, pings, answers):
    ok(end["sent"] == end["received"] + end["lost"] + end["pending"], "sent = received + lost + pending", str(end))
    n = {r: sum(p["result"] == r for p in pings) for r in
         ("reply", "refused", "late", "duplicate", "timeout", "error")}
    ok((end["received"], end["refused"], end["late"], end["duplicates"], end["errors"], end["lost"]) ==
       (n["reply"] + n["refused"], n["refused"], n["late"], n["duplicate"], n["error"],
        n["timeout"] + n["error"]), "the counts are those of the lines", f"{n} {end}")
    rtts = [p["rtt_ns"] for p in answers]
    ok(not rtts or (end["rtt"]["n"], end["rtt"]["sum_ns"], end["rtt"]["min_ns"], end["rtt"]["max_ns"]) ==
       (len(rtts), sum(rtts), min(rtts), max(rtts)), "rtt of all is that of the lines", str(end["rtt"]))
    ok(sum(s["sum_ns"] for s in end["stages"].values()) == sum(rtts), "the stages of all add up to the rtt of all")
    p50 = end["rtt"]["p50_ns"]
    ok((p50 is not None) == (len(rtts) >= 20), "a median with 20 samples and more", str(p50))


def main(argv):
    global NAME
    path, NAME = argv[1:3]
    want = dict(a.split("=", 1) for a in argv[3:])
    with open(path, encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    pings = [p for p in lines if p["type"] == "ping"]
    answers = [p for p in pings if p["result"] in ("reply", "refused")]
    if not ok([lines[0]["type"], lines[-1]["type"]] == ["ping_start", "ping_end"], "start and end"):
        return 1
    end = lines[-1]
    faults = [f for f in map(fault, answers) if f]
    ok(not faults, f"stages of {len(answers)} answers add up, points in order", f"{len(faults)}, first {faults[:1]}")
    check_end(end, pings, answers)
    for k in COUNTS:
        if k in want:
            n = int(want[k].rstrip("+"))
            ok(end[k] == n or (want[k][-1] == "+" and end[k] > n), f"{want[k]} {k}", str(end[k]))
    if "results" in want:
        got = {p["result"] for p in pings}
        ok(got == set(want["results"].split(",")), f"results: {want['results']}", str(got))
    if "reason" in want:
        ok(end["reason"] == want["reason"], f"ended: {want['reason']}", end["reason"])
    held = None
    if "holds" in want:
        held, ms = want["holds"].split(":")
        ns = float(ms) * MS
        got = quartile([p["stages"].get(held, 0) for p in answers])
        ok(got is not None and ns - ROOM <= got <= ns + max(ROOM, ns / 20), f"{held} holds {ms} ms", str(got))
    if "quiet" in want:
        loud = {s: m for s in STAGES if s != held
                for m in [median([p["stages"].get(s, 0) for p in answers])] if m > 2 * ROOM}
        ok(not loud, "no other stage holds it", str(loud))
    if "merged" in want:
        got = {"+".join(g) for p in answers for g in p["merged"] or [["none"]]}
        ok(got == {want["merged"]}, f"merged: {want['merged']}", str(got))
    for k, field in (("peer", "peer_here"), ("forwarded", "forwarded_here"), ("whole", "kernel_whole")):
        if k in want:
            got = {p[field] for p in answers}
            ok(got == {want[k] == "1"}, f"{field} {want[k]}", str(got))
    if "error" in want:
        got = {p["error"] for p in pings if p["result"] == "error"}
        ok(got == {want["error"]}, f"error: {want['error']}", str(got))
    if answers:
        print(f"# {NAME}: rtt {median([p['rtt_ns'] for p in answers])} ns, kernel "
              f"{median([p['kernel_ns'] for p in answers])} ns, " +
              ", ".join(f"{s} {median([p['stages'][s] for p in answers if s in p['stages']])}"
                        for s in STAGES if any(s in p["stages"] for p in answers)))
    return 1 if bad else 0


sys.exit(main(sys.argv))
