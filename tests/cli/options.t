#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The command line: help, version, exit codes, and a clear message for every kind of bad input.
# Nothing here measures anything.

# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

[ -x "$NETSTRATA" ] || { fail "build" "$NETSTRATA is not there: run make"; done_testing; }
cd "$TREE" || exit 1
unset NO_COLOR

# run ARGS...: $STATUS, and what it printed in $T/out and $T/err
run() { STATUS=0; "$NETSTRATA" "$@" >"$T/out" 2>"$T/err" </dev/null || STATUS=$?; }

# refused STATUS TEXT ARGS...: one line on stderr with TEXT in it, nothing on stdout
refused() {
	local status=$1 text=$2 what
	shift 2
	what="${*:-no arguments}: $text"
	run "$@"
	if [ "$STATUS" != "$status" ]; then
		fail "$what" "exit status $STATUS, want $status" "$(<"$T/err")"
	elif ! grep -qF -- "$text" "$T/err"; then
		fail "$what" "message: $(<"$T/err")"
	elif [ -s "$T/out" ] || [ "$(wc -l <"$T/err")" != 1 ]; then
		fail "$what" "more than one line:" "$(cat "$T/out" "$T/err")"
	else
		pass "$what"
	fi
}

# prints TEXT ARGS...: on stdout only, exit 0
prints() {
	local text=$1
	shift
	run "$@"
	if [ "$STATUS" = 0 ] && grep -qF -- "$text" "$T/out" && [ ! -s "$T/err" ]; then
		pass "$*: $text"
	else
		fail "$*: $text" "exit status $STATUS" "$(cat "$T/out" "$T/err")"
	fi
}

commands="check diff irq ping record report serve softirq stat top trace watch"

# ---- help and version ---------------------------------------------------------------------------

prints "Commands:" --help
prints "Commands:" -h
prints "Commands:" help
prints "libbpf" --version
prints "optional libraries:" --version
for c in $commands; do
	prints "Usage: netstrata $c" "$c" --help
	cp "$T/out" "$T/long"
	prints "Usage: netstrata $c" "$c" -h
	ok "$c: -h is --help" cmp -s "$T/long" "$T/out"
	prints "Usage: netstrata $c" help "$c"
	ok "$c: help is --help" cmp -s "$T/long" "$T/out"
	ok "$c: help fits 80 columns" awk 'length > 80 { exit 1 }' "$T/long"
	ok "$c: help has no line of blanks" sh -c '! grep -qE "^ +$" "$1"' - "$T/long"
	ok "$c: help ends without colour or bold" test -z "$(tr -d '\n\t -~' <"$T/long")"
done
prints "Filters" stat --port 80 --help

run
is "no arguments: exit status" "$STATUS" 2
ok "no arguments: usage on stderr" grep -q '^Usage: netstrata' "$T/err"
ok "no arguments: nothing on stdout" test ! -s "$T/out"

# ---- unknown words --------------------------------------------------------------------------------

refused 2 "did you mean 'stat'?" stst
refused 2 "did you mean 'trace'?" tarce
refused 2 "did you mean 'check'?" chec
refused 2 "did you mean 'stat'?" st
refused 2 "unknown command 'frobnicate'" frobnicate
refused 2 "unknown command ''" ""
refused 2 "did you mean 'stat'?" help sta
refused 2 "did you mean '--version'?" --verison
refused 2 "unknown option '-V'" -V
refused 2 "options of a command go after its name" --json stat
refused 2 "did you mean '--interval'?" stat --intervall 1s
refused 2 "did you mean '--duration'?" stat --duratoin=1s
refused 2 "did you mean '--connections'?" stat --conn 5
refused 2 "did you mean '--port'?" stat -port 80
refused 2 "unknown option '--frobnicate'" trace --frobnicate
refused 2 "unknown option '-x'" trace -4x
refused 2 "unknown option '--slower'" stat --slower 5us
refused 2 "unknown option '--port'" check --port 80
refused 2 "takes no value" stat --json=yes
refused 2 "needs a value: --port PORT" stat --port
refused 2 "needs a value" trace --tcp --slower
refused 2 "a command to run goes after '--'" stat sleep 1
refused 2 "a command to run goes after '--'" trace --tcp sleep 1
refused 2 "unexpected argument 'sleep'" check -- sleep 1
refused 2 "unknown option '--json'" serve --json
refused 2 "did you mean '--listen'?" serve --listn :1
refused 2 "write ADDRESS:PORT" serve --listen 127.0.0.1
refused 2 "is not loopback" serve --listen :19700
refused 2 "not one of netstacklat" serve --compat ebpf
refused 2 "unexpected argument 'sleep'" serve -- sleep 1
refused 2 "the unit is missing" serve --slower 5
refused 2 "--connections '101'" serve --connections 101
refused 2 "no host" ping
refused 2 "no host" ping -c 1
refused 2 "no host" ping ""
refused 2 "one host at a time" ping 192.0.2.1 192.0.2.2
refused 2 "did you mean '--count'?" ping 192.0.2.1 --cont 3
refused 2 "unknown option '-x'" ping 192.0.2.1 -x
refused 2 "needs a value: -c N" ping 192.0.2.1 -c
refused 2 "needs a value: -i TIME" ping 192.0.2.1 -vi
refused 2 "no command after '--'" stat --tcp --
refused 2 "unexpected argument 'sleep'" softirq sleep 1
refused 2 "unknown option '--all'" softirq --all
refused 2 "unknown option '--slower'" irq --slower 1ms
refused 2 "did you mean '--no-blame'?" softirq --no-blam
refused 2 "exclude each other" softirq --slower 1ms --no-blame
refused 2 "the unit is missing" softirq --slower 5
refused 2 "the unit is missing" softirq --burst-gap 5
refused 2 "must be more than 0" softirq --burst-gap 0us
refused 2 "give --interval too" irq --count 3
refused 2 "not one of auto, always, never" irq --color sometimes
refused 2 "unknown option '--?[31m'" stat $'--\e[31m'

# ---- malformed values -----------------------------------------------------------------------------

for v in 0 65536 -1 80x 0x50 "" 99999999999999999999999 "8 0"; do
	refused 2 "${v:+not a port}" stat --port "$v"
	refused 2 "--local-port" stat --local-port "$v"
done
refused 2 "--port '65536'" stat --port 80,65536
refused 2 "empty value" stat --port 80,
refused 2 "more than 16 values" stat --port 1,2,3,4,5,6,7,8 --port 9,10,11,12,13,14,15,16,17
for v in 1.2.3 1.2.3.256 1.2.3.4. :: ::g 2001:db8:::1 localhost 1.2.3.4:80 "[::1]" /8 fe80::1%lo; do
	[ "$v" = :: ] && continue
	refused 2 "not an address" trace --host "$v"
done
for v in 10.0.0.0/33 ::/129 10.0.0.0/99999999999999999999; do
	refused 2 "prefix is longer" trace --host "$v"
done
for v in 10.0.0.0/ 10.0.0.0/-1 10.0.0.0/8/8 ::/x; do
	refused 2 "not an address" trace --host "$v"
done
for v in x -1 1x 1.s .5s 1,5s nan inf 1e3 0x10 " 1" "1 s" "1s " 5us5 "" 1S; do
	refused 2 "--interval '$v': not a duration; write for instance" stat --interval "$v"
	refused 2 "--slower '$v': not a duration; write for instance" trace --slower "$v"
done
refused 2 "the unit is missing" trace --slower 500
refused 2 "must be more than 0" trace --slower 0us
refused 2 "must be more than 0" stat --duration 0
refused 2 "too long" stat --duration 99999999999999999999s
refused 2 "too long" trace --slower 9999999h
for v in 0 1/0 2/3 1/ / 1/-5 -5 x 0.5 1/4294967296 ""; do
	refused 2 "write 1/N or N" stat --sample "$v"
done
for v in 0 -1 x 1048577 ""; do
	refused 2 "not a number from 1 to 1048576" stat --max-connections "$v"
	refused 2 "not a number from 1 to 1048576" stat --connections "$v"
done
refused 2 "not a number" trace --limit 0
refused 2 "not a number" stat --interval 1s --count 0
refused 2 "give --interval too" stat --count 3
refused 2 "not one of auto, tracepoint, fentry, kprobe" check --hooks kernel
refused 2 "did you mean 'kprobe'?" stat --hooks kprobes
refused 2 "not one of auto, always, never" trace --color sometimes
refused 2 "not one of p99, max, sum, n" stat --sort p50
refused 2 "did you mean 'application'?" stat --sort aplication:max
refused 2 "use application:max" stat --sort application:p99
refused 2 "not one of" stat --sort :max
refused 2 "not one of" stat --sort total:
refused 2 "empty file name" trace --chrome ""
refused 2 "--comm: empty value" stat --comm ""

for v in 0 -1 x 1.5 ""; do
	refused 2 "--count '$v': not a number" ping 192.0.2.1 -c "$v"
	refused 2 "--tcp '$v': not a port" ping 192.0.2.1 --tcp "$v"
done
for v in -1 65508 x ""; do refused 2 "--size '$v': not a number from 0 to 65507" ping 192.0.2.1 --size "$v"; done
refused 2 "not a duration" ping 192.0.2.1 -i fast
refused 2 "must be more than 0" ping 192.0.2.1 --timeout 0
refused 2 "-4 and -6 exclude each other" ping -46 192.0.2.1
refused 2 "--size is of ICMP echoes" ping --tcp 80 --size 100 192.0.2.1
refused 2 "--timeout is 250 times --interval or more" ping -i 1ms --timeout 1s 192.0.2.1
refused 2 "--source: empty value" ping --source "" 192.0.2.1
refused 2 "not one of auto" ping --hooks kernel 192.0.2.1

refused 2 "no file to record to: --output FILE" record
refused 2 "no file: FILE" report
refused 2 "did you mean 'watch'?" wach
refused 2 "--exec: empty command" watch --exec ""
refused 2 "--replay: empty file name" watch --replay ""
refused 2 "no command to run" watch --replay x -- sleep 1
refused 2 "a command to run goes after '--'" watch sleep 1
refused 2 "did you mean '--exec'?" watch --exce true
refused 2 "unknown option '--slower'" watch --slower 1ms
refused 2 "the unit is missing" watch --slow 5
refused 1 "cannot open /nope/$$: No such file" watch --replay "/nope/$$"
refused 2 "no file: BEFORE AFTER" diff a
refused 2 "unexpected argument 'c'" diff a b c
refused 2 "unexpected argument 'b'" report a b
refused 2 "a command to run goes after '--'" record -o x sleep 1
refused 2 "--output: empty file name" record -o ""
refused 2 "--html: empty file name" report --html "" x
refused 2 "unknown option '--hooks'" report x --hooks auto
refused 2 "did you mean '--from'?" diff a b --form 5s
for v in "" x 1 100 255K 1T -1M 1.5M 99999999999999999G 1MB; do
	refused 2 "--max-size '$v': write for instance" record -o x --max-size "$v"
done
for v in "" x -x 25:00 12:60 12:3 1:00 2026-13-01 "2026-11-23 12" "12:30 " --1m; do
	refused 2 "--from '$v': write for instance" report x --from "$v"
done
refused 2 "not a number from 0 to 10000" record -o x --packets 10001
refused 2 "--threshold '0': not a number" diff a b --threshold 0
refused 1 "cannot open /nope/$$: No such file" report "/nope/$$"
refused 1 "is no recording: it is no regular file" report /dev/null
refused 1 "is no recording of netstrata" report "$NETSTRATA"

# ---- what does not exist --------------------------------------------------------------------------

refused 2 "no device 'nope0' in this network namespace" stat --dev lo --dev nope0
refused 2 "not a device name" stat --dev averylongdevicename
refused 2 "not a device name" stat --dev a/b
refused 2 "no such network namespace" stat --netns nope-$$
refused 2 "no such network namespace" stat --netns /nope/$$
refused 2 "is not a network namespace" stat --netns "$T"
refused 2 "is not a network namespace" stat --netns /proc/self/ns/mnt
refused 2 "no process and no mount has" stat --netns 4026530000
refused 2 "no such process" stat --pid 2147483647
refused 2 "not a process ID" stat --pid 0
refused 2 "not a process ID" stat --pid -- 1
if ! grep -q ' - cgroup2 ' /proc/self/mountinfo; then
	refused 2 "no cgroup2 file system" stat --cgroup nope-$$
elif [ "$(readlink /proc/self/ns/cgroup)" != "cgroup:[4026531835]" ]; then
	refused 2 "cgroup namespace" stat --cgroup /
else
	refused 2 "no such cgroup" stat --cgroup nope-$$
	refused 2 "not a directory of cgroup version 2" stat --cgroup "$T"
	refused 2 "not a directory of cgroup version 2" stat --cgroup cgroup.procs
	if unshare -C true 2>/dev/null; then
		STATUS=0
		unshare -C "$NETSTRATA" stat --cgroup / >"$T/out" 2>"$T/err" || STATUS=$?
		is "inside a cgroup namespace: exit status" "$STATUS" 2
		ok "inside a cgroup namespace: message" grep -q "cgroup namespace" "$T/err"
	else
		skip "inside a cgroup namespace" "cannot make one" root
	fi
fi
mkfifo "$T/fifo"
refused 2 "is not a network namespace" stat --netns "$T/fifo"

if [ "$(id -u)" = 0 ] && ip netns add "$NS_A" 2>/dev/null; then
	ip -n "$NS_A" link add va type veth peer name vb
	inode=$(stat -Lc %i "/run/netns/$NS_A")
	for n in "$NS_A" "/run/netns/$NS_A" "$inode"; do
		# that vb is refused by this name says that va was found
		refused 2 "no device 'none' in the network namespace given" stat --netns "$n" \
			--dev va,vb,none
		refused 2 "no device 'va' in the network namespace" stat --netns self --dev va
	done
	refused 2 "no device 'none' in the network namespaces" stat --dev va,none \
		--netns "$NS_A,self"
	if command -v setpriv >/dev/null; then
		run_as_nobody=(setpriv --reuid 65534 --clear-groups --inh-caps=-all
			--bounding-set=-all)
		cp "$NETSTRATA" "$T/netstrata" && chmod 755 "$T" "$T/netstrata"
		STATUS=0
		"${run_as_nobody[@]}" "$T/netstrata" stat --netns "$NS_A" --dev va \
			>"$T/out" 2>"$T/err" || STATUS=$?
		is "another namespace's device without privilege: exit status" "$STATUS" 3
		ok "it names the capability" grep -q CAP_SYS_ADMIN "$T/err"
	fi
else
	skip "devices of another network namespace" "cannot make one" root
fi

# ---- stdout that does not take it -------------------------------------------------------------------

for args in --help --version help "stat --help" --dump-options; do
	# shellcheck disable=SC2086
	{
		STATUS=0
		"$NETSTRATA" $args >&- 2>"$T/err" || STATUS=$?
		is "$args, stdout closed: exit status" "$STATUS" 1
		ok "$args, stdout closed: message" grep -q "standard output" "$T/err"
		STATUS=0
		"$NETSTRATA" $args >/dev/full 2>"$T/err" || STATUS=$?
		is "$args, disk full: exit status" "$STATUS" 1
		"$NETSTRATA" $args 2>"$T/err" | head -1 >/dev/null
		ok "$args | head -1: quiet" test ! -s "$T/err"
		"$NETSTRATA" $args 2>"$T/err" | :
		is "$args | true: exit status" "${PIPESTATUS[0]}" 0
		ok "$args | true: quiet" test ! -s "$T/err"
	}
done
STATUS=0
"$NETSTRATA" stat --prot 5 2>&- >&- || STATUS=$?
is "no stderr either: exit status" "$STATUS" 2

# ---- man pages and completion say what the parser takes -------------------------------------------

# 's/\\-/-/': mdoc writes dashes with a backslash
man_options() { # COMMAND
	sed -n 's/^\.It Fl //p' "man/netstrata-$1.1" | sed 's/ , Fl /\n/g' |
		sed 's/ .*//; s/^/-/' | grep -v -- '^-\\-$' | sed "s/^/$1 /" | sort
}
"$NETSTRATA" --dump-options | sort >"$T/parser"
for c in $commands; do man_options "$c"; done | sort >"$T/man"
is "the man pages have the parser's options" "$(diff "$T/parser" "$T/man")" ""

completions() { # WORD...: what bash offers for the last one
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_netstrata
	printf '%s\n' "${COMPREPLY[@]}"
}
# shellcheck source=completion/netstrata.bash
. completion/netstrata.bash
for c in $commands; do
	completions netstrata "$c" - | sed "s/^/$c /"
done | sort >"$T/completion"
is "the completion has the parser's options" "$(diff "$T/parser" "$T/completion")" ""
is "completion of subcommands" "$(completions netstrata s)" "serve
softirq
stat"
touch "$T/file.nstr"
is "completion of recordings" "$(completions netstrata diff "$T/file")" "$T/file.nstr"
is "completion of values" "$(completions netstrata stat --hooks f)" fentry
is "completion after =" "$(completions netstrata stat --color = al)" always
is "completion of --sort" "$(completions netstrata stat --sort application : m)" max
stages=$(sed -n '/RX_STAGES(X)/,/^$/s/.*X([A-Z_]*, "\([a-z_]*\)".*/\1/p' bpf/stages.h)
losses=$(sed -n '/LOSSES(X)/,/^$/s/.*X([A-Z_]*, "\([a-z_]*\)".*/\1/p' bpf/stages.h)
for s in $stages; do
	ok "completion knows the stage $s" grep -q "^$s:$" <(completions netstrata stat --sort "")
done
for s in $stages $losses; do
	ok "netstrata(1) explains $s" grep -q "^\.It Cm $s$" man/netstrata.1
done
if command -v mandoc >/dev/null; then
	# Whether the pages referred to are installed is not the point.
	is "mandoc -Tlint" "$(mandoc -Tlint man/*.1 2>/dev/null | grep -v 'referenced manual')" ""
else
	skip "mandoc -Tlint" "mandoc is not installed" lint
fi

done_testing
