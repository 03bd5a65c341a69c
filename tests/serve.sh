# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Shared by the tests of `netstrata serve` (sourced after lib.sh).

declare -A URL=()

need_serve() { # or skip the file
	"$NETSTRATA" --version | grep -q '^optional libraries:.* libmicrohttpd' || skip_all serve "built without libmicrohttpd"
}

# serve NAME OPTION...: on a port of its own; $URL[NAME] when it answers.
serve() {
	local name=$1
	shift
	start "$name" "$NETSTRATA" serve --listen 127.0.0.1:0 "$@"
	wait_line "$name" "serving http" || return
	URL[$name]=$(sed -n 's/^serving \(http.*\)/\1/p' "$T/$name.out")
}

# get PATH [CURL-OPTION...]: of the server `m`; what it answers
get() {
	local path=$1
	shift
	curl -sS --globoff --max-time 20 "$@" "${URL[m]}$path"
}
status_of() { # PATH [CURL-OPTION...]
	get "$1" -o /dev/null -w '%{http_code}' "${@:2}" 2>/dev/null
}

# snapshot_taken: until the server `m` has numbers that are newer than this call
snapshot_taken() {
	local end=$((SECONDS + LIMIT)) now=$EPOCHREALTIME t
	until t=$(get metrics | sed -n 's/^netstrata_snapshot_time_seconds //p') && awk "BEGIN { exit !($t > $now) }"; do
		[ $SECONDS -lt $end ] || { diag "no new snapshot"; return 1; }
		pause 0.05
	done
}
