#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets that are dropped on their way to a socket: at the stage and for the reason that the kernel's own counters
# tell of, and as many. Runs natively and in a guest of the lab.
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need root netns
have python3 tc

port=7600
flood() { # FAMILY COUNT: datagrams to $port, with no error taken back
	local to=10.99.0.2
	[ "$1" = 4 ] || to=fd99::2
	in_a "$TRAFFIC" send udp "-$1" --unconnected --to $to --port $port --size 200 --burst "$2" --count "$2" >/dev/null ||
		fail "a sender to port $port"
}
counter() { # FAMILY NAME: the UDP counter of $NS_B
	if [ "$1" = 6 ]; then
		in_b awk -v name="Udp6$2" '$1 == name { print $2 }' /proc/net/snmp6
	else
		in_b awk -v name="$2" '$1 == "Udp:" && !n { for (n = NF; n > 1 && $n != name; n--); next } $1 == "Udp:" { print $n }' /proc/net/snmp
	fi
}
drop() { # FAMILY STAGE REASON COUNT NAME: what the packets to $port must say
	echo "$port $2 $3 $4 $5 (IPv$1)" >>"$T/cases"
}

net_up || { fail "namespaces"; done_testing; }
: >"$T/cases"
measure stat stat || { fail "stat starts" "$(<"$T/stat.err")"; done_testing; }
measure trace trace --dir rx || { fail "trace starts" "$(<"$T/trace.err")"; done_testing; }
for f in 4 6; do
	port=$((port + 1)) before=$(counter $f NoPorts)
	flood $f 20
	drop $f transport NO_SOCKET $(($(counter $f NoPorts) - before)) "a port that nobody has"

	port=$((port + 1)) before=$(counter $f RcvbufErrors)
	server s $port -$f udp --rcvbuf 3000 --go || fail "a server that does not read"
	flood $f 50
	drop $f transport SOCKET_RCVBUFF $(($(counter $f RcvbufErrors) - before)) "a receive buffer that is full"
	go s
	stop s TERM || fail "the server ends" "$(<"$T/s.err")"

	port=$((port + 1))
	if in_b nft add table inet t 2>"$T/nft.err" && in_b nft "add chain inet t in { type filter hook input priority 0; }" &&
		in_b nft add rule inet t in udp dport $port counter drop; then
		flood $f 20
		drop $f ip NETFILTER_DROP "$(in_b nft list table inet t | sed -n 's/.*packets \([0-9]*\).*/\1/p')" "netfilter's input"
		in_b nft delete table inet t
	else
		skip "netfilter's input (IPv$f)" "no nftables here: $(head -1 "$T/nft.err")"
	fi

	port=$((port + 1))
	proto=(ipv6 u32 match ip6 protocol 17 0xff) # not all: what neighbours ask each other is dropped, too
	[ $f = 6 ] || proto=(ip u32 match ip protocol 17 0xff)
	if tc -n "$NS_B" qdisc add dev vb clsact 2>"$T/tc.err" && tc -n "$NS_B" filter add dev vb ingress protocol "${proto[@]}" \
		action drop 2>"$T/tc.err"; then
		flood $f 20
		drop $f stack TC_INGRESS "$(tc -n "$NS_B" -s filter show dev vb ingress | sed -n 's/.*Sent .* \([0-9]*\) pkt.*/\1/p' | head -1)" "tc ingress"
	else
		skip "tc ingress (IPv$f)" "no such filter on this kernel: $(head -1 "$T/tc.err")" vm
	fi
	tc -n "$NS_B" qdisc del dev vb clsact 2>/dev/null
done
ok "stat ends well" stop stat
ok "trace ends well" stop trace
tap_from python3 - "$TREE/tests" "$T" <<'END'
import collections
import os
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from causes import DROPS
from stages import Tap, load
WORDS = {"drop_rcvbuf": "the socket's receive buffer was full", "drop_filter": "a netfilter rule"}
tap, objs = Tap(), {k: load(f"{sys.argv[2]}/{k}.out") for k in ("stat", "trace")}
# stage: the one that measures it here, where hooks are missing
covers = {c: o["stage"] for o in objs["stat"] if o["type"] == "stage" and o["dir"] == "rx" and o["proto"] == "udp"
          for c in o.get("covers", [])}
labels = {o["stage"]: "+".join(dict.fromkeys(o.get("covers", []) + [o["stage"]])) for o in objs["stat"]
          if o["type"] == "stage" and o["dir"] == "rx" and o["proto"] == "udp"}
kernel = tuple(map(int, os.uname().release.split(".")[:2]))
all_ = collections.Counter()
with open(f"{sys.argv[2]}/cases") as f:
    for line in f:
        port, stage, reason, n, name = line.strip().split(" ", 4)
        n = int(n)
        stage = covers.get(stage, stage)
        got = [p for p in objs["trace"] if p["type"] == "packet" and p["local_port"] == int(port) and p.get("drop")]
        tap.ok(n >= 15, f"{name}: the kernel counts some", f"{n}")
        tap.ok(len(got) == n, f"{name}: as many as the kernel counts", f"{len(got)}, {n}")
        why = {(p["drop"]["stage"], p["drop"]["reason"]) for p in got}
        # Reasons came one by one: 5.17 has the first, 5.18 nearly all.
        want = {(stage, reason if kernel >= (5, 18) else None)}
        tap.ok(why == want, f"{name}: dropped in {stage} for {reason}", f"{why}")
        rule = next((r for begin, r in DROPS if str(reason).startswith(begin)), "drop") if kernel >= (5, 18) else "drop"
        words = f"dropped in {labels.get(stage, stage)}: " + WORDS.get(rule, reason if kernel >= (5, 18) else "")
        told = {(p["cause"]["rule"], p["cause"]["certain"], words in p["cause"]["text"]) for p in got}
        tap.ok(told == {(rule, True, True)}, f"{name}: its sentence", f"{rule}, {words}; {[p['cause'] for p in got[:1]]}")
        for w in why:
            all_[w] += n
stat = collections.Counter()
for o in objs["stat"]:
    if o["type"] == "drop" and o["dir"] == "rx" and o["proto"] == "udp":
        stat[o["stage"], o["reason"]] = o["n"]
tap.ok(all(stat[k] == n for k, n in all_.items()), "stat: counts the same", f"{stat}, {all_}")
sys.exit(1 if tap.bad else 0)
END
done_testing
