#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `trace` of every packet of a UDP flow as fast as one sender can go (200,000 packets/s and more):
# it keeps running, and taken + what it counts as lost = seen.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

net_up || { fail "namespaces"; done_testing; }
server s 7400 -4 udp --size 64 || { fail "server"; done_testing; }
mkfifo "$T/lines"
# shellcheck disable=SC2016
start trace sh -c 'exec "$@" >"$0"' "$T/lines" "$NETSTRATA" trace --json --netns "/run/netns/$NS_B" --udp
exec {lines}<"$T/lines"
IFS= read -r -t "$LIMIT" first <&"$lines"
[[ $first == *'"type":"start"'* ]] || { fail "trace starts" "$(<"$T/trace.err")"; done_testing; }
# The packet lines are only counted: at this rate they are some 100 MB/s.
awk '/"type":"packet","dir":"rx"/ { if (!/"drop":/) n++; next } { print } END { print n + 0 >"'"$T/count"'" }' <&"$lines" >"$T/trace.json" &
counter=$!
client c 7400 4 udp --size 64 --burst 64 --total 5s
ok "the sender ends well" wait_end c
diag "$(<"$T/c.out")"
ok "trace still runs" alive trace
ok "trace ends well" stop trace
wait $counter
stop s TERM
# shellcheck disable=SC2016
full=$(in_b awk '$1 == "Udp:" { v = $6 } END { print v }' /proc/net/snmp) # RcvbufErrors
read -r _ sent _ ns _ <"$T/c.out"
diag "reader: $(tail -1 "$T/s.out"); $((sent * 1000000 / (ns / 1000))) packets/s; $(<"$T/count") lines"
diag "$(grep '"type":"end"' "$T/trace.json" | tail -1)"
tap_from python3 - "$TREE/tests" "$T/trace.json" "$sent" "$(<"$T/count")" "${full:-0}" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import stages
tap, objs = stages.Tap(), stages.load(sys.argv[2])
sent, lines, full = map(int, sys.argv[3:])
led = stages.ledger(objs)
if tap.ok(led, "has a ledger"):
    tap.ok(stages.left(led) == 0, "seen = taken + pending + lost", str(led))
    # Where only sk_data_ready shows a delivery, a datagram that finds the socket full is none. One that
    # its reader takes while an interrupt falls between that call's two steps is counted twice
    # (bpf/udp.bpf.h): some ten in a million, more where the host is busy.
    short = sent - led["seen"] - led["lost"].get("program_misses", 0)
    tap.ok(-sent / 20_000 <= short <= led["undelivered"] and short - full <= sent / 1000, "every packet was seen",
           f"{led['seen']} of {sent}, socket full {full} times")
    print(f"# seen {led['seen']} of {sent}: {full} dropped by the full socket, {max(short - full, 0)} without a delivery of their own")
    tap.ok(lines + led["lost"].get("event_ring_full", 0) == led["taken"], "a line or a counted loss for each packet taken",
           f"{lines} lines, {led}")
END
done_testing
