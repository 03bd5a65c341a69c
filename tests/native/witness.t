#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A second witness: the reader stamps its own clock directly after each recv(). The `read` point of the
# same packet must lie before that stamp and close to it, and after the previous one.
. "$(dirname "$0")/../lib.sh"
need root netns
have python3

port=7200 args=()
net_up || { fail "namespaces"; done_testing; }
measure trace trace || { fail "trace starts" "$(<"$T/trace.err")"; done_testing; }
for p in tcp udp; do for f in 4 6; do
	port=$((port + 1))
	server s $port -$f $p --rt 10 --echo --count 200 --stamp "$T/stamp.$port"
	client c $port $f $p --echo --count 200 --every 500us
	wait_end c || fail "client" "$(<"$T/c.err")"
	wait_end s || fail "server" "$(<"$T/s.err")"
	args+=("$p:$port:$T/stamp.$port:$p, IPv$f")
done; done
ok "trace ends well" stop trace
tap_from "$TREE/tests/stages.py" --check trace="$T/trace.out"
tap_from python3 - "$TREE/tests" "$T/trace.out" "${args[@]}" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import stages
tap = stages.Tap()
pkts = stages.of(stages.load(sys.argv[2]), "packet")
for arg in sys.argv[3:]:
    proto, port, path, name = arg.split(":")
    with open(path) as f:
        own = [tuple(map(int, line.split())) for line in f]
    mine = sorted((p for p in pkts if p["proto"] == proto and p["local_port"] == int(port)),
                  key=lambda p: p["points"]["read"])
    if not tap.ok(len(own) == len(mine) == 200, f"{name}: one packet per recv", f"{len(mine)} packets, {len(own)} recv"):
        continue
    gap = [o[0] - p["points"]["read"] for o, p in zip(own, mine)]
    tap.ok(min(gap) >= 0, f"{name}: each read point lies before the reader's own stamp", f"{min(gap)} ns")
    late = [o[0] for o, p in zip(own, mine[1:]) if p["points"]["read"] <= o[0]]
    tap.ok(not late, f"{name}: and after the stamp before", str(late[:3]))
    # A reader may lose the CPU between the two, and on a shared machine the CPU itself may be away: one in
    # four is let off. None may be out of order, above.
    far = sorted(gap)[-50]
    tap.ok(far <= 2 * stages.SLACK, f"{name}: and within {2 * stages.SLACK // 1000} us of it", stages.us(far))
    tap.ok(all(o[1] == p["len"] for o, p in zip(own, mine)), f"{name}: of the same length")
    print(f"# {name}: read() returns {stages.us(stages.median(gap))} after the read point")
END
done_testing
