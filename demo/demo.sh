#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make demo: netstrata on real traffic. Two network namespaces of its own, joined by a virtual cable;
# in them sockperf (TCP and UDP), an iperf3 transfer, and a server that reads late on purpose.
# Under a minute; whatever it makes it also removes, after Ctrl-C too. Touches nothing else on the machine.
. "$(dirname "$0")/../tests/lib.sh"

SECONDS_MEASURED=${SECONDS_MEASURED:-10}
say() { printf '\n%s\n' "$*"; }
sorry() { printf 'demo: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || sorry "must be root, because it loads programs into the kernel: sudo make demo"
for p in ip nsenter sockperf iperf3; do
	command -v $p >/dev/null || sorry "$p is missing: apt-get install iproute2 util-linux sockperf iperf3"
done
for p in "$NETSTRATA" "$TRAFFIC"; do [ -x "$p" ] || sorry "${p#"$TREE/"} is not built yet: run make"; done
"$NETSTRATA" check >"$T/check" 2>&1 || { cat "$T/check" >&2; sorry "this kernel cannot be measured (see above)"; }

say "Two network namespaces, $NS_A and $NS_B, joined by a virtual cable (veth)."
net_up 2>"$T/net" || sorry "cannot make network namespaces: $(<"$T/net")"

# Servers in B, which is measured; clients in A.
start perf_tcp nsenter --net="/run/netns/$NS_B" sockperf server -i 10.99.0.2 -p 11111 --tcp
start perf_udp nsenter --net="/run/netns/$NS_B" sockperf server -i 10.99.0.2 -p 11112
start bulk_srv nsenter --net="/run/netns/$NS_B" iperf3 -s -p 5201
server late_srv 5555 -4 tcp --delay 5ms --timeout 50 || sorry "the late reader does not start"
for s in perf_tcp:11111 perf_udp:11112 bulk_srv:5201; do
	wait_port "${s%:*}" "${s#*:}" || sorry "${s%:*} does not start"
done

cat <<END
Servers in $NS_B, clients in $NS_A:
  port 11111  sockperf, TCP request and response, 2000 a second
  port 11112  sockperf, UDP request and response, 2000 a second
  port 5201   iperf3, one TCP bulk transfer at 500 Mbit/s
  port 5555   a server that reads 5 ms late on purpose
END
long=$((SECONDS_MEASURED + 15))
in_ns_a() { local n=$1; shift; start "$n" nsenter --net="/run/netns/$NS_A" "$@"; }
# sockperf's clients spin between messages: at idle priority they take the CPU from nobody.
in_ns_a tcp chrt --idle 0 sockperf under-load -i 10.99.0.2 -p 11111 --tcp -m 100 --mps 2000 --reply-every 1 -t $long
in_ns_a udp chrt --idle 0 sockperf under-load -i 10.99.0.2 -p 11112 -m 100 --mps 2000 --reply-every 1 -t $long
in_ns_a bulk iperf3 -c 10.99.0.2 -p 5201 -b 500M -t $long
client late 5555 4 tcp --every 10ms --total ${long}s --timeout 50

say "\$ netstrata stat --netns $NS_B --duration ${SECONDS_MEASURED}s --connections 6"
start stat "$NETSTRATA" stat --netns "$NS_B" --duration "${SECONDS_MEASURED}s" --connections 6
wait_end stat || { cat "$T/stat.err" >&2; sorry "netstrata failed (status ${RC[stat]})"; }
cat "$T/stat.out"

cat <<'END'

What to look at: the server on port 5555 is told at once that data is there, but reads 5 ms later. Those
5 ms stand in `application` (told, but not yet read) of its connection, and in no other stage: the network and
the kernel's stack are not to blame. All other connections wait for their reader only for microseconds.
END
