#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every filter takes what it asks for and nothing else: one netstrata for each, all at once, on the same
# four flows. What is left out before the socket is not counted as seen; what is left out because
# another process read or sent it is counted as filtered.
# kernels: 5.10 7.x
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

net_up || { fail "namespaces"; done_testing; }
N=10 n=0
declare -A PORT=([tcp4]=7401 [tcp6]=7402 [udp4]=7403 [udp6]=7404)
servers() {
	local flow
	for flow in tcp4 tcp6 udp4 udp6; do
		server "s$flow" "${PORT[$flow]}" "-${flow#???}" "${flow%?}" --count $N --timeout $((LIMIT * 4)) || fail "server $flow"
	done
}
servers

# one server in a group of its own, one level down
cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
group=
if [ -n "$cgroup" ] && mkdir -p "$cgroup/ns-test-$$/inner" 2>"$T/cg.err"; then
	group=$cgroup/ns-test-$$
	echo "${PID[sudp6]}" >"$group/inner/cgroup.procs"
	leave_group() { rmdir "$group/inner" "$group" 2>/dev/null; }
	trap 'cleanup; leave_group' EXIT
fi

# The filters that have been started see the four flows.
first=1
traffic() {
	local i flow
	for i in $(seq $first $n); do
		LIMIT=$((LIMIT * 6)) wait_line "f$i" '"type":"start"' || fail "filter $i starts" "$(<"$T/f$i.err")"
	done

	for flow in tcp4 tcp6 udp4 udp6; do
		client "c$flow" "${PORT[$flow]}" "${flow#???}" "${flow%?}" --count $N --every 2ms
		wait_end "c$flow" || fail "client $flow" "$(<"$T/c$flow.err")"
		wait_end "s$flow" || fail "server $flow" "$(<"$T/s$flow.err")"
	done
	for i in $(seq $first $n); do kill -INT "${PID[f$i]}"; done
	for i in $(seq $first $n); do
		LIMIT=$((LIMIT * 6)) wait_end "f$i" || fail "filter $i ends" "$(<"$T/f$i.err")"
	done
	first=$((n + 1))
}

# filter "FLOWS" FILTERED OPTION...: the flows to be taken, how many packets are counted as filtered
filter() {
	local flows=$1 filtered=$2
	shift 2
	n=$((n + 1))
	start "f$n" "$NETSTRATA" trace --json --max-connections 64 --dir $dir "$@"
	printf '%s\t%s\t%s\t%s\t%s\n' "$T/f$n.out" $dir "$flows" "$filtered" "$*" >>"$T/filters"
}
dir=rx
in=(--netns "/run/netns/$NS_B")
all="tcp4 tcp6 udp4 udp6"
filter "$all" 0 "${in[@]}" --sample 1
filter "$all" 0 --netns "$NS_B" --slower 1ns
filter "tcp4 tcp6" 0 "${in[@]}" --tcp
filter "udp4 udp6" 0 "${in[@]}" --udp
filter "tcp4 udp4" 0 "${in[@]}" -4
filter "tcp6 udp6" 0 "${in[@]}" -6
filter "$all" 0 "${in[@]}" -4 -6
filter "tcp4" 0 "${in[@]}" --port 7401
filter "tcp4 udp6" 0 "${in[@]}" --local-port 7401,7404
filter "" 0 "${in[@]}" --tcp --port 7403
filter "tcp4 udp4" 0 "${in[@]}" --host 10.99.0.1
filter "tcp6 udp6" 0 "${in[@]}" --host fd99::/64
filter "" 0 "${in[@]}" --host 10.99.0.3 --host fd98::1
filter "$all" 0 "${in[@]}" --dev vb
filter "" 0 "${in[@]}" --dev lo
filter "" 0 --netns "$NS_A" --udp --local-port 7403
filter "tcp4" $((3 * N)) "${in[@]}" --pid "${PID[stcp4]}"
filter "$all" 0 "${in[@]}" --comm traffic
filter "" $((4 * N)) "${in[@]}" --comm nobody
if [ -n "$group" ]; then
	filter "udp6" $((3 * N)) "${in[@]}" --cgroup "$group"
	filter "udp6" $N "${in[@]}" --cgroup "$group/inner" --udp
else
	skip "--cgroup" "no cgroup2 to make a group in: $(head -1 "$T/cg.err" 2>/dev/null)"
fi
filter SAMPLE 0 "${in[@]}" --sample 1/2
traffic

# Not all at once: a small guest has no memory for so many.
servers
dir=tx in=(--netns "/run/netns/$NS_A")
filter "$all" 0 "${in[@]}" --sample 1
filter "tcp4 tcp6" 0 "${in[@]}" --tcp
filter "tcp6 udp6" 0 "${in[@]}" -6
filter "tcp4 udp6" 0 "${in[@]}" --port 7401,7404
filter "" 0 "${in[@]}" --local-port 7401
filter "tcp4 udp4" 0 "${in[@]}" --host 10.99.0.2
filter "$all" 0 "${in[@]}" --dev va
filter "" 0 "${in[@]}" --dev lo
filter "$all" 0 "${in[@]}" --comm traffic
filter "" $((4 * N)) "${in[@]}" --comm nobody
filter SAMPLE 0 "${in[@]}" --sample 1/2
traffic

tap_from python3 - "$TREE/tests" "$T/filters" $N <<'END'
import collections, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import stages
tap = stages.Tap()
n = int(sys.argv[3])
names = {7401: "tcp4", 7402: "tcp6", 7403: "udp4", 7404: "udp6"}
for line in open(sys.argv[2]):
    path, way, flows, filtered, options = line.rstrip("\n").split("\t")
    what = way + ": " + " ".join(o for o in options.split(" ") if "/" not in o or "::" in o or "1/" in o)
    objs = stages.load(path)
    port = "local_port" if way == "rx" else "remote_port"
    got = collections.Counter(names.get(p[port], "other") for p in objs if p.get("type") == "packet" and p["dir"] == way and "drop" not in p)
    led = stages.ledger(objs) if way == "rx" else [o for o in objs if o["type"] == "end"][-1]["tx"]
    if flows == "SAMPLE":
        tap.ok(led["seen"] == 4 * n == led["taken"] + led["lost"]["sampled"], f"{what}: all seen", str(led))
        tap.ok(0 < led["taken"] < 4 * n, f"{what}: some taken", str(led))
        continue
    want = {f: n for f in flows.split()}
    tap.ok(dict(got) == want, f"{what}: takes {flows or 'nothing'}", f"{dict(got)}")
    tap.ok(led["lost"]["filtered"] == int(filtered), f"{what}: {filtered} counted as filtered", str(led["lost"]))
    tap.ok(led["seen"] == led["taken"] + led["pending"] + led["lost"]["filtered"] and not led["pending"],
           f"{what}: seen = taken + filtered", str(led))
END
done_testing
