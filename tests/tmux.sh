# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# A terminal for `netstrata top`, by tmux (sourced after lib.sh): start it, press keys, read the screen.

SERVER=0 # one for each start: the one before may take its time to end
tm() { tmux -S "$T/tmux$SERVER" -f /dev/null "$@"; }
# shellcheck disable=SC2120 # options of capture-pane, for some
screen() { tm capture-pane -p "$@" 2>/dev/null; }
keys() { tm send-keys "$@"; }

need_top() { # or skip the file
	have tmux
	"$NETSTRATA" --version | grep -q '^optional libraries:.* ncursesw' || skip_all tui "built without ncursesw"
}

# see TEXT...: until all of them are on the screen at once, which is then in $T/screen
see() {
	local end=$((SECONDS + LIMIT)) text all
	while :; do
		screen >"$T/screen"
		all=1
		for text; do grep -qF -- "$text" "$T/screen" || all=; done
		[ -z "$all" ] || return 0
		[ $SECONDS -lt $end ] || { diag "not on the screen: $*" "$(<"$T/screen")"; return 1; }
		pause 0.05
	done
}

# top ENV... -- OPTIONS...: start it on an otherwise empty screen; its status is then in $T/rc, the terminal's
# modes in $T/before and $T/after. With JOBS the shell has job control: when top is stopped, its status is that, and
# Enter lets it go on.
top() {
	local env=()
	while [ "$1" != -- ]; do env+=("$1"); shift; done
	shift
	rm -f "$T/rc" "$T/after"
	[ "$1" = --replay ] || set -- --netns "/run/netns/$NS_B" "$@"
	local resume=
	# shellcheck disable=SC2016 # for the shell inside
	[ -z "${JOBS:-}" ] || resume='read -r; rm -f rc after; fg >/dev/null; echo $? >rc; stty -g >after'
	printf '%q ' env LC_ALL=C.UTF-8 NO_COLOR= "${env[@]}" "$NETSTRATA" top "$@" >"$T/command"
	cat >"$T/inner" <<END
cd "$T"
trap : HUP
${JOBS:+set -m}
stty -g >before
echo SCREEN BEFORE
. ./command
echo \$? >rc
stty -g >after
$resume
exec sleep 600
END
	tm kill-server 2>/dev/null
	SERVER=$((SERVER + 1))
	tm new-session -d -x 100 -y 30 bash "$T/inner"
	see received sent connections
}
top_pid() {
	local shell
	read -r shell < <(tm display-message -p '#{pane_pid}')
	awk '{ print $1 }' "/proc/$shell/task/$shell/children"
}
# shellcheck disable=SC2317 # by the trap
cleanup_tmux() { tm kill-server 2>/dev/null; cleanup; }
trap cleanup_tmux EXIT
