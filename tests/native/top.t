#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `netstrata top` in a terminal (tmux) of its own: what it shows of traffic with a delay of known size,
# its keys, sizes and colours, and that the terminal is as it was after every kind of end.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/tmux.sh
. "$TREE/tests/tmux.sh"
need root netns
have python3
need_top

# ends STATUS WHAT: it ended so, and left the terminal as it was
ends() {
	local end=$((SECONDS + LIMIT))
	until [ -s "$T/after" ] || [ $SECONDS -ge $end ]; do pause 0.05; done
	is "$2: exit status" "$(cat "$T/rc" 2>&1)" "$1"
	is "$2: the terminal's modes" "$(diff "$T/before" "$T/after" 2>&1)" ""
	ok "$2: the screen before is back" see "SCREEN BEFORE"
	is "$2: the mouse is the terminal's" "$(tm display-message -p '#{mouse_any_flag}')" 0
}
# click TEXT: on the line of the screen that has it
click() {
	local y x=10
	screen >"$T/screen"
	y=$(grep -nF -m1 -- "$1" "$T/screen") || { diag "not on the screen: $1"; return 1; }
	y=${y%%:*}
	# as the terminal tells it: in numbers if it was asked to, else in characters
	if [ "$(tm display-message -p '#{mouse_sgr_flag}')" = 1 ]; then
		tm send-keys -l $'\e[<0;'"$x;$y"M$'\e[<0;'"$x;${y}m"
	else
		tm send-keys -H 1b 5b 4d 20 "$(printf '%x' $((x + 32)))" "$(printf '%x' $((y + 32)))"
	fi
}

net_up || { fail "namespaces"; done_testing; }
echo "no recording" >"$T/bad"
echo "stdin is no terminal" | "$NETSTRATA" top >"$T/out" 2>"$T/err"
is "no terminal: exit status" "${PIPESTATUS[1]}" 2
ok "no terminal: says what to use instead" grep -q "stat --interval" "$T/err"

# ---- what it shows ---------------------------------------------------------------------------

top -- || { fail "starts"; done_testing; }
pass "starts"
recording=
if [[ $("$NETSTRATA" --version) == *sqlite3* ]]; then
	recording=$T/recording.nstr
	start record "$NETSTRATA" record --netns "/run/netns/$NS_B" --interval 500ms -o "$recording" --slower 1ms -v
	wait_line record "measuring" || fail "record starts"
fi
server s 7600 -4 tcp --rt 10 --delay 20ms --count 30 || { fail "server"; done_testing; }
client c 7600 4 tcp --count 30 --every 100ms --park
wait_line c parked || fail "the client sends all"
keys t 3
ok "the connection, its packets, and where they waited" see "total of" ":7600" "traffic/"
see " 30 " || fail "30 packets"
row=$(grep -F ":7600 " "$T/screen")
diag "$row"
tap_from python3 - "$row" <<'END'
import re, sys
units = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3}
times = [float(n) * units[u] for n, u in re.findall(r"([0-9.]+)(ns|us|ms|s)\b", sys.argv[1])]
print("ok - p50 and max are of 20 ms" if times and 20 <= times[0] < 40 and times[-1] >= 20 else f"not ok - p50 and max: {times}")
print(("ok" if "application" in sys.argv[1] else "not ok") + " - in the application")
END
keys Enter
ok "the connection by itself" see "tcp 10.99.0.2:7600" "mean" "application"
keys Escape
ok "back to the list" see "mostly in" ":7600" # which the page of a connection has not
is "the mouse is netstrata's" "$(tm display-message -p '#{mouse_any_flag}')" 1
click ":7600" && click ":7600"
ok "a click on the selected line, too" see "tcp 10.99.0.2:7600" "mean" "application"
ok "its latest slow packets, and why" see "latest slow packets" "in application: traffic/"
keys 5
ok "what slow packets were slow for" see "30 packets took 1ms or longer" "application" "packet of" "try: "
keys Enter
ok "and the connection of the worst" see "tcp 10.99.0.2:7600" "latest slow packets"
keys Escape 1
ok "overview" see "received" "application" "connections by rx:total:p99"
keys G Enter
ok "the total" see "received total"
keys Up
ok "a stage" see "application" "the reader runs, but has not read" "ago" "now"
keys d
ok "the other direction" see "tcp+udp sent"

# ---- keys ------------------------------------------------------------------------------------

keys 6
ok "the softirqs of each CPU" see "softirqs of each CPU" "net_rx" "ksoft-"
diag "$(grep -A3 '^cpu ' "$T/screen")"
ok "with a row of CPU 0" grep -qE '^0 .*%' "$T/screen"
keys 3 / "--port 7600" Enter
ok "filter" see ": --port 7600"
keys / C-u "--port x" Enter
ok "a bad filter says why" see "'x': not a port"
keys / C-u "nobody-has-this" Enter
ok "a word that nobody has" see "0 of " "nobody-has-this"
keys "\\"
ok "no filter" see "with packets"
keys s s
ok "sort" see "rx:total:sum"
keys '?'
ok "help" see "leave, and restore the screen"
keys Escape Space
ok "pause" see PAUSED
clock=$(screen | sed -n '1s/.* //p')
pause 2.3
is "a pause holds the screen" "$(screen | sed -n '1s/.* //p')" "$clock"
keys w
ok "save" see "saved to netstrata-"
# shellcheck disable=SC2317
saved() { "$TREE/tests/cli/check-schema.py" <"$(echo "$T"/netstrata-*.json)" >"$T/schema" 2>&1; }
ok "what was saved is as the schema says" saved
[ -s "$T/schema" ] && diag "$(tail -5 "$T/schema")"
ok "and has the connection" grep -q '"local_port":7600' "$T"/netstrata-*.json
keys Space z
ok "reset" see "total of" "received 0 seen"
keys + t
ok "a longer interval" see "every 2s"
keys - -
ok "a shorter one" see "every 500ms"

# ---- sizes -----------------------------------------------------------------------------------

tm resize-window -x 20 -y 5
ok "20x5 says what it needs" see "too small" "60x12"
tm resize-window -x 60 -y 12
keys 1
ok "60x12" see "received" "sent" "q quit"
keys 6
ok "60x12: softirqs" see "softirqs of each CPU" "squee-" "irqd"
keys 1
tm resize-window -x 200 -y 50
ok "200x50" see "p99.9" "softirq delay" "connections" "w save"
go c
wait_end c
wait_end s
keys q
ends 0 "q"

# ---- a recording -----------------------------------------------------------------------------

if [ -n "$recording" ]; then
	ok "record ends" stop record
	top -- --replay "$recording" --interval 100ms
	ok "a recording is played to its end" see "REPLAY: END"
	keys t 3
	ok "it has the connection" see ":7600" "traffic/" " 30 "
	keys Enter
	ok "with its stages" see "tcp 10.99.0.2:7600" "application" "latest slow packets"
	keys 5
	ok "and all slow packets" see "30 packets took 1ms or longer" "packet of"
	keys 6
	ok "and the softirqs of each CPU" see "softirqs of each CPU" "squee-"
	keys q
	ends 0 "a replay"
	top -- --replay "$recording"
	keys Space
	ok "a pause" see "PAUSED"
	clock=$(screen | sed -n '1s/.* //p')
	pause 2.3
	is "stops the recording's time" "$(screen | sed -n '1s/.* //p')" "$clock"
	keys Space - - - # an interval every 100 ms
	ok "which then goes on" see "REPLAY: END"
	keys q
	ends 0 "another replay"
else
	skip "a recording" "built without sqlite3" sqlite
fi

# ---- a pause, and what is new after it --------------------------------------------------------

start readers nsenter --net="/run/netns/$NS_B" "$TREE/tests/watch.py" read 7800
wait_line readers "ready 7800" || fail "the readers"
for i in 1 2; do
	client r$i 7800 4 tcp --size 100 --total 100s --every 5ms --timeout 60
	wait_line readers "accepted $i "
done
measure w watch --interval 250ms --tcp --port 7800 # which says when there is something to see
top -- --interval 250ms --tcp --port 7800
keys 4
ok "what is usual is learnt" see "unusually slow: " "learning"
end=$((SECONDS + LIMIT))
while screen | grep -q learning && [ $SECONDS -lt $end ]; do pause 0.1; done
keys Space
ok "a pause" see PAUSED
screen >"$T/held"
kill -USR1 "${PID[readers]}"
LIMIT=60 wait_line w '"state":"active","scope":"connection","against":"past","dir":"rx"' || fail "it is found"
pause 1 # an interval of top's ends at another moment
stop w INT
is "holds what is unusual too" "$(diff "$T/held" <(screen))" ""
keys + + + + + + + # so that no interval ends in what follows
ok "a minute" see "every 60s"
keys z
ok "the total that is held" see "total of "
total=$(sed -n '1s/.*\(total of [^ ]*\).*/\1/p' "$T/screen")
pause 1
is "stays, though a new one has begun" "$(screen | sed -n '1s/.*\(total of [^ ]*\).*/\1/p')" "$total"
keys Space
LIMIT=30 ok "after the pause it is new at once" see "UNUSUALLY SLOW" ":7800"
is "and so is the total" "$(grep -c "$total" "$T/screen")" 0
ok "and so is what is unusual" grep -qE " now .* application .*:7800" "$T/screen"
keys t
LIMIT=30 ok "and the interval" see "every 60s"
ok "with another clock" test "$(sed -n '1s/.* //p' "$T/screen")" != "$(sed -n '1s/.* //p' "$T/held")"
keys q
ends 0 "q after it"
for p in r1 r2 readers; do stop $p TERM; done

# ---- other ends ------------------------------------------------------------------------------

for signal in TERM INT HUP; do
	top -- --interval 200ms --no-cpus
	keys 6
	ok "--no-cpus" see "not measured (--no-cpus"
	kill -"$signal" "$(top_pid)"
	ends 0 "SIG$signal"
done
crashes=" SEGV BUS FPE ILL ABRT SYS TRAP "
for signal in $crashes QUIT USR1 USR2 ALRM VTALRM PROF IO PWR XCPU XFSZ STKFLT RTMIN RTMAX; do
	top -- ${recording:+--replay "$recording"}
	kill -"$signal" "$(top_pid)"
	ends $((128 + $(kill -l "$signal"))) "SIG$signal"
	said=0
	[[ $crashes != *" $signal "* ]] || said=1
	is "SIG$signal: asks for a report after a crash only" "$(screen | grep -c "please report")" $said
done

JOBS=1 top --
keys C-z
ends $((128 + $(kill -l TSTP))) "Ctrl-Z"
keys Enter
ok "and goes on" see received sent connections
is "with the mouse" "$(tm display-message -p '#{mouse_any_flag}')" 1
keys 3
ok "and the keys" see "with packets"
keys q
ends 0 "after Ctrl-Z, q"
top -- --duration 4s
ends 0 "--duration"
top --
keys Q
ends 0 "Q"
ok "Q prints the last screen" see "SCREEN BEFORE" "connections by" "with packets"
top --
pid=$(top_pid)
tm kill-server
end=$((SECONDS + LIMIT))
while [ -e "/proc/$pid" ] && [ $SECONDS -lt $end ]; do pause 0.05; done
ok "ends with its terminal" test ! -e "/proc/$pid"
while [ ! -s "$T/rc" ] && [ $SECONDS -lt $end ]; do pause 0.05; done
is "ends well with its terminal" "$(cat "$T/rc" 2>&1)" 0

# ---- colours and characters ------------------------------------------------------------------

colors() { screen -e | grep -oE $'\e\\[[0-9;]*m' | grep -cE '[[;](3[1-7]|4[0-7]|38;5|48;5)'; }
top TERM=tmux-256color --
ok "256 colours" grep -q '38;5' <(screen -e)
tic -x -o "$T/terminfo" - <<'END' 2>"$T/tic.err" || fail "a terminal of sixteen colours" "$(<"$T/tic.err")"
sixteen|tmux with sixteen colours,
	colors#16, pairs#256,
	setaf=\E[%?%p1%{8}%<%t3%p1%d%e9%p1%{8}%-%d%;m,
	setab=\E[%?%p1%{8}%<%t4%p1%d%e10%p1%{8}%-%d%;m,
	use=screen,
END
top TERM=sixteen TERMINFO="$T/terminfo" --
ok "sixteen colours: what is faint is bright black" grep -q $'\e\\[90m' <(screen -e)
is "and no more than sixteen" "$(screen -e | grep -c '38;5')" 0
top TERM=screen --
ok "eight colours" test "$(colors)" -gt 0
is "no more than eight" "$(screen -e | grep -c '38;5')" 0
top TERM=tmux-256color NO_COLOR=1 --
is "NO_COLOR" "$(colors)" 0
top TERM=vt100 --
is "a terminal without colours" "$(colors)" 0
top TERM=tmux-256color -- --color never --no-mouse
is "--color never" "$(colors)" 0
top TERM=tmux-256color LC_ALL=C --
is "an ASCII locale" "$(screen | LC_ALL=C grep -c '[^ -~]')" 0
top TERM=tmux-256color -- --ascii
is "--ascii" "$(screen | LC_ALL=C grep -c '[^ -~]')" 0
tm kill-server
done_testing
