#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: xdp.py TRACE KEY=VALUE...: is the stage xdp of this traffic right?

port=N, n=N packets (0: some) or bytes=N in any number; matched=all|none (default all); min=NS: each has at least that much in `xdp`;
max=NS: the median has no more; most=NS: none has more;
slow=RULE: the cause of each;
later=NS: what comes after it has that much at least, in each; quiet=NS: the medians of the stages after it have no more; mode=native|generic.
"""
import json
import statistics
import sys

want = dict(a.split("=", 1) for a in sys.argv[2:])
failed = False


def ok(what, true, detail=""):
    global failed
    failed |= not true
    print(("ok" if true else "not ok") + " - " + want["name"] + ": " + what)
    if not true and detail:
        print("# " + str(detail))


with open(sys.argv[1], encoding="utf-8") as f:
    lines = [json.loads(l) for l in f if l.startswith("{")]
start = next(o for o in lines if o["type"] == "start")
end = next((o for o in lines if o["type"] == "end"), None)
packets = [o for o in lines if o["type"] == "packet" and o["local_port"] == int(want["port"])
           and "drop" not in o and o["len"]]
n = int(want.get("n", 0))
if "bytes" in want:  # GRO may have merged some
    ok(f"{want['bytes']} bytes were read", sum(p["len"] for p in packets) == int(want["bytes"]))
    n = len(packets)
n = n or len(packets)  # --sample
ok(f"{n} packets were read", len(packets) == n > 0, f"{len(packets)}; {end}")
ok("stages add up to the total, and the total is last minus first",
   all(sum(p["stages"].values()) == p["total_ns"] ==
       max(p["points"].values()) - min(p["points"].values()) for p in packets))
having = [p for p in packets if "xdp" in p["points"]]
if want.get("matched", "all") == "none":
    ok("none has a stamp of XDP", not having, having[:1])
    ok("what was not matched is counted", end and end["lost"]["xdp_unmatched"] >= n, end)
    sys.exit(failed)
ok("each has a stamp of XDP", len(having) == n, f"{len(having)} of {len(packets)}")
if having:
    after = want.get("mode", "native") == "generic"
    ok("XDP was " + ("after" if after else "before") + " the stack",
       all((p["points"]["xdp"] > p["points"]["stack"]) == after for p in having))
    ok("the hook is named", want.get("mode", "native") in start["hooks"]["rx"]["tcp"]["xdp"],
       start["hooks"]["rx"]["tcp"]["xdp"])
    took = [p["stages"]["xdp"] for p in having]
    print(f"# {want['name']}: xdp {min(took)} to {max(took)} ns, median {statistics.median(took):.0f}")
    if "min" in want:
        ok(f"at least {want['min']} ns in xdp", min(took) >= int(want["min"]), sorted(took)[:5])
    if "max" in want:
        ok(f"in the median at most {want['max']} ns in xdp",
           statistics.median(took) <= int(want["max"]), sorted(took))
    if "most" in want:
        ok(f"none over {want['most']} ns in xdp", max(took) <= int(want["most"]), sorted(took)[-5:])
    if "later" in want:
        after = [p["points"]["ip"] - p["points"]["xdp"] for p in having]
        ok(f"at least {want['later']} ns from there to ip", min(after) >= int(want["later"]), sorted(after)[:5])
    if "slow" in want:
        causes = {p.get("cause", {}).get("rule") for p in having}
        ok(f"each is slow for {want['slow']}", causes == {want["slow"]}, causes)
    if "quiet" in want:
        rest = {s: statistics.median([p["stages"].get(s, 0) for p in having])
                for s in ("stack", "ip", "transport")}
        ok("not in the stages after it", max(rest.values()) <= int(want["quiet"]), rest)
if want.get("unmatched") == "0":
    ok("nothing was left unmatched", end and end["lost"]["xdp_unmatched"] == 0, end)
sys.exit(failed)
