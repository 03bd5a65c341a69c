# SPDX-License-Identifier: GPL-2.0-only
"""TCP as the witness of a case of sendcases.py: what it says itself of the sending socket, by traffic --info or ss -tin."""
from stages import SLACK, us


def info(path):
    """What TCP says of the socket: a line of traffic --info, or of ss -tin."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for line in text.splitlines():
        if line.startswith("info "):
            return {k: int(v) for k, v in (w.split("=") for w in line.split()[1:])}
    ss = dict(w.split(":", 1) for w in text.split() if ":" in w)
    if "rtt" not in ss:
        raise SystemExit(f"not ok - {path} is neither of traffic --info nor of ss: {text[:200]}")
    ms = {k: 1000 * int(ss.get(k, "0ms").split("ms")[0]) for k in ("rwnd_limited", "sndbuf_limited", "busy")}
    return {"retrans": int(ss.get("retrans", "0/0").split("/")[1]), "mss": int(ss["mss"]),
            "data_segs_out": int(ss.get("data_segs_out", 0)), "rtt_us": float(ss["rtt"].split("/")[0]) * 1000,
            "minrtt_us": float(ss.get("minrtt", 0)) * 1000, "busy_us": ms["busy"],
            "rwnd_limited_us": ms["rwnd_limited"], "sndbuf_limited_us": ms["sndbuf_limited"]}


def missing(c, mine):
    """How many of the segments that TCP sent have no line (each is one packet: gso_max_segs is 1)."""
    if "missed" not in c:
        return 0
    tcp = info(c["missed"].partition(":")[2])
    return tcp["data_segs_out"] - tcp["retrans"] - len(mine)


def check_retrans(tap, name, run, c, mine, conns):
    want = info(c["retrans"])["retrans"]
    again = sum(p["sends"] - 1 for p in mine)
    # The rest must be in the ledger: what has no line, or no mark, can have been sent again too.
    run.unfollowed += want - again
    tap.ok(again <= want, f"{name}: sent again as often as TCP says, or less", f"{again}, TCP {want}")
    n = len([p for p in mine if p["sends"] > 1])
    tap.ok((n or not again) and conns and all(c["resent"]["n"] == n for c in conns),
           f"{name}: the connection has as many resent as flagged", f"{n}, {[c.get('resent') for c in conns]}")
    print(f"# {name}: {want} retransmissions, {again} of them of {n} segments that are followed")
    waits = [p["points"]["acked"] - p["last_sent_ns"] for p in mine if p["sends"] > 1 and p["points"].get("acked")]
    if len(waits) == n and n and len(conns) == 1:
        got = conns[0]["resent"]["sum_ns"]
        tap.ok(abs(got - sum(waits)) <= max(0.05 * sum(waits), SLACK * n),
               f"{name}: `resent` is from the last sending to the ACK", f"{us(got)}, packets {us(sum(waits))}")
    bad = [p for p in mine if p["sends"] > 1 and p["points"].get("ack") and
           not p["points"]["handed"] <= p["last_sent_ns"] <= p["points"]["ack"]]
    tap.ok(not bad, f"{name}: the last sending lies before its ACK", f"{bad[:1]}")


def check_limits(tap, name, conns, path, least):
    tcp, key, ms = info(path), *(least.split(":") if least else ("", 0))
    sums = {k: sum(c["causes"].get(k, {}).get("sum_ns", 0) for c in conns) / 1000 for k in ("rwnd", "zero_window", "sndbuf", "cwnd")}
    for cause, got in (("rwnd", sums["rwnd"] + sums["zero_window"]), ("sndbuf", sums["sndbuf"])):
        want = tcp[cause + "_limited_us"]
        tap.ok(abs(got - want) <= max(0.1 * want, 12_000), f"{name}: {cause} is TCP's {cause}_limited", f"{got:.0f}, TCP {want}")
        if key == cause:
            tap.ok(want >= 1000 * float(ms), f"{name}: TCP has {ms} ms of {cause}_limited at least", f"{want}")
        print(f"# {name}: {cause} {got:.0f} us, TCP {want} us")
    most = tcp["busy_us"] - tcp["rwnd_limited_us"] - tcp["sndbuf_limited_us"]
    tap.ok(sums["cwnd"] <= 1.1 * most + 12_000, f"{name}: cwnd is within what TCP was busy and else not limited",
           f"{sums['cwnd']:.0f}, TCP {most}")
    if key == "cwnd":
        tap.ok(sums["cwnd"] >= 1000 * float(ms), f"{name}: {ms} ms of cwnd at least", f"{sums['cwnd']:.0f}")
    print(f"# {name}: cwnd {sums['cwnd']:.0f} us of {most} us busy and else not limited")


def check_rtt(tap, name, conns, path):
    tcp = info(path)
    for key in ("rtt_us", "minrtt_us"):
        got = [c["rtt"]["mean_ns"] / 1000 for c in conns if c["rtt"]]
        tap.ok(len(got) == 1 and abs(got[0] - tcp[key]) <= 0.1 * tcp[key], f"{name}: the mean round trip is TCP's {key}",
               f"{got}, TCP {tcp[key]:.0f}")
    print(f"# {name}: round trip {[us(c['rtt']['mean_ns']) for c in conns if c['rtt']]}, TCP {tcp['rtt_us']:.0f}, at least {tcp['minrtt_us']:.0f} us")
