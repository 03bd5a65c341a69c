#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sockets that end and whose memory the kernel gives to the next ones: each packet, and each row of a connection, is of
# the socket that is there now. Where tracepoints are all there is, nothing tells that a UDP socket was closed.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

N=24 # one after the other: with so many, some have the memory of one before
net_up || { fail "namespaces"; done_testing; }
for name in stat trace; do
	more=()
	[ $name = trace ] || more=(--connections 1000)
	measure $name $name --hooks tracepoint --netns "/run/netns/$NS_A" "${more[@]}" || fail "$name starts" "$(<"$T/$name.err")"
done
for ((i = 1; i <= N; i++)); do
	server s $((7500 + i)) -4 udp --count 2 || fail "server $i"
	client c $((7500 + i)) 4 udp --count 2 --every 1ms
	wait_end c || fail "client $i" "$(<"$T/c.err")"
	wait_end s || fail "server $i ends" "$(<"$T/s.err")"
done
for name in stat trace; do ok "$name ends well" stop $name; done
tap_from python3 - "$T" $N <<'END'
import collections, json, sys
want = {7500 + i: 2 for i in range(1, int(sys.argv[2]) + 1)}

def lines(name, kind):
    with open(f"{sys.argv[1]}/{name}.out", encoding="utf-8") as f:
        return [o for o in map(json.loads, f) if o["type"] == kind and o.get("proto", "udp") == "udp"]

def say(got, what):
    off = {k: got.get(k, 0) for k in want.keys() | got.keys() if got.get(k, 0) != want.get(k, 0)}
    print(f"{'not ok' if off else 'ok'} - {what}" + (f": {off}" if off else ""))
    return not off

packets = [p for p in lines("trace", "packet") if "drop" not in p]
rows = lines("stat", "connection")
good = say(collections.Counter(p["local_port"] for p in packets if p["dir"] == "rx"), "trace: received by the socket of that port")
good &= say(collections.Counter(p["remote_port"] for p in packets if p["dir"] == "tx"), "trace: sent to that port")
got = collections.Counter()
for c in rows:
    got[c["local_port"]] += (c.get("rx") or {"n": 0})["n"]
good &= say(+got, "stat: rows of the sockets that received")
sys.exit(not good)
END
done_testing
