# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The traffic of the benchmarks that run natively (sourced): two namespaces joined by veth, both traced.
# The ping-pong's ends are bound to CPUs, first to one and then to two: where the scheduler puts them makes
# more of a difference than what is measured.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
figures=$T/figures
cpu=$(($(nproc) - 1)) # the client's
declare -A port=([one]=$PORT [two]=$((PORT + 1))) server_cpu=([one]=$cpu [two]=0)

# ends_up TOOL...: the namespaces and both servers; each TOOL must be installed
ends_up() {
	local where
	natively nsenter taskset sockperf iperf3 "$@"
	for where in one two; do
		start "sockperf-$where" nsenter --net="/run/netns/$NS_B" taskset -c "${server_cpu[$where]}" \
			sockperf server -i 10.99.0.2 -p "${port[$where]}" --tcp
		wait_port "sockperf-$where" "${port[$where]}" || exit 1
		ping_pong "${port[$where]}" >/dev/null
	done
	start iperf3 nsenter --net="/run/netns/$NS_B" iperf3 -s
	wait_port iperf3 5201 || exit 1
}

ping_pong() { # PORT of a server: prints p50 in us, and the data packets received
	in_a timeout 30 taskset -c $cpu sockperf pp -i 10.99.0.2 -p "$1" --tcp -t 1 >"$T/pp.out" 2>&1
	awk '
		/percentile 50\.000/ { p50 = $NF }
		/Total Run/ { match($0, /SentMessages=[0-9]+/); n = 2 * substr($0, RSTART + 13, RLENGTH - 13) }
		END { if (!p50) exit 1; print p50, n }' "$T/pp.out"
}
throughput() { # prints Mbit/s
	in_a timeout 30 iperf3 -c 10.99.0.2 -t 1 -f m 2>&1 | awk '/receiver/ { print $(NF - 2); n++ } END { exit !n }'
}
# loads ROUND STATE: both ping-pongs and the stream, a line for each figure
loads() {
	local p50 where
	for where in one two; do
		read -r p50 _ < <(ping_pong "${port[$where]}") || die "sockperf: $(tail -5 "$T/pp.out")"
		echo "p50-$where $1 $2 $p50"
	done
	echo "mbits $1 $2 $(throughput || echo 0)"
}

# measure NAME [VARIABLE=VALUE...] [OPTION...]: starts a netstrata of this name
measure() {
	local name=$1 ns vars=()
	shift
	while [[ ${1-} = *=* ]]; do vars+=("$1"); shift; done
	mapfile -t ns < <(both_ends)
	start "$name" env "${vars[@]}" "$NETSTRATA" stat --json --duration 120 "$@" "${ns[@]}"
	wait_line "$name" '"type":"start"' >&2 || exit 1
}
stopped() { stop "$1" >/dev/null || die "netstrata: $(<"$T/$1.err")"; }

# ratio KIND STATE OTHER, of the figures in $figures: per round; median and middle half
ratio() {
	awk -v kind="$1" -v a="$2" -v b="$3" '$1 == kind { v[$3, $2] = $4; r[$2] }
		END { for (i in r) if (v[b, i] > 0 && v[a, i] > 0) print v[a, i] / v[b, i] }' "$figures" | quartiles
}
percent() { awk -v r="$1" -v lo="$2" -v hi="$3" 'BEGIN { printf "%+.1f %% (%+.1f to %+.1f)", (r - 1) * 100, (lo - 1) * 100, (hi - 1) * 100 }'; }
