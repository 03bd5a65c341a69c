#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every kind of hook gives the same totals: one netstrata for each kind measures the same traffic
# at the same time; packets must be as many, and total times equal within 5 %.
# On the deterministic clock: a busy host would make the one kind of hook dearer than the other.
# lab: --icount
. "$(dirname "$0")/../lib.sh"
need vm root netns
have python3

kinds=()
net_up || { fail "namespaces"; done_testing; }
for kind in tracepoint fentry kprobe; do
	if measure $kind stat --dir rx --hooks $kind; then
		kinds+=("$kind")
	else
		# A kernel without this kind of hook says so (status 4); anything else is a failure.
		wait_end $kind
		if [ "${RC[$kind]}" = 4 ]; then
			skip "$kind" "$(tail -1 "$T/$kind.err")" "$kind"
		else
			fail "$kind starts" "status ${RC[$kind]}" "$(tail -3 "$T/$kind.err")"
		fi
	fi
done
[ ${#kinds[@]} -ge 2 ] || { fail "two kinds of hook on this kernel" "only ${kinds[*]}"; done_testing; }

port=7100
for p in tcp udp; do for f in 4 6; do
	port=$((port + 1))
	# Late by 5 ms, so that what the hooks themselves cost is small beside what they measure.
	server s $port -$f $p --delay 5ms --echo --count 60
	client c $port $f $p --echo --count 60
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server" "$(<"$T/s.err")"
done; done
for kind in "${kinds[@]}"; do
	ok "$kind ends well" stop "$kind"
	tap_from "$TREE/tests/stages.py" --check stat="$T/$kind.out"
done
tap_from "$TREE/tests/stages.py" --same "${kinds[@]/#/$T/}"

figures() { # KIND REASON...: packets seen, taken, and lost for these reasons
	python3 -c '
import json, sys
end = [json.loads(line) for line in open(sys.argv[1]) if "\"end\"" in line][-1]
print(end["seen"], end["taken"], *[end["lost"][reason] for reason in sys.argv[2:]])' "$T/$1.out" "${@:2}"
}

# Of a multicast for two one gets the datagram itself, the other one a copy, which nobody has seen before. Without a
# filter, for with one nobody knows whether it was asked for.
for kind in "${kinds[@]}"; do
	start "two$kind" "$NETSTRATA" stat --json --dir rx --hooks "$kind"
	wait_line "two$kind" '"type":"start"' || fail "$kind starts" "$(<"$T/two$kind.err")"
done
ip -n "$NS_A" route add 239.0.0.0/8 dev va
start r nsenter --net="/run/netns/$NS_B" python3 -c '
import socket
both = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
for s in both:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", 7200))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("239.1.1.1") + socket.inet_aton("10.99.0.2"))
print("ready", flush=True)
for _ in range(20):
    for s in both:
        s.recv(100)'
wait_line r ready
in_a "$TRAFFIC" send udp --unconnected --to 239.1.1.1 --port 7200 --count 20 --every 5ms >/dev/null || fail "a multicast"
wait_end r || fail "its two receivers" "$(<"$T/r.err")"
for kind in "${kinds[@]}"; do
	stop "two$kind"
	got=$(figures "two$kind" unmatched)
	is "$kind: a multicast for two: seen, taken, unmatched" "$got" "40 20 20"
	[ "$got" = "40 20 20" ] || diag "$(grep '"end"' "$T/two$kind.out" | tail -1)"
done

# Datagrams that wait for their reader keep their stamps, however many want one place: of a thousand dozens do. Where they
# are counted and not known by their address (tracepoints), a socket has room for the marks of 64.
sysctl -qw net.core.rmem_max=4000000
server deep 7300 -4 udp --go --rcvbuf 2000000 --count 1000
for kind in "${kinds[@]}"; do
	measure "deep$kind" stat --dir rx --hooks "$kind" || fail "$kind starts" "$(<"$T/deep$kind.err")"
done
in_a "$TRAFFIC" send udp --to 10.99.0.2 --port 7300 --count 1000 --every 1ms --timeout 100 >/dev/null || fail "a thousand datagrams"
go deep
wait_end deep || fail "their reader" "$(<"$T/deep.err")"
for kind in "${kinds[@]}"; do
	stop "deep$kind"
	want="1000 1000 0 0 0"
	[ "$kind" != tracepoint ] || want="1000 64 0 0 936"
	is "$kind: a thousand that wait: seen, taken, pushed out, unmatched, ring full" \
		"$(figures "deep$kind" pushed_out unmatched mark_ring_full)" "$want"
done

# And those that nobody reads give them back with their socket.
server left 7301 -4 udp --go --rcvbuf 2000000 --count 200
for kind in "${kinds[@]}"; do
	measure "left$kind" stat --dir rx --hooks "$kind" || fail "$kind starts" "$(<"$T/left$kind.err")"
done
in_a "$TRAFFIC" send udp --to 10.99.0.2 --port 7301 --count 200 --every 1ms --timeout 100 >/dev/null || fail "datagrams that nobody reads"
stop left KILL
pause 1 # the kernel frees the socket after a grace period
for kind in "${kinds[@]}"; do
	stop "left$kind"
	[ "$kind" = tracepoint ] || is "$kind: a socket closed: seen, taken, unread" "$(figures "left$kind" unread)" "200 0 200"
done
done_testing
