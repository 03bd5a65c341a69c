#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real Prometheus scrapes netstrata serve, with the rules of contrib/, and answers the queries of its dashboard.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/serve.sh
. "$TREE/tests/serve.sh"
need root netns
have curl python3
need_serve
python3 -c "import yaml" 2>/dev/null || skip_all prometheus "no YAML for Python (Debian: python3-yaml)"
command -v promtool prometheus >/dev/null || skip_all prometheus "prometheus is not installed (Debian: prometheus)"
cd "$TREE/contrib/prometheus" || exit 1

ok "promtool check config" promtool check config prometheus.yml
ok "promtool test rules" promtool test rules rules.test.yml
tap_from python3 "$TREE/tests/contrib.py" "$TREE/contrib"

# ---- scraped -----------------------------------------------------------------------------------
net_up || { fail "namespaces"; done_testing; }
serve m --netns "/run/netns/$NS_A" --netns "/run/netns/$NS_B" --interval 250ms --slower 500us --compat netstacklat || {
	fail "serve starts" "$(<"$T/m.err")"
	done_testing
}
server s 7650 -4 tcp --delay 1ms --timeout 120
client c 7650 4 tcp --total 60s --every 5ms --size 2000 --timeout 120
server u 7651 -4 udp --timeout 120
client v 7651 4 udp --total 60s --every 5ms --timeout 120

target=${URL[m]#http://}
sed -e 's/scrape_interval: 15s/scrape_interval: 1s/; s/evaluation_interval: 15s/evaluation_interval: 1s/' \
	-e "s/127.0.0.1:19700/${target%/}/" -e 's/^  # - job_name: netstacklat$/  - job_name: netstacklat/' \
	-e '/job_name: netstacklat/,$s/^  # /  /' prometheus.yml >"$T/prometheus.yml"
cp rules.yml "$T"
is "both jobs are in the configuration" "$(grep -c '^  - job_name' "$T/prometheus.yml")" 2
# A port of its own: the kernel knows one that is free.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
start p prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/data" --log.level=warn \
	--enable-feature=exemplar-storage --web.listen-address="127.0.0.1:$port"
in_a bash -c 'echo nobody is there >/dev/udp/10.99.0.2/9' # a drop: NO_SOCKET
snapshot_taken
get metrics >"$T/metrics"
tap_from python3 "$TREE/tests/prometheus.py" "http://127.0.0.1:$port" "$T/metrics" "$TREE/contrib"
diag "$(grep -iE 'error|err=' "$T/p.err" | head -5)"
done_testing
