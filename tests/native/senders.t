#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# 10,000 connections that send at once, more than there are rows for: the maps stay within what was
# printed, and each segment sent is taken or counted as lost.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

N=10000
net_up || { fail "namespaces"; done_testing; }
ulimit -n $((N + 256)) 2>/dev/null || N=$(($(ulimit -n) - 256))
in_b sh -c 'echo "1024 65535" >/proc/sys/net/ipv4/ip_local_port_range; echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse'
LIMIT=120
rows=8192
while :; do
	start m "$NETSTRATA" stat -v --json --netns "/run/netns/$NS_B" --max-connections $rows
	wait_line m '"start"' || { fail "$rows rows: it starts" "$(<"$T/m.err")"; break; }
	wait_line m "of kernel memory" # "measuring, N MiB of kernel memory at most"
	printed=$(awk '/of kernel memory/ { print ($3 + 1) * 1048576 }' "$T/m.err")
	start peers$rows nsenter --net="/run/netns/$NS_B" "$TREE/bench/connections.py" $N
	wait_line peers$rows ready || { fail "$rows rows: $N connections" "$(<"$T/peers$rows.err")"; stop m; break; }
	# memlock of each map: what the kernel says that it takes.
	used=$(cat "/proc/${PID[m]}/fdinfo/"* 2>/dev/null |
		awk '$1 == "map_type:" { map = 1 } $1 == "prog_type:" { map = 0 } $1 == "memlock:" && map { s += $2 } END { print s + 0 }')
	ok "$rows rows: the maps take no more than was printed ($used of $printed bytes)" [ "$used" -gt 0 -a "$used" -le "$printed" ]
	go peers$rows
	wait_end peers$rows
	ok "$rows rows: it ends well" stop m
	tap_from python3 - "$T/m.out" "$rows" "$N" <<'END'
import json
import sys
end = [json.loads(line) for line in open(sys.argv[1]) if '"end"' in line][-1]
rows, n = int(sys.argv[2]), int(sys.argv[3])
for what, led in (("received", end), ("sent", end["tx"])):
    lost = sum(v for k, v in led["lost"].items()
               if k not in ("program_misses", "event_ring_full", "unacked", "unacked_ring_full"))
    sound = led["seen"] == led["taken"] + led["pending"] + lost
    print(f"{'ok' if sound else 'not ok'} - {rows} rows: {what}: seen = taken + pending + lost # {led['seen']} {led['taken']}")
    # Rows of connections that have gone are used again, so more than `rows` can be taken.
    all_ = led["seen"] + led["lost"]["program_misses"] >= n
    print(f"{'ok' if all_ else 'not ok'} - {rows} rows: {what}: all {n} messages were seen ({led['seen']})")
    full = led["lost"]["map_full"]
    # On a slow machine rows become idle, and are used again, before the last connection wants one.
    sound = full > 0 or led["taken"] > rows
    print(f"{'ok' if sound else 'not ok'} - {rows} rows: {what}: without a row: {full}")
END
	break
done
done_testing
