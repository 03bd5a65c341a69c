#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2030,SC2031,SC2034
# TAP test of the lab (run by prove). About 20 boots. Without a lab the tests are skipped, or fail if $REQUIRE has the word "lab".
set -u
here=$(dirname "$(readlink -f "$0")")
tree=$(readlink -f "$here/../..")
lab=$tree/lab
kernels=(5.10 6.1 6.12 7.x)
plan=$((${#kernels[@]} * 7 + 10))
n=0

T=$(mktemp -d /tmp/lab.t.XXXXXX)
mark=$here/.lab.t.$$ # written by guests into the working tree
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$T" "$mark"' EXIT
trap 'exit 143' TERM INT HUP
# All temporary files of the lab go here, to see that none stays.
mkdir "$T/tmp"
export TMPDIR=$T/tmp

# ok DESCRIPTION COMMAND...: a test passes if the command does; a failing one shows the last run's output
ok() {
	local what=$1
	shift
	n=$((n + 1))
	if "$@"; then echo "ok $n - $what"; return; fi
	echo "not ok $n - $what"
	{
		echo "failed: $*"
		tail -30 "$T/out" "$T/err" 2>/dev/null
	} | sed 's/^/# /'
}
is() { [ "$1" = "$2" ]; }
has() { grep -q "$1" "$T/out"; }
# guest ARGS...: lab/run, with its status in $rc and what it says in $T/out and $T/err
guest() {
	rc=0
	"$lab/run" "$@" >"$T/out" 2>"$T/err" || rc=$?
}

echo "1..$plan"
why=
[ "$(id -u)" = 0 ] || why="not root"
[ -n "$why" ] || "$lab/fetch" "${kernels[@]}" 2>"$T/err" || why="lab/fetch: $(tail -1 "$T/err")"
if [ -n "$why" ]; then
	for ((n = 1; n <= plan; n++)); do
		if [[ ,${REQUIRE:-}, == *,lab,* ]]; then echo "not ok $n - lab not available: $why"; else echo "ok $n # SKIP lab not available: $why"; fi
	done
	[[ ,${REQUIRE:-}, != *,lab,* ]]
	exit
fi

# A hang takes its whole time limit, so it waits beside the other guests (which also shows that two do not disturb each other).
(
	rc=0
	"$lab/run" --timeout 20 -- 'echo before; sleep 1000' >"$T/hang.out" 2>"$T/hang.err" || rc=$?
	echo $rc >"$T/hang.rc"
) &
hang=$!

cat >"$T/checks" <<'END'
uname -r
echo "kernel=$NETSTRATA_IN_LAB"
echo on stderr >&2
echo hello >"$MARK"
echo guest >/etc/netstrata-lab-test && echo "etc written"
[ -s /sys/kernel/btf/vmlinux ] && echo "BTF there"
[ -e /sys/kernel/tracing/trace ] && [ -d /sys/kernel/debug/tracing ] && mountpoint -q /sys/fs/bpf && [ -e /sys/fs/cgroup/cgroup.procs ] && echo "file systems there"
ip netns add far && ip link add near type veth peer name far netns far &&
	ip addr add 10.1.1.1/24 dev near && ip link set near up &&
	ip -n far addr add 10.1.1.2/24 dev far && ip -n far link set far up &&
	tc qdisc add dev near root netem delay 30ms && echo "netem added"
for q in 'root fq' 'root tbf rate 100mbit burst 32k latency 50ms' 'root fq_codel' clsact; do
	tc -n far qdisc replace dev far $q && echo "qdisc $q added"
done
ip link add br0 type bridge && echo "bridge added"
ping -c4 -i0.2 -q 10.1.1.2
exit 7
END
for k in "${kernels[@]}"; do
	series=${k%x}
	series=${series%.}.
	rm -f "$mark"
	guest --kernel "$k" -- "MARK=${mark@Q}; $(<"$T/checks")"
	ok "$k: exit status comes back" is "$rc" 7
	ok "$k: kernel of that series, stderr too" eval 'has "^${series//./[.]}" && has "^kernel=$k$" && has "^on stderr$"'
	ok "$k: working tree is writable" is "$(cat "$mark" 2>/dev/null)" hello
	ok "$k: the rest of the host is not" eval 'has "etc written" && [ ! -e /etc/netstrata-lab-test ]'
	ok "$k: BTF, tracefs, debugfs, bpffs, cgroup2" eval 'has "BTF there" && has "file systems there"'
	rtt=$(sed -n 's,^rtt [^=]*= \([0-9]*\).*,\1,p' "$T/out")
	ok "$k: veth, bridge, qdiscs, netem delays by 30 ms" eval '[ "$(grep -c "^qdisc .* added" "$T/out")" = 4 ] && has "netem added" && has "bridge added" && [ "${rtt:-0}" -ge 30 ]'
	guest --kernel "$k" --timeout 60 -- 'echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 50; exit 0'
	ok "$k: a panic gives 99 and shows the console" eval '[ $rc = 99 ] && has "^before$" && grep -q "sysrq" "$T/err"'
done

wait $hang
cp "$T/hang.out" "$T/out"
cp "$T/hang.err" "$T/err"
ok "a hang gives 124" is "$(cat "$T/hang.rc")" 124
ok "what it had said is there" has '^before$'

guest -- printf '<%s>\n' 'a  b' "it's" '$HOME'
ok "several words arrive as they are" is "$(<"$T/out")" "<a  b>
<it's>
<\$HOME>"

guest --kernel 9.9 -- true
ok "an unknown kernel is a usage error" is "$rc" 2

# The same tree below the host's /tmp, which the guest covers with a fresh one.
mkdir "$T/clone"
cp -r "$lab" "$T/clone/"
(cd "$T/clone/lab" && rc=0 && ./run -- 'pwd; modprobe veth && echo written >here' >"$T/out" 2>"$T/err")
ok "a working tree below /tmp" eval 'is "$(cat "$T/clone/lab/here" 2>/dev/null)" written && has "^$T/clone/lab$"'

# Deterministic mode: the CPU work of a fixed loop of system calls, in guest nanoseconds.
measure='import os, time
for r in range(3):
    t = time.monotonic_ns()
    for i in range(3000):
        os.getppid()
    t = time.monotonic_ns() - t
print("took", t)'
for i in 1 2; do
	guest --icount -- python3 -c "$measure"
	took[i]=$(sed -n 's/^took //p' "$T/out")
done
diff=$((${took[1]:-1} - ${took[2]:-2}))
echo "# icount: ${took[1]:-} and ${took[2]:-} ns"
ok "icount: two runs differ by less than 1 %" eval '[ "${took[1]:-0}" -gt 0 ] && [ "${took[2]:-0}" -gt 0 ] && [ $((${diff#-} * 100)) -lt "${took[1]}" ]'

rc=0
"$lab/net" 6.1 'hostname; date +%F; ping -c2 -i0.2 -q 10.0.0.2; exit 3' 7.x 'date +%F; exit 1' >"$T/out" 2>"$T/err" || rc=$?
ok "net: the worst exit status" is "$rc" 3
ok "net: guests reach each other" has '^\[0\] 2 packets transmitted, 2 received'
ok "net: each has its own date and name" eval 'has "^\[0\] 2026-01-01" && has "^\[1\] 2026-02-01" && has "^\[0\] lab0"'

"$lab/run" -- 'echo up; sleep 1000' >"$T/out" 2>"$T/err" &
p=$!
for _ in {1..200}; do has '^up$' && break; sleep 0.1; done
children=$(pgrep -P $p)
kill -TERM $p
rc=0
wait $p || rc=$?
ok "a terminated run leaves no process and no file" eval '[ $rc = 143 ] && [ -n "$children" ] && [ -z "$(ps -o pid= -p "$(paste -sd, <<<"$children")")" ] && [ -z "$(ls "$TMPDIR")" ]'
