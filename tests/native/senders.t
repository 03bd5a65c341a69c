#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# 10,000 connections that send at once, time after time: with fewer rows than sockets, and with enough. The maps stay
# within what was printed, the process itself too, which maps some of them, and each segment sent is taken or
# counted as lost.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

N=10000 ROUNDS=5
net_up || { fail "namespaces"; done_testing; }
[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge $((N + 64)) ] ||
	{ fail "$N connections" "no process may open more than $(ulimit -Hn) files here"; done_testing; }
in_b sh -c 'echo "1024 65535" >/proc/sys/net/ipv4/ip_local_port_range; echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse'
LIMIT=120
for rows in 8192 32768; do
	start m "$NETSTRATA" stat -v --json --netns "/run/netns/$NS_B" --max-connections $rows
	wait_line m '"start"' || { fail "$rows rows: it starts" "$(<"$T/m.err")"; break; }
	wait_line m "of kernel memory" # "measuring, N MiB of kernel memory at most"
	printed=$(awk '/of kernel memory/ { print ($3 + 1) * 1048576 }' "$T/m.err")
	start peers nsenter --net="/run/netns/$NS_B" "$TREE/bench/connections.py" $N $ROUNDS
	wait_line peers ready || { fail "$rows rows: $N connections" "$(<"$T/peers.err")"; stop m; break; }
	# memlock of each map: what the kernel says that it takes.
	used=$(cat "/proc/${PID[m]}/fdinfo/"* 2>/dev/null |
		awk '$1 == "map_type:" { map = 1 } $1 == "prog_type:" { map = 0 } $1 == "memlock:" && map { s += $2 } END { print s + 0 }')
	ok "$rows rows: the maps take no more than was printed ($used of $printed bytes)" [ "$used" -gt 0 -a "$used" -le "$printed" ]
	read -r resident own < <(awk '/^VmHWM|^RssAnon/ { printf "%d ", $2 * 1024 }' "/proc/${PID[m]}/status")
	ok "$rows rows: resident, what it maps of them included, is no more, its own under 8 MiB ($resident, $own bytes)" \
		[ "${own:-0}" -gt 0 -a "$resident" -le "$printed" -a "${own:-0}" -lt $((8 << 20)) ]
	go peers
	wait_end peers
	ok "$rows rows: it ends well" stop m
	tap_from python3 - "$T/m.out" "$rows" $((N * ROUNDS)) $((2 * N)) <<'END'
import json
import sys
out = [json.loads(line) for line in open(sys.argv[1])]
end = [line for line in out if line["type"] == "end"][-1]
rows, n, sockets = map(int, sys.argv[2:5])
for what, led in (("received", end), ("sent", end["tx"])):
    lost = sum(v for k, v in led["lost"].items()
               if k not in ("program_misses", "event_ring_full", "unacked", "unacked_ring_full"))
    sound = led["seen"] == led["taken"] + led["pending"] + lost
    print(f"{'ok' if sound else 'not ok'} - {rows} rows: {what}: seen = taken + pending + lost # {led['seen']} {led['taken']}")
    all_ = led["seen"] + led["lost"]["program_misses"] >= n
    print(f"{'ok' if all_ else 'not ok'} - {rows} rows: {what}: all {n} messages were seen ({led['seen']})")
    print(f"# {rows} rows: {what}: { {k: v for k, v in led['lost'].items() if v} }, pending {led['pending']}")
    full = led["lost"]["map_full"]
    if rows < sockets:
        # On a slow machine rows become idle, and are used again, before the last connection wants one.
        sound = full > 0 or led["taken"] > rows
        print(f"{'ok' if sound else 'not ok'} - {rows} rows: {what}: without a row: {full}")
    else:
        sound = full == 0 and led["taken"] + led["lost"]["program_misses"] >= n
        print(f"{'ok' if sound else 'not ok'} - {rows} rows: {what}: all were taken # {led['taken']}, map_full {full}")
by = sum(line["n"] + line["bypassed"] for line in out if line["type"] == "qdisc")
print(f"{'ok' if by == end['tx']['taken'] > 0 else 'not ok'} - {rows} rows: sent: each CPU's by a queueing discipline # {by}")
END
done
done_testing
